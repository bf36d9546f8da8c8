"""What whoever has named an order and a second fact may look at for half an hour, without naming them again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.core import signing

from kefu.orders.models import Order
from kefu.orders.models.orders import OrderQuerySet
from kefu.people.models import Brand

LASTS = timedelta(minutes=30)


def issue(orders: Iterable[Order], *, holder: str) -> str:
    """Opens these orders in the hands of ``holder`` and of nobody else: a page's cookie, one chat visitor."""
    return signing.dumps([str(order.pk) for order in orders], salt=_salt(holder))


def opened(ticket: str, *, holder: str, brand: Brand) -> OrderQuerySet:
    """The orders of ``brand`` that it opens; none if it is somebody else's, too old, or no ticket of ours."""
    try:
        ids = [UUID(one) for one in signing.loads(ticket, salt=_salt(holder), max_age=LASTS)]
    except signing.BadSignature:
        ids = []
    found: OrderQuerySet = Order.objects.filter(pk__in=ids, brand=brand)
    return found


def _salt(holder: str) -> str:
    return f"orders.ticket|{holder}"
