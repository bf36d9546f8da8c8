"""What a customer changed about an order before it was sent, so that it can be told and undone by hand."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kefu.lib.encryption import DataKey, EncryptedTextField
from kefu.lib.ids import uuid7
from kefu.orders.models import Order, PaymentMethod


class Changed(models.TextChoices):
    ADDRESS = "address", _("Address")
    ITEMS = "items", _("Items")
    PAYMENT = "payment", _("Payment method")


class OrderChange(models.Model):
    """``before`` and ``after`` hold ids and amounts; the address that was replaced is sealed. ``amount_minor`` is what
    the customer pays on account of it with ``method``, less than 0: gets back. ``version`` is the order's after it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="changes", db_index=False)
    what = models.CharField(max_length=8, choices=Changed)
    version = models.PositiveIntegerField()
    before: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    after: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    address_text = EncryptedTextField(default="")
    amount_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+")
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    event_kind = "order_change"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "version"], name="order_change_once_per_version")
        ]
        ordering: ClassVar = ["version"]

    def data_key(self) -> DataKey:
        return self.order.data_key()

    @property
    def address_before(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.address_text) if self.address_text else {}
        return found

    @address_before.setter
    def address_before(self, address: dict[str, str]) -> None:
        self.address_text = json.dumps(address, ensure_ascii=False)
