"""What a customer may do with each item of an order, as the order's page shows it: a button, or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.claims import sentences
from kefu.claims.machines import Kind
from kefu.claims.offers import Offer, offers
from kefu.orders.models import Order
from kefu.orders.showing import Action
from kefu.people.models import Customer

WORDS: Mapping[Kind, str | Promise] = {
    Kind.CANCELLATION: _("Cancel"),
    Kind.RETURN: _("Return"),
    Kind.EXCHANGE: _("Exchange"),
    Kind.WARRANTY: _("Warranty"),
}


def actions(order: Order, customer: Customer) -> dict[UUID, Sequence[Action]]:
    found = offers(order, customer, at=timezone.now())
    return {line: [_action(order, offer) for offer in each] for line, each in found.items()}


def _action(order: Order, offer: Offer) -> Action:
    label = WORDS[offer.kind]
    if offer.against is None:
        return Action(label, href=reverse("my_apply", args=[order.pk, offer.kind]))
    return Action(label, why=sentences.sentence(offer.against) or _("Not possible at present."))
