"""A customer's orders beside their conversation in the console."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from kefu.conversations.context import Panel
from kefu.conversations.models import Conversation
from kefu.orders.models import LinkedOrder, Order
from kefu.people.models import Staff
from kefu.people.roles import Can

MOST = 8


def shows(conversation: Conversation, agent: Staff) -> dict[str, Any] | None:
    """The latest first; those that the conversation is about before all others."""
    if not agent.can(Can.SEE_ORDERS):
        return None
    linked = list(LinkedOrder.objects.filter(conversation=conversation).values_list("order", flat=True))
    visible = Order.objects.visible_to(agent)
    orders = visible.of(conversation.customer) | visible.filter(pk__in=linked)
    about_this = Exists(LinkedOrder.objects.filter(conversation=conversation, order=OuterRef("pk")))
    found = orders.annotate(is_linked=about_this).order_by("-is_linked", "-placed_at", "-id")
    return {"orders": found[:MOST], "links": agent.can(Can.ANSWER)}


PANEL = Panel("orders", _("Orders"), "orders/beside.html", "orders/orders.css", shows)
