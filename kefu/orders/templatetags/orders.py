"""How an order's status looks."""

from __future__ import annotations

from django import template

from kefu.orders.showing import PILLS

register = template.Library()


@register.filter
def order_pill(status: str) -> str:
    """The kind of its pill."""
    return PILLS.get(status, "")
