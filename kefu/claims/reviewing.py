"""A person looks at a claim: asks, approves within their limit, refuses with reasons; and the customer's part in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims import covering, exchanging, granting, owed, steps
from kefu.claims.case import TAKES_NOTHING, left_of
from kefu.claims.clocks import appeal_by
from kefu.claims.filing import refuse_if_taken
from kefu.claims.machines import Kind, Who
from kefu.claims.models import Claim, ClaimLine
from kefu.claims.refusals import AboveLimit, needed
from kefu.claims.terms import Terms
from kefu.events import log
from kefu.events.actors import Actor
from kefu.lib.money import Money, shares
from kefu.orders.models import OrderLine
from kefu.people.models import Refused, Staff


@transaction.atomic
def request_info(claim: Claim, *, by: Staff, words: str) -> None:
    """``words`` say to the customer what is missing."""
    steps.taken_as(claim, "request_info", by=by)
    _goods_are_not_here(claim)
    steps.apply(claim, "request_info", by=by, reason=needed(words), said_why=words.strip())


@transaction.atomic
def provide(claim: Claim, *, by: Actor, words: str = "") -> None:
    """The customer has answered; files come as evidence before this."""
    steps.apply(claim, "provide", by=by, reason=words.strip(), said_why="")


def approve(claim: Claim, *, by: Staff, amount_minor: int | None = None) -> None:
    """``amount_minor``: for a claim without goods, another than was asked. Raises ``AboveLimit``, which is audited."""
    try:
        with transaction.atomic():
            as_ = steps.taken_as(claim, "approve", by=by)
            _goods_are_not_here(claim)
            changed = _with_amount(claim, amount_minor)
            _within_limit(claim, owed.value(claim, changed.get("reckoning")), by, as_)
            refuse_if_taken(claim)
            granting.grant(claim, "approve", by=by, said_why="", **changed)
    except AboveLimit:
        log.audit("claim.limit_refused", claim, by=by, amount=owed.value(claim).minor)
        raise


@transaction.atomic
def reject(claim: Claim, *, by: Staff, words: str) -> None:
    """``words`` are the reason as the customer reads it."""
    steps.taken_as(claim, "reject", by=by)
    _goods_are_not_here(claim)
    _appeals_are_for_supervisors(claim, by)
    if claim.kind == Kind.WARRANTY:
        covering.refuse_without_diagnosis(claim)
    steps.apply(claim, "reject", by=by, reason=needed(words), said_why=words.strip())


@transaction.atomic
def withdraw(claim: Claim, *, by: Actor) -> None:
    steps.taken_as(claim, "withdraw", by=by)
    _goods_are_not_here(claim)
    steps.apply(claim, "withdraw", by=by)
    if claim.kind == Kind.EXCHANGE:
        exchanging.charge_for_what_never_came(claim)


@transaction.atomic
def appeal(claim: Claim, *, by: Actor, words: str) -> None:
    """Once, within the days that the policy gives; a supervisor looks at it then."""
    steps.taken_as(claim, "appeal", by=by)
    if claim.appealed:
        raise Refused(_("This claim has already been reviewed a second time."))
    if claim.closed_at is None or appeal_by(claim, claim.closed_at) <= timezone.now():
        raise Refused(_("The time to appeal is over."))
    refuse_if_taken(claim)
    steps.apply(claim, "appeal", by=by, reason=needed(words), appealed=True, said_why="")


# -- guards


def _within_limit(claim: Claim, amount: Money, by: Staff, as_: Who) -> None:
    approval = Terms.read(claim.terms).approval
    amount += _let_go_before(claim, by)
    is_supervisor = Who.SUPERVISOR in steps.who(by, claim)
    if as_ == Who.AGENT and not is_supervisor and not approval.by_an_agent(amount):
        raise AboveLimit(_("That is above your limit. Hand it to a supervisor."))
    if claim.entered_by_id == by.pk and not approval.by_one_alone(amount):
        raise AboveLimit(_("Someone else has to approve what you entered."))
    _appeals_are_for_supervisors(claim, by)


def _let_go_before(claim: Claim, by: Staff) -> Money:
    """What they have approved of the same order already: a limit holds for the sum, in however many pieces."""
    if claim.order is None:
        return Money(0, claim.currency)
    theirs = claim.order.claims.filter(steps__action="approve", steps__actor_id=by.pk).distinct()
    others = theirs.exclude(pk=claim.pk).exclude(status__in=TAKES_NOTHING)
    return Money(sum(owed.value(one).minor for one in others), claim.currency)


def _appeals_are_for_supervisors(claim: Claim, by: Staff) -> None:
    if claim.appealed and Who.SUPERVISOR not in steps.who(by, claim):
        raise Refused(_("An appeal is decided by a supervisor."))


def _goods_are_not_here(claim: Claim) -> None:
    """Once we have them, only the findings of the inspection lead on."""
    if claim.received_at is not None:
        raise Refused(_("The goods have arrived: decide on the inspection findings."))


def _with_amount(claim: Claim, amount_minor: int | None) -> dict[str, Any]:
    """Where a person sets the amount, and where they set another: at most what is left of what was paid."""
    lines = list(claim.lines.select_related("order_line"))
    if amount_minor is None:
        if claim.kind in owed.WITHOUT_GOODS and owed.value(claim).minor <= 0:
            raise Refused(_("Enter the amount to refund."))
        return {}
    most = _most(claim, lines)
    if claim.kind not in owed.WITHOUT_GOODS or not 0 < amount_minor <= sum(most):
        raise Refused(_("Enter an amount no higher than what was paid for it."))
    for line, share in zip(lines, shares(amount_minor, most), strict=True):
        line.amount_minor = share
        line.save(update_fields=["amount_minor"])
    return {"reckoning": owed.of_amount(claim, amount_minor)}


def _most(claim: Claim, lines: Sequence[ClaimLine]) -> list[int]:
    """Of each line what may go back for it. Several about one row of the order share what was paid for that row."""
    known = Counter[OrderLine | None]()
    for line in lines:
        known[line.order_line] += line.amount_minor
    rest = {row: max(left_of(row, beside=claim) - taken, 0) for row, taken in known.items() if row}
    return [line.amount_minor or (rest.pop(line.order_line, 0) if line.order_line else 0) for line in lines]
