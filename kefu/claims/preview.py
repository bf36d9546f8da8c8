"""May this be had, for how much, by when? Answered before anything is created, through every door alike."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from kefu.claims import dates, owed
from kefu.claims.asked import Asked, AskedLine, Breakdown, Dates, Judged, LineMoney, Outcome, Preview
from kefu.claims.case import TAKES_NOTHING, Case, gather
from kefu.claims.machines import Kind, Status
from kefu.claims.models import Claim, ClaimStep, Policy
from kefu.claims.models.claims import Destination
from kefu.claims.policies import policy_for
from kefu.claims.reckoning import SENDING, freight_payer, reckon
from kefu.claims.rules import judge
from kefu.claims.termfields import in_language
from kefu.claims.terms import Terms
from kefu.lib.money import Money

__all__ = [
    "Asked",
    "AskedLine",
    "Breakdown",
    "Dates",
    "Judged",
    "LineMoney",
    "Outcome",
    "Preview",
    "preview",
]


def preview(
    asked: Asked,
    *,
    at: datetime,
    terms: Terms | None = None,
    policy: Policy | None = None,
    except_claim: Claim | None = None,
) -> Preview:
    """Reads only. Terms given are those of the claim or the simulator, else the policy's, else those of the policy in
    force. ``except_claim`` is the claim that is being asked about again, so that it does not stand in its own way.
    """
    if terms is None:
        policy = policy or policy_for(asked, at)
        terms = Terms.read(policy.terms) if policy else None
    case = gather(asked, at=at, terms=terms, except_claim=except_claim)
    money = reckon(case)
    verdicts = list(judge(case, money))
    outcome = _outcome(verdicts)
    return Preview(
        outcome=outcome,
        verdicts=verdicts,
        lines=[line.money for line in case.lines],
        money=money,
        destinations=_destinations(case),
        prepare=_prepare(case, money),
        evidence=[_evidence(case, index) for index in range(len(case.lines))],
        dates=_dates(case),
        automatic=outcome == Outcome.ELIGIBLE and _may_pass_alone(case, money, verdicts, except_claim),
        freight_payer=freight_payer(case),
        policy=policy,
        terms=case.terms,
    )


def _outcome(verdicts: list[Judged]) -> Outcome:
    outcomes = {one.outcome for one in verdicts}
    if "fail" in outcomes:
        return Outcome.NOT_ELIGIBLE
    return Outcome.NEEDS_REVIEW if "review" in outcomes else Outcome.ELIGIBLE


def _may_pass_alone(case: Case, money: Breakdown, verdicts: list[Judged], except_claim: Claim | None) -> bool:
    """An exchange is weighed by what the goods were worth, since little or no money may move."""
    if any(one.facts.get("unsaid") for one in verdicts):
        return False
    worth = sum(line.money.amount for line in case.lines)
    amount = worth if case.kind in (Kind.EXCHANGE, Kind.WARRANTY) else money.total
    return case.terms.approval.at_once(Money(amount + _passed_before(case, except_claim), money.currency))


def _passed_before(case: Case, except_claim: Claim | None) -> int:
    """What policies let pass of the same order already: a limit holds for the sum, in however many pieces."""
    if case.order is None:
        return 0
    passed = ClaimStep.objects.filter(action="review", after=Status.APPROVED).values("claim")
    others = case.order.claims.filter(pk__in=passed).exclude(status__in=TAKES_NOTHING)
    if except_claim is not None:
        others = others.exclude(pk=except_claim.pk)
    return sum(owed.value(one).minor for one in others)


def _destinations(case: Case) -> list[str]:
    offered = case.terms.money.destinations
    return [str(one) for one in offered if one != Destination.GIFT_CARD or case.gift_cards]


def _evidence(case: Case, index: int) -> tuple[str, ...]:
    reason = case.lines[index].reason
    return tuple(str(kind) for kind in reason.evidence) if reason else ()


def _prepare(case: Case, money: Breakdown) -> list[str]:
    """In the order in which one needs them, each once."""
    keys: list[str] = []
    for line in case.lines:
        keys += [f"evidence.{kind}" for kind in _evidence(case, line.index)]
    if case.kind in SENDING:
        keys += ["goods", *(f"condition.{name}" for name in _conditions(case))]
        keys.append(f"freight.{freight_payer(case)}")
    if case.kind == Kind.WARRANTY:
        keys += ["serial", "proof_of_purchase"] if case.order is None else ["serial"]
    if money.difference > 0 and case.asked.refund_to is None:
        keys.append("means_for_difference")
    return list(dict.fromkeys(keys))


def _conditions(case: Case) -> tuple[str, ...]:
    """What the brand asks beyond the law's right, as soon as one line is beyond it and not our fault."""
    if case.kind == Kind.WARRANTY or all(line.blames_us for line in case.lines):
        return ()
    beyond = [line for line in case.lines if not (line.window and line.window.by_law(case.at))]
    return case.terms.condition.asked() if beyond else ("accessories", "tags")


def _dates(case: Case) -> Dates:
    terms, calendar = case.terms, case.calendar
    days = [line.window.last_day for line in case.lines if line.window]
    sends = case.kind in SENDING
    pays = case.kind not in (Kind.EXCHANGE, Kind.WARRANTY)
    return Dates(
        window_last_day=min((day for day in days if day), default=None),
        ship_by=dates.ship_by(terms, calendar, case.at) if sends else None,
        refund_by=None if sends else dates.refund_by(terms, calendar, case.at),
        inspect_within_days=terms.clocks.inspect_within_days if sends else None,
        refund_within_days=terms.clocks.refund_within_days if pays else None,
        arrival_text=_arrival(case) if pays else "",
    )


def _arrival(case: Case) -> str:
    if case.asked.destination in (Destination.STORE_CREDIT, Destination.GIFT_CARD):
        return _("at once")
    return in_language(case.terms.money.arrival)
