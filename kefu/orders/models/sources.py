"""Where orders come from, and how each import went."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kefu.lib.encryption import DataKey, EncryptedTextField
from kefu.lib.ids import uuid7
from kefu.lib.keys import key_ring
from kefu.people.models import Brand, Customer, Staff
from kefu.people.models.customers import new_wrapped_key
from kefu.people.reach import brands_of


class SourceKind(models.TextChoices):
    FILE = "file", _("Files")
    REST = "rest", _("REST")
    SHOPIFY = "shopify", "Shopify"
    WOOCOMMERCE = "woocommerce", "WooCommerce"


class OrderSourceQuerySet(models.QuerySet["OrderSource"]):
    def visible_to(self, staff: Staff) -> OrderSourceQuerySet:
        return self.filter(brand__in=brands_of(staff))


class OrderSource(models.Model):
    """``mapping`` says which field of the source is which of ours; ``secrets`` (tokens, signing keys) are sealed;
    ``cursor`` is where a pull goes on.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="order_sources")
    kind = models.CharField(max_length=12, choices=SourceKind)
    name = models.CharField(max_length=60)
    address = models.URLField(max_length=300, blank=True)
    mapping: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    cursor: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    wrapped_key = models.BinaryField(default=new_wrapped_key)
    secrets_text = EncryptedTextField(default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[OrderSource]] = OrderSourceQuerySet.as_manager()
    event_kind = "order_source"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name"], name="source_name_in_brand")
        ]

    def __str__(self) -> str:
        return self.name

    def data_key(self) -> DataKey:
        return key_ring().unwrap(bytes(self.wrapped_key))

    @property
    def secrets(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.secrets_text) if self.secrets_text else {}
        return found

    @secrets.setter
    def secrets(self, secrets: dict[str, str]) -> None:
        self.secrets_text = json.dumps(secrets) if secrets else ""


class RunState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped by a problem")


class What(models.TextChoices):
    ORDERS = "orders", _("Orders")
    PRODUCTS = "products", _("Products")
    CUSTOMERS = "customers", _("Customers")


class ImportRun(models.Model):
    """One import: how far it is, and in ``bad_rows`` everything that could not be taken.

    ``done`` rows are stored for good; a run that stopped goes on after them. ``file`` is where the upload is kept until
    the run has ended; a dry run keeps it, so that the same file can be taken for good.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    source = models.ForeignKey(OrderSource, on_delete=models.CASCADE, related_name="runs")
    what = models.CharField(max_length=12, choices=What, default=What.ORDERS)
    file = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    dry = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=RunState, default=RunState.WAITING)
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    started_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    event_kind = "import_run"

    class Meta:
        indexes: ClassVar = [models.Index(fields=["source", "-created_at"], name="import_run_latest")]

    @property
    def is_going(self) -> bool:
        return self.state in (RunState.WAITING, RunState.RUNNING)


class BadRow(models.Model):
    """A row that could not be taken: its line in the file, the number or id that it bears, and why."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="bad_rows", db_index=False)
    line = models.PositiveIntegerField()
    key = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run", "line", "id"], name="bad_row_in_order")]


class ReportedCustomer(models.Model):
    """What a source last said about a customer, as digests: see ``Order.reported``."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    source = models.ForeignKey(OrderSource, on_delete=models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    reported: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "customer"], name="customer_once_per_source")
        ]
