"""What was paid, by what means, and what has been given back or credited."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kefu.lib.ids import uuid7
from kefu.orders.models.orders import Order
from kefu.people.models import Customer


class MethodKind(models.TextChoices):
    CARD = "card", _("Card")
    WALLET = "wallet", _("Wallet")
    GIFT_CARD = "gift_card", _("Gift card")
    STORE_CREDIT = "store_credit", _("Store credit")
    BANK = "bank", _("Bank transfer")
    COD = "cod", _("Cash on delivery")
    POINTS = "points", _("Points")


STORED_VALUE = (MethodKind.GIFT_CARD, MethodKind.STORE_CREDIT)


class NotEnough(Exception):
    """More was asked for than is there: of a balance, or of what a payment can still give back."""


class PaymentMethod(models.Model):
    """A customer's way to pay. Never a card number: ``display_tail`` is its last four digits, ``provider_ref`` the
    provider's own id. Gift cards and store credit hold ``balance_minor``, which only entries change.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payment_methods")
    external_id = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=12, choices=MethodKind)
    provider = models.CharField(max_length=20, blank=True)
    provider_ref = models.CharField(max_length=120, blank=True)
    label = models.CharField(max_length=40, blank=True)
    display_tail = models.CharField(max_length=4, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    balance_minor = models.BigIntegerField(null=True)

    event_kind = "payment_method"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "external_id"],
                condition=~Q(external_id=""),
                name="method_once_of_customer",
            ),
            models.UniqueConstraint(
                fields=["customer", "currency"], condition=Q(kind="store_credit"), name="one_store_credit"
            ),
            models.CheckConstraint(
                condition=Q(balance_minor__isnull=True) | Q(balance_minor__gte=0), name="balance_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.label or self.get_kind_display(), self.display_tail) if part)

    @property
    def holds_value(self) -> bool:
        return self.kind in STORED_VALUE

    def can_hold(self, currency: str) -> bool:
        """A balance is of one currency; a card or an account takes any."""
        return not self.holds_value or self.currency == currency

    def enter(self, amount_minor: int, *, why: str, reference: str) -> None:
        """Move the balance once per ``reference``, in the caller's transaction. Raises ``NotEnough``."""
        entry = CreditEntry(method=self, amount_minor=amount_minor, why=why, reference=reference)
        if not CreditEntry.objects.bulk_create([entry], ignore_conflicts=True) or not self._is_new(entry):
            return
        room = PaymentMethod.objects.filter(pk=self.pk, balance_minor__gte=-amount_minor)
        if not room.update(balance_minor=F("balance_minor") + amount_minor):
            raise NotEnough
        self.refresh_from_db(fields=["balance_minor"])

    def _is_new(self, entry: CreditEntry) -> bool:
        return CreditEntry.objects.filter(pk=entry.pk).exists()


class CreditEntry(models.Model):
    """A movement of a stored value: an opening balance, a payment, a refund. ``reference`` makes a repeat harmless."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    method = models.ForeignKey(
        PaymentMethod, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    amount_minor = models.BigIntegerField()
    why = models.CharField(max_length=20)
    reference = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["method", "reference"], name="credit_entry_once")
        ]


class Payment(models.Model):
    """What was captured. ``returned_minor`` is what has been or is being given back: refunds that have not failed and
    those that the shop reported. It is moved under this row's lock only, and never above what was captured.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="payments")
    external_id = models.CharField(max_length=120, blank=True)
    captured_minor = models.BigIntegerField()
    returned_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    captured_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "payment"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "external_id"], condition=~Q(external_id=""), name="payment_once"
            ),
            models.CheckConstraint(
                condition=Q(returned_minor__gte=0, returned_minor__lte=F("captured_minor")),
                name="returned_at_most_captured",
            ),
        ]

    @property
    def left_minor(self) -> int:
        return self.captured_minor - self.returned_minor

    def reserve(self, amount_minor: int) -> None:
        """Set aside what is going back, in the caller's transaction. Raises ``NotEnough``; two at once take turns."""
        self._move(amount_minor)

    def release(self, amount_minor: int) -> None:
        """A refund came to nothing."""
        self._move(-amount_minor)

    def _move(self, amount_minor: int) -> None:
        after = F("returned_minor") + amount_minor
        room: Any = Payment.objects.filter(
            pk=self.pk, returned_minor__gte=-amount_minor, captured_minor__gte=after
        )
        if not room.update(returned_minor=after):
            raise NotEnough
        self.refresh_from_db(fields=["returned_minor"])


class ReportedRefund(models.Model):
    """Money that went back outside Kefu: the shop says so. Told once however often it is reported."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="reported", db_index=False)
    external_id = models.CharField(max_length=120)
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "external_id"], name="reported_refund_once")
        ]
