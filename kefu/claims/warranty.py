"""Is it still covered, until when, and by what? Answered by serial number, by order, and by date alone."""

from __future__ import annotations

import calendar as months_of
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from kefu.claims.case import Case, LineCase
from kefu.claims.delivered import deliveries
from kefu.claims.floors import FLOORS
from kefu.claims.judging import DATA, LAW, POLICY, Answer, bad, good, unclear
from kefu.claims.models import Repair
from kefu.claims.termchoices import WarrantyStart
from kefu.claims.terms import Terms
from kefu.hours.moments import ONE_DAY
from kefu.orders.models import OrderLine, Product, ProductFlag, RegisteredProduct


class CoverState(StrEnum):
    COVERED = "covered"
    EXPIRED = "expired"
    NOT_COVERED = "not_covered"
    UNKNOWN = "unknown"


class CoveredBy(StrEnum):
    TERM = "term"
    LAW = "law"
    CONSUMABLE = "consumable"
    NO_TERM = "no_term"
    NO_DATE = "no_date"


@dataclass(frozen=True, slots=True)
class Cover:
    """``covered_until`` is the last day, ``paused_days`` reckoned in. ``swap_due``: repaired often enough, or held too
    long, so that an exchange or the money may be asked for. ``article`` is the law's where ``why`` is the law.
    ``seller_proves``: the law presumes that the fault was there from the beginning, so a refusal needs a diagnosis.
    """

    state: CoverState
    why: CoveredBy
    covered_until: date | None = None
    months: int = 0
    paused_days: int = 0
    repairs: int = 0
    swap_due: bool = False
    seller_proves: bool = False
    article: str = ""


def cover(
    product: Product,
    *,
    at: datetime,
    terms: Terms,
    purchased_at: date | None = None,
    delivered_at: date | None = None,
    registered: RegisteredProduct | None = None,
    replaced: date | None = None,
    part: str = "",
    zone: ZoneInfo | None = None,
) -> Cover:
    """Days are those of the brand's zone. What a registered unit says goes before dates given beside it. ``replaced``:
    of what was sent in place of something, ``OrderLine.warranty_start``.
    """
    zone = zone or ZoneInfo(product.brand.time_zone)
    today = at.astimezone(zone).date()
    start = begun(terms, registered, bought=purchased_at, delivered=delivered_at, replaced=replaced)
    if start is None:
        return Cover(CoverState.UNKNOWN, CoveredBy.NO_DATE)
    held = _Held.of(registered, terms, today, zone)
    by_brand, by_law = _by_brand(product, terms, start, part, held), _by_law(terms, start, held)
    if by_brand.state != CoverState.COVERED or (by_law and _last(by_law) > _last(by_brand)):
        by_brand = by_law or by_brand
    return _as_of(today, by_brand, terms, start)


def cover_of(
    product: Product,
    *,
    at: datetime,
    terms: Terms,
    line: OrderLine | None,
    unit: RegisteredProduct | None,
) -> Cover:
    """Of what somebody has: a line of an order, a registered unit, or both. The one answer for previews, claims and the
    public page; what the order says of a unit goes with the line that it came in.
    """
    line, zone = line or (unit.order_line if unit else None), ZoneInfo(product.brand.time_zone)
    return cover(
        product,
        at=at,
        terms=terms,
        purchased_at=_day(line.order.placed_at, zone) if line else None,
        delivered_at=_day(deliveries(line.order, [line])[line.pk].delivered_at, zone) if line else None,
        registered=unit,
        replaced=line.warranty_start if line else None,
        zone=zone,
    )


def begun(
    terms: Terms,
    unit: RegisteredProduct | None,
    *,
    bought: date | None,
    delivered: date | None,
    replaced: date | None,
) -> date | None:
    """The day from which the term runs; None where nobody knows."""
    known = (unit.warranty_start if unit else None) or replaced
    if known is not None:
        return known
    bought = (unit.purchased_at if unit else None) or bought
    if terms.warranty.start == WarrantyStart.DELIVERED:
        return delivered or bought
    return bought or delivered


def add_months(start: date, months: int) -> date:
    """The day of the same number, or the last of a month that is too short for it (民法典 202; Regulation 1182/71)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, months_of.monthrange(year, month + 1)[1]))


def restart(unit: RegisteredProduct, *, on: date, terms: Terms) -> None:
    """A unit that replaces another: its term begins anew where the terms say so, and nothing of it was repaired."""
    unit.warranty_start = on if terms.warranty.restarts else unit.warranty_start or unit.purchased_at or on
    unit.repairs = 0
    if terms.warranty.restarts:
        unit.paused_days = 0
    unit.save(update_fields=["warranty_start", "repairs", "paused_days"])


def judged(case: Case, line: LineCase) -> Answer:
    if line.product is None:
        return unclear(DATA, why=CoveredBy.NO_DATE)
    asked = line.asked
    found = cover_of(line.product, at=case.at, terms=case.terms, line=line.line, unit=asked.registered)
    return _answer(found)


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None


def _answer(found: Cover) -> Answer:
    facts: dict[str, Any] = {"why": str(found.why), "swap_due": found.swap_due}
    if found.covered_until:
        facts["last_day"] = str(found.covered_until)
    if found.state == CoverState.UNKNOWN:
        return unclear(DATA, **facts)
    basis = LAW if found.why == CoveredBy.LAW else POLICY
    return (good if found.state == CoverState.COVERED else bad)(basis, found.article, **facts)


@dataclass(frozen=True, slots=True)
class _Held:
    """What we did with the unit so far."""

    paused_days: int = 0
    repairs: int = 0
    longest: int = 0

    @classmethod
    def of(cls, unit: RegisteredProduct | None, terms: Terms, today: date, zone: ZoneInfo) -> _Held:
        if unit is None:
            return cls()
        ours = Repair.objects.filter(claim__lines__registered=unit, held_from__isnull=False).distinct()
        days, now = [], 0
        for repair in ours:
            since, until = repair.held_from, repair.held_until
            assert since is not None
            ended = until.astimezone(zone).date() if until else today
            lasted = (ended - since.astimezone(zone).date()).days
            days.append(lasted)
            now += 0 if until else lasted
        paused = unit.paused_days + now if terms.warranty.pauses else 0
        return cls(max(paused, 0), unit.repairs, max(days, default=0))


def _by_brand(product: Product, terms: Terms, start: date, part: str, held: _Held) -> Cover:
    months = _months(product, terms, part)
    if ProductFlag.CONSUMABLE in product.flags and not terms.warranty.consumables:
        return Cover(CoverState.NOT_COVERED, CoveredBy.CONSUMABLE)
    if not months:
        return Cover(CoverState.NOT_COVERED, CoveredBy.NO_TERM)
    return _lasting(months, CoveredBy.TERM, terms, start, held)


def _by_law(terms: Terms, start: date, held: _Held) -> Cover | None:
    sure = FLOORS[terms.law_profile].guarantee_months
    return _lasting(sure.value, CoveredBy.LAW, terms, start, held, sure.article) if sure else None


def _lasting(months: int, why: CoveredBy, terms: Terms, start: date, held: _Held, article: str = "") -> Cover:
    often = 0 < terms.warranty.max_repairs_before_swap <= held.repairs
    return Cover(
        CoverState.COVERED,
        why,
        covered_until=add_months(start, months) + ONE_DAY * held.paused_days,
        months=months,
        paused_days=held.paused_days,
        repairs=held.repairs,
        swap_due=often or held.longest > terms.warranty.max_repair_days,
        article=article,
    )


def _months(product: Product, terms: Terms, part: str) -> int:
    for parts in (product.warranty_parts, terms.warranty.parts):
        if part and part in parts:
            return int(parts[part])
    return terms.warranty.months if product.warranty_months is None else product.warranty_months


def _last(found: Cover) -> date:
    return found.covered_until or date.min


def _as_of(today: date, found: Cover, terms: Terms, start: date) -> Cover:
    if found.covered_until is None:
        return found
    proof = FLOORS[terms.law_profile].proof_by_seller_months
    presumed = proof is not None and today <= add_months(start, proof.value)
    if today > found.covered_until:
        return replace(found, state=CoverState.EXPIRED, swap_due=False, seller_proves=presumed)
    return replace(found, seller_proves=presumed)
