from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from kefu.hours.calendar import Calendar
from kefu.hours.models import Schedule, SpecialDay, calendar_of
from kefu.hours.public_holidays import countries, country_name, names_of, subdivisions
from kefu.people.models import Brand

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CHINA = Calendar(SHANGHAI, "CN")
BAVARIA = Calendar(BERLIN, "DE", "BY")


def test_a_saturday_that_china_makes_up_for_is_worked_and_its_festival_is_not() -> None:
    assert CHINA.is_working_day(date(2026, 2, 14))
    assert not CHINA.is_working_day(date(2026, 2, 21))
    assert not any(CHINA.is_working_day(date(2026, 2, day)) for day in range(15, 24))
    assert CHINA.is_working_day(date(2026, 2, 24))
    assert sum(CHINA.is_working_day(date.fromordinal(day)) for day in range(739617, 739617 + 365)) == 248


def test_the_nth_working_day_steps_over_a_festival_in_both_directions() -> None:
    assert CHINA.nth_working_day(date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert CHINA.nth_working_day(date(2026, 2, 13), 2) == date(2026, 2, 24)
    assert CHINA.nth_working_day(date(2026, 2, 24), -1) == date(2026, 2, 14)
    assert CHINA.nth_working_day(date(2026, 2, 20), 0) == date(2026, 2, 24)
    assert CHINA.nth_working_day(date(2026, 2, 14), 0) == date(2026, 2, 14)


def test_a_state_has_holidays_that_its_neighbours_work_on() -> None:
    epiphany = date(2026, 1, 6)
    assert not BAVARIA.is_working_day(epiphany)
    assert Calendar(BERLIN, "DE").is_working_day(epiphany)
    assert Calendar(BERLIN).is_working_day(date(2026, 12, 25))


def test_the_year_turns_between_two_working_days() -> None:
    assert CHINA.nth_working_day(date(2025, 12, 31), 1) == date(2026, 1, 4)
    assert BAVARIA.nth_working_day(date(2026, 12, 31), 1) == date(2027, 1, 4)


def test_weekends_are_the_countrys_and_of_their_time() -> None:
    friday = date(2021, 6, 4)
    assert not Calendar(ZoneInfo("Asia/Dubai"), "AE").is_working_day(friday)
    assert Calendar(ZoneInfo("Asia/Dubai"), "AE").is_working_day(date(2022, 6, 3))


def test_a_day_off_that_belongs_to_next_years_holiday_is_known() -> None:
    observed = date(2021, 12, 31)
    assert not Calendar(ZoneInfo("America/New_York"), "US").is_working_day(observed)


@pytest.mark.parametrize("country", ["CN", "JP", "XX", ""])
def test_in_years_and_countries_that_nobody_knows_only_weekends_are_free(country: str) -> None:
    calendar = Calendar(SHANGHAI, country)
    assert calendar.is_working_day(date(2150, 1, 1))  # a Thursday
    assert not calendar.is_working_day(date(2150, 1, 3))
    assert calendar.nth_working_day(date(2150, 1, 1), 2) == date(2150, 1, 5)


def test_a_state_that_the_package_dropped_does_not_stop_the_clock() -> None:
    assert Calendar(BERLIN, "DE", "ZZ").is_working_day(date(2026, 12, 25))


def test_working_days_are_over_when_the_last_one_is_and_begin_the_day_after() -> None:
    late = datetime(2026, 11, 19, 16, 30, tzinfo=UTC)  # already Friday, 00:30, in Shanghai
    assert CHINA.add_working_days(late, 1) == datetime(2026, 11, 24, tzinfo=SHANGHAI)
    assert CHINA.add_working_days(late, 7) == datetime(2026, 12, 2, tzinfo=SHANGHAI)


def test_the_days_of_a_brand_outweigh_those_of_the_country(brand: Brand, other_brand: Brand) -> None:
    SpecialDay.objects.create(brand=brand, day="2026-11-23", kind="closed", name="Moving house")
    SpecialDay.objects.create(brand=brand, day="2026-11-22", kind="open", name="Sale")
    SpecialDay.objects.create(brand=other_brand, day="2026-11-24", kind="closed", name="Elsewhere")
    calendar = calendar_of(brand, time_zone="Asia/Shanghai", country="CN")
    assert calendar.nth_working_day(date(2026, 11, 20), 1) == date(2026, 11, 22)
    assert calendar.nth_working_day(date(2026, 11, 20), 2) == date(2026, 11, 24)
    assert Schedule(brand=brand, country="CN").calendar == calendar


def test_what_can_be_chosen_and_what_it_is_called() -> None:
    assert {"CN", "DE", "US"} <= countries()
    assert subdivisions("DE")["BY"] == "Bayern"
    assert subdivisions("CN") == subdivisions("") == subdivisions("XX") == {}
    assert country_name("CN") == "China"
    assert names_of("CN", "", 2026, "zh-hans")[date(2026, 2, 17)] == "春节"
    assert names_of("DE", "BY", 2026, "zh-hans")[date(2026, 1, 6)] == "Epiphany"
    assert names_of("", "", 2026, "en") == names_of("XX", "", 2026, "en") == {}
