"""Tracking that comes in over the generic webhook: any carrier or middleman who can sign what it sends.

{"events": [{"id": "e-1", "tracking_no": "SF1", "carrier": "sf", "at": "2026-05-01T12:00:00Z",
             "status": "in_transit", "place": "Shanghai", "text": "Left the hub"}]}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kefu.events.actors import SYSTEM
from kefu.lib.storable import storable
from kefu.orders import tracking
from kefu.orders.incoming import IncomingTracking
from kefu.orders.mapping.fields import Field, Path, Place
from kefu.orders.models import ShipmentStatus, TrackingService
from kefu.web.joining import listed, paragraph

MOST_EVENTS = 500
# What middlemen call it; our own words are taken as well.
WORDS = {
    "pending": ShipmentStatus.CREATED,
    "on_hold": ShipmentStatus.EXCEPTION,
    "delivery_failed": ShipmentStatus.EXCEPTION,
    "delivery_delayed": ShipmentStatus.DELAYED,
    "return_to_sender": ShipmentStatus.RETURNED,
    "unknown": ShipmentStatus.IN_TRANSIT,
}
UTC = ZoneInfo("UTC")


class BadEvents(Exception):
    """``sentences`` says what is wrong with which of them. None was taken."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(paragraph(sentences))
        self.sentences = sentences


def told(service: TrackingService, body: Any) -> int:
    """How many parcels there was news of. Numbers that are not of this brand are passed over. Raises ``BadEvents``."""
    rows = body.get("events", [body]) if isinstance(body, Mapping) else None
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_EVENTS:
        raise BadEvents([_("Send “events”, a list of 1 to %d.") % MOST_EVENTS])
    problems: list[tuple[int, str]] = []
    read = [_event(row, number, problems) for number, row in enumerate(rows)]
    if problems:
        raise BadEvents([f"events.{number}.{reason}" for number, reason in problems])
    return sum(
        _report(service, number, carrier, events) for (number, carrier), events in _by_parcel(read).items()
    )


def _report(service: TrackingService, number: str, carrier: str, events: list[IncomingTracking]) -> int:
    shipments = tracking.numbered(service.brand_id, number, carrier)
    return sum(tracking.report(shipment, events, by=SYSTEM) for shipment in shipments)


def _by_parcel(
    read: Sequence[tuple[str, str, IncomingTracking]],
) -> dict[tuple[str, str], list[IncomingTracking]]:
    parcels: dict[tuple[str, str], list[IncomingTracking]] = {}
    for number, carrier, event in read:
        parcels.setdefault((number, carrier), []).append(event)
    return parcels


def _event(row: Any, number: int, problems: list[tuple[int, str]]) -> tuple[str, str, IncomingTracking]:
    place = Place(row, row, UTC, "", number, problems)

    def said(name: str, kind: str = "text", most: int = 80) -> Any:
        found = Field(name, (Path(name),)).read(place, kind)
        return storable(found)[:most] if isinstance(found, str) else found

    found = {name: said(name) for name in ("id", "tracking_no", "status")} | {"at": said("at", "moment")}
    status = WORDS.get(found["status"], found["status"])
    known = {name for at, name in problems if at == number}
    for name, value in found.items():
        if value is None and not any(each.startswith(name) for each in known):
            problems.append((number, _("%s: this is missing.") % name))
    if status is not None and status not in ShipmentStatus.values:
        problems.append((number, _("status: it must be one of %s.") % listed(ShipmentStatus.values)))
    event = IncomingTracking(
        external_id=found["id"] or "",
        at=found["at"],
        status=status or "",
        place=said("place", most=120) or "",
        text=said("text", most=400) or "",
    )
    return found["tracking_no"] or "", said("carrier", most=40) or "", event
