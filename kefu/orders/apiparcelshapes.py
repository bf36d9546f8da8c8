"""What programs are shown of parcels."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from kefu.orders import parcels
from kefu.orders.models import Shipment, ShipmentStatus, TrackingEvent
from kefu.orders.models.shipments import Direction


class SeenShown(BaseModel):
    at: datetime
    status: ShipmentStatus
    place: str
    text: str = Field(description="The carrier's own words.")

    @classmethod
    def of(cls, event: TrackingEvent) -> SeenShown:
        return cls(at=event.at, status=ShipmentStatus(event.status), place=event.place, text=event.text)


class PackedShown(BaseModel):
    line: UUID
    qty: int


class ShipmentShown(BaseModel):
    id: UUID
    direction: Direction
    carrier: str = Field(description="The tracking service's code for it.", examples=["shunfeng"])
    tracking_no: str
    status: ShipmentStatus
    shipped_at: datetime | None
    delivered_at: datetime | None
    delivery_source: str = Field(description="Who said that it arrived.", examples=["carrier"])
    lines: list[PackedShown]
    events: list[SeenShown] = Field(description="The earliest first.")
    allowed: list[ShipmentStatus] = Field(description="What may be said of it by hand, as it stands.")

    @classmethod
    def of(cls, shipment: Shipment) -> ShipmentShown:
        return cls(
            id=shipment.pk,
            direction=Direction(shipment.direction),
            carrier=shipment.carrier,
            tracking_no=shipment.tracking_no,
            status=ShipmentStatus(shipment.status),
            shipped_at=shipment.shipped_at,
            delivered_at=shipment.delivered_at,
            delivery_source=shipment.delivery_source,
            lines=[PackedShown(line=one.order_line_id, qty=one.qty) for one in shipment.lines.all()],
            events=[SeenShown.of(event) for event in shipment.events.all()],
            allowed=parcels.steps(shipment),
        )


class ShipmentsShown(BaseModel):
    items: list[ShipmentShown]
