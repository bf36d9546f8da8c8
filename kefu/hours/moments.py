"""From what a clock on the wall shows to the moment at which it does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def at_clock(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """``clock`` is "00:00" … "24:00", the last of which is the end of the day."""
    if clock == "24:00":
        return end_of_day(day, zone)
    return moment(datetime.combine(day, time.fromisoformat(clock)), zone)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment that is no longer that day there, in UTC."""
    return moment(datetime.combine(day + ONE_DAY, time()), zone)


def moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """When a clock there first shows ``wall``, or a later time if summer time skips it. In UTC.

    So a later time on the wall is never an earlier moment, and spans that touch on the wall touch in time.
    """
    first = wall.replace(tzinfo=zone, fold=0)
    if _offset(wall.replace(tzinfo=zone, fold=1)) > _offset(first):  # only where times are skipped (PEP 495)
        return _when_skipped(wall, zone)
    return first.astimezone(UTC)


def _when_skipped(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment of the change itself, which zoneinfo does not tell."""
    before = _offset(wall.replace(tzinfo=zone, fold=0))
    early = wall.replace(tzinfo=UTC) - _offset(wall.replace(tzinfo=zone, fold=1))
    late = wall.replace(tzinfo=UTC) - before
    while late - early > _SECOND:
        middle = early + (late - early) // (2 * _SECOND) * _SECOND
        if _offset(middle.astimezone(zone)) == before:
            early = middle
        else:
            late = middle
    return late


def _offset(moment: datetime) -> timedelta:
    offset = moment.utcoffset()
    assert offset is not None
    return offset
