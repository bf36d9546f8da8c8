"""Parcels as colleagues enter and mark them by hand, where no shop and no carrier tells.

What is said here is said at the desk only: no shop is told. A shop that tells of the same number later means the same
parcel, and moves it on but never back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.events import log
from kefu.lib.ids import uuid7
from kefu.orders import tracking
from kefu.orders.incoming import IncomingTracking
from kefu.orders.models import Carrier, Order, OrderLine, OrderStatus, Shipment, ShipmentLine, ShipmentStatus
from kefu.orders.models.shipments import Direction
from kefu.orders.moving import UNDER_WAY
from kefu.orders.refusals import NotFromHere, OrderMovedOn, Unfit
from kefu.orders.taking import carriers
from kefu.people.models import Refused, Staff

S = ShipmentStatus
STILL_HERE = (S.CREATED, S.LABEL_READY)
ON_THE_WAY = (S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.READY_FOR_PICKUP, S.DELAYED, S.EXCEPTION)
ENDS = (S.DELIVERED, S.RETURNED, S.LOST)
# Delivered again corrects the day, from which windows are counted.
AFTER_THE_END: dict[str, tuple[ShipmentStatus, ...]] = {
    S.DELIVERED: (S.DELIVERED, S.RETURNED),
    S.LOST: (S.DELIVERED, S.RETURNED),
}
USUALLY = (S.CREATED, S.PICKED_UP, S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.DELIVERED)
AT_FIRST = (S.CREATED, S.LABEL_READY, S.PICKED_UP, S.IN_TRANSIT)
NOT_WITH_THE_CUSTOMER = (S.CANCELLED, S.LOST, S.RETURNED)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
Contents = Mapping[UUID, int]


@transaction.atomic
def send(
    order: Order,
    *,
    by: Staff,
    carrier: str = "",
    tracking_no: str = "",
    contents: Contents | None = None,
    status: str = S.CREATED,
    key: UUID | None = None,
    version: int | None = None,
) -> Shipment:
    """A parcel that no shop told of; without ``contents``, all that is in none yet. ``carrier`` by any of its names.

    The same number again is the same parcel, and so is the same ``key``. Raises ``Unfit``, ``OrderMovedOn``, or
    ``Refused`` for an order that was cancelled.
    """
    _hold(order, version)
    number = " ".join(tracking_no.split())[:80]
    known = _entered(order, number, key)
    if known is not None:
        return _the_same(known, contents)
    if order.status == OrderStatus.CANCELLED:
        raise Refused(_("This order was cancelled: nothing is sent any more."))
    packed = _packed(order, contents)
    parcel = Shipment(brand_id=order.brand_id, order=order, tracking_no=number, entered_by=by)
    parcel.pk = uuid5(order.pk, str(key)) if key else parcel.pk
    parcel.carrier = _carrier(carrier)
    parcel.save(force_insert=True)
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=parcel, order_line_id=line, qty=qty) for line, qty in packed.items()
    )
    tracking.touch(order)
    tracking.tell(parcel, by)
    if status != S.CREATED:
        _say(parcel, S(status), by=by, at=timezone.now(), text="", key=key)
    return parcel


@transaction.atomic
def mark(
    parcel: Shipment,
    status: str,
    *,
    by: Staff,
    at: datetime | None = None,
    text: str = "",
    key: UUID | None = None,
    version: int | None = None,
) -> None:
    """Where it is, as a colleague says; the customer reads ``text``. The same ``key`` again changes nothing.

    Raises ``NotFromHere`` with the steps that are possible, ``Unfit`` for a moment that cannot be, ``OrderMovedOn``.
    """
    order = tracking.hold(parcel)
    if order is not None:
        _same_version(order, version)
    if key and parcel.events.filter(external_id=_name(key)).exists():
        return
    _say(parcel, status, by=by, at=at or timezone.now(), text=text, key=key)


def steps(parcel: Shipment) -> list[ShipmentStatus]:
    """What may be said of it by hand as it stands. Of a parcel to us nothing: its claim says where it is."""
    if parcel.direction == Direction.INBOUND:
        return []
    if parcel.status in STILL_HERE:
        before = [S.LABEL_READY] if parcel.status == S.CREATED else []
        return [*before, S.PICKED_UP, *ON_THE_WAY, *ENDS, *_taken_back(parcel)]
    if parcel.status in UNDER_WAY:
        return [*ON_THE_WAY, *ENDS]
    return list(AFTER_THE_END.get(parcel.status, ()))


def likely(parcel: Shipment) -> ShipmentStatus:
    """What a colleague probably has to say of it next."""
    now = S(parcel.status)
    if now in USUALLY[:-1]:
        return USUALLY[USUALLY.index(now) + 1]
    return S.PICKED_UP if now == S.LABEL_READY else S.DELIVERED


def unsent(order: Order) -> dict[UUID, int]:
    """By item, in their order: how many are in no parcel that is on its way to the customer or has arrived."""
    found = ShipmentLine.objects.filter(order_line__order=order, shipment__direction=Direction.OUTBOUND)
    sums = found.exclude(shipment__status__in=NOT_WITH_THE_CUSTOMER).values_list("order_line")
    packed = dict(sums.annotate(packed=Sum("qty")))
    lines = OrderLine.objects.filter(order=order).order_by("position")
    return {line.pk: max(line.qty - packed.get(line.pk, 0), 0) for line in lines}


# -- sending


def _hold(order: Order, version: int | None) -> None:
    order.locked()
    _same_version(order, version)


def _same_version(order: Order, version: int | None) -> None:
    if version is not None and order.version != version:
        raise OrderMovedOn


def _entered(order: Order, number: str, key: UUID | None) -> Shipment | None:
    sent = order.shipments.filter(direction=Direction.OUTBOUND)
    again = sent.filter(pk=uuid5(order.pk, str(key))).first() if key else None
    return again or (sent.exclude(status=S.CANCELLED).filter(tracking_no=number).first() if number else None)


def _the_same(known: Shipment, contents: Contents | None) -> Shipment:
    held = dict(known.lines.values_list("order_line", "qty"))
    if contents is not None and held and held != dict(contents):
        raise Unfit("tracking_no", _("There is a parcel with this number, with other things in it."))
    return known


def _packed(order: Order, contents: Contents | None) -> Contents:
    left = unsent(order)
    if contents is None:
        contents = {line: qty for line, qty in left.items() if qty}
        if not contents:
            raise Refused(_("Everything of this order is in a parcel already."))
    if not contents:
        raise Unfit("lines", _("Say what is in it."))
    for line, qty in contents.items():
        if line not in left:
            raise Unfit("lines", _("This is not an item of the order."))
        if not 0 < qty <= left[line]:
            found = {"name": order.lines.get(pk=line).name, "left": left[line]}
            raise Unfit("lines", _("Of “%(name)s” %(left)d can still be sent.") % found)
    return contents


def _carrier(told: str) -> str:
    """Its code; held, so that nobody takes it off the list meanwhile."""
    if not told.strip():
        return ""
    code = carriers.code_of(told.strip(), carriers.names())
    known = Carrier.objects.filter(code=code, is_active=True).select_for_update(no_key=True).first()
    if known is None:
        raise Unfit("carrier", _("No carrier goes by this name. Those who manage orders can add it."))
    return known.code


# -- marking


def _taken_back(parcel: Shipment) -> Sequence[ShipmentStatus]:
    """What a shop told of is cancelled there, and what a claim sends with the claim."""
    return [S.CANCELLED] if parcel.entered_by_id and not parcel.external_id else []


def _say(parcel: Shipment, status: str, *, by: Staff, at: datetime, text: str, key: UUID | None) -> None:
    allowed = steps(parcel)
    if status not in allowed:
        raise NotFromHere(parcel.status, allowed)
    _refuse_what_cannot_be(parcel, status, at)
    before = parcel.delivered_at
    words = " ".join(text.split())[:400]
    seen = IncomingTracking(external_id=_name(key or uuid7()), at=at, status=status, text=words)
    tracking.report(parcel, [seen], by=by, source=tracking.STAFF)
    if parcel.delivered_at != before:
        told = {"before": before.isoformat() if before else None, "after": at.isoformat()}
        log.audit("shipment.delivered_by_hand", parcel, by=by, address=None, **told)


def _name(key: UUID) -> str:
    return f"{tracking.STAFF} {key}"


def _refuse_what_cannot_be(parcel: Shipment, status: str, at: datetime) -> None:
    if at > timezone.now():
        raise Unfit("at", _("That moment is still to come."))
    placed = parcel.order.placed_at if parcel.order else None
    if at < max(placed or EARLIEST, EARLIEST):
        raise Unfit("at", _("That was before the order was placed."))
    if status != parcel.status and at < _ended(parcel):
        raise Unfit("at", _("That was before this parcel had come to its end."))


def _ended(parcel: Shipment) -> datetime:
    ends = parcel.events.filter(status__in=AFTER_THE_END).order_by("at").values_list("at", flat=True)
    return max(parcel.delivered_at or EARLIEST, ends.last() or EARLIEST)
