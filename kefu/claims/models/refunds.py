"""Money going back: a row first, then sent, and asked about when the answer was lost."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.db import models
from django.db.models import Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.claims.models.claims import Claim, Destination
from kefu.lib.encryption import DataKey, EncryptedTextField
from kefu.lib.ids import uuid7
from kefu.lib.keys import key_ring
from kefu.orders.models import Order, Payment, PaymentMethod
from kefu.people.models import Brand, Staff
from kefu.people.models.customers import new_wrapped_key
from kefu.people.reach import brands_of


class RefundState(models.TextChoices):
    REQUESTED = "requested", _("Waiting for approval")
    APPROVED = "approved", pgettext_lazy("refund", "Approved")
    QUEUED = "queued", _("Queued")
    SENT = "sent", pgettext_lazy("refund", "Sent")
    PROCESSING = "processing", _("With the bank")
    SUCCEEDED = "succeeded", _("Paid back")
    FAILED = "failed", _("Failed")
    ABNORMAL = "abnormal", _("Needs another account")
    CLOSED = "closed", pgettext_lazy("refund", "Closed by the provider")
    UNKNOWN = "unknown", _("Checking with the provider")
    CANCELLED = "cancelled", pgettext_lazy("refund", "Cancelled")
    REVERSED = "reversed", _("Returned to us")


WITHOUT_MONEY = (RefundState.FAILED, RefundState.CANCELLED, RefundState.CLOSED, RefundState.REVERSED)


class RefundQuerySet(models.QuerySet["Refund"]):
    def visible_to(self, staff: Staff) -> RefundQuerySet:
        return self.filter(order__brand__in=brands_of(staff))


class Refund(models.Model):
    """``request_no`` is what the provider knows it by, made once and kept through every retry. After the provider
    closed it, or another destination was agreed on, a new row ``replaces`` this one. ``breakdown`` has ``items tax
    shipping deduction freight``, which add up to the amount. While it may still move money its amount is set aside on
    its payment.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    number = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("claims_refund_number"), function="nextval")
    )
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, related_name="refunds")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    destination = models.CharField(max_length=12, choices=Destination, default=Destination.ORIGINAL)
    to_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+")
    breakdown: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    why = models.CharField(max_length=24, default="claim")
    state = models.CharField(max_length=10, choices=RefundState, default=RefundState.REQUESTED)
    provider = models.CharField(max_length=20)
    provider_refund_id = models.CharField(max_length=120, blank=True)
    request_no = models.CharField(max_length=64, unique=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    bank_reference = models.CharField(max_length=80, blank=True)
    failure_code = models.CharField(max_length=60, blank=True)
    expected_by = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Refund]] = RefundQuerySet.as_manager()
    event_kind = "refund"

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="refund_not_negative")
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "next_try_at"], name="refund_to_do"),
            models.Index(fields=["-created_at", "-id"], name="refund_latest"),
        ]

    def __str__(self) -> str:
        return f"R-{self.number}"

    def locked(self) -> Refund:
        self.refresh_from_db(from_queryset=Refund.objects.select_for_update(no_key=True))
        return self

    def scope(self) -> dict[str, Any]:
        return {"order": self.order_id, "claim": self.claim_id, "amount": self.amount_minor}


_AT = {
    "open": Q(settled_at=None),
    "paid": Q(settled_at__isnull=False, waived_why=""),
    "waived": Q(settled_at__isnull=False) & ~Q(waived_why=""),
}


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    def visible_to(self, staff: Staff) -> AdjustmentQuerySet:
        return self.filter(claim__brand__in=brands_of(staff))

    def by_customers(self) -> AdjustmentQuerySet:
        """What they owe us or owed us."""
        return self.filter(amount_minor__lt=0)

    def unpaid(self) -> AdjustmentQuerySet:
        return self.by_customers().filter(settled_at=None)

    def at(self, states: Iterable[str]) -> AdjustmentQuerySet:
        """At any of them; all where none is named."""
        wanted = {state: _AT[state] for state in states}
        return self.filter(reduce(or_, wanted.values())) if wanted else self.all()


class Adjustment(models.Model):
    """What is reckoned beside the items: positive is owed to the customer, negative by them. Settled by the colleague
    who saw the money, or who let it go and said ``waived_why``; by nobody where it came out of a balance.
    """

    class Cause(models.TextChoices):
        DIFFERENCE = "exchange_difference", _("Difference in price")
        FREIGHT = "return_freight", _("Return shipping")
        RESTOCKING = "restocking", _("Restocking fee")
        GOODWILL = "goodwill", _("Goodwill")
        PAID_REPAIR = "paid_repair", _("Paid repair")
        ADVANCE = "advance", _("Replacement sent in advance, goods not returned")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("of a sum", "Open")
        PAID = "paid", pgettext_lazy("of a sum", "Settled")
        WAIVED = "waived", pgettext_lazy("of a sum", "Waived")

    id = models.UUIDField(primary_key=True, default=uuid7)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="adjustments")
    amount_minor = models.BigIntegerField()
    why = models.CharField(max_length=20, choices=Cause)
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+")
    reference = models.CharField(max_length=80, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    waived_why = models.TextField(blank=True, default="", db_default="")  # for colleagues alone
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Adjustment]] = AdjustmentQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(amount_minor__lt=0, settled_at=None),
                name="adjustment_unpaid",
            ),
        ]

    @property
    def state(self) -> Adjustment.State:
        if self.settled_at is None:
            return self.State.OPEN
        return self.State.WAIVED if self.waived_why else self.State.PAID

    @property
    def owed_minor(self) -> int:
        """By the customer."""
        return -self.amount_minor

    def settle(self, *, by: Staff | None, waived_why: str = "") -> None:
        self.settled_at, self.settled_by, self.waived_why = timezone.now(), by, waived_why
        self.save(update_fields=["settled_at", "settled_by", "waived_why"])


class ProviderAccount(models.Model):
    """A brand's account with a payment provider; what opens it is sealed."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="provider_accounts")
    provider = models.CharField(max_length=20)
    wrapped_key = models.BinaryField(default=new_wrapped_key)
    settings_text = EncryptedTextField(default="")
    is_active = models.BooleanField(default=True)

    event_kind = "provider_account"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "provider"], name="provider_once_in_brand")
        ]

    def data_key(self) -> DataKey:
        return key_ring().unwrap(bytes(self.wrapped_key))

    @property
    def settings(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.settings_text) if self.settings_text else {}
        return found

    @settings.setter
    def settings(self, settings: dict[str, str]) -> None:
        self.settings_text = json.dumps(settings)


class ProviderNotice(models.Model):
    """News from a provider, each once: it may come twice, late, and in the wrong order."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE, related_name="notices")
    event_id = models.CharField(max_length=160)
    request_no = models.CharField(max_length=64)
    state = models.CharField(max_length=10)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "event_id"], name="provider_notice_once")
        ]
