"""A unit that a customer has, known by its serial number: so that warranty can be asked without an order."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kefu.lib.ids import uuid7
from kefu.orders.models.orders import OrderLine
from kefu.orders.models.products import Product
from kefu.people.models import Customer


class Proof(models.TextChoices):
    ORDER = "order", _("Our order record")
    INVOICE = "invoice", _("Invoice")
    RECEIPT = "receipt", _("Receipt")
    STATED = "stated", _("The customer's word")


class RegisteredProduct(models.Model):
    """``paused_days``: how long we held the unit, which the warranty does not run for. ``repairs`` counts those done
    under warranty.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="registered")
    serial = models.CharField(max_length=80)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="registered_products")
    order_line = models.ForeignKey(OrderLine, on_delete=models.SET_NULL, null=True, related_name="registered")
    purchased_at = models.DateField(null=True)
    proof = models.CharField(max_length=8, choices=Proof, default=Proof.STATED)
    warranty_start = models.DateField(null=True)
    paused_days = models.PositiveIntegerField(default=0)
    repairs = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "registered_product"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "serial"], name="serial_once_of_product")
        ]
        indexes: ClassVar = [models.Index(fields=["serial"], name="registered_serial")]

    def __str__(self) -> str:
        return self.serial
