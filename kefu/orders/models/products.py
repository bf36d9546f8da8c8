"""What the brand sells: a product, and the variants that it comes in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Staff
from kefu.people.reach import brands_of


class ProductFlag(models.TextChoices):
    """What a policy may except from a right or a promise."""

    CONSUMABLE = "consumable", _("Consumable")
    CUSTOM = "custom", _("Made to order")
    DIGITAL = "digital", _("Digital")
    PERISHABLE = "perishable", _("Perishable")
    HYGIENE = "hygiene_sealed", _("Sealed for hygiene")
    FINAL_SALE = "final_sale", _("Final sale")


# What a buyer may have agreed to that it does not come back: a kind of goods, or what the shop itself names.
EXCLUSIONS: dict[str, str | Promise] = {
    **dict(ProductFlag.choices),
    "category": _("Goods of its category"),
    "sku": _("This very article"),
}


class ProductQuerySet(models.QuerySet["Product"]):
    def visible_to(self, staff: Staff) -> ProductQuerySet:
        return self.filter(brand__in=brands_of(staff))


class Product(models.Model):
    """``external_id`` is the shop's; ``warranty_parts`` gives months by part, ``warranty_months`` those of the rest
    (null: as the policy says). ``manuals`` are ``{"title", "url"}``, ``known_faults`` ``{"fault", "advice"}``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="products")
    external_id = models.CharField(max_length=80, blank=True)
    model_no = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=80, blank=True)
    flags: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    serial_tracked = models.BooleanField(default=False)
    warranty_months = models.PositiveSmallIntegerField(null=True)
    warranty_parts: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    manuals: models.JSONField[list[dict[str, str]], list[dict[str, str]]] = models.JSONField(default=list)
    known_faults: models.JSONField[list[dict[str, str]], list[dict[str, str]]] = models.JSONField(
        default=list
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Product]] = ProductQuerySet.as_manager()
    event_kind = "product"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "model_no"], name="model_once_in_brand")
        ]
        indexes: ClassVar = [models.Index(fields=["brand", "external_id"], name="product_external")]

    def __str__(self) -> str:
        return self.name


class VariantQuerySet(models.QuerySet["Variant"]):
    def visible_to(self, staff: Staff) -> VariantQuerySet:
        return self.filter(product__brand__in=brands_of(staff))


class Variant(models.Model):
    """``available`` is the shop's word on whether it can be sent today."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=80)
    options: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    available = models.BooleanField(default=True)

    objects: ClassVar[models.Manager[Variant]] = VariantQuerySet.as_manager()
    event_kind = "variant"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "sku"], name="sku_once_in_brand"),
            models.CheckConstraint(condition=models.Q(price_minor__gte=0), name="price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.sku
