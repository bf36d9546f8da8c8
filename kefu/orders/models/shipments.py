"""What is sent, either way: a shipment, what is in it, and where it was seen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kefu.lib.ids import uuid7
from kefu.orders.models.orders import Order, OrderLine
from kefu.people.models import Brand, Staff


class ShipmentStatus(models.TextChoices):
    CREATED = "created", _("Registered")
    LABEL_READY = "label_ready", _("Label ready")
    PICKED_UP = "picked_up", _("Handed to the carrier")
    IN_TRANSIT = "in_transit", _("In transit")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    READY_FOR_PICKUP = "ready_for_pickup", _("Ready to be collected")
    DELIVERED = "delivered", _("Delivered")
    EXCEPTION = "exception", _("Held up by a problem")
    DELAYED = "delayed", _("Delayed")
    RETURNED = "returned", _("Returned to the sender")
    LOST = "lost", _("Lost")
    CANCELLED = "cancelled", _("Cancelled")


ENDED = (ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED, ShipmentStatus.LOST, ShipmentStatus.CANCELLED)


class Direction(models.TextChoices):
    OUTBOUND = "outbound", _("To the customer")
    INBOUND = "inbound", _("To us")


class TrackedBy(models.TextChoices):
    """Who is counted on to tell where a carrier's parcels are. Whoever else tells is believed all the same."""

    HAND = "hand", _("By hand")
    WEBHOOK = "webhook", _("Signed webhook")
    KUAIDI100 = "kuaidi100", _("Kuaidi100")


class Carrier(models.Model):
    """Who carries, for every brand. ``code`` is the tracking service's; ``also`` what shops call it; ``tracking_url``
    may contain ``{number}``. One that is not active is offered no more, and keeps its name and link.
    """

    code = models.SlugField(max_length=40, primary_key=True)
    name = models.CharField(max_length=80)
    also: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    tracking_url = models.CharField(max_length=300, blank=True)
    phone_tail_needed = models.BooleanField(default=False)
    tracked_by = models.CharField(max_length=12, choices=TrackedBy, default=TrackedBy.KUAIDI100)
    is_active = models.BooleanField(default=True)

    event_kind = "carrier"

    def __str__(self) -> str:
        return self.name


class Shipment(models.Model):
    """``delivered_at`` starts windows; ``delivery_source`` says who told: carrier, staff, customer or import.

    ``asked_at`` is when a tracking service was last asked, ``watched_at`` since when one tells by itself.
    ``order`` is empty for what is sent about a registered product without an order. ``entered_by`` is the colleague who
    entered it by hand; a shop's parcels and those of claims have none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, null=True, related_name="shipments")
    direction = models.CharField(max_length=8, choices=Direction, default=Direction.OUTBOUND)
    external_id = models.CharField(max_length=80, blank=True)
    carrier = models.CharField(max_length=40, blank=True)
    tracking_no = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=16, choices=ShipmentStatus, default=ShipmentStatus.CREATED)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    delivery_source = models.CharField(max_length=10, blank=True)
    asked_at = models.DateTimeField(null=True)
    watched_at = models.DateTimeField(null=True)
    entered_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "shipment"

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tracking_no"], name="shipment_tracking")]
        ordering: ClassVar = ["created_at", "id"]

    def __str__(self) -> str:
        return self.tracking_no or str(self.pk)


class ShipmentLine(models.Model):
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines", db_index=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="shipped")
    qty = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shipment", "order_line"], name="line_once_in_shipment"),
            models.CheckConstraint(condition=models.Q(qty__gte=1), name="shipped_has_quantity"),
        ]


class TrackingEvent(models.Model):
    """Where a shipment was, told once however often it is reported. ``place`` and ``text`` are the carrier's words."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="events", db_index=False)
    external_id = models.CharField(max_length=80)
    at = models.DateTimeField()
    status = models.CharField(max_length=16, choices=ShipmentStatus)
    place = models.CharField(max_length=120, blank=True)
    text = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shipment", "external_id"], name="tracking_event_once")
        ]
        ordering: ClassVar = ["at", "id"]
