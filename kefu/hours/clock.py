"""Is it open, when does it open next, and how much working time passes.

Without a schedule an inbox is always open. A span runs from the first moment at which a clock there shows its
beginning to the first at which it shows its end: an hour that summer time skips is not worked, one that it repeats
is worked twice. Moments may come in any zone; days are stepped over, never minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from kefu.hours.models import Schedule
from kefu.hours.moments import ONE_DAY, at_clock

# A table with any hours has some within this time, whatever the holidays: a week holds them all.
LOOK_AHEAD = timedelta(days=366)
FOR_EVER = timedelta(days=8)


class Span(NamedTuple):
    """Open from ``start`` until just before ``end``, both in UTC."""

    start: datetime
    end: datetime


def is_open(schedule: Schedule | None, at: datetime) -> bool:
    if schedule is None:
        return True
    span = next(_open_spans(schedule, at), None)
    return span is not None and span.start <= at


def next_opening(schedule: Schedule | None, at: datetime) -> datetime | None:
    """The next moment at which it opens, in the schedule's zone; None when open now or never open again."""
    span = next(_open_spans(schedule, at), None) if schedule else None
    if schedule is None or span is None or span.start <= at:
        return None
    return span.start.astimezone(ZoneInfo(schedule.time_zone))


def next_closing(schedule: Schedule | None, at: datetime) -> datetime | None:
    """When it closes, in the schedule's zone. None when closed, and for what stays open for days on end."""
    if schedule is None:
        return None
    at = end = at.astimezone(UTC)
    for span in _open_spans(schedule, at):
        if span.start > end or end >= at + FOR_EVER:
            break
        end = span.end  # a span that begins as the one before ends is no break
    return end.astimezone(ZoneInfo(schedule.time_zone)) if at < end < at + FOR_EVER else None


def working_time_between(schedule: Schedule | None, since: datetime, until: datetime) -> timedelta:
    """How long it is open from ``since`` to ``until``; nothing if ``until`` is not the later."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    if schedule is None:
        return max(until - since, timedelta())
    worked = timedelta()
    for span in _open_spans(schedule, since):
        if span.start >= until:
            break
        worked += min(span.end, until) - span.start
    return worked


def add_working_time(schedule: Schedule | None, start: datetime, duration: timedelta) -> datetime | None:
    """The first moment by which it has been open for ``duration`` since ``start``, in UTC.

    None if it is never open for so long again. An hour from Friday 17:00 in a week until 18:00 is over on Friday.
    """
    if duration < timedelta():
        raise ValueError("Working time is added, not taken away.")
    if schedule is None or not duration:
        return start.astimezone(UTC) + duration
    for span in _open_spans(schedule, start):
        if duration <= span.end - span.start:
            return span.start + duration
        duration -= span.end - span.start
    return None


def on_the_wall(moment: datetime | None, schedule: Schedule | None) -> datetime | None:
    """What a clock there shows: without a zone, so that no template turns it into the reader's."""
    if moment is None or schedule is None:
        return None
    return moment.astimezone(ZoneInfo(schedule.time_zone)).replace(tzinfo=None)


def _open_spans(schedule: Schedule, since: datetime) -> Iterator[Span]:
    """From ``since`` on, in order; none overlaps the one before, but it may begin as that one ends."""
    reached, zone = since.astimezone(UTC), ZoneInfo(schedule.time_zone)
    day = reached.astimezone(zone).date() - ONE_DAY  # a night may have begun the day before
    last_special = max(schedule.special_days, default=day)
    until = max(day, last_special) + LOOK_AHEAD
    while day <= until:
        for start, end in schedule.times_on(day):
            span = Span(
                max(at_clock(day, start, zone), reached),
                at_clock(day if end > start else day + ONE_DAY, end, zone),
            )
            if span.start < span.end:
                yield span
                reached, until = span.end, max(day, last_special) + LOOK_AHEAD
        day += ONE_DAY
