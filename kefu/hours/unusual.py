"""The days on which service hours differ from their weekly table: said before they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefu.hours.models import Schedule, Times
from kefu.hours.moments import ONE_DAY
from kefu.hours.public_holidays import names_of, year_of


@dataclass(frozen=True, slots=True)
class Unusual:
    """Days in a row that have the same name and the same times; no times are closed days."""

    first: date
    last: date
    name: str
    times: Times


def unusual_days(schedule: Schedule, since: date, until: date) -> list[Unusual]:
    """Between two dates, both included; holidays on which it would be closed anyway are not among them."""
    found: list[Unusual] = []
    for day in _unusual(schedule, since, until):
        before = found[-1] if found else None
        if before and (before.last, before.name, before.times) == (day.first - ONE_DAY, day.name, day.times):
            found[-1] = Unusual(before.first, day.last, day.name, day.times)
        else:
            found.append(day)
    return found


def make_up_days_unknown(country: str, year: int) -> bool:
    """The country moved working days to weekends last year, but nothing of this year's moves is known yet."""
    return bool(year_of(country, "", year - 1).made_up) and not year_of(country, "", year).made_up


def _unusual(schedule: Schedule, since: date, until: date) -> Iterator[Unusual]:
    day = since
    while day <= until:
        times = schedule.times_on(day)
        if times != schedule.usual_times(day):
            yield Unusual(day, day, _name(schedule, day), times)
        day += ONE_DAY


def _name(schedule: Schedule, day: date) -> str:
    special = schedule.special_days.get(day)
    if special:
        return special.name
    names = names_of(schedule.country, schedule.subdivision, day.year, get_language() or "en")
    if day in year_of(schedule.country, schedule.subdivision, day.year).holidays:
        return names.get(day, "") or _("Public holiday")
    return _("Working day instead of another")
