"""What a customer is told about where a claim stands: how far it is, what happens next, what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.claims.machines import Kind, Status, Who
from kefu.claims.models import Adjustment, Claim
from kefu.web.money import price

Words = str | Promise
_MONEY = (_("Submitted"), _("Decided"), _("Paid back"))
STAGES: Mapping[Kind, tuple[Words, ...]] = {
    Kind.CANCELLATION: _MONEY,
    Kind.REFUND_ONLY: _MONEY,
    Kind.RETURN: (_("Submitted"), _("Approved"), _("On its way to us"), _("Inspected"), _("Paid back")),
    Kind.EXCHANGE: (_("Submitted"), _("Approved"), _("On its way to us"), _("Inspected"), _("Replaced")),
    Kind.WARRANTY: (
        _("Submitted"),
        _("Cover checked"),
        _("On its way to us"),
        _("Repaired"),
        _("Sent back to you"),
    ),
}
_FIRST = (Status.DRAFT, Status.SUBMITTED, Status.UNDER_REVIEW, Status.AWAITING_CUSTOMER)
_STAGE_OF_MONEY = {Status.APPROVED: 2, Status.REFUNDING: 3, Status.REFUND_PROBLEM: 3, Status.COMPLETED: 4}
_STAGE_OF_GOODS = {
    Status.APPROVED: 3,
    Status.COVERED: 3,
    Status.OUT_OF_WARRANTY: 3,
    Status.AWAITING_SHIPMENT: 3,
    Status.IN_TRANSIT: 3,
    Status.RECEIVED: 4,
    Status.INSPECTING: 4,
    Status.NOT_ACCEPTED: 4,
    Status.AWAITING_DECISION: 4,
    Status.DIAGNOSING: 4,
    Status.DEFECT_CONFIRMED: 4,
    Status.NO_FAULT_FOUND: 4,
    Status.QUOTE_SENT: 4,
    Status.QUOTE_ACCEPTED: 4,
    Status.QUOTE_DECLINED: 5,
    Status.REPAIRING: 4,
    Status.TESTING: 4,
    Status.ACCEPTED: 5,
    Status.PARTIALLY_ACCEPTED: 5,
    Status.REFUNDING: 5,
    Status.REFUND_PROBLEM: 5,
    Status.SETTLING_DIFFERENCE: 5,
    Status.REPLACING: 5,
    Status.DELIVERED: 5,
    Status.SHIPPING_BACK: 5,
    Status.COMPLETED: 6,
}
NEXT: Mapping[Status, Words] = {
    Status.DRAFT: _("Nothing has been sent yet. Check it, add what is needed, then submit it."),
    Status.SUBMITTED: _("We are looking at it now."),
    Status.UNDER_REVIEW: _("A person is reviewing it. You will hear from us as soon as it is decided."),
    Status.AWAITING_CUSTOMER: _("We need an answer from you before we can continue."),
    Status.APPROVED: _(
        "It is approved. Please send the goods to the address below, with the slip in the parcel."
    ),
    Status.REJECTED: _("It was refused for the reason below. You can ask once for a second review."),
    Status.WITHDRAWN: _("It was withdrawn. You can start another claim at any time."),
    Status.EXPIRED: _(
        "The goods did not arrive in time, so this claim has ended. You can start another one."
    ),
    Status.IN_TRANSIT: _("Your parcel is on its way. We will inspect it when it arrives."),
    Status.RECEIVED: _("Your parcel has arrived. We will inspect it next."),
    Status.INSPECTING: _("We are inspecting what you sent."),
    Status.ACCEPTED: _("Everything is fine. Your refund or replacement comes next."),
    Status.PARTIALLY_ACCEPTED: _(
        "Part of it was accepted; what was not is listed below. The rest comes next."
    ),
    Status.NOT_ACCEPTED: _("What arrived is not as agreed. Please decide how to continue."),
    Status.AWAITING_DECISION: _("What arrived is not as agreed. Please tell us how to continue."),
    Status.REFUNDING: _("Your refund is on its way."),
    Status.REFUND_PROBLEM: _(
        "The bank could not complete the refund. We are working on it and will let you know."
    ),
    Status.SETTLING_DIFFERENCE: _("The price difference is being settled."),
    Status.REPLACING: _("The replacement is being prepared."),
    Status.DELIVERED: _("The replacement has been sent. Tell us if anything is wrong with it."),
    Status.RETURNED_TO_CUSTOMER: _("The goods are on their way back to you."),
    Status.COVERED: _("It is covered. You can send it in."),
    Status.OUT_OF_WARRANTY: _(
        "The warranty has expired. We can still look at it and will quote a price before repairing. Write to us"
        " below if you would like that."
    ),
    Status.NOT_COVERED: _("The warranty does not cover this."),
    Status.AWAITING_SHIPMENT: _(
        "Pack it well and send it to the address below, with the slip in the parcel."
    ),
    Status.DIAGNOSING: _("A technician is looking for the fault."),
    Status.DEFECT_CONFIRMED: _("The fault is confirmed. We will repair it, replace it or refund you."),
    Status.NO_FAULT_FOUND: _("We found no fault. It will be sent back to you."),
    Status.QUOTE_SENT: _(
        "The repair is not covered. Please tell us whether to go ahead for the price below."
    ),
    Status.QUOTE_ACCEPTED: _("Thank you. The repair begins once it is paid."),
    Status.QUOTE_DECLINED: _("It will be sent back to you unrepaired."),
    Status.REPAIRING: _("It is being repaired."),
    Status.TESTING: _("It is repaired and being tested."),
    Status.SHIPPING_BACK: _("It is on its way back to you."),
    Status.COMPLETED: _("All done. Thank you for your patience."),
    Status.CLOSED: _("This claim is closed."),
}
WITHOUT_GOODS_NEXT: Words = _("It is approved. We will send your refund next.")
# Of an exchange that ended without the goods, by how it stands with the price of the replacement sent ahead.
KEPT_NEXT: Mapping[Adjustment.State, Words] = {
    Adjustment.State.OPEN: _(
        "This claim has ended and your goods have not come back, so the replacement is to be paid. The page of this"
        " claim says how much it is. If you have sent something, tell us there."
    ),
    Adjustment.State.PAID: _("This claim has ended. You have paid for the replacement; it is yours."),
    Adjustment.State.WAIVED: _("This claim has ended. You do not have to pay for the replacement."),
}
ENDED_BADLY = (Status.REJECTED, Status.WITHDRAWN, Status.EXPIRED, Status.CLOSED, Status.RETURNED_TO_CUSTOMER)
GOOD = (Status.APPROVED, Status.ACCEPTED, Status.COVERED, Status.COMPLETED, Status.DELIVERED)
BAD = (Status.REJECTED, Status.EXPIRED, Status.REFUND_PROBLEM, Status.NOT_ACCEPTED, Status.NOT_COVERED)
ASKS = (Status.DRAFT, Status.AWAITING_CUSTOMER, Status.AWAITING_DECISION, Status.QUOTE_SENT)


def stages(claim: Claim) -> list[str]:
    return [str(stage) for stage in STAGES[Kind(claim.kind)]]


def stage(claim: Claim) -> int:
    """Counted from 1, past the last when all is done; 0 for what ended otherwise."""
    status = Status(claim.status)
    if status in ENDED_BADLY:
        return 0
    if status in _FIRST:
        return 1 if status == Status.DRAFT else 2
    table = _STAGE_OF_MONEY if len(STAGES[Kind(claim.kind)]) == len(_MONEY) else _STAGE_OF_GOODS
    return table.get(status, 2)


def next_words(claim: Claim) -> Words:
    if claim.status == Status.APPROVED and claim.kind in (Kind.CANCELLATION, Kind.REFUND_ONLY):
        return WITHOUT_GOODS_NEXT
    if claim.kind == Kind.EXCHANGE and claim.status in ENDED_BADLY:
        kept = claim.adjustments.filter(why=Adjustment.Cause.ADVANCE).first()
        if kept is not None:
            return KEPT_NEXT[kept.state]
    return NEXT[Status(claim.status)]


def pill(status: str) -> str:
    if status in GOOD:
        return "good"
    return "bad" if status in BAD else "warn" if status in ASKS else "info"


def entries(claim: Claim) -> list[dict[str, Any]]:
    """The steps so far and what the customer paid, for a timeline, the latest first. Colleagues are the desk to a
    customer.
    """
    steps = list(claim.steps.order_by("-seq"))
    told = [
        {
            "text": str(Status(step.after).label),
            "when": step.at,
            "by": _by(step.actor_as),
            "note": step.reason,
            "kind": pill(step.after) if place else "now",
        }
        for place, step in enumerate(steps)
    ]
    return sorted([*told, *_paid(claim)], key=lambda entry: entry["when"], reverse=True)


def _paid(claim: Claim) -> list[dict[str, Any]]:
    settled = claim.adjustments.by_customers().exclude(settled_at=None).order_by("-settled_at")
    return [
        {
            "text": settled_words(one, claim.currency),
            "when": one.settled_at,
            "by": _now("Our staff") if one.settled_by_id else _now("Automatic, by policy"),
            "note": "",
            "kind": "good",
        }
        for one in settled
    ]


def settled_words(adjustment: Adjustment, currency: str) -> str:
    """Of a sum that a customer owed: how it ended, what for and how much."""
    is_waived = adjustment.state == Adjustment.State.WAIVED
    ended = _now("Need not be paid") if is_waived else _now("Payment received")
    return f"{ended} · {adjustment.get_why_display()} · {price(adjustment.owed_minor, currency)}"


def _by(actor_as: str) -> str:
    if actor_as == Who.CUSTOMER:
        return _now("You")
    return _now("Automatic, by policy") if actor_as in (Who.AUTOMATION, Who.SYSTEM) else _now("Our staff")
