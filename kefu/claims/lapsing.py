"""What happens about claims because time passes: alarms to us, reminders to customers, and what lapses unanswered.

Each claim is looked at again under its lock, in a transaction of its own, so that a run that dies, or two at once, do
nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from kefu.claims import exchanging, goods, repairing, steps
from kefu.claims.clocks import REMIND_BEFORE, TO_BE_ANSWERED, TO_BE_SENT, next_mark
from kefu.claims.machines import Status
from kefu.claims.models import Claim, ClaimShipment
from kefu.events.actors import SYSTEM
from kefu.people.models import Refused

AT_ONCE = 500
Why = ClaimShipment.Why
logger = logging.getLogger(__name__)


def look(now: datetime) -> None:
    """Everything that is due by now."""
    _each(Claim.objects.live().filter(due_at__lte=now), lambda claim: alarm(claim, now))
    _each(_to_be_reminded(now), lambda claim: remind(claim, now))
    _each(_arrived(), arrive)
    _each(Claim.objects.live().filter(answer_by__lte=now), lambda claim: lapse(claim, now))


def alarm(claim: Claim, now: datetime) -> None:
    """Ours is late: told once for each mark that has passed, the latest of them if several have."""
    if claim.due_at is None or claim.due_at > now:
        return
    while claim.due_at is not None and claim.due_at <= now:
        due, claim.due_at = claim.due_at, next_mark(claim, after=claim.due_at)
    start = claim.received_at or claim.opened_at or due
    steps.touch(claim, "overdue", by=SYSTEM, days=(due - start).days, status=claim.status)


def remind(claim: Claim, now: datetime) -> None:
    """The customer's time is nearly over."""
    if claim.reminded_at is None and claim.answer_by is not None and now < claim.answer_by:
        claim.reminded_at = now
        steps.touch(claim, "reminded", by=SYSTEM, until=claim.answer_by.isoformat())


def lapse(claim: Claim, now: datetime) -> None:
    """The customer's time is over, or a parcel has been under way for so long that it counts as arrived."""
    if claim.answer_by is not None and claim.answer_by <= now:
        _LAPSES[Status(claim.status)](claim)


def arrive(claim: Claim) -> None:
    """A carrier says that what we sent has been delivered."""
    if _arrived().filter(pk=claim.pk).exists():
        _ARRIVALS[Status(claim.status)][1](claim)


def _each(claims: QuerySet[Claim], act: Callable[[Claim], None]) -> None:
    """One that fails, for whatever reason, holds up no other; the next run tries it again."""
    for claim in claims.order_by("id").select_related("order")[:AT_ONCE]:
        try:
            with transaction.atomic():
                act(steps.hold(claim))
        except Refused:
            logger.warning("a claim could not go on by itself", extra={"claim": str(claim.pk)})
        except Exception:
            logger.exception("a claim failed while it went on by itself", extra={"claim": str(claim.pk)})


def _to_be_reminded(now: datetime) -> QuerySet[Claim]:
    soon = Q(answer_by__gt=now, answer_by__lte=now + REMIND_BEFORE, reminded_at=None)
    return Claim.objects.live().filter(soon, status__in=TO_BE_SENT | TO_BE_ANSWERED)


def _arrived() -> QuerySet[Claim]:
    there = Q()
    for status, (why, _act) in _ARRIVALS.items():
        there |= Q(status=status, shipments__why=why, shipments__shipment__delivered_at__isnull=False)
    return Claim.objects.filter(there).distinct()


def _time_out(claim: Claim) -> None:
    steps.apply(claim, "time_out", by=SYSTEM)


def _expire(claim: Claim) -> None:
    steps.apply(claim, "expire", by=SYSTEM)
    exchanging.charge_for_what_never_came(claim)


def _complete_repair(claim: Claim) -> None:
    repairing.complete(claim, by=SYSTEM)


_LAPSES: dict[Status, Callable[[Claim], None]] = {
    Status.AWAITING_CUSTOMER: _time_out,
    Status.APPROVED: _expire,
    Status.AWAITING_SHIPMENT: _expire,
    Status.AWAITING_DECISION: lambda claim: goods.send_back(claim, by=SYSTEM),
    Status.QUOTE_SENT: lambda claim: repairing.decline_quote(claim, by=SYSTEM),
    Status.RETURNED_TO_CUSTOMER: lambda claim: goods.close(claim, by=SYSTEM),
    Status.DELIVERED: lambda claim: exchanging.complete(claim, by=SYSTEM),
    Status.SHIPPING_BACK: _complete_repair,
}
_ARRIVALS: dict[Status, tuple[str, Callable[[Claim], None]]] = {
    Status.REPLACING: (Why.REPLACEMENT, lambda claim: exchanging.deliver(claim, by=SYSTEM)),
    Status.RETURNED_TO_CUSTOMER: (Why.BACK, lambda claim: goods.close(claim, by=SYSTEM)),
    Status.SHIPPING_BACK: (Why.BACK, _complete_repair),
}
