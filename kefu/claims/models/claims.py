"""A claim: one request after a sale, its lines, why it was judged as it was, and every step that it took."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from kefu.claims.machines import ENDED, Kind, Status, Who
from kefu.claims.models.policies import Policy
from kefu.conversations.models import Conversation
from kefu.lib.ids import uuid7
from kefu.orders.models import Order, OrderLine, PaymentMethod, RegisteredProduct, Variant
from kefu.people.models import Brand, Customer, Staff
from kefu.people.reach import brands_of
from kefu.people.roles import Can

_LIVE = ~Q(status__in=sorted(status.value for status in ENDED))


class Wanted(models.TextChoices):
    REFUND = "refund", _("Money back")
    EXCHANGE = "exchange", _("Another item")
    REPAIR = "repair", _("Repair")


class Destination(models.TextChoices):
    ORIGINAL = "original", _("Original payment method")
    STORE_CREDIT = "store_credit", _("Store credit")
    GIFT_CARD = "gift_card", _("Gift card")
    BANK = "bank", _("Bank account")


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, staff: Staff) -> ClaimQuerySet:
        """Those of one's brands, once they are submitted: a draft is its customer's and whoever began it for them."""
        if not staff.can(Can.SEE_ORDERS):
            return self.none()
        seen = ~Q(status=Status.DRAFT) | Q(entered_by=staff)
        return self.filter(seen, brand__in=brands_of(staff))

    def of(self, customer: Customer) -> ClaimQuerySet:
        return self.filter(customer=customer)

    def live(self) -> ClaimQuerySet:
        return self.filter(_LIVE)


class Claim(models.Model):
    """``number`` shows as ``A-1042``; ``terms`` is the policy's body frozen at submission, so that one published later
    alters nothing. ``version`` grows with every change, for ``If-Match``. ``promised_at`` is until when we are to act
    while it is our turn, ``due_at`` our next deadline that has not passed, ``answer_by`` the customer's. ``reckoning``
    is the money as ``kefu.claims.owed`` keeps it from submission on.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    number = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("claims_number"), function="nextval")
    )
    kind = models.CharField(max_length=12, choices=Kind)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="claims")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="claims")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.SET_NULL, null=True, related_name="claims"
    )
    channel = models.CharField(max_length=12, default="portal")
    status = models.CharField(max_length=28, choices=Status, default=Status.DRAFT)
    assignee = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="claims")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, null=True, related_name="claims")
    terms: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    destination = models.CharField(max_length=12, choices=Destination, default=Destination.ORIGINAL)
    refund_to = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+")
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    currency = models.CharField(max_length=3, blank=True)
    reckoning: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    opened_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    ship_by = models.DateTimeField(null=True)
    promised_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    answer_by = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=40, blank=True)
    said_why = models.TextField(blank=True)  # the reason told to the customer with a refusal or a question
    appealed = models.BooleanField(default=False)
    steps_taken = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Claim]] = ClaimQuerySet.as_manager()
    event_kind = "claim"

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["brand", "-opened_at", "-id"], name="claim_latest"),
            models.Index(fields=["-opened_at", "-id"], name="claim_newest"),
            models.Index(fields=["brand", "status", "-opened_at", "-id"], name="claim_by_status"),
            models.Index(fields=["brand", "kind", "status", "-opened_at", "-id"], name="claim_by_kind"),
            models.Index(
                fields=["brand", "promised_at", "id"],
                condition=Q(promised_at__isnull=False),
                name="claim_promised",
            ),
            models.Index(
                fields=["due_at", "id"], condition=_LIVE & Q(due_at__isnull=False), name="claim_due"
            ),
            models.Index(
                fields=["answer_by", "id"],
                condition=_LIVE & Q(answer_by__isnull=False),
                name="claim_answer_awaited",
            ),
        ]

    def __str__(self) -> str:
        return self.public_number

    @property
    def public_number(self) -> str:
        return f"A-{self.number}"

    def locked(self) -> Claim:
        """This row, locked and fresh. Inside a transaction only; its order is locked before it."""
        self.refresh_from_db(from_queryset=Claim.objects.select_for_update(no_key=True))
        return self

    def scope(self) -> dict[str, Any]:
        return {"brand": self.brand_id, "customer": self.customer_id, "claim_kind": self.kind}


class ClaimLine(models.Model):
    """What is claimed of one order line, or of one registered unit. ``new_variant`` keeps the pairing old to new;
    ``replacement`` is the line in the order of what the customer has instead, once it has arrived, and ``new_unit`` the
    unit by its serial number.

    Reception, acceptance and disposition are their own small states; damaged, missing and wrong are quantities.
    """

    class Reception(models.TextChoices):
        AWAITING = "awaiting", _("Awaited")
        IN_TRANSIT = "in_transit", _("In transit")
        RECEIVED = "received", _("Received")
        SHORT = "short", _("Fewer than announced")
        WRONG_ITEM = "wrong_item", _("Another item")
        LOST = "lost", _("Lost")

    class Acceptance(models.TextChoices):
        PENDING = "pending", _("Not yet inspected")
        ACCEPTED = "accepted", _("Accepted")
        WITH_DEDUCTION = "accepted_with_deduction", _("Accepted with a deduction")
        REJECTED = "rejected", _("Not accepted")

    class Disposition(models.TextChoices):
        RESTOCK = "restock", _("Back to stock")
        REFURBISH = "refurbish", _("Refurbish")
        SCRAP = "scrap", _("Scrap")
        VENDOR = "vendor", _("To the supplier")
        HOLD = "hold", _("Hold")
        TO_CUSTOMER = "return_to_customer", _("Back to the customer")

    id = models.UUIDField(primary_key=True, default=uuid7)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, null=True, related_name="claimed")
    registered = models.ForeignKey(
        RegisteredProduct, on_delete=models.PROTECT, null=True, related_name="claimed"
    )
    qty = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=40, blank=True)
    reason_text = models.TextField(blank=True)
    condition: models.JSONField[dict[str, bool], dict[str, bool]] = models.JSONField(default=dict)
    wanted = models.CharField(max_length=8, choices=Wanted, default=Wanted.REFUND)
    new_variant = models.ForeignKey(Variant, on_delete=models.PROTECT, null=True, related_name="+")
    new_price_minor = models.BigIntegerField(null=True)
    replacement = models.OneToOneField(
        OrderLine, on_delete=models.PROTECT, null=True, related_name="replacement_of"
    )
    new_unit = models.OneToOneField(
        RegisteredProduct, on_delete=models.PROTECT, null=True, related_name="replacement_of"
    )
    amount_minor = models.BigIntegerField(default=0)  # what was paid for this quantity
    reception = models.CharField(max_length=12, choices=Reception, default=Reception.AWAITING)
    acceptance = models.CharField(max_length=24, choices=Acceptance, default=Acceptance.PENDING)
    disposition = models.CharField(max_length=20, choices=Disposition, blank=True)
    qty_received = models.PositiveIntegerField(default=0)
    qty_damaged = models.PositiveIntegerField(default=0)
    qty_wrong = models.PositiveIntegerField(default=0)
    qty_accepted = models.PositiveIntegerField(default=0)
    deduction_minor = models.BigIntegerField(default=0)
    deduction_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["claim", "position"], name="claim_line_once"),
            models.CheckConstraint(condition=Q(qty__gte=1), name="claim_line_has_quantity"),
            models.CheckConstraint(condition=Q(qty_accepted__lte=F("qty")), name="accepted_at_most_claimed"),
            models.CheckConstraint(
                condition=Q(deduction_minor__gte=0, deduction_minor__lte=F("amount_minor")),
                name="deduction_within_amount",
            ),
        ]
        ordering: ClassVar = ["position"]


class Verdict(models.Model):
    """Why the answer is what it is: one rule, what came out, and what it stands on."""

    class Outcome(models.TextChoices):
        PASS = "pass", _("In order")
        REVIEW = "review", _("A person will review it")
        FAIL = "fail", _("Not possible")

    class Basis(models.TextChoices):
        LAW = "law", _("Law")
        POLICY = "brand_policy", _("Policy of the brand")
        DATA = "data", _("Order record")

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="verdicts")
    line = models.ForeignKey(ClaimLine, on_delete=models.CASCADE, null=True, related_name="verdicts")
    position = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=40)
    outcome = models.CharField(max_length=6, choices=Outcome)
    basis = models.CharField(max_length=12, choices=Basis)
    article = models.CharField(max_length=80, blank=True)
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    judged_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]


class ClaimStep(models.Model):
    """One change of status, numbered without a gap: ``before`` is the ``after`` of the one before it."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="steps", db_index=False)
    seq = models.PositiveIntegerField()
    action = models.CharField(max_length=24)
    before = models.CharField(max_length=28, blank=True)
    after = models.CharField(max_length=28)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    actor_as = models.CharField(max_length=12, choices=Who)
    reason = models.TextField(blank=True)  # said to the customer where the step has words for them

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["claim", "seq"], name="claim_step_once")]
        ordering: ClassVar = ["seq"]
