"""Times as people read them, in the zone of whoever is reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

STAMP = "%Y-%m-%d %H:%M"
IN_WORDS = {"en": "j F Y, H:i", "zh-hans": "Y年n月j日 H:i"}
MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 7 * 86400


def shown(moment: datetime, style: str, *, zone: bool = False) -> str:
    local = timezone.localtime(moment)
    text = STYLES[style](local)
    return f"{text} ({zone_name(local)})" if zone else text


def exact(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local:%Y-%m-%d %H:%M:%S} {zone_name(local)}"


def zone_name(local: datetime) -> str:
    """ "Asia/Shanghai, UTC+8" rather than "CST", which names four zones."""
    offset = local.strftime("%z")
    hours = f"UTC{offset[0]}{int(offset[1:3])}" + ("" if offset[3:] == "00" else f":{offset[3:]}")
    return f"{timezone.get_current_timezone_name()}, {hours}"


def relative(local: datetime) -> str:
    """How long ago in the shortest word; after a week, and for what is yet to come, the date."""
    seconds = int((timezone.now() - local).total_seconds())
    if seconds < 0:
        return stamp(local)
    return age(seconds) if seconds < WEEK else local.strftime("%Y-%m-%d")


def age(seconds: int) -> str:
    if seconds < MINUTE:
        return _("now")
    if seconds < HOUR:
        return _minutes(seconds // MINUTE)
    return _hours(seconds // HOUR) if seconds < DAY else _days(seconds // DAY)


def words_for_ages() -> str:
    """The same words for js/times.js, with 0 where the number stands."""
    return "|".join([_("now"), _minutes(0), _hours(0), _days(0)])


def stamp(local: datetime) -> str:
    return local.strftime(STAMP)


def words(local: datetime) -> str:
    """For customers: "22 November 2026, 14:02", "2026年11月22日 14:02"."""
    return date_format(local, IN_WORDS.get(get_language() or "", IN_WORDS["en"]))


def _minutes(number: int) -> str:
    return ngettext("%(number)d min", "%(number)d min", number) % {"number": number}


def _hours(number: int) -> str:
    return ngettext("%(number)d h", "%(number)d h", number) % {"number": number}


def _days(number: int) -> str:
    return ngettext("%(number)d d", "%(number)d d", number) % {"number": number}


STYLES: dict[str, Callable[[datetime], str]] = {
    "relative": relative,
    "clock": lambda local: local.strftime("%H:%M"),
    "date": lambda local: local.strftime("%Y-%m-%d"),
    "stamp": stamp,
    "words": words,
}
