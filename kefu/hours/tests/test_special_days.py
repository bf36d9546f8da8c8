from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from kefu.conversations.models import Inbox
from kefu.events.models import Audit
from kefu.hours import clock, unusual, views
from kefu.hours.models import Schedule, SpecialDay
from kefu.hours.public_holidays import Year
from kefu.hours.special_forms import as_text, times_from
from kefu.hours.templatetags.hours import coming, in_words
from kefu.hours.unusual import Unusual, make_up_days_unknown, unusual_days
from kefu.hours.week import BadTimes
from kefu.people.models import Brand, Refused, Staff
from kefu.people.testing import signed_in

HOURS = "/console/settings/hours/"
NEW = HOURS + "days/new/"
DAILY = {str(day): [["00:00", "24:00"]] for day in range(7)}


@pytest.fixture
def desk(admin: Staff) -> Client:
    return signed_in(admin)


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def stocktaking(brand: Brand, today: date) -> SpecialDay:
    return SpecialDay.objects.create(brand=brand, day=today, kind="closed", name="Stocktaking")


def typed(brand: Brand, day: date, **more: str) -> dict[str, str]:
    return {"brand": str(brand.pk), "day": day.isoformat(), "name": "Stocktaking", "kind": "closed", **more}


def test_entering_several_days_changing_one_and_removing_it(desk: Client, brand: Brand, today: date) -> None:
    desk.post(NEW, typed(brand, today, last=str(today + timedelta(days=2))))
    entered = list(SpecialDay.objects.order_by("day"))
    assert [one.day for one in entered] == [today + timedelta(days=ahead) for ahead in range(3)]
    first = entered[0]
    longer = typed(brand, today, kind="open", times="9:00 - 12:00，13:00–20:00", name="Sale")
    desk.post(f"{HOURS}days/{first.pk}/", longer)
    first.refresh_from_db()
    assert (first.kind, first.times, first.name) == ("open", [["09:00", "12:00"], ["13:00", "20:00"]], "Sale")
    desk.post(f"{HOURS}days/{first.pk}/removal")
    assert SpecialDay.objects.count() == 2
    kinds = list(Audit.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == [*["special_day.entered"] * 3, "special_day.changed", "special_day.removed"]
    assert Audit.objects.filter(kind="special_day.changed").get().data == {
        "date": str(today),
        "state": "open",
    }


def test_the_pages_show_what_is_stored(desk: Client, stocktaking: SpecialDay, today: date) -> None:
    listed = desk.get(HOURS).content.decode()
    assert "Stocktaking" in listed and today.isoformat() in listed
    page = desk.get(f"{HOURS}days/{stocktaking.pk}/").content.decode()
    assert f'value="{today.isoformat()}"' in page and "Remove this day" in page
    assert "New special day" in desk.get(NEW).content.decode()


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("day", {"day": "yesterday"}),
        ("day", {"day": "9999-12-31"}),
        ("day", {"day": "0001-01-01"}),
        ("last", {"last": "2020-01-01"}),
        ("last", {"last": "2120-01-01"}),
        ("times", {"kind": "open", "times": "9 to 5"}),
        ("times", {"kind": "open", "times": "09:00"}),
        ("times", {"kind": "open", "times": "09:00–12:00, 11:00–13:00"}),
        ("times", {"kind": "closed", "times": "09:00–12:00"}),
        ("kind", {"kind": "perhaps"}),
        ("name", {"name": " "}),
        ("brand", {"brand": "none"}),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(
    desk: Client, brand: Brand, today: date, field: str, more: dict[str, str]
) -> None:
    page = desk.post(NEW, typed(brand, today) | more)
    assert page.status_code == 200
    assert page.context["form"].errors[field]
    assert not SpecialDay.objects.exists()


def test_a_date_that_is_taken_is_refused_and_none_of_its_neighbours_is_stored(
    desk: Client, brand: Brand, stocktaking: SpecialDay, today: date
) -> None:
    begin = today - timedelta(days=1)
    page = desk.post(NEW, typed(brand, begin, last=str(today + timedelta(days=1))))
    assert "is a special day already" in page.content.decode()
    assert SpecialDay.objects.count() == 1
    assert not Audit.objects.exists()


def test_a_day_that_someone_removed_meanwhile_does_not_come_back(
    stocktaking: SpecialDay, today: date, admin: Staff
) -> None:
    seen = SpecialDay.objects.get()
    stocktaking.remove(by=admin)
    with pytest.raises(Refused, match="meanwhile"):
        seen.change(day=today, name="Stocktaking", kind="closed", times=[], by=admin)
    seen.remove(by=admin)
    assert not SpecialDay.objects.exists()
    assert Audit.objects.count() == 1


def test_the_table_refuses_a_closed_day_with_times(brand: Brand, today: date) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SpecialDay.objects.create(brand=brand, day=today, kind="closed", times=[["09:00", "10:00"]])


def test_who_has_no_business_here_sees_and_sets_no_special_day(
    charlie: Staff, mei: Staff, supervisor: Staff, stocktaking: SpecialDay, brand: Brand, today: date
) -> None:
    addresses = (NEW, f"{HOURS}days/{stocktaking.pk}/", f"{HOURS}days/{stocktaking.pk}/removal")
    for staff in (charlie, mei, supervisor):
        browser = signed_in(staff)
        answers = [
            browser.post(address, typed(brand, today + timedelta(days=1))).status_code
            for address in addresses
        ]
        assert answers == [403, 403, 403]
    assert Client().post(NEW, typed(brand, today)).status_code in (302, 403)
    assert SpecialDay.objects.get().name == "Stocktaking"


def test_times_are_taken_as_people_write_them() -> None:
    assert times_from("9:00至12:00；13：00~18:00") == [["09:00", "12:00"], ["13:00", "18:00"]]
    assert times_from("09:00 to 24:00") == [["09:00", "24:00"]]
    assert times_from(" ") == []
    assert times_from(as_text([["22:00", "06:00"]])) == [["22:00", "06:00"]]
    with pytest.raises(BadTimes):
        times_from("09:00–09:00")


# -- what customers see


def test_the_front_page_and_the_chat_are_closed_on_a_special_day(
    inbox: Inbox, brand: Brand, stocktaking: SpecialDay, client: Client
) -> None:
    always = Schedule.objects.create(brand=brand, name="Always", week=DAILY, time_zone="UTC")
    Inbox.objects.update(schedule=always)
    client.cookies["kefu-language"] = "en"
    page = client.get("/").content.decode()
    assert "Closed now" in page and "Stocktaking" in page
    stocktaking.delete()
    page = client.get("/").content.decode()
    assert "Open now" in page and "Stocktaking" not in page


def test_a_brand_keeps_its_own_special_days(
    brand: Brand, other_brand: Brand, stocktaking: SpecialDay
) -> None:
    now = timezone.now()
    ours, theirs = (Schedule(brand=one, week=DAILY, time_zone="UTC") for one in (brand, other_brand))
    assert not clock.is_open(ours, now)
    assert clock.is_open(theirs, now)


def test_many_hours_and_inboxes_cost_as_many_queries_as_one(desk: Client, brand: Brand, inbox: Inbox) -> None:
    pages = (HOURS, "/console/settings/inboxes/", "/")
    for number in range(2):
        Inbox.objects.update(schedule=Schedule.objects.create(brand=brand, name=f"{number}", country="CN"))
    few = [queries_of(desk, page) for page in pages]
    for number in range(2, 7):
        hours = Schedule.objects.create(brand=brand, name=f"{number}", country="CN")
        Inbox.objects.create(brand=brand, team=inbox.team, name=f"{number}", language="en", schedule=hours)
    assert [queries_of(desk, page) for page in pages] == few


def queries_of(desk: Client, page: str) -> int:
    """At the second look, when what each process remembers for some minutes is known."""
    desk.get(page)
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(page).status_code == 200
    return len(asked)


# -- unusual days


def test_days_that_differ_from_the_table_are_named_and_put_together(brand: Brand) -> None:
    SpecialDay.objects.create(
        brand=brand, day="2026-02-13", kind="open", name="Sale", times=[["08:00", "22:00"]]
    )
    hours = Schedule(brand=brand, country="CN")
    found = unusual_days(hours, date(2026, 2, 10), date(2026, 2, 28))
    assert found[:2] == [
        Unusual(date(2026, 2, 13), date(2026, 2, 13), "Sale", [["08:00", "22:00"]]),
        Unusual(date(2026, 2, 14), date(2026, 2, 14), "Working day instead of another", [["09:00", "18:00"]]),
    ]
    festival = [(one.first.day, one.last.day) for one in found[2:-1]]
    assert festival == [(16, 16), (17, 19), (20, 20), (23, 23)]
    assert found[-1].first == date(2026, 2, 28)


def test_a_calendar_without_next_years_moves_says_so(
    desk: Client, brand: Brand, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = {today.year: frozenset({today})}
    monkeypatch.setattr(
        unusual,
        "year_of",
        lambda country, part, year: Year(frozenset(), moved.get(year, frozenset()), frozenset()),
    )
    assert not make_up_days_unknown("CN", today.year)
    assert make_up_days_unknown("CN", today.year + 1)
    assert not make_up_days_unknown("CN", today.year + 2)
    monkeypatch.setattr(views, "AHEAD", timedelta(days=366))
    hours = Schedule.objects.create(brand=brand, name="Office", country="CN")
    assert f"Which weekends of {today.year + 1}" in desk.get(f"{HOURS}{hours.pk}/").content.decode()


def test_a_time_far_ahead_is_told_with_its_date(settings: Any) -> None:
    settings.TIME_ZONE = "UTC"
    now = datetime(2026, 2, 13, 12, tzinfo=ZoneInfo("UTC"))
    with patch("django.utils.timezone.now", return_value=now):
        assert coming(datetime.fromisoformat("2026-02-17T09:00")) == "Tue 09:00"
        assert coming(datetime.fromisoformat("2026-02-17T09:00"), "l") == "Tuesday 09:00"
        assert coming(datetime.fromisoformat("2026-02-24T09:00")) == "Feb 24 09:00"
        assert in_words(Unusual(date(2027, 2, 9), date(2027, 2, 10), "", [])) == "Feb 9 – 10"
        with translation.override("zh-hans"):
            assert coming(datetime.fromisoformat("2026-02-24T09:00")) == "2月24日 09:00"
            assert in_words(Unusual(date(2027, 2, 9), date(2027, 2, 10), "", [])) == "2月9日至10日"
            assert in_words(Unusual(date(2027, 2, 9), date(2027, 2, 9), "", [])) == "2月9日"
