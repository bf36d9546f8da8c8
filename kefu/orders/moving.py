"""How orders and shipments move on: never back, whatever order the news comes in."""

from __future__ import annotations

from kefu.orders.models import OrderStatus, ShipmentStatus
from kefu.orders.models.shipments import ENDED

_ORDER = (OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.DELIVERED)
_SHIPMENT = {
    ShipmentStatus.CREATED: 0,
    ShipmentStatus.LABEL_READY: 1,
    ShipmentStatus.PICKED_UP: 2,
    ShipmentStatus.IN_TRANSIT: 3,
    ShipmentStatus.DELAYED: 3,
    ShipmentStatus.EXCEPTION: 3,
    ShipmentStatus.OUT_FOR_DELIVERY: 4,
    ShipmentStatus.READY_FOR_PICKUP: 4,
}
UNDER_WAY = frozenset(status for status, rank in _SHIPMENT.items() if rank >= 2)


def later_order(now: str, told: str) -> str:
    """Delivered and cancelled are ends: what was delivered comes back as a return, and not by being cancelled."""
    if OrderStatus.CANCELLED in (now, told):
        return now if now == OrderStatus.DELIVERED else OrderStatus.CANCELLED
    return max(now, told, key=lambda status: _ORDER.index(OrderStatus(status)))


def later_shipment(now: str, told: str) -> str:
    """Of two words without a date. Words that do not rank against each other: the one told last."""
    if now in ENDED:
        return now
    if told in ENDED:
        return told
    return told if _SHIPMENT[ShipmentStatus(told)] >= _SHIPMENT[ShipmentStatus(now)] else now
