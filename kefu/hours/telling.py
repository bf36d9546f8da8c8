"""Service hours in words, for pages and mails."""

from __future__ import annotations

from kefu.hours.models import Schedule
from kefu.hours.week import DAYS
from kefu.web.joining import listed


def hours_of(schedule: Schedule) -> list[tuple[str, str]]:
    """Days with the same times stand together: ("Monday – Friday", "09:00–18:00"). Closed ones are not."""
    rows: list[tuple[int, int, str]] = []
    for day in range(7):
        times = listed(f"{start}–{end}" for start, end in schedule.week.get(str(day), []))
        if rows and rows[-1][2] == times and rows[-1][1] == day - 1:
            rows[-1] = (rows[-1][0], day, times)
        elif times:
            rows.append((day, day, times))
    return [(_days(first, last), times) for first, last, times in rows]


def _days(first: int, last: int) -> str:
    return str(DAYS[first]) if first == last else f"{DAYS[first]} – {DAYS[last]}"
