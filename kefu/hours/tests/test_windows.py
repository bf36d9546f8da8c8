"""Windows of whole days, as return policies and laws count them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.hours.calendar import Calendar, window_end, window_last_day

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = Calendar(SHANGHAI, "CN")
GERMANY = Calendar(ZoneInfo("Europe/Berlin"), "DE")
CAIRO = Calendar(ZoneInfo("Africa/Cairo"))
HAVANA = Calendar(ZoneInfo("America/Havana"))


def there(calendar: Calendar, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone)


def test_seven_days_from_the_day_after_delivery_and_from_delivery_itself() -> None:
    delivered = there(CHINA, "2026-11-20T09:15")
    after = window_end(delivered, 7, calendar=CHINA, next_day=True, extend=False)
    itself = window_end(delivered, 7, calendar=CHINA, next_day=False, extend=False)
    assert after == there(CHINA, "2026-11-28T00:00")
    assert itself == there(CHINA, "2026-11-27T00:00")
    assert after.tzinfo is UTC


def test_the_day_is_that_of_the_place_and_not_of_utc() -> None:
    delivered = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # the 21st in Shanghai
    assert window_last_day(delivered, 1, calendar=CHINA, next_day=False, extend=False) == date(2026, 11, 21)
    assert window_last_day(delivered, 1, calendar=GERMANY, next_day=False, extend=False) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("delivered", "days", "last"),
    [
        ("2026-02-08T12:00", 7, date(2026, 2, 24)),  # the 15th begins Spring Festival
        ("2026-02-07T12:00", 7, date(2026, 2, 14)),  # a Saturday, but worked
        ("2026-11-14T12:00", 15, date(2026, 11, 30)),  # a Sunday gives way to Monday
        ("2026-10-01T12:00", 30, date(2026, 11, 2)),
    ],
)
def test_a_last_day_that_is_not_worked_gives_way_to_the_next_that_is(
    delivered: str, days: int, last: date
) -> None:
    start = there(CHINA, delivered)
    assert window_last_day(start, days, calendar=CHINA, next_day=True, extend=True) == last


def test_a_leap_day_counts_as_a_day() -> None:
    delivered = there(CHINA, "2028-02-22T10:00")
    assert window_last_day(delivered, 7, calendar=CHINA, next_day=True, extend=False) == date(2028, 2, 29)
    assert window_last_day(delivered, 8, calendar=CHINA, next_day=True, extend=False) == date(2028, 3, 1)
    leap = there(CHINA, "2028-02-29T10:00")
    assert window_last_day(leap, 365, calendar=CHINA, next_day=True, extend=False) == date(2029, 2, 28)


def test_fourteen_days_over_christmas_in_germany_end_in_the_new_year() -> None:
    delivered = there(GERMANY, "2026-12-18T18:00")
    assert window_last_day(delivered, 14, calendar=GERMANY, next_day=True, extend=True) == date(2027, 1, 4)


def test_the_day_on_which_clocks_change_is_a_whole_day() -> None:
    spring = window_end(there(GERMANY, "2026-03-29T00:00"), 1, calendar=GERMANY, next_day=False, extend=False)
    autumn = window_end(there(GERMANY, "2026-10-25T00:00"), 1, calendar=GERMANY, next_day=False, extend=False)
    assert spring - there(GERMANY, "2026-03-29T00:00").astimezone(UTC) == timedelta(hours=23)
    assert autumn - there(GERMANY, "2026-10-25T00:00").astimezone(UTC) == timedelta(hours=25)


def test_a_day_ends_at_the_change_where_midnight_is_skipped_or_comes_twice() -> None:
    skipped = window_end(there(CAIRO, "2026-04-23T12:00"), 1, calendar=CAIRO, next_day=False, extend=False)
    assert skipped == datetime(2026, 4, 23, 22, 0, tzinfo=UTC)
    assert skipped.astimezone(CAIRO.zone).isoformat() == "2026-04-24T01:00:00+03:00"
    twice = window_end(there(HAVANA, "2026-10-31T12:00"), 1, calendar=HAVANA, next_day=False, extend=False)
    assert twice == datetime(2026, 11, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("days", [0, -1])
def test_a_window_without_days_is_a_mistake(days: int) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        window_end(there(CHINA, "2026-11-20T09:15"), days, calendar=CHINA, next_day=True, extend=True)


@given(
    start=st.datetimes(
        datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2030-01-01"), timezones=st.just(UTC)
    ),
    days=st.integers(1, 400),
    calendar=st.sampled_from([CHINA, GERMANY, CAIRO, HAVANA]),
    extend=st.booleans(),
)
def test_the_window_is_open_until_its_last_day_is_over_there(
    start: datetime, days: int, calendar: Calendar, extend: bool
) -> None:
    last = window_last_day(start, days, calendar=calendar, next_day=True, extend=extend)
    end = window_end(start, days, calendar=calendar, next_day=True, extend=extend)
    assert calendar.date_of(end - timedelta(seconds=1)) == last
    assert calendar.date_of(end) == last + timedelta(days=1)
    assert last >= calendar.date_of(start) + timedelta(days=days)
    if extend:
        assert calendar.is_working_day(last)
