"""A week as people type it: times a day, checked before they are stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefu.hours.models import Week

DAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
SPANS_A_DAY = 2
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：.]?([0-5]\d)|24[:：.]?00")
_DAY = 24 * 60


class BadTimes(ValueError):
    """Times that make no sense; the text is a sentence, ``day`` is 0 for Monday."""

    def __init__(self, day: int, sentence: str) -> None:
        super().__init__(sentence)
        self.day = day


def week_from(given: Mapping[int, list[tuple[str, str]]]) -> Week:
    """From pairs of times for each day; empty pairs are left out, a day without any is closed."""
    week: Week = {}
    for day, pairs in sorted(given.items()):
        spans = sorted(_span(day, start, end) for start, end in pairs if start.strip() or end.strip())
        if spans:
            week[str(day)] = [[_clock(start), _clock(end)] for start, end in spans]
    _refuse_overlaps(week)
    return week


def _span(day: int, start: str, end: str) -> tuple[int, int]:
    from_, until = _minutes(day, start), _minutes(day, end)
    if from_ in (until, _DAY):
        raise BadTimes(
            day, _("Opening and closing cannot be the same time. For the whole day write 00:00 and 24:00.")
        )
    return from_, until


def _minutes(day: int, text: str) -> int:
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise BadTimes(day, _("Write times as 09:00, and 24:00 for the end of the day."))
    return int(match[1]) * 60 + int(match[2]) if match[1] else _DAY


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _refuse_overlaps(week: Week) -> None:
    """Counted from Monday 00:00; what goes past midnight belongs to the day on which it began."""
    spans = sorted(_placed(int(day), start, end) for day, times in week.items() for start, end in times)
    for (_start, end, _day), (start, _end, day) in pairwise(spans):
        if start < end:
            raise BadTimes(day, _("These times overlap."))
    if spans and spans[-1][1] > 7 * _DAY + spans[0][0]:
        raise BadTimes(spans[0][2], _("These times overlap."))


def _placed(day: int, start: str, end: str) -> tuple[int, int, int]:
    from_, until = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (start, end))
    return day * _DAY + from_, day * _DAY + until + (_DAY if until <= from_ else 0), day
