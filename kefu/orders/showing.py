"""An order as people read it: how far it is, what is in it, where its parcels were seen.

The same for customers, colleagues and the chat. What may be done with each item is put beside it by whoever shows it:
``actions``, by the item's id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.hours.public_holidays import country_name
from kefu.orders import parcels
from kefu.orders.models import (
    EXCLUSIONS,
    Carrier,
    Order,
    OrderLine,
    OrderStatus,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    TrackingEvent,
)
from kefu.orders.models.shipments import Direction
from kefu.privacy.display import STARS, mask_email, mask_name, mask_phone

WAY = (OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.DELIVERED)
PILLS = {"shipped": "info", "delivered": "good", "cancelled": ""}
NEXT: Mapping[str, str | Promise] = {
    "pending": _("We have your order and will prepare it next."),
    "processing": _("We are packing it. The parcel will appear here once the carrier has it."),
    "shipped": _("The carrier has it. See below where it was last."),
    "delivered": _("The carrier says it was delivered."),
    "cancelled": _("Nothing more will be sent."),
}
GOOD = (ShipmentStatus.DELIVERED, ShipmentStatus.READY_FOR_PICKUP)
BAD = (ShipmentStatus.EXCEPTION, ShipmentStatus.LOST, ShipmentStatus.RETURNED)
ADDRESS = ("line1", "line2", "city", "region", "postal_code")


@dataclass(frozen=True, slots=True)
class Action:
    """What may be done with an item today: ``href`` if it may, ``why`` not if it may not."""

    label: str | Promise
    href: str = ""
    why: str | Promise = ""


Actions = Mapping[UUID, Sequence[Action]]


@dataclass(frozen=True, slots=True)
class Contact:
    """To whom it goes, as far as the reader may know it."""

    name: str
    address: str
    email: str
    phone: str

    @classmethod
    def masked(cls, order: Order) -> Contact:
        """Enough to see that it is one's own; of the address nothing smaller than the town."""
        address = order.address
        town = [address.get("city", ""), address.get("region", ""), _country(order)]
        return cls(
            name=mask_name(_recipient(order)),
            address=" ".join([STARS, *filter(None, town)]) if address else "",
            email=mask_email(order.email) if order.email else "",
            phone=mask_phone(_phone(order)) if _phone(order) else "",
        )

    @classmethod
    def full(cls, order: Order) -> Contact:
        parts = [*(order.address.get(part, "") for part in ADDRESS), _country(order)]
        address = ", ".join(filter(None, parts))
        return cls(name=_recipient(order), address=address, email=order.email or "", phone=_phone(order))


def _recipient(order: Order) -> str:
    return order.address.get("name", "") or order.customer.name


def _country(order: Order) -> str:
    """By its name in the language of the page; shops write a code, or whatever the buyer wrote."""
    return country_name(order.address.get("country", ""))


def _phone(order: Order) -> str:
    return order.phone or order.address.get("phone", "")


@dataclass(frozen=True, slots=True)
class ShownLine:
    line: OrderLine
    actions: Sequence[Action]

    @property
    def options(self) -> str:
        return " · ".join(str(value) for value in self.line.options.values())

    @property
    def possible(self) -> list[Action]:
        return [one for one in self.actions if one.href]

    @property
    def told(self) -> dict[str, list[str]]:
        """What is only said of the others, once for all of which it is true."""
        told: defaultdict[str, list[str]] = defaultdict(list)
        for one in self.actions:
            if not one.href:
                told[str(one.why)].append(str(one.label))
        return dict(told)

    @property
    def acknowledged(self) -> list[str]:
        return [str(EXCLUSIONS.get(one, one)) for one in self.line.acknowledged]


@dataclass(frozen=True, slots=True)
class ShownShipment:
    """``entries`` are for the timeline, the latest first; ``items`` what is in it, where the shop told."""

    shipment: Shipment
    carrier: str
    link: str
    entries: list[dict[str, Any]]
    items: list[ShipmentLine]

    @property
    def is_return(self) -> bool:
        return self.shipment.direction == Direction.INBOUND

    @property
    def can_be_marked(self) -> bool:
        return bool(parcels.steps(self.shipment))

    @property
    def pill(self) -> str:
        return parcel_pill(self.shipment.status)


@dataclass(frozen=True, slots=True)
class Shown:
    order: Order
    contact: Contact
    lines: list[ShownLine]
    shipments: list[ShownShipment]

    @property
    def pill(self) -> str:
        return PILLS.get(self.order.status, "")

    @property
    def next(self) -> str | Promise:
        return NEXT[self.order.status]

    @property
    def steps(self) -> list[str]:
        return [str(status.label) for status in WAY]

    @property
    def step(self) -> int:
        """Counted from 1; behind the last one once it has arrived; 0 for what was cancelled."""
        if self.order.status == OrderStatus.CANCELLED:
            return 0
        place = WAY.index(OrderStatus(self.order.status)) + 1
        return place + (self.order.status == OrderStatus.DELIVERED)

    @property
    def total_minor(self) -> int:
        return total_minor(self.order, [shown.line for shown in self.lines])


def total_minor(order: Order, lines: Iterable[OrderLine]) -> int:
    """Of what was ordered. What came in place of something was paid for with it."""
    return sum(line.paid_minor for line in lines if line.replaces_id is None) + order.shipping_minor


def masked(orders: Iterable[Order], *, actions: Actions | None = None) -> list[Shown]:
    """For whoever has named a second fact; with four queries, however many orders."""
    return _shown(list(orders), Contact.masked, actions or {})


def full(orders: Iterable[Order], *, actions: Actions | None = None) -> list[Shown]:
    """For its own customer, or a colleague who may see contact details and of whom it is kept."""
    return _shown(list(orders), Contact.full, actions or {})


def parcel(shipment: Shipment) -> ShownShipment:
    """One by itself, without what is in it or where it was seen."""
    return _shipment(shipment, Carrier.objects.filter(pk=shipment.carrier).first(), [], [])


def _shown(orders: Sequence[Order], contact: Any, actions: Actions) -> list[Shown]:
    lines: defaultdict[UUID, list[ShownLine]] = defaultdict(list)
    found = OrderLine.objects.filter(order__in=orders).select_related("replaces")
    for line in found.order_by("order", "position"):
        lines[line.order_id].append(ShownLine(line, actions.get(line.pk, ())))
    shipments = _shipments(orders)
    return [Shown(order, contact(order), lines[order.pk], shipments[order.pk]) for order in orders]


def _shipments(orders: Sequence[Order]) -> Mapping[UUID, list[ShownShipment]]:
    found = list(Shipment.objects.filter(order__in=orders).order_by("created_at", "id"))
    events: defaultdict[UUID, list[TrackingEvent]] = defaultdict(list)
    for event in TrackingEvent.objects.filter(shipment__in=found).order_by("-at", "-id"):
        events[event.shipment_id].append(event)
    items: defaultdict[UUID, list[ShipmentLine]] = defaultdict(list)
    for item in ShipmentLine.objects.filter(shipment__in=found).select_related("order_line"):
        items[item.shipment_id].append(item)
    carriers = Carrier.objects.in_bulk({one.carrier for one in found if one.carrier})
    by_order: defaultdict[UUID, list[ShownShipment]] = defaultdict(list)
    for one in found:
        shown = _shipment(one, carriers.get(one.carrier), events[one.pk], items[one.pk])
        by_order[one.order_id].append(shown)  # type: ignore[index]
    return by_order


def parcel_pill(status: str) -> str:
    return "good" if status in GOOD else "bad" if status in BAD else "info"


def _shipment(
    shipment: Shipment, carrier: Carrier | None, events: Sequence[TrackingEvent], items: list[ShipmentLine]
) -> ShownShipment:
    entries = [_entry(event, is_latest=place == 0) for place, event in enumerate(events)]
    return ShownShipment(
        shipment=shipment,
        carrier=carrier.name if carrier else shipment.carrier,
        link=_link(carrier, shipment.tracking_no),
        entries=entries or _entries_without_tracking(shipment),
        items=items,
    )


def _entry(event: TrackingEvent, *, is_latest: bool) -> dict[str, Any]:
    note = " · ".join(filter(None, (event.place, event.text)))
    text = str(ShipmentStatus(event.status).label)
    kind = "good" if event.status in GOOD else "bad" if event.status in BAD else "now" if is_latest else ""
    return {"text": text, "when": event.at, "by": note, "kind": kind}


def _entries_without_tracking(shipment: Shipment) -> list[dict[str, Any]]:
    """What the shop itself said, while no carrier has said anything."""
    known = (
        (ShipmentStatus.DELIVERED, shipment.delivered_at),
        (ShipmentStatus.PICKED_UP, shipment.shipped_at),
    )
    return [
        {"text": str(status.label), "when": at, "kind": "good" if status in GOOD else ""}
        for status, at in known
        if at
    ]


def _link(carrier: Carrier | None, tracking_no: str) -> str:
    if carrier is None or not tracking_no or not carrier.tracking_url.startswith(("https://", "http://")):
        return ""
    return carrier.tracking_url.replace("{number}", quote(tracking_no, safe=""))
