"""What colleagues read about a claim: where it stands, what was done, what is due when and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.claims.clocks import WAITING_FOR_THEM
from kefu.claims.machines import ENDED, Kind, Status, Who, steps_from
from kefu.claims.models import Claim

Text = str | Promise

# Where the usual word speaks to the customer.
_STATUSES: Mapping[Status, Text] = {
    Status.AWAITING_CUSTOMER: _("Customer was asked"),
    Status.AWAITING_DECISION: _("Customer decides"),
    Status.QUOTE_SENT: _("Quote sent"),
    Status.RETURNED_TO_CUSTOMER: _("Goes back to the customer"),
    Status.SHIPPING_BACK: _("On its way back"),
    Status.REPLACING: _("Replacement to be sent"),
}
STEPS: Mapping[str, Text] = {
    "submit": _("Submitted"),
    "review": _("Judged by the policy"),
    "request_info": _("Customer asked"),
    "provide": _("Customer answered"),
    "approve": pgettext_lazy("step of a claim", "Approved"),
    "reject": _("Refused"),
    "withdraw": _("Withdrawn"),
    "appeal": _("Customer asks for a second review"),
    "time_out": _("Ended without an answer"),
    "expire": _("Ended: the goods did not arrive in time"),
    "refund": _("Refund to be made"),
    "settle": _("Paid back"),
    "stumble": _("A refund ran into a problem"),
    "retry": _("Refund tried again"),
    "change_destination": _("Refund sent another way"),
    "mark_shipped": _("Sent to us"),
    "receive": _("Counted in"),
    "inspect": _("Inspection started"),
    "conclude": _("Inspection finished"),
    "ask_customer": _("Customer asked to decide"),
    "send_back": _("To be sent back to the customer"),
    "accept_deduction": _("Customer accepts the deduction"),
    "dispute": _("Customer disputes the findings"),
    "uphold": _("Customer is right: accepted"),
    "confirm_findings": _("Findings confirmed"),
    "close": pgettext_lazy("step of a claim", "Closed"),
    "give_up": _("Given up: the goods never arrived"),
    "release": _("Money released"),
    "settle_difference": _("Difference to be settled"),
    "replace": _("Replacement approved"),
    "deliver": _("Replacement delivered"),
    "complete": pgettext_lazy("step of a claim", "Completed"),
    "refund_instead": _("Refund instead of the replacement"),
    "check_cover": _("Cover checked"),
    "ask_for_goods": _("Product requested"),
    "start_diagnosis": _("Diagnosis started"),
    "diagnose": _("Diagnosed"),
    "quote": _("Quote made"),
    "accept_quote": _("Quote accepted"),
    "decline_quote": _("Quote declined"),
    "repair": _("Repair started"),
    "test": _("Test started"),
    "ship_back": _("Sent back"),
}
CHECKLIST: Mapping[str, Text] = {
    "unused": _("Unused"),
    "original_packaging": _("Original packaging"),
    "accessories": _("Accessories complete"),
    "tags": _("Tags attached"),
    "sealed": _("Seal intact"),
    "undamaged": _("Undamaged"),
    "serial": _("Serial number matches"),
}
# Ways out rather than on: they do not say whose turn it is.
_ASIDE = frozenset({"withdraw", "give_up", "reject", "refund_instead"})
_OURS = (Who.AGENT, Who.SUPERVISOR, Who.WAREHOUSE, Who.TECHNICIAN, Who.FINANCE)


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose it is to act, and until when; ``late`` once that has passed."""

    whose: list[Text]
    until: datetime | None
    is_ours: bool

    @property
    def late(self) -> bool:
        return self.until is not None and self.until <= timezone.now()


def status_word(status: str) -> Text:
    known = Status(status)
    return _STATUSES.get(known, known.label)


def turn(claim: Claim) -> Turn | None:
    """None once it has ended."""
    status = Status(claim.status)
    if status in ENDED or status == Status.DRAFT:
        return None
    if status in WAITING_FOR_THEM:
        return Turn(_waited_for(status), claim.answer_by, is_ours=False)
    return Turn(_roles(claim), claim.promised_at, is_ours=True)


def _waited_for(status: Status) -> list[Text]:
    on_its_way = (Status.IN_TRANSIT, Status.DELIVERED, Status.RETURNED_TO_CUSTOMER, Status.SHIPPING_BACK)
    return [_("Parcel on its way") if status in on_its_way else Who.CUSTOMER.label]


def _roles(claim: Claim) -> list[Text]:
    mine = _those_who_act(Kind(claim.kind), Status(claim.status))
    if claim.status == Status.QUOTE_ACCEPTED and _is_unpaid(claim):
        mine = frozenset({Who.FINANCE})
    if claim.appealed and Who.SUPERVISOR in mine:
        mine -= {Who.AGENT}
    return [one.label for one in _OURS if one in mine] or [_("The desk, automatically")]


def _is_unpaid(claim: Claim) -> bool:
    """Asked in a way that a list can prefetch."""
    return any(owed.amount_minor < 0 and owed.settled_at is None for owed in claim.adjustments.all())


@cache
def _those_who_act(kind: Kind, status: Status) -> frozenset[Who]:
    """As the table of its kind says, which stays while the program runs."""
    steps = [step for step in steps_from(kind, status) if step.action not in _ASIDE]
    return frozenset[Who]().union(*(step.who for step in steps))
