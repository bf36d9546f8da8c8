"""Is this unit under warranty? The policy answers where the dates are plain; a person where they are not."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims import steps, warranty
from kefu.claims.asked import Preview
from kefu.claims.clocks import ship_by
from kefu.claims.machines import Status, Who
from kefu.claims.models import Claim, ClaimLine, Verdict
from kefu.claims.steps import POLICY
from kefu.claims.terms import Terms
from kefu.events.actors import SYSTEM
from kefu.people.models import Refused, Staff

RULE = "unit_covered"
TO_BE_EXPLAINED = frozenset({Status.OUT_OF_WARRANTY, Status.NOT_COVERED, Status.AWAITING_CUSTOMER})
ANSWERS = frozenset({Status.COVERED, *TO_BE_EXPLAINED})


def check_by_policy(claim: Claim, seen: Preview) -> None:
    """Nothing but the cover in question: answered at once. Anything else to be looked at: a person does."""
    others = [one for one in seen.verdicts if one.rule != RULE and one.outcome != Verdict.Outcome.PASS]
    cover = cover_of(claim)
    if others or cover is None:
        steps.apply(claim, "review", by=POLICY, to=Status.UNDER_REVIEW)
    else:
        steps.apply(claim, "check_cover", by=POLICY, to=_answer(cover))
        _ask_if_covered(claim)


@transaction.atomic
def check_cover(claim: Claim, *, by: Staff, answer: Status, words: str = "") -> None:
    """What a person finds, who has seen the proof: one of ``ANSWERS``; ``words`` to the customer unless it is covered.
    To cover what the dates do not is for a supervisor.
    """
    steps.taken_as(claim, "check_cover", by=by)
    if answer not in ANSWERS:
        raise Refused(_("Decide whether it is covered."))
    if answer in TO_BE_EXPLAINED and not words.strip():
        raise Refused(_("Please give a reason."))
    cover, is_supervisor = cover_of(claim), Who.SUPERVISOR in steps.who(by, claim)
    if answer == Status.COVERED and not is_supervisor and cover and _answer(cover) in _REFUSALS:
        raise Refused(_("By its dates it is no longer covered. A supervisor can still decide that it is."))
    steps.apply(claim, "check_cover", by=by, to=answer, reason=words.strip(), said_why=words.strip())
    _ask_if_covered(claim)


@transaction.atomic
def ask_for_goods(claim: Claim, *, by: Staff) -> None:
    """For a paid repair, or to find out: the customer may send it although it is not covered."""
    steps.taken_as(claim, "ask_for_goods", by=by)
    steps.apply(claim, "ask_for_goods", by=by, ship_by=ship_by(claim, timezone.now()))


def cover_of(claim: Claim) -> warranty.Cover | None:
    """Of its one unit today; None where the product is not known."""
    line = claim.lines.select_related(
        "registered__product__brand", "registered__order_line__order", "order_line__product__brand"
    ).get()
    bought = line.registered or line.order_line
    if bought is None or bought.product is None:
        return None
    return warranty.cover_of(
        bought.product,
        at=timezone.now(),
        terms=Terms.read(claim.terms),
        line=line.order_line,
        unit=line.registered,
    )


def purchase_day(claim: Claim) -> date | None:
    """By the order, in the brand's zone."""
    placed = claim.order.placed_at if claim.order else None
    return placed.astimezone(ZoneInfo(claim.brand.time_zone)).date() if placed else None


def refuse_without_diagnosis(claim: Claim) -> None:
    """Within the first months the law presumes the fault was there from the beginning (消费者权益保护法 23), so a
    refusal rests on what a technician found.
    """
    cover = cover_of(claim)
    found = getattr(claim, "repair", None)
    if cover is not None and cover.seller_proves and not (found and found.finding):
        raise Refused(
            _(
                "This soon after the purchase, only a diagnosis can justify a refusal. Ask the customer to send it in."
            )
        )


def unit_line(claim: Claim) -> ClaimLine:
    return claim.lines.select_related("registered", "order_line__product").get()


def _ask_if_covered(claim: Claim) -> None:
    if claim.status == Status.COVERED:
        steps.apply(claim, "ask_for_goods", by=SYSTEM, ship_by=ship_by(claim, timezone.now()))


_REFUSALS = frozenset({Status.OUT_OF_WARRANTY, Status.NOT_COVERED})
_ANSWERS = {
    warranty.CoverState.COVERED: Status.COVERED,
    warranty.CoverState.EXPIRED: Status.OUT_OF_WARRANTY,
    warranty.CoverState.NOT_COVERED: Status.NOT_COVERED,
    warranty.CoverState.UNKNOWN: Status.AWAITING_CUSTOMER,
}


def _answer(cover: warranty.Cover) -> Status:
    return _ANSWERS[cover.state]
