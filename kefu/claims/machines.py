"""Which step of a claim follows which, and who may take it.

Three plain tables: cancellation and refund only, return and exchange, warranty. A step that is not in the table of
its kind is refused with the steps that are. Steps with several ends name the one that came out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    CANCELLATION = "cancellation", _("Cancellation")
    REFUND_ONLY = "refund_only", _("Refund without return")
    RETURN = "return", _("Return")
    EXCHANGE = "exchange", _("Exchange")
    WARRANTY = "warranty", _("Warranty")


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    UNDER_REVIEW = "under_review", _("Under review")
    AWAITING_CUSTOMER = "awaiting_customer", _("We need something from you")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    IN_TRANSIT = "in_transit", _("On its way to us")
    RECEIVED = "received", _("Received")
    INSPECTING = "inspecting", _("Being inspected")
    ACCEPTED = "accepted", _("Accepted")
    PARTIALLY_ACCEPTED = "partially_accepted", _("Accepted in part")
    NOT_ACCEPTED = "not_accepted", _("Not accepted")
    AWAITING_DECISION = "awaiting_customer_decision", _("Waiting for your decision")
    REFUNDING = "refunding", _("Being refunded")
    REFUND_PROBLEM = "refund_problem", _("The refund ran into a problem")
    SETTLING_DIFFERENCE = "settling_difference", _("Settling the difference")
    REPLACING = "replacing", _("Replacement being prepared")
    DELIVERED = "delivered", pgettext_lazy("claim", "Replacement delivered")
    RETURNED_TO_CUSTOMER = "returned_to_customer", _("On its way back to you")
    COVERED = "covered", _("Covered by warranty")
    OUT_OF_WARRANTY = "out_of_warranty", _("Out of warranty")
    NOT_COVERED = "not_covered", _("Not covered by warranty")
    AWAITING_SHIPMENT = "awaiting_shipment", _("Waiting for the product")
    DIAGNOSING = "diagnosing", _("Being diagnosed")
    DEFECT_CONFIRMED = "defect_confirmed", _("Defect confirmed")
    NO_FAULT_FOUND = "no_fault_found", _("No fault found")
    QUOTE_SENT = "quote_sent", _("Waiting for your answer to our quote")
    QUOTE_ACCEPTED = "quote_accepted", _("Quote accepted")
    QUOTE_DECLINED = "quote_declined", _("Quote declined")
    REPAIRING = "repairing", _("Being repaired")
    TESTING = "testing", _("Being tested")
    SHIPPING_BACK = "shipping_back", _("On its way back to you after service")
    COMPLETED = "completed", _("Completed")
    CLOSED = "closed", pgettext_lazy("claim", "Closed")


class Who(models.TextChoices):
    """As what somebody takes a step."""

    CUSTOMER = "customer", _("Customer")
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    WAREHOUSE = "warehouse", _("Warehouse")
    TECHNICIAN = "technician", _("Technician")
    FINANCE = "finance", _("Finance")
    AUTOMATION = "automation", _("Automatic, by policy")
    SYSTEM = "system", _("System")


class Step(NamedTuple):
    """One line of a table: from a status, by an action, to a status; taken by any of ``who``."""

    before: Status
    action: str
    after: Status
    who: frozenset[Who]


C, A, S, W = Who.CUSTOMER, Who.AGENT, Who.SUPERVISOR, Who.WAREHOUSE
T, F, B, Y = Who.TECHNICIAN, Who.FINANCE, Who.AUTOMATION, Who.SYSTEM
ENDED = frozenset({Status.COMPLETED, Status.WITHDRAWN, Status.EXPIRED, Status.CLOSED, Status.REJECTED})


def _steps(*lines: tuple[str, str, str, Iterable[Who]]) -> list[Step]:
    """``before`` may name several, parted by spaces."""
    return [
        Step(Status(before), action, Status(after), frozenset(who))
        for befores, action, after, who in lines
        for before in befores.split()
    ]


_REVIEW = _steps(
    ("draft", "submit", "submitted", (C, A, B)),
    ("submitted", "review", "approved", (B,)),
    ("submitted", "review", "under_review", (B,)),
    ("submitted", "review", "rejected", (B,)),
    ("under_review", "request_info", "awaiting_customer", (A, S)),
    ("awaiting_customer", "provide", "under_review", (C, A)),
    ("awaiting_customer", "time_out", "withdrawn", (Y,)),
    ("under_review", "approve", "approved", (A, S)),
    ("under_review", "reject", "rejected", (A, S)),
    ("draft submitted under_review awaiting_customer", "withdraw", "withdrawn", (C, A)),
    ("rejected", "appeal", "under_review", (C,)),
)
_MONEY = _steps(
    ("refunding", "settle", "completed", (Y,)),
    ("refunding", "stumble", "refund_problem", (Y,)),
    ("refund_problem", "retry", "refunding", (F,)),
    ("refund_problem", "change_destination", "refunding", (F,)),
    ("refund_problem", "settle", "completed", (Y,)),
    ("completed", "stumble", "refund_problem", (Y,)),  # a bank may send money back that it had taken
)
_CANCELLATION = _REVIEW + _MONEY + _steps(("approved", "refund", "refunding", (Y,)))
_GOODS = _steps(
    ("approved", "mark_shipped", "in_transit", (C, A)),
    ("approved", "expire", "expired", (Y,)),
    ("approved", "withdraw", "withdrawn", (C, A)),
    ("in_transit approved", "receive", "received", (W, Y)),
    ("received", "inspect", "inspecting", (W, T)),
    ("inspecting", "conclude", "accepted", (W, T)),
    ("inspecting", "conclude", "partially_accepted", (W, T)),
    ("inspecting", "conclude", "not_accepted", (W, T)),
    ("not_accepted", "ask_customer", "awaiting_customer_decision", (Y,)),
    ("awaiting_customer_decision", "send_back", "returned_to_customer", (C, A, Y)),
    ("awaiting_customer_decision", "accept_deduction", "refunding", (C,)),
    ("awaiting_customer_decision", "dispute", "under_review", (C,)),
    ("under_review", "uphold", "accepted", (S,)),
    ("under_review", "confirm_findings", "awaiting_customer_decision", (S,)),
    ("returned_to_customer", "close", "closed", (W, Y)),
    ("in_transit", "give_up", "closed", (S,)),
)
_RETURN = (
    _REVIEW
    + _GOODS
    + _MONEY
    + _steps(
        ("accepted partially_accepted", "release", "refunding", (F, B)),
    )
)
_EXCHANGE = (
    _REVIEW
    + _GOODS
    + _MONEY
    + _steps(
        ("accepted partially_accepted", "settle_difference", "settling_difference", (Y,)),
        ("settling_difference", "replace", "replacing", (Y, F)),
        ("replacing", "deliver", "delivered", (W, Y)),
        ("delivered", "complete", "completed", (Y, C, A)),
        ("settling_difference replacing", "refund_instead", "refunding", (S, F)),
    )
)
_WARRANTY = (
    _steps(
        ("draft", "submit", "submitted", (C, A, B)),
        ("submitted", "review", "under_review", (B,)),
        ("submitted under_review", "check_cover", "covered", (B, A)),
        ("submitted under_review", "check_cover", "out_of_warranty", (B, A)),
        ("submitted under_review", "check_cover", "not_covered", (B, A)),
        ("submitted under_review", "check_cover", "awaiting_customer", (B, A)),
        ("under_review", "request_info", "awaiting_customer", (A, S)),
        ("awaiting_customer", "provide", "under_review", (C, A)),
        ("awaiting_customer", "time_out", "withdrawn", (Y,)),
        (
            "draft submitted under_review awaiting_customer covered out_of_warranty awaiting_shipment",
            "withdraw",
            "withdrawn",
            (C, A),
        ),
        ("covered", "ask_for_goods", "awaiting_shipment", (Y,)),
        ("out_of_warranty not_covered", "ask_for_goods", "awaiting_shipment", (A, S)),
        ("awaiting_shipment", "mark_shipped", "in_transit", (C, A)),
        ("awaiting_shipment", "expire", "expired", (Y,)),
        ("in_transit awaiting_shipment", "receive", "received", (W, Y)),
        ("received", "start_diagnosis", "diagnosing", (T,)),
        ("diagnosing", "diagnose", "defect_confirmed", (T,)),
        ("diagnosing", "diagnose", "no_fault_found", (T,)),
        ("diagnosing", "quote", "quote_sent", (T, A)),
        ("quote_sent", "accept_quote", "quote_accepted", (C,)),
        ("quote_sent", "decline_quote", "quote_declined", (C, Y)),
        ("quote_declined no_fault_found", "ship_back", "shipping_back", (W, T)),
        ("defect_confirmed quote_accepted", "repair", "repairing", (T,)),
        ("repairing", "test", "testing", (T,)),
        ("testing", "repair", "repairing", (T,)),
        ("testing", "ship_back", "shipping_back", (T, W)),
        ("defect_confirmed", "replace", "replacing", (A, S)),
        ("replacing", "ship_back", "shipping_back", (W, T)),
        ("defect_confirmed", "refund", "refunding", (S, F)),
        ("shipping_back", "complete", "completed", (Y, W, C)),
        ("in_transit", "give_up", "closed", (S,)),
        ("under_review covered out_of_warranty not_covered", "reject", "rejected", (A, S)),
        ("rejected", "appeal", "under_review", (C,)),
    )
    + _MONEY
)

MACHINES: dict[Kind, list[Step]] = {
    Kind.CANCELLATION: _CANCELLATION,
    Kind.REFUND_ONLY: _CANCELLATION,
    Kind.RETURN: _RETURN,
    Kind.EXCHANGE: _EXCHANGE,
    Kind.WARRANTY: _WARRANTY,
}


def steps_from(kind: Kind, status: Status) -> list[Step]:
    return [step for step in MACHINES[kind] if step.before == status]


def allowed(kind: Kind, status: Status, who: Iterable[Who]) -> list[str]:
    """The actions that somebody may take now, in the order of the table, each once."""
    mine = frozenset(who)
    return list(dict.fromkeys(step.action for step in steps_from(kind, status) if step.who & mine))
