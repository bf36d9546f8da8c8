"""What colleagues are told of claims where they look at an order: what may be asked for, and what was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kefu.claims import sentences
from kefu.claims.entering import kinds_to_enter
from kefu.claims.machines import Kind
from kefu.claims.models import Claim
from kefu.claims.offers import Offer, offers
from kefu.orders.models import Order
from kefu.orders.offering import Section
from kefu.orders.showing import Action, Actions
from kefu.people.models import Customer, Staff
from kefu.people.roles import Can

MOST = 20


def offered(order: Order, agent: Staff) -> Actions:
    """What is possible leads to where it is entered, for those who may."""
    if not agent.can(Can.HANDLE_CLAIMS):
        return told(order)
    return by_item(order, order.customer, lambda kind, line: _entry(order, kind, line))


def told(order: Order) -> Actions:
    """By item, what its customer may ask for today, and why not. In words alone: see ``portal`` for the ways there."""
    return by_item(order, order.customer, lambda _kind, _line: "")


def by_item(order: Order, customer: Customer, way: Callable[[Kind, UUID], str]) -> Actions:
    """``way`` leads to where it is asked for."""
    found = offers(order, customer, at=timezone.now())
    return {line: [_action(offer, way(offer.kind, line)) for offer in each] for line, each in found.items()}


def _entry(order: Order, kind: Kind, line: UUID) -> str:
    return f"{reverse('new-claim')}?{urlencode({'order': order.pk, 'kind': kind, 'line': line})}"


def _action(offer: Offer, way: str) -> Action:
    label = offer.kind.label
    if offer.against is not None:
        return Action(label, why=sentences.sentence(offer.against) or _("not possible at present"))
    return Action(label, href=way) if way else Action(label, why=_("possible"))


def shows(order: Order, agent: Staff) -> dict[str, Any]:
    claims = Claim.objects.visible_to(agent).filter(order=order).order_by("-created_at", "-id")
    may_enter = agent.can(Can.HANDLE_CLAIMS) and bool(kinds_to_enter(order))
    return {"claims": claims[:MOST], "enter": f"{reverse('new-claim')}?order={order.pk}" if may_enter else ""}


SECTION = Section("claims", _("Claims"), "claims/of_order.html", shows)
