"""When each side has to do something, in moments; days are whole ones of the brand's zone."""

from __future__ import annotations

from datetime import datetime

from kefu.claims.floors import FLOORS
from kefu.claims.terms import Terms
from kefu.hours.calendar import Calendar, window_end


def ship_by(terms: Terms, calendar: Calendar, approved_at: datetime) -> datetime:
    """The first moment at which goods are sent too late."""
    return _after(approved_at, terms.clocks.ship_by_days, calendar)


def inspect_by(terms: Terms, calendar: Calendar, received_at: datetime) -> datetime:
    return _after(received_at, terms.clocks.inspect_within_days, calendar)


def refund_by(terms: Terms, calendar: Calendar, received_at: datetime) -> datetime:
    """Where nothing comes back, ``received_at`` is the approval."""
    return _after(received_at, terms.clocks.refund_within_days, calendar)


def alarms(terms: Terms, calendar: Calendar, received_at: datetime) -> list[datetime]:
    """When somebody has to look at a refund that is still not paid: in China on days 10 and 15."""
    return [_after(received_at, days - 1, calendar) for days in FLOORS[terms.law_profile].alarms]


def answer_by(terms: Terms, calendar: Calendar, asked_at: datetime) -> datetime:
    return _after(asked_at, terms.clocks.answer_days, calendar)


def appeal_by(terms: Terms, calendar: Calendar, refused_at: datetime) -> datetime:
    return _after(refused_at, terms.clocks.appeal_days, calendar)


def _after(moment: datetime, days: int, calendar: Calendar) -> datetime:
    """The day of the moment itself is not counted."""
    return window_end(moment, days, calendar=calendar, next_day=True, extend=False)
