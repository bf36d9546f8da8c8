"""Where parcels are: what carriers and colleagues tell, once each, in whatever order it comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from kefu.events import log
from kefu.events.actors import Actor
from kefu.orders.incoming import IncomingTracking
from kefu.orders.models import Order, OrderStatus, Shipment, ShipmentStatus, TrackingEvent
from kefu.orders.models.shipments import ENDED, Direction
from kefu.orders.moving import UNDER_WAY, later_order, later_shipment

CARRIER, STAFF = "carrier", "staff"
LEFT_US = UNDER_WAY | {ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED}


@transaction.atomic
def report(
    shipment: Shipment, events: Iterable[IncomingTracking], *, by: Actor, source: str = CARRIER
) -> bool:
    """Note where it was seen, and move it and its order on. Whether anything was new; again changes nothing.

    What counts is when things happened, not when they were told. ``source`` is who says so: on the day of delivery a
    colleague's last word counts, and a carrier's first.
    """
    order, events = hold(shipment), list(events)
    if not _store_new(shipment, events):
        return False
    before = (shipment.status, shipment.delivered_at)
    _follow_events(shipment, source)
    if source == STAFF:
        _correct_delivery(shipment, events)
    shipment.save(update_fields=["status", "shipped_at", "delivered_at", "delivery_source"])
    if (shipment.status, shipment.delivered_at) != before:
        tell(shipment, by)
    if order is not None:
        touch(order)
        if shipment.direction == Direction.OUTBOUND:
            _follow_shipments(order, by)
    return True


def numbered(brand: UUID, number: str, carrier: str = "") -> Sequence[Shipment]:
    """The parcels of a brand that bear a carrier's number, as carriers write it; several orders may share one."""
    found = Shipment.objects.filter(brand=brand, tracking_no=number.strip()).select_related("order")
    return list(found.filter(carrier__in=[carrier, ""]) if carrier else found)


def hold(shipment: Shipment) -> Order | None:
    """Locked and fresh, the order before it as everywhere. Answers the order."""
    order = shipment.order.locked() if shipment.order else None
    shipment.refresh_from_db(from_queryset=Shipment.objects.select_for_update(no_key=True))
    return order


def touch(order: Order) -> None:
    """Something about its parcels is new, and the order is shown with them."""
    order.version += 1
    order.save(update_fields=["version"])


def tell(shipment: Shipment, by: Actor) -> None:
    data: dict[str, Any] = {"status": shipment.status, "direction": shipment.direction}
    data |= {"order": shipment.order_id, "brand": shipment.brand_id}
    if shipment.order:
        data["customer"] = shipment.order.customer_id
    log.record("shipment.moved", shipment, by=by, **data)


def _store_new(shipment: Shipment, events: Iterable[IncomingTracking]) -> bool:
    told = {event.external_id: event for event in events}
    for known in shipment.events.filter(external_id__in=told).values_list("external_id", flat=True):
        del told[known]
    TrackingEvent.objects.bulk_create(
        TrackingEvent(
            shipment=shipment,
            external_id=event.external_id,
            at=event.at,
            status=event.status,
            place=event.place,
            text=event.text,
        )
        for event in told.values()
    )
    return bool(told)


def _follow_events(shipment: Shipment, source: str) -> None:
    seen = list(shipment.events.order_by("at", "id").values_list("status", "at"))
    ends = [status for status, _at in seen if status in ENDED]
    latest = ends[-1] if ends else seen[-1][0]
    held = shipment.status in ENDED or (len(seen) == 1 and source == CARRIER)
    shipment.status = latest if ends or not held else later_shipment(shipment.status, latest)
    shipment.shipped_at = shipment.shipped_at or next((at for status, at in seen if status in LEFT_US), None)
    delivered = [at for status, at in seen if status == ShipmentStatus.DELIVERED]
    if delivered and (shipment.delivered_at is None or shipment.delivery_source == source == CARRIER):
        shipment.delivered_at, shipment.delivery_source = delivered[0], source


def _correct_delivery(shipment: Shipment, told: Sequence[IncomingTracking]) -> None:
    delivered = [event.at for event in told if event.status == ShipmentStatus.DELIVERED]
    if delivered:
        shipment.delivered_at, shipment.delivery_source = delivered[-1], STAFF


# -- the order that it is of


def _follow_shipments(order: Order, by: Actor) -> None:
    status = later_order(order.status, _as_sent(order))
    if status == order.status:
        return
    order.status = status
    order.save(update_fields=["status"])
    log.record("order.changed", order, by=by, what=["status"], status=status, **order.scope())


def _as_sent(order: Order) -> str:
    outbound = order.shipments.filter(direction=Direction.OUTBOUND)
    live = outbound.exclude(status__in=[ShipmentStatus.CANCELLED, ShipmentStatus.LOST])
    statuses = set(live.values_list("status", flat=True))
    if statuses == {ShipmentStatus.DELIVERED} and _is_whole(order, live.values("pk")):
        return OrderStatus.DELIVERED
    return OrderStatus.SHIPPED if statuses & LEFT_US else OrderStatus.PENDING


def _is_whole(order: Order, shipments: Any) -> bool:
    """Everything is in them; when a parcel does not say what is in it, they are taken to be all there is."""
    if Shipment.objects.filter(pk__in=shipments, lines=None).exists():
        return True
    lines = order.lines.all()
    packed = dict(
        lines.filter(shipped__shipment__in=shipments)
        .annotate(packed=Sum("shipped__qty"))
        .order_by()
        .values_list("pk", "packed")
    )
    return all(packed.get(line.pk, 0) >= line.qty for line in lines)
