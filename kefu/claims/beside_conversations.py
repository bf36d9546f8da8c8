"""A customer's claims beside their conversation in the console, and the way to enter one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kefu.claims.models import Claim
from kefu.conversations.context import Panel
from kefu.conversations.models import Conversation
from kefu.orders.models import Order, OrderStatus
from kefu.people.models import Staff
from kefu.people.roles import Can

MOST = 8
MOST_ORDERS = 5


def shows(conversation: Conversation, agent: Staff) -> dict[str, Any] | None:
    """The latest first, with two queries."""
    if not agent.can(Can.SEE_ORDERS):
        return None
    claims = Claim.objects.visible_to(agent).of(conversation.customer).order_by("-opened_at", "-id")
    enters = _orders(conversation, agent) if agent.can(Can.HANDLE_CLAIMS) else []
    return {"claims": claims[:MOST], "enters": enters}


def _orders(conversation: Conversation, agent: Staff) -> list[tuple[str, str]]:
    """For which one may be entered from here: number and address."""
    orders = (
        Order.objects.visible_to(agent).of(conversation.customer).filter(customer=conversation.customer_id)
    )
    latest = orders.exclude(status=OrderStatus.CANCELLED).latest_first()[:MOST_ORDERS]
    return [(order.external_no, _address(order, conversation)) for order in latest]


def _address(order: Order, conversation: Conversation) -> str:
    return f"{reverse('new-claim')}?{urlencode({'order': order.pk, 'conversation': conversation.pk})}"


PANEL = Panel("claims", _("Claims"), "claims/beside.html", "claims/beside.css", shows)
