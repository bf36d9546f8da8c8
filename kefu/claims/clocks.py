"""When something about a claim is due: from us, with alarms before the law speaks of delay, and from the customer.

More than fifteen days without dealing with a return, or without paying back after the goods came, counts as wilful
delay in China (侵害消费者权益行为处罚办法 8, 9); prepaid money likewise (10). The alarms are the same everywhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kefu.claims import dates
from kefu.claims.machines import ENDED, Status
from kefu.claims.models import Claim
from kefu.claims.terms import Clocks, Terms
from kefu.hours.calendar import Calendar

ALARM_DAYS = (10, 15)
REMIND_BEFORE = timedelta(days=2)
SENT_BACK_DAYS = 14  # after which a parcel of ours counts as arrived, if no carrier says anything
ON_ITS_WAY_TO_THEM = frozenset({Status.DELIVERED, Status.RETURNED_TO_CUSTOMER, Status.SHIPPING_BACK})
TO_BE_SENT = frozenset({Status.APPROVED, Status.AWAITING_SHIPMENT})
TO_BE_ANSWERED = frozenset({Status.AWAITING_CUSTOMER, Status.AWAITING_DECISION, Status.QUOTE_SENT})
WAITING_FOR_THEM = ON_ITS_WAY_TO_THEM | TO_BE_SENT | TO_BE_ANSWERED | {Status.IN_TRANSIT, Status.DRAFT}


def wind(claim: Claim, now: datetime) -> None:
    """Set both clocks for the status that the claim has just come to."""
    status = Status(claim.status)
    claim.reminded_at = None
    is_ours = status not in ENDED and status not in WAITING_FOR_THEM
    claim.promised_at = claim.due_at = next_mark(claim, after=None) if is_ours else None
    claim.answer_by = _answer_by(claim, status, now)


def ship_by(claim: Claim, now: datetime) -> datetime:
    """Until when goods that we have asked for now must have left: whole days, as the preview told."""
    return dates.ship_by(Terms.read(claim.terms), _calendar(claim), now)


def appeal_by(claim: Claim, refused_at: datetime) -> datetime:
    return dates.appeal_by(Terms.read(claim.terms), _calendar(claim), refused_at)


def next_mark(claim: Claim, *, after: datetime | None) -> datetime | None:
    """Our next deadline: the policy's own, then the tenth and the fifteenth day; None when all have passed."""
    start = claim.received_at or claim.opened_at
    if start is None:
        return None
    marks = sorted({start + timedelta(days=days) for days in (_promised(claim), *ALARM_DAYS)})
    return next((mark for mark in marks if after is None or mark > after), None)


def _promised(claim: Claim) -> int:
    clocks = _clocks(claim)
    if claim.received_at is None:
        return ALARM_DAYS[0]
    before_inspection = claim.status in (Status.RECEIVED, Status.INSPECTING)
    return clocks.inspect_within_days if before_inspection else clocks.refund_within_days


def _answer_by(claim: Claim, status: Status, now: datetime) -> datetime | None:
    if status in TO_BE_SENT:
        return claim.ship_by
    if status in TO_BE_ANSWERED:
        return dates.answer_by(Terms.read(claim.terms), _calendar(claim), now)
    return now + timedelta(days=SENT_BACK_DAYS) if status in ON_ITS_WAY_TO_THEM else None


def paid_by(claim: Claim, now: datetime) -> datetime:
    """The day on which the money is promised: counted from the goods, else from the approval."""
    start = claim.received_at or claim.approved_at or now
    return dates.refund_by(Terms.read(claim.terms), _calendar(claim), start)


def _calendar(claim: Claim) -> Calendar:
    """None of these days needs to be a working day."""
    return Calendar(ZoneInfo(claim.brand.time_zone))


def _clocks(claim: Claim) -> Clocks:
    return Terms.read(claim.terms).clocks
