from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kefu.hours import clock
from kefu.hours.models import Schedule, Week
from kefu.hours.week import BadTimes, week_from

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE: Week = {str(day): [["09:00", "12:00"], ["13:00", "18:00"]] for day in range(5)}
ALWAYS: Week = {str(day): [["00:00", "24:00"]] for day in range(7)}
NIGHTS: Week = {"4": [["22:00", "06:00"]]}


def schedule(week: Week, zone: str = "Asia/Shanghai") -> Schedule:
    return Schedule(week=week, time_zone=zone)


def at(text: str) -> datetime:
    """In Shanghai. 2026-11-20 is a Friday."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_open_between_opening_and_closing_and_not_at_closing() -> None:
    assert clock.is_open(schedule(OFFICE), at("2026-11-20T09:00"))
    assert not clock.is_open(schedule(OFFICE), at("2026-11-20T12:00"))
    assert not clock.is_open(schedule(OFFICE), at("2026-11-21T10:00"))


def test_when_it_opens_next_and_when_it_closes() -> None:
    assert clock.next_opening(schedule(OFFICE), at("2026-11-20T12:30")) == at("2026-11-20T13:00")
    assert clock.next_opening(schedule(OFFICE), at("2026-11-20T18:00")) == at("2026-11-23T09:00")
    assert clock.next_opening(schedule(OFFICE), at("2026-11-20T10:00")) is None
    assert clock.next_closing(schedule(OFFICE), at("2026-11-20T10:00")) == at("2026-11-20T12:00")
    assert clock.next_closing(schedule(OFFICE), at("2026-11-21T10:00")) is None


def test_around_the_clock_never_closes() -> None:
    assert clock.is_open(schedule(ALWAYS), at("2026-11-22T00:00"))
    assert clock.next_closing(schedule(ALWAYS), at("2026-11-22T03:00")) is None
    assert clock.next_closing(None, at("2026-11-22T03:00")) is None


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    assert clock.is_open(schedule(NIGHTS), at("2026-11-21T05:59"))
    assert not clock.is_open(schedule(NIGHTS), at("2026-11-21T06:00"))
    assert clock.next_closing(schedule(NIGHTS), at("2026-11-20T23:00")) == at("2026-11-21T06:00")


def test_never_open_opens_never() -> None:
    assert clock.next_opening(schedule({}), at("2026-11-20T10:00")) is None


def test_the_hour_that_summer_time_skips_and_the_one_it_repeats() -> None:
    nights = schedule({"6": [["02:30", "03:30"]]}, "Europe/Berlin")
    berlin = ZoneInfo("Europe/Berlin")
    assert clock.is_open(nights, datetime(2026, 3, 29, 3, 15, tzinfo=berlin))
    assert clock.is_open(nights, datetime(2026, 10, 25, 2, 45, tzinfo=berlin))


def test_a_clock_there_shows_its_own_time() -> None:
    shown = clock.on_the_wall(at("2026-11-20T09:00"), schedule(OFFICE, "Europe/Berlin"))
    assert shown == datetime.fromisoformat("2026-11-20T02:00")


# -- what people type


def test_times_are_taken_as_people_write_them_and_sorted() -> None:
    typed = {0: [("13.00", "18:00"), ("", ""), ("9:00", "1200")], 6: [(" 10：00 ", "24:00")]}
    assert week_from(typed) == {"0": [["09:00", "12:00"], ["13:00", "18:00"]], "6": [["10:00", "24:00"]]}


@pytest.mark.parametrize(
    ("day", "pairs"),
    [
        (0, [("9", "18:00")]),
        (1, [("25:00", "26:00")]),
        (2, [("09:00", "")]),
        (3, [("09:00", "09:00")]),
        (4, [("24:00", "02:00")]),
        (5, [("09:00", "13:00"), ("12:00", "18:00")]),
        (6, [("09:00", "١٨:٠٠")]),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_day(day: int, pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(BadTimes) as problem:
        week_from({day: pairs})
    assert problem.value.day == day


def test_a_night_may_not_run_into_the_next_morning_nor_sunday_into_monday() -> None:
    with pytest.raises(BadTimes):
        week_from({1: [("22:00", "10:00")], 2: [("09:00", "18:00")]})
    with pytest.raises(BadTimes):
        week_from({6: [("22:00", "10:00")], 0: [("09:00", "18:00")]})
    assert week_from({6: [("22:00", "06:00")], 0: [("09:00", "18:00")]})
