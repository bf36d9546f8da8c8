"""An order and its lines, as the shop reported them."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from kefu.lib.encryption import DataKey, EncryptedTextField, blind_index
from kefu.lib.ids import uuid7
from kefu.orders.models.products import Product, Variant
from kefu.orders.models.sources import OrderSource
from kefu.people.models import Brand, Customer, Identity, IdentityKind, Staff
from kefu.people.reach import brands_of

PHONE_TAIL = 4
PHONE_DIGITS = 10


class OrderStatus(models.TextChoices):
    PENDING = "pending", _("Placed")
    PROCESSING = "processing", _("Being prepared")
    SHIPPED = "shipped", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    CANCELLED = "cancelled", _("Cancelled")


def number_key(number: str) -> str:
    """As people type an order number and as shops write it: without "#", spaces and case."""
    return re.sub(r"[\s#＃]", "", number).upper()[:80]


def email_index(email: str) -> bytes:
    """The same as an identity's, so that whoever has proved the address finds what was ordered with it."""
    return Identity.index_of(IdentityKind.EMAIL, email) if email.strip() else b""


def tail_index(phone: str) -> bytes:
    """Of the last four digits of a telephone number."""
    digits = re.sub(r"\D", "", phone)[-PHONE_TAIL:]
    return blind_index(digits, purpose="order.tail") if len(digits) == PHONE_TAIL else b""


def phone_index(phone: str) -> bytes:
    """Of a whole number, written with or without its country."""
    digits = re.sub(r"\D", "", phone)[-PHONE_DIGITS:]
    return blind_index(digits, purpose="order.phone") if len(digits) == PHONE_DIGITS else b""


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, staff: Staff) -> OrderQuerySet:
        return self.filter(brand__in=brands_of(staff))

    def of(self, customer: Customer) -> OrderQuerySet:
        """Theirs, and what was ordered with an address that they have proved."""
        proved = customer.identities.filter(kind=IdentityKind.EMAIL, verified_at__isnull=False)
        # Asked for first: beside an OR a subquery would have all orders read.
        indexes = list(proved.values_list("index", flat=True))
        return self.filter(models.Q(customer=customer) | models.Q(email_index__in=indexes))

    def latest_first(self) -> OrderQuerySet:
        return self.order_by("-placed_at", "-id")

    def numbered(self, number: str) -> OrderQuerySet:
        return self.filter(number_key=number_key(number))


class Order(models.Model):
    """Once per source and number. ``status`` follows the source and its shipments; ``version`` grows with every
    change, for ``If-Match``. Address and contact are sealed under the customer's key; the two indexes answer the second
    fact of a look-up without opening anything. A source that knows no dates leaves ``placed_at`` empty.

    ``reported`` keeps a digest of each part as the source last told it, so that ``taking`` knows what the source has
    changed since, and what was changed here.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(OrderSource, on_delete=models.PROTECT, related_name="orders", db_index=False)
    external_no = models.CharField(max_length=80)
    number_key = models.CharField(max_length=80, db_index=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.PENDING)
    currency = models.CharField(max_length=3)
    shipping_minor = models.BigIntegerField(default=0)
    placed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=80, blank=True)
    channel = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, blank=True)
    address_text = EncryptedTextField(default="")
    email = EncryptedTextField(default="")
    phone = EncryptedTextField(default="")
    email_index = models.BinaryField(max_length=32, default=b"")
    tail_index = models.BinaryField(max_length=32, default=b"")
    phone_index = models.BinaryField(max_length=32, default=b"")
    reported: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    reported_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Order]] = OrderQuerySet.as_manager()
    event_kind = "order"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "external_no"], name="order_once_per_source")
        ]
        indexes: ClassVar = [
            models.Index(fields=["brand", "-placed_at", "-id"], name="order_latest"),
            models.Index(fields=["email_index"], name="order_email", condition=~models.Q(email_index=b"")),
            models.Index(fields=["phone_index"], name="order_phone", condition=~models.Q(phone_index=b"")),
        ]

    def __str__(self) -> str:
        return self.external_no

    def data_key(self) -> DataKey:
        return self.customer.data_key()

    @property
    def address(self) -> dict[str, str]:
        """``name line1 line2 city region postal_code country phone``, as many as the source told."""
        found: dict[str, str] = json.loads(self.address_text) if self.address_text else {}
        return found

    @address.setter
    def address(self, address: dict[str, str]) -> None:
        self.address_text = json.dumps(address, ensure_ascii=False) if address else ""

    def reach_by(self, *, email: str, phone: str) -> None:
        """Set whom the order was placed by, with what answers the second fact."""
        self.email, self.phone = email, phone
        self.email_index, self.tail_index = email_index(email), tail_index(phone)
        self.phone_index = phone_index(phone)

    def locked(self) -> Order:
        """This row, locked and fresh. Inside a transaction only; payments are locked after their order."""
        self.refresh_from_db(from_queryset=Order.objects.select_for_update(no_key=True))
        return self

    def scope(self) -> dict[str, Any]:
        return {"brand": self.brand_id, "customer": self.customer_id}


class OrderLine(models.Model):
    """One row of an order. Amounts are for the whole row: what was paid is ``paid_minor``.

    One that ``replaces`` another was sent later in its place: no source told of it, and it stands for money that was
    paid for the other, so no total counts both. ``warranty_start``: the day from which its term runs, where that is not
    the purchase's. ``acknowledged``: which of ``EXCLUSIONS`` the buyer agreed to when buying, and when if the source
    told.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    external_id = models.CharField(max_length=80, blank=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, null=True, related_name="+")
    sku = models.CharField(max_length=80, blank=True)
    name = models.CharField(max_length=200)
    qty = models.PositiveIntegerField(default=1)
    unit_price_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    options: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    serials: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    replaces = models.ForeignKey(
        "self", on_delete=models.RESTRICT, null=True, related_name="replaced_by", db_index=False
    )
    warranty_start = models.DateField(null=True)
    acknowledged: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    acknowledged_at = models.DateTimeField(null=True)

    event_kind = "order_line"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "position"], name="line_once_in_order"),
            models.CheckConstraint(condition=models.Q(qty__gte=1), name="line_has_quantity"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["sku"], name="line_of_no_variant", condition=models.Q(variant__isnull=True)),
            models.Index(
                fields=["replaces"], name="line_in_place_of", condition=models.Q(replaces__isnull=False)
            ),
            GinIndex(
                fields=["serials"], opclasses=["jsonb_path_ops"], name="line_with_serial", fastupdate=False
            ),
        ]
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.name

    @property
    def paid_minor(self) -> int:
        """For all of it, discounts and taxes reckoned in."""
        return self.qty * self.unit_price_minor - self.discount_minor + self.tax_minor
