"""What moves and what is done with it: shipments of a claim, inspections, repairs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kefu.claims.models.claims import Claim, ClaimLine
from kefu.lib.ids import uuid7
from kefu.orders.models import Shipment
from kefu.people.models import Staff


class ClaimShipment(models.Model):
    """``why``: goods to us, replacement to the customer, or the unit back. ``ship_by`` is when it must have left."""

    class Why(models.TextChoices):
        RETURN = "return", _("Goods sent to us")
        REPLACEMENT = "replacement", _("Replacement")
        BACK = "back", _("Back to the customer")

    class PaidBy(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        MERCHANT = "merchant", _("Us")

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="shipments", db_index=False)
    shipment = models.OneToOneField(Shipment, on_delete=models.CASCADE, related_name="of_claim")
    why = models.CharField(max_length=12, choices=Why)
    paid_by = models.CharField(max_length=8, choices=PaidBy)
    cost_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["claim", "shipment"], name="claim_shipment_once")
        ]


class Inspection(models.Model):
    """``checklist`` maps what was looked at (unused, packaging, accessories, serial …) to whether it is in order."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    line = models.ForeignKey(ClaimLine, on_delete=models.CASCADE, related_name="inspections")
    inspector = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    checklist: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    acceptance = models.CharField(max_length=24, choices=ClaimLine.Acceptance)
    diagnosis = models.CharField(max_length=20, blank=True)
    note = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)


class Repair(models.Model):
    """``repair_no``: the nth repair of this serial under warranty. A quote is asked where the warranty does not cover.

    ``quote_state``: "", sent, accepted, declined.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    claim = models.OneToOneField(Claim, on_delete=models.CASCADE, related_name="repair")
    technician = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    diagnosis = models.CharField(max_length=20, blank=True)
    finding = models.TextField(blank=True)
    parts: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    quote_minor = models.BigIntegerField(null=True)
    quote_state = models.CharField(max_length=8, blank=True)
    quoted_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    test_result = models.CharField(max_length=200, blank=True)
    repair_no = models.PositiveSmallIntegerField(null=True)
    held_from = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
