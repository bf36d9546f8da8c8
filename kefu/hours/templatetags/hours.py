"""Days and times of service hours in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from babel.dates import format_interval, format_skeleton
from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, to_locale

from kefu.hours.unusual import Unusual

register = template.Library()

WEEKDAY_IS_ENOUGH = timedelta(days=6)
MONTH_AND_DAY = "MMMd"


@register.filter
def coming(moment: datetime, weekday: str = "D") -> str:
    """A time on a wall there: "Tue 09:00", and "Feb 24 09:00" when more than one Tuesday could be meant."""
    if moment.date() - timezone.now().date() < WEEKDAY_IS_ENOUGH:
        return f"{date_format(moment, weekday)} {moment:%H:%M}"
    return f"{format_skeleton(MONTH_AND_DAY, moment, locale=_locale())} {moment:%H:%M}"


@register.filter
def in_words(days: Unusual) -> str:
    """ "Feb 9 – 10", "2月9日至10日"; one day stands alone."""
    return format_interval(days.first, days.last, MONTH_AND_DAY, locale=_locale())


def _locale() -> str:
    return to_locale(get_language() or "en")
