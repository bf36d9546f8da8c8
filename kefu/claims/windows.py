"""Until when: the day on which the law's right ends, and the one on which the brand's promise does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kefu.claims.floors import Floor, Sure
from kefu.claims.machines import Kind
from kefu.claims.termchoices import Fault, WindowStart
from kefu.claims.terms import Reason, Terms
from kefu.hours.calendar import Calendar, window_last_day
from kefu.hours.moments import end_of_day


@dataclass(frozen=True, slots=True)
class Began:
    """When what a window counts from happened, as far as is known."""

    ordered: datetime | None
    shipped: datetime | None
    delivered: datetime | None

    def by(self, start: WindowStart) -> datetime | None:
        if start == WindowStart.ORDERED:
            return self.ordered
        return self.shipped if start == WindowStart.SHIPPED else self.delivered


@dataclass(frozen=True, slots=True)
class Window:
    """Days are the last on which one may ask; None where there is no such right, or its beginning is not known.

    ``promised``: the policy offers it at all. ``endless``: for ever. ``unknown``: what it counts from is not known.
    """

    law_day: date | None
    law_article: str
    brand_day: date | None
    promised: bool
    endless: bool
    unknown: bool
    calendar: Calendar

    def by_law(self, at: datetime) -> bool:
        return self.law_day is not None and at < end_of_day(self.law_day, self.calendar.zone)

    def by_brand(self, at: datetime) -> bool:
        within = self.brand_day is not None and at < end_of_day(self.brand_day, self.calendar.zone)
        return self.promised and (self.endless or within)

    @property
    def last_day(self) -> date | None:
        """The later of the two; None for ever, or where nothing is known."""
        days = [day for day in (self.law_day, self.brand_day if self.promised else None) if day]
        return None if self.promised and self.endless else max(days, default=None)


def window(
    terms: Terms, floor: Floor, kind: Kind, reason: Reason | None, began: Began, calendar: Calendar
) -> Window:
    blames_us = reason is not None and reason.blames_us
    right, promised = _right(floor, kind, blames_us=blames_us), _days(terms, kind, blames_us=blames_us)
    start = began.by(terms.window.start)
    offered = terms.window.accept_exchanges if kind == Kind.EXCHANGE else terms.window.accept_returns
    return Window(
        law_day=_law_day(right, floor, began.delivered, calendar),
        law_article=right.article if right else "",
        brand_day=_brand_day(promised, terms, start, calendar),
        promised=offered,
        endless=promised is None,
        unknown=(promised is not None and start is None) or (right is not None and began.delivered is None),
        calendar=calendar,
    )


def fault_might_help(terms: Terms, kind: Kind, reason: Reason | None) -> bool:
    """Whether there would be more time if it turned out that the goods are at fault."""
    if reason is None or reason.fault != Fault.UNKNOWN:
        return False
    without, with_ = _days(terms, kind, blames_us=False), _days(terms, kind, blames_us=True)
    return without is not None and (with_ is None or with_ > without)


def _days(terms: Terms, kind: Kind, *, blames_us: bool) -> int | None:
    """As the policy says; None for ever."""
    days = [terms.window.days]
    if blames_us:
        days.append(terms.window.fault_days)
        if kind == Kind.EXCHANGE:
            days.append(terms.window.exchange_days)
    return None if None in days else max(day for day in days if day is not None)


def _right(floor: Floor, kind: Kind, *, blames_us: bool) -> Sure | None:
    """As the law says. Without a fault it knows a right to return, none to exchange."""
    rights = [floor.right] if kind != Kind.EXCHANGE or blames_us else []
    if blames_us:
        rights.append(floor.fault_exchange if kind == Kind.EXCHANGE else floor.fault_return)
        rights.append(floor.fault_return)
    return max(filter(None, rights), key=lambda right: right.value, default=None)


def _law_day(right: Sure | None, floor: Floor, delivered: datetime | None, calendar: Calendar) -> date | None:
    if right is None or delivered is None:
        return None
    extends = bool(floor.right_extends)
    return window_last_day(delivered, right.value, calendar=calendar, next_day=True, extend=extends)


def _brand_day(days: int | None, terms: Terms, start: datetime | None, calendar: Calendar) -> date | None:
    if days is None or start is None:
        return None
    next_day = terms.window.start == WindowStart.DELIVERED_NEXT_DAY
    return window_last_day(start, days, calendar=calendar, next_day=next_day, extend=terms.window.extend)
