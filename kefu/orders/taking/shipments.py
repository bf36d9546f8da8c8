"""What was sent of orders, as their source tells it: shipments, what is in them, and where they were seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from kefu.orders.incoming import IncomingPart, IncomingShipment
from kefu.orders.models import OrderLine, Shipment, ShipmentLine, ShipmentStatus, TrackingEvent
from kefu.orders.models.shipments import Direction
from kefu.orders.moving import later_shipment
from kefu.orders.taking import carriers
from kefu.orders.taking.case import Case
from kefu.orders.taking.merging import rewrite

TOLD_BY = "import"
REWRITTEN = [
    "external_id",
    "carrier",
    "tracking_no",
    "status",
    "shipped_at",
    "delivered_at",
    "delivery_source",
]
Told = tuple[Case, Shipment, IncomingShipment]


def store(cases: Sequence[Case]) -> None:
    cases = [case for case in cases if case.row.shipments]
    if not cases:
        return
    held, known = _held(cases), carriers.names()
    told: list[Told] = []
    new: list[Shipment] = []
    changed: list[Shipment] = []
    for case in cases:
        for shipment, row, is_new in _matched(case, held.get(case.order.pk, [])):
            told.append((case, shipment, row))
            if _bring_up_to_date(shipment, row, known) or is_new:
                (new if is_new else changed).append(shipment)
                case.changed.add("shipments")
    Shipment.objects.bulk_create(new)
    rewrite(changed, REWRITTEN)
    _store_contents(told)
    _store_events(told)


def _held(cases: Sequence[Case]) -> dict[UUID, list[Shipment]]:
    held: dict[UUID, list[Shipment]] = {}
    orders = [case.order.pk for case in cases if not case.is_new]
    if orders:
        sent = Shipment.objects.filter(order__in=orders, direction=Direction.OUTBOUND)
        # What a colleague entered by mistake and took back is not the parcel that the shop means.
        sent = sent.exclude(status=ShipmentStatus.CANCELLED, entered_by__isnull=False)
        for shipment in sent.order_by("pk").select_for_update(no_key=True):
            held.setdefault(shipment.order_id, []).append(shipment)  # type: ignore[arg-type]
    return held


def _matched(case: Case, held: list[Shipment]) -> Iterator[tuple[Shipment, IncomingShipment, bool]]:
    for number, row in enumerate(case.row.shipments, 1):
        name = row.external_id or ("" if row.tracking_no else f"#{number}")
        known = [one for one in held if (name and one.external_id == name) or _same_parcel(one, row)]
        made = Shipment(brand_id=case.order.brand_id, order=case.order, external_id=name)
        yield (known or [made])[0], row, not known


def _same_parcel(shipment: Shipment, row: IncomingShipment) -> bool:
    return bool(row.tracking_no) and shipment.tracking_no == row.tracking_no


def _bring_up_to_date(shipment: Shipment, row: IncomingShipment, known: carriers.Names) -> bool:
    before = [getattr(shipment, name) for name in REWRITTEN]
    shipment.external_id = shipment.external_id or row.external_id
    shipment.carrier = carriers.code_of(row.carrier, known) or shipment.carrier
    shipment.tracking_no = row.tracking_no or shipment.tracking_no
    for status in (row.status, *(event.status for event in sorted(row.events, key=lambda event: event.at))):
        shipment.status = later_shipment(shipment.status, status)
    shipment.shipped_at = shipment.shipped_at or row.shipped_at
    if shipment.status == ShipmentStatus.DELIVERED and shipment.delivered_at is None:
        shipment.delivered_at = row.delivered_at or _seen_delivered(row)
        shipment.delivery_source = shipment.delivery_source or TOLD_BY
    return before != [getattr(shipment, name) for name in REWRITTEN]


def _seen_delivered(row: IncomingShipment) -> Any:
    return min((each.at for each in row.events if each.status == ShipmentStatus.DELIVERED), default=None)


# -- what is in them


def _store_contents(told: Sequence[Told]) -> None:
    """A quantity that has changed is corrected; what was once told to be in a parcel stays there."""
    named = [one for one in told if one[2].parts]
    shipments = [shipment.pk for _case, shipment, _row in named]
    held = {(one.shipment_id, one.order_line_id): one for one in _lines_in(shipments)}
    new, changed = [], []
    for case, shipment, line, qty in _contents(named):
        part = held.get((shipment.pk, line.pk))
        if part is None:
            new.append(ShipmentLine(shipment=shipment, order_line=line, qty=qty))
        elif part.qty != qty:
            part.qty = qty
            changed.append(part)
        else:
            continue
        case.changed.add("shipments")
    ShipmentLine.objects.bulk_create(new)
    rewrite(changed, ["qty"])


def _lines_in(shipments: Sequence[UUID]) -> Sequence[ShipmentLine]:
    return list(ShipmentLine.objects.filter(shipment__in=shipments)) if shipments else []


def _contents(told: Sequence[Told]) -> Iterator[tuple[Case, Shipment, OrderLine, int]]:
    room: dict[UUID, int] = {}
    packed: dict[tuple[UUID, UUID], tuple[Case, Shipment, OrderLine, int]] = {}
    for case, shipment, row in told:
        for part in row.parts:
            for line, qty in _packed(part, case.lines, room):
                before = packed.get((shipment.pk, line.pk))
                packed[shipment.pk, line.pk] = (case, shipment, line, qty + (before[3] if before else 0))
    yield from packed.values()


def _packed(
    part: IncomingPart, lines: Sequence[OrderLine], room: dict[UUID, int]
) -> Iterator[tuple[OrderLine, int]]:
    """Over as many lines as it takes: an order may have several of one SKU. What names no line of the order, such as
    an item exchanged here since, is passed over.
    """
    left = part.qty
    for line in lines:
        free = room.setdefault(line.pk, line.qty)
        if left > 0 and free > 0 and _is_of(line, part):
            qty = min(left, free)
            room[line.pk] -= qty
            left -= qty
            yield line, qty


def _is_of(line: OrderLine, part: IncomingPart) -> bool:
    if part.external_id:
        return line.external_id == part.external_id
    return bool(part.sku) and line.sku == part.sku


# -- where they were seen


def _store_events(told: Sequence[Told]) -> None:
    seen = [(shipment, case, event) for case, shipment, row in told for event in row.events]
    if not seen:
        return
    shipments = {shipment.pk for shipment, _case, _event in seen}
    held = set(TrackingEvent.objects.filter(shipment__in=shipments).values_list("shipment_id", "external_id"))
    new = {}
    for shipment, case, event in seen:
        key = (shipment.pk, event.external_id)
        if key not in held and key not in new:
            case.changed.add("shipments")
            new[key] = TrackingEvent(
                shipment=shipment,
                external_id=event.external_id,
                at=event.at,
                status=event.status,
                place=event.place,
                text=event.text,
            )
    TrackingEvent.objects.bulk_create(new.values())
