"""Public holidays by country, and the weekends that are worked for them, from the ``holidays`` package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

import holidays
from babel import Locale
from django.utils.translation import get_language, to_locale

from kefu.hours.moments import ONE_DAY


@dataclass(frozen=True, slots=True)
class Year:
    """``made_up`` are days of a weekend that are worked instead of another day (调休)."""

    holidays: frozenset[date]
    made_up: frozenset[date]
    worked: frozenset[date]


@lru_cache(maxsize=512)
def year_of(country: str, subdivision: str, year: int) -> Year:
    """Without a country, and for one that the package does not know, Monday to Friday are worked.

    In years for which it knows no holidays only weekends are free; make-up days are known once they are
    announced, in China late in the year before.
    """
    days = _days_of(year)
    found = _asked(country, subdivision, year)
    if found is None:
        return Year(frozenset(), frozenset(), frozenset(day for day in days if day.weekday() < 5))
    off = _with_weekends(found) if country == "CN" else frozenset(found)
    return Year(
        holidays=frozenset(day for day in days if day in off),
        made_up=frozenset(day for day in days if day in found.weekend_workdays),
        worked=frozenset(day for day in days if found.is_working_day(day)),
    )


@lru_cache(maxsize=128)
def names_of(country: str, subdivision: str, year: int, language: str) -> dict[date, str]:
    """What the holidays are called, in the language if the package has it, else in English or the country's own."""
    known = _asked(country, subdivision, year)
    if known is None:
        return {}
    wanted = to_locale(language).replace("Hans", "CN")
    spoken = wanted if wanted in known.supported_languages else "en_US"
    found = _asked(country, subdivision, year, spoken)
    return dict(found.items()) if found is not None else {}


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 codes of two letters."""
    return frozenset(holidays.list_supported_countries(include_aliases=False))


def subdivisions(country: str) -> dict[str, str]:
    """Codes of the states or regions that have holidays of their own, with their names."""
    found = _asked(country, "", 2000)
    if found is None:
        return {}
    return {code: next(iter(names), code) for code, names in found.get_subdivision_aliases().items()}


def country_name(code: str) -> str:
    """In the language of the page."""
    names: Mapping[str, str] = Locale.parse(to_locale(get_language() or "en")).territories
    return names.get(code, code)


def _asked(
    country: str, subdivision: str, year: int, language: str | None = None
) -> holidays.HolidayBase | None:
    """A calendar of its own for each caller: they fill themselves as they are read, which threads must not share.

    The year after is read too, since some of its days off are taken or worked for in December.
    """
    if not country:
        return None
    try:
        return holidays.country_holidays(
            country, subdiv=subdivision or None, years=(year, year + 1), expand=False, language=language
        )
    except NotImplementedError:  # a code that a later release dropped must not close the desk's doors
        return None


def _with_weekends(found: holidays.HolidayBase) -> frozenset[date]:
    """China announces a holiday as one run of free days (2026-02-15 to 23), weekends within and beside it included."""
    run = set(found)
    for day in found:
        for step in (-ONE_DAY, ONE_DAY):
            beside = day + step
            while beside not in run and not found.is_working_day(beside):
                run.add(beside)
                beside += step
    return frozenset(run)


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + ONE_DAY * number for number in range((date(year, 12, 31) - first).days + 1)]
