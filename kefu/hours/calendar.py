"""Working days, and windows counted in days: what deadlines of after-sales and complaints rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kefu.hours.moments import ONE_DAY, end_of_day
from kefu.hours.public_holidays import year_of


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked in one place. ``own_days`` are a brand's, worked or not, and outweigh the country's.

    Weekends, holidays and make-up days (调休) are the country's; without a country, Monday to Friday are worked.
    The service hours of a desk say nothing here: one that answers on Sundays has no more working days.
    """

    zone: ZoneInfo
    country: str = ""
    subdivision: str = ""
    own_days: Mapping[date, bool] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        own = self.own_days.get(day)
        return day in year_of(self.country, self.subdivision, day.year).worked if own is None else own

    def nth_working_day(self, day: date, n: int) -> date:
        """The nth working day after ``day``; before it if n is negative; ``day`` or the next worked one if n is 0."""
        if n == 0:
            return day if self.is_working_day(day) else self.nth_working_day(day, 1)
        step = ONE_DAY if n > 0 else -ONE_DAY
        for _ in range(abs(n)):
            day = self._next_worked(day + step, step)
        return day

    def add_working_days(self, start: datetime, n: int) -> datetime:
        """When the nth working day is over there, in UTC. The day of ``start`` is not counted."""
        return end_of_day(self.nth_working_day(self.date_of(start), n), self.zone)

    def date_of(self, moment: datetime) -> date:
        """What the calendar on the wall there shows."""
        return moment.astimezone(self.zone).date()

    def _next_worked(self, day: date, step: timedelta) -> date:
        while not self.is_working_day(day):
            day += step
        return day


def window_end(start: datetime, days: int, *, calendar: Calendar, next_day: bool, extend: bool) -> datetime:
    """The first moment at which a window of ``days`` calendar days is over, in UTC.

    Whole days are counted, of the calendar's zone, so the window is open while ``now < window_end(…)``.
    """
    return end_of_day(
        window_last_day(start, days, calendar=calendar, next_day=next_day, extend=extend), calendar.zone
    )


def window_last_day(start: datetime, days: int, *, calendar: Calendar, next_day: bool, extend: bool) -> date:
    """The last day of a window, as people are told it.

    Day 1 is the day of ``start``, or with ``next_day`` the one after it: so count 网络购买商品七日无理由退货暂行办法
    for its seven days and Regulation (EEC, Euratom) 1182/71, article 3, for the fourteen of the European Union.
    With ``extend`` a last day that is not worked gives way to the next working day (article 3(4) there).
    """
    if days < 1:
        raise ValueError("A window has at least one day.")
    last = calendar.date_of(start) + ONE_DAY * (days if next_day else days - 1)
    return calendar.nth_working_day(last, 0) if extend else last
