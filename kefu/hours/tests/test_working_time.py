"""The clock against one that goes minute by minute and knows nothing of spans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.hours import clock
from kefu.hours.models import Schedule, SpecialDay, Times, Week
from kefu.hours.moments import moment

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
OFFICE: Week = {str(day): [["09:00", "12:00"], ["13:00", "18:00"]] for day in range(5)}
ALWAYS: Week = {str(day): [["00:00", "24:00"]] for day in range(7)}

CHINESE_NEW_YEAR = frozenset(date(2026, 2, day) for day in range(15, 24))
WORKED_FOR_IT = frozenset({date(2026, 2, 14), date(2026, 2, 28)})
# Where and when clocks change, by an hour, by half an hour (Lord Howe) and at midnight (Cairo, Havana).
PLACES = [
    ("Asia/Shanghai", "CN", date(2026, 2, 13)),
    ("Asia/Shanghai", "CN", date(2026, 2, 26)),
    ("Europe/Berlin", "", date(2026, 3, 27)),
    ("Europe/Berlin", "", date(2026, 10, 23)),
    ("America/New_York", "", date(2026, 10, 30)),
    ("Australia/Lord_Howe", "", date(2026, 4, 3)),
    ("Australia/Lord_Howe", "", date(2026, 10, 2)),
    ("Africa/Cairo", "", date(2026, 4, 22)),
    ("Africa/Cairo", "", date(2026, 10, 28)),
    ("America/Havana", "", date(2026, 10, 30)),
    ("Pacific/Apia", "", date(2011, 12, 28)),
]


# Half of the times lie about where clocks change; the others anywhere.
ABOUT_THE_CHANGE = [
    "00:00",
    "00:15",
    "00:59",
    "01:00",
    "01:30",
    "01:45",
    "02:00",
    "02:10",
    "02:30",
    "03:00",
    "23:30",
]


def clocks() -> st.SearchStrategy[str]:
    anywhere = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
    return st.sampled_from(ABOUT_THE_CHANGE) | anywhere


def times(most: int) -> st.SearchStrategy[Times]:
    span = st.tuples(clocks(), st.one_of(clocks(), st.just("24:00"))).filter(lambda pair: pair[0] != pair[1])
    return st.lists(span.map(list), max_size=most).map(sorted)


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, date]:
    zone, country, begin = draw(st.sampled_from(PLACES))
    weekend: st.SearchStrategy[Times] = st.just([]) | times(2)
    week = draw(st.fixed_dictionaries({day: weekend if day in "56" else times(2) for day in "0123456"}))
    schedule = Schedule(time_zone=zone, country=country, week=week)
    days = st.integers(-1, 5).map(lambda ahead: begin + DAY * ahead)
    given_times = draw(st.dictionaries(days, st.none() | times(2), max_size=2))
    schedule.special_days = {
        day: SpecialDay(day=day, kind="closed" if found is None else "open", times=found or [])
        for day, found in given_times.items()
    }
    return schedule, begin


def in_utc(moment: datetime | None) -> datetime:
    """A time that a clock shows twice equals none of another zone (PEP 495)."""
    assert moment is not None
    return moment.astimezone(UTC)


def oracle(schedule: Schedule, since: datetime, until: datetime) -> list[datetime]:
    """The minutes in which it is open. Once a clock has shown a time it has shown it: the hour that comes twice
    goes on with what was at its end."""
    zone, shown, found = ZoneInfo(schedule.time_zone), datetime.fromisoformat("0001-01-01"), []
    minute = since - 30 * 60 * MINUTE
    while minute < until:
        shown = max(shown, minute.astimezone(zone).replace(tzinfo=None))
        if minute >= since and open_when_it_shows(schedule, shown):
            found.append(minute)
        minute += MINUTE
    return found


def open_when_it_shows(schedule: Schedule, wall: datetime) -> bool:
    text = wall.strftime("%H:%M")
    today, yesterday = expected_times(schedule, wall.date()), expected_times(schedule, wall.date() - DAY)
    return any(start <= text and (text < end or end < start) for start, end in today) or any(
        text < end < start for start, end in yesterday
    )


def expected_times(schedule: Schedule, day: date) -> Times:
    table: Mapping[str, Times] = schedule.week
    usual = table.get(str(day.weekday()), [])
    as_worked = usual or next((table[key] for key in "0123456" if table.get(key)), [])
    special = schedule.special_days.get(day)
    if special:
        return special.times if special.times or special.kind == "closed" else as_worked
    if schedule.country == "CN" and day in CHINESE_NEW_YEAR:
        return []
    return as_worked if schedule.country == "CN" and day in WORKED_FOR_IT else usual


@settings(max_examples=200, deadline=None)
@given(drawn=schedules(), start=st.integers(0, 2 * 24 * 60), length=st.integers(0, 4 * 24 * 60))
def test_it_agrees_with_a_clock_that_goes_minute_by_minute(
    drawn: tuple[Schedule, date], start: int, length: int
) -> None:
    schedule, begin = drawn
    since = datetime(begin.year, begin.month, begin.day, tzinfo=UTC) + start * MINUTE
    until = since + length * MINUTE
    minutes = oracle(schedule, since, until)
    assert clock.working_time_between(schedule, since, until) == len(minutes) * MINUTE
    assert clock.is_open(schedule, since) == (minutes[:1] == [since]) or length == 0
    opening = clock.next_opening(schedule, since)
    if minutes and minutes[0] > since:
        assert in_utc(opening) == minutes[0]
    if minutes:
        half = (len(minutes) + 1) // 2
        assert clock.add_working_time(schedule, since, half * MINUTE) == minutes[half - 1] + MINUTE
    if minutes[:1] == [since]:
        breaks = [one + MINUTE for one, other in pairwise(minutes) if other - one > MINUTE]
        assert in_utc(clock.next_closing(schedule, since)) == breaks[0] if breaks else True


MOMENTS = st.datetimes(
    datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-06-01"), timezones=st.just(UTC)
)


@settings(max_examples=60, deadline=None)
@given(drawn=schedules(), parts=st.lists(MOMENTS, min_size=3, max_size=3).map(sorted))
def test_time_adds_up_however_it_is_cut(drawn: tuple[Schedule, date], parts: list[datetime]) -> None:
    schedule, (a, b, c) = drawn[0], parts
    whole = clock.working_time_between(schedule, a, c)
    assert whole == sum(
        (clock.working_time_between(schedule, a, b), clock.working_time_between(schedule, b, c)), timedelta()
    )
    if whole:
        reached = clock.add_working_time(schedule, a, whole)
        assert reached is not None
        assert reached <= c
        assert clock.working_time_between(schedule, a, reached) == whole
        assert clock.working_time_between(schedule, a, reached - timedelta(seconds=1)) < whole


# -- days that one can look up


def in_china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


CHINA = Schedule(week=OFFICE, country="CN")


def test_a_made_up_saturday_is_open_with_the_hours_of_a_working_day() -> None:
    assert clock.is_open(CHINA, in_china("2026-02-14T17:59"))
    assert not clock.is_open(CHINA, in_china("2026-02-14T18:00"))
    assert not clock.is_open(Schedule(week=OFFICE), in_china("2026-02-14T10:00"))


def test_a_desk_that_is_open_on_saturdays_keeps_its_saturday_when_it_is_made_up_for() -> None:
    shop = Schedule(week=OFFICE | {"5": [["10:00", "16:00"]]}, country="CN")
    assert not clock.is_open(shop, in_china("2026-02-14T09:30"))
    assert clock.is_open(shop, in_china("2026-02-14T10:00"))


def test_a_holiday_is_closed_and_the_clock_stands_still_over_it() -> None:
    eve = in_china("2026-02-14T17:00")
    assert not clock.is_open(CHINA, in_china("2026-02-18T10:00"))
    assert clock.next_opening(CHINA, in_china("2026-02-14T18:00")) == in_china("2026-02-24T09:00")
    assert clock.add_working_time(CHINA, eve, timedelta(hours=1)) == in_china("2026-02-14T18:00")
    assert clock.add_working_time(CHINA, eve, timedelta(hours=2)) == in_china("2026-02-24T10:00")
    assert clock.working_time_between(CHINA, eve, in_china("2026-02-24T10:00")) == timedelta(hours=2)


def test_a_long_closing_is_looked_across() -> None:
    winter = Schedule(week=OFFICE)
    winter.special_days = {
        date(2026, 1, 1) + DAY * number: SpecialDay(kind="closed", times=[]) for number in range(500)
    }
    assert clock.next_opening(winter, in_china("2026-01-01T10:00")) == in_china("2027-05-17T09:00")


def test_what_never_opens_again_has_no_deadline() -> None:
    assert clock.add_working_time(Schedule(week={}), in_china("2026-02-14T17:00"), MINUTE) is None
    assert clock.working_time_between(
        Schedule(week={}), in_china("2026-01-01T00:00"), in_china("2027-01-01T00:00")
    ) == timedelta(0)
    once = Schedule(week={})
    once.special_days = {date(2026, 3, 1): SpecialDay(kind="open", times=[["10:00", "11:00"]])}
    assert clock.add_working_time(once, in_china("2026-02-14T17:00"), 60 * MINUTE) == in_china(
        "2026-03-01T11:00"
    )
    assert clock.add_working_time(once, in_china("2026-02-14T17:00"), 61 * MINUTE) is None


def test_without_hours_all_time_is_working_time() -> None:
    now = in_china("2026-02-14T17:00")
    assert clock.working_time_between(None, now, now + DAY) == DAY
    assert clock.working_time_between(None, now, now - DAY) == timedelta(0)
    assert clock.add_working_time(None, now, DAY) == now + DAY


def test_no_time_takes_none_even_when_closed_and_less_than_none_is_a_mistake() -> None:
    night = in_china("2026-02-14T23:00")
    assert clock.add_working_time(CHINA, night, timedelta(0)) == night
    assert clock.working_time_between(CHINA, night, night - 30 * DAY) == timedelta(0)
    with pytest.raises(ValueError, match="added"):
        clock.add_working_time(CHINA, night, -MINUTE)


def test_the_night_on_which_clocks_change_is_an_hour_shorter_or_longer() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    nights = Schedule(week={"5": [["22:00", "06:00"]]}, time_zone="Europe/Berlin")
    for day, hours in ((28, 7), (21, 8)):
        evening = datetime(2026, 3, day, 12, tzinfo=berlin)
        assert clock.working_time_between(nights, evening, evening + DAY) == timedelta(hours=hours)
    autumn = datetime(2026, 10, 24, 12, tzinfo=berlin)
    assert clock.working_time_between(nights, autumn, autumn + DAY) == timedelta(hours=9)
    assert clock.add_working_time(nights, autumn, timedelta(hours=9)) == datetime(
        2026, 10, 25, 6, tzinfo=berlin
    )


def test_around_the_clock_the_clock_always_runs_over_leap_day_and_new_year() -> None:
    always = Schedule(week=ALWAYS)
    for since, until in (("2028-02-28", "2028-03-01"), ("2026-12-31", "2027-01-02")):
        passed = clock.working_time_between(always, in_china(f"{since}T00:00"), in_china(f"{until}T00:00"))
        assert passed == 2 * DAY


def test_a_time_that_summer_time_skips_is_the_moment_of_the_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    change = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    for skipped in ("02:00", "02:30", "02:59"):
        assert moment(datetime.fromisoformat(f"2026-03-29T{skipped}"), berlin) == change
    assert moment(datetime.fromisoformat("2026-03-29T03:00"), berlin) == change
    assert moment(datetime.fromisoformat("2026-10-25T02:30"), berlin) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_the_weekends_of_a_chinese_holiday_are_holidays_and_those_beside_good_friday_are_not() -> None:
    daily: Week = {str(day): [["09:00", "18:00"]] for day in range(7)}
    shop = Schedule(week=daily, country="CN")
    closed = [day for day in range(1, 29) if not clock.is_open(shop, in_china(f"2026-02-{day:02}T10:00"))]
    assert closed == list(range(15, 24))
    assert not clock.is_open(shop, in_china("2023-12-30T10:00"))
    german = Schedule(week=daily, country="DE", time_zone="Europe/Berlin")
    easter = [datetime(2026, 4, day, 10, tzinfo=ZoneInfo("Europe/Berlin")) for day in range(3, 7)]
    assert [clock.is_open(german, day) for day in easter] == [False, True, True, False]
