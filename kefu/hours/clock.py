"""Is it open, and when does it open next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kefu.hours.models import Schedule

LOOK_AHEAD_DAYS = 15


def is_open(schedule: Schedule | None, at: datetime) -> bool:
    """Without a schedule an inbox is always open."""
    if schedule is None:
        return True
    return any(start <= at < end for start, end in _spans(schedule, at))


def next_opening(schedule: Schedule | None, at: datetime) -> datetime | None:
    """The next moment at which it opens, in the schedule's zone; None when open now or never open again."""
    if schedule is None or is_open(schedule, at):
        return None
    return min((start for start, _ in _spans(schedule, at) if start > at), default=None)


def next_closing(schedule: Schedule | None, at: datetime) -> datetime | None:
    """When it closes, if it is open now. None when closed, and for what never closes."""
    if schedule is None or not is_open(schedule, at):
        return None
    end = at
    for start, stop in sorted(_spans(schedule, at)):
        if start <= end < stop:  # a span that begins as the one before ends is no break
            end = stop
    return end if end < at + timedelta(days=8) else None


def on_the_wall(moment: datetime | None, schedule: Schedule | None) -> datetime | None:
    """What a clock there shows: without a zone, so that no template turns it into the reader's."""
    if moment is None or schedule is None:
        return None
    return moment.astimezone(ZoneInfo(schedule.time_zone)).replace(tzinfo=None)


def _spans(schedule: Schedule, around: datetime) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(schedule.time_zone)
    today = around.astimezone(zone).date()
    for ahead in range(-1, LOOK_AHEAD_DAYS):
        day = today + timedelta(days=ahead)
        for start, end in schedule.week.get(str(day.weekday()), []):
            yield _moment(day, start, zone), _end(day, start, end, zone)


def _end(day: date, start: str, end: str, zone: ZoneInfo) -> datetime:
    # A span such as 22:00-06:00 ends on the next day.
    return _moment(day if end > start else day + timedelta(days=1), end, zone)


def _moment(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == "24:00":
        return datetime.combine(day + timedelta(days=1), time(), zone)
    return datetime.combine(day, time.fromisoformat(clock), zone)
