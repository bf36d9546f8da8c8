"""What colleagues are told of claims where they look at an order: what may be asked for, and what was."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kefu.claims import sentences
from kefu.claims.machines import Kind
from kefu.claims.models import Claim
from kefu.claims.offers import Offer, offers
from kefu.orders.models import Order
from kefu.orders.offering import Section
from kefu.orders.showing import Action, Actions
from kefu.people.models import Staff

MOST = 20


def offered(order: Order, agent: Staff) -> Actions:
    return told(order)


def told(order: Order) -> Actions:
    """By item, what its customer may ask for today, and why not. In words alone: see ``portal`` for the ways there."""
    found = offers(order, order.customer, at=timezone.now())
    return {line: [_action(offer) for offer in each] for line, each in found.items()}


def _action(offer: Offer) -> Action:
    label = Kind(offer.kind).label
    if offer.against is None:
        return Action(label, why=_("possible"))
    return Action(label, why=sentences.sentence(offer.against) or _("not possible at present"))


def shows(order: Order, agent: Staff) -> dict[str, Any]:
    claims = Claim.objects.visible_to(agent).filter(order=order).order_by("-created_at", "-id")
    return {"claims": claims[:MOST]}


SECTION = Section("claims", _("Claims"), "claims/of_order.html", shows)
