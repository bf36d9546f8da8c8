"""How much of each line of an order has left and has arrived, and when: what windows count from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from kefu.orders.models import Order, OrderLine, OrderStatus, ShipmentStatus
from kefu.orders.models.shipments import Direction


class Parcel(NamedTuple):
    is_delivered: bool
    shipped_at: datetime | None
    delivered_at: datetime | None
    held: list[tuple[UUID, int]]


@dataclass
class Delivery:
    """Of one order line: how much has left and has arrived, and when the last of it did."""

    shipped_qty: int = 0
    shipped_at: datetime | None = None
    delivered_qty: int = 0
    delivered_at: datetime | None = None
    undated: bool = False  # some of it arrived, nobody knows when


def deliveries(order: Order, lines: Iterable[OrderLine]) -> dict[UUID, Delivery]:
    """By line. What was sent later in place of something came in the parcel that names it, and in no other."""
    every = list(lines)
    found = {line.pk: Delivery() for line in every}
    ordered = {line.pk: line.qty for line in every if line.replaces_id is None}
    for parcel in _parcels(order):
        # One of which nothing is said holds the whole order.
        for pk, qty in parcel.held or ordered.items():
            if pk in found:
                _add(found[pk], parcel, qty)
    if order.status == OrderStatus.DELIVERED:  # whatever its parcels are said to hold
        for pk, qty in ordered.items():
            found[pk].shipped_qty = found[pk].delivered_qty = qty
    return found


def _parcels(order: Order) -> Iterable[Parcel]:
    """All that were sent to the customer, with what is said to be in them, in one query. Of a claim's those alone that
    hold a replacement: the others carry back what was delivered before.
    """
    of_order, of_replacement = Q(of_claim__isnull=True), Q(lines__order_line__replaces__isnull=False)
    sent = order.shipments.filter(of_order | of_replacement, direction=Direction.OUTBOUND)
    rows = sent.exclude(status=ShipmentStatus.CANCELLED).values_list(
        "pk", "status", "shipped_at", "delivered_at", "lines__order_line", "lines__qty"
    )
    found: dict[UUID, Parcel] = {}
    for pk, status, shipped_at, delivered_at, line_id, qty in rows:
        parcel = found.setdefault(
            pk, Parcel(status == ShipmentStatus.DELIVERED, shipped_at, delivered_at, [])
        )
        if line_id is not None:
            parcel.held.append((line_id, qty))
    return found.values()


def _add(delivery: Delivery, parcel: Parcel, qty: int) -> None:
    delivery.shipped_qty += qty
    delivery.shipped_at = _later(delivery.shipped_at, parcel.shipped_at)
    if parcel.is_delivered or parcel.delivered_at:
        delivery.delivered_qty += qty
        delivery.delivered_at = _later(delivery.delivered_at, parcel.delivered_at)
        delivery.undated = delivery.undated or parcel.delivered_at is None


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)
