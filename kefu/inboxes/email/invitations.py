"""The calendar part of a mail (RFC 5545): who asks for which meeting, as far as an agent must see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.core import get_global

from kefu.inboxes.email.parsed import Invitation

LONGEST = 1024 * 1024
_LONGEST_VALUE = 1_000


class _Line(NamedTuple):
    name: str
    parameters: dict[str, str]
    value: str


def read_invitation(text: str) -> Invitation | None:
    """Its first event; None if there is none."""
    lines = list(_lines(text[:LONGEST]))
    events = [
        place for place, line in enumerate(lines) if line.name == "BEGIN" and line.value.upper() == "VEVENT"
    ]
    if not events:
        return None
    event = _event(lines[events[0] + 1 :])
    method = next((line.value.upper() for line in lines if line.name == "METHOD"), "PUBLISH")
    starts = _time(event.get("DTSTART"), lines)
    return Invitation(
        method=method[:20],
        summary=_words(event.get("SUMMARY")),
        starts=starts,
        ends=_time(event.get("DTEND"), lines) or _after(starts, event.get("DURATION")),
        place=_words(event.get("LOCATION")),
        organiser=re.sub("(?i)^mailto:", "", _words(event.get("ORGANIZER"))),
        uid=_words(event.get("UID")),
    )


def _lines(text: str) -> Iterator[_Line]:
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        if match := _CONTENT.match(line):
            parameters = {
                name.upper(): (value or "").strip('"') for name, value in _PARAMETER.findall(match[2])
            }
            yield _Line(match[1].upper(), parameters, match[3].strip())


_CONTENT = re.compile(r'([A-Za-z][\w-]{0,50})((?:;[\w-]{1,50}=(?:"[^"]{0,500}"|[^":;]{0,500}))*):(.*)')
_PARAMETER = re.compile(r';([\w-]+)=("[^"]*"|[^":;]*)')


def _event(lines: list[_Line]) -> dict[str, _Line]:
    """The event's own lines, without those of alarms within."""
    event: dict[str, _Line] = {}
    depth = 0
    for line in lines:
        if line.name == "END" and line.value.upper() == "VEVENT":
            break
        depth += {"BEGIN": 1, "END": -1}.get(line.name, 0)
        if depth == 0:
            event.setdefault(line.name, line)
    return event


def _words(line: _Line | None) -> str:
    if line is None:
        return ""
    plain = re.sub(r"\\([\\;,nN])", lambda match: "\n" if match[1] in "nN" else match[1], line.value)
    return plain[:_LONGEST_VALUE].strip()


def _time(line: _Line | None, lines: list[_Line]) -> datetime | None:
    match = re.match(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", line.value) if line else None
    if not match or not line:
        return None
    try:
        told = datetime(*(int(each or 0) for each in match.groups()[:6]))  # type: ignore[arg-type]  # noqa: DTZ001
        zone = UTC if match[7] else _zone(line.parameters.get("TZID", ""), lines)
        return told.replace(tzinfo=zone).astimezone(UTC) if zone else told
    except (ValueError, OverflowError):
        return None


def _zone(name: str, lines: list[_Line]) -> ZoneInfo | timezone | None:
    """By its name at IANA or at Microsoft; else by the one offset that the mail defines for it."""
    if not name:
        return None
    try:
        return ZoneInfo(get_global("windows_zone_mapping").get(name, name))
    except (ValueError, OSError, KeyError):
        offsets = {line.value for line in lines if line.name == "TZOFFSETTO"}
        return _offset(offsets.pop()) if len(offsets) == 1 else None


def _offset(text: str) -> timezone | None:
    match = re.fullmatch(r"([+-])(\d\d)(\d\d)(?:\d\d)?", text)
    if not match or int(match[2]) > 23:
        return None
    length = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(length if match[1] == "+" else -length)


def _after(starts: datetime | None, line: _Line | None) -> datetime | None:
    match = _DURATION.fullmatch(line.value) if line else None
    if not match or not starts:
        return None
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in match.groups())
    try:
        return starts + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


_DURATION = re.compile(
    r"\+?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?)?"
)
