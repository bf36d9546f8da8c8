from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from kefu.events.models import Audit
from kefu.hours.models import Schedule, SpecialDay
from kefu.people.models import Brand, Staff
from kefu.people.testing import signed_in

HOURS = "/console/settings/hours/"


@pytest.fixture
def desk(admin: Staff) -> Client:
    return signed_in(admin)


@pytest.fixture
def weekdays(brand: Brand) -> Schedule:
    return Schedule.objects.create(brand=brand, name="Weekdays")


def typed(**more: str) -> dict[str, str]:
    return {"name": "Office", "time_zone": "Europe/Berlin", "from-0-0": "08:00", "to-0-0": "16:30", **more}


def test_drawing_hours_up_and_changing_them(desk: Client, brand: Brand) -> None:
    desk.post(HOURS + "new/", typed(brand=str(brand.pk)))
    drawn = Schedule.objects.get()
    assert (drawn.time_zone, drawn.week) == ("Europe/Berlin", {"0": [["08:00", "16:30"]]})
    desk.post(f"{HOURS}{drawn.pk}/", typed(**{"from-1-0": "10:00", "to-1-0": "24:00"}))
    drawn.refresh_from_db()
    assert drawn.week["1"] == [["10:00", "24:00"]]
    assert list(Audit.objects.values_list("kind", flat=True)) == ["schedule.drawn_up", "schedule.changed"]


def test_a_bad_time_is_named_beside_its_day_and_what_was_typed_stays(
    desk: Client, weekdays: Schedule
) -> None:
    page = desk.post(f"{HOURS}{weekdays.pk}/", typed(**{"from-2-0": "9 in the morning", "to-2-0": "18:00"}))
    shown = page.content.decode()
    assert page.context["form"].bad_day == 2
    assert "9 in the" in shown
    assert Schedule.objects.get().name == "Weekdays"


def test_a_name_that_is_taken_is_refused(desk: Client, weekdays: Schedule, brand: Brand) -> None:
    page = desk.post(HOURS + "new/", typed(name="Weekdays", brand=str(brand.pk)))
    assert page.context["form"].errors["name"]
    assert Schedule.objects.count() == 1


def test_hours_that_an_inbox_keeps_cannot_go(desk: Client, weekdays: Schedule, inbox: Any) -> None:
    weekdays.inboxes.add(inbox)
    desk.post(f"{HOURS}{weekdays.pk}/removal")
    assert Schedule.objects.exists()
    assert not Audit.objects.exists()
    weekdays.inboxes.clear()
    desk.post(f"{HOURS}{weekdays.pk}/removal")
    assert not Schedule.objects.exists()


def test_the_preview_says_what_the_table_would_mean_and_stores_nothing(desk: Client, brand: Brand) -> None:
    everything = {
        f"{edge}-{day}-0": time for day in range(7) for edge, time in (("from", "00:00"), ("to", "24:00"))
    }
    assert b"around the clock" in desk.post(HOURS + "preview", typed(**everything)).content
    assert b"never opens" in desk.post(HOURS + "preview", {"time_zone": "Asia/Shanghai", "name": ""}).content
    assert b"Write times as" in desk.post(HOURS + "preview", typed(**{"to-0-0": "late"})).content
    assert not Schedule.objects.exists()


def test_nobody_below_an_admin_sets_hours(mei: Staff, supervisor: Staff, weekdays: Schedule) -> None:
    for staff in (mei, supervisor):
        browser = signed_in(staff)
        assert browser.get(HOURS).status_code == 403
        assert browser.post(f"{HOURS}{weekdays.pk}/", typed()).status_code == 403
    assert Client().get(HOURS).status_code == 302
    assert Schedule.objects.get().name == "Weekdays"


def test_a_country_and_its_state_are_kept_and_one_of_another_country_is_dropped(
    desk: Client, weekdays: Schedule
) -> None:
    desk.post(f"{HOURS}{weekdays.pk}/", typed(country="DE", subdivision="BY"))
    weekdays.refresh_from_db()
    assert (weekdays.country, weekdays.subdivision) == ("DE", "BY")
    page = desk.get(f"{HOURS}{weekdays.pk}/").content.decode()
    assert '<option value="BY" selected>Bayern</option>' in page
    desk.post(f"{HOURS}{weekdays.pk}/", typed(country="CN", subdivision="BY"))
    weekdays.refresh_from_db()
    assert (weekdays.country, weekdays.subdivision) == ("CN", "")
    refused = desk.post(f"{HOURS}{weekdays.pk}/", typed(country="ZZ"))
    assert refused.context["form"].errors["country"]


def test_the_preview_offers_the_states_of_a_country_once_it_is_chosen(
    desk: Client, weekdays: Schedule
) -> None:
    address = f"{HOURS}preview?of={weekdays.pk}"
    moved = desk.post(address, typed(country="DE", offered="")).content.decode()
    assert "hx-swap-oob" in moved and "Bayern" in moved
    same = desk.post(address, typed(country="DE", offered="DE", subdivision="BY")).content.decode()
    assert "hx-swap-oob" not in same


def test_the_preview_knows_the_special_days_of_the_brand(
    desk: Client, weekdays: Schedule, brand: Brand, other_brand: Brand
) -> None:
    today = timezone.localdate(timezone=ZoneInfo("Europe/Berlin"))
    monday = today + timedelta(days=-today.weekday() % 7)
    SpecialDay.objects.create(brand=brand, day=monday, kind="closed", name="Stocktaking")
    assert b"Stocktaking" in desk.post(f"{HOURS}preview?of={weekdays.pk}", typed()).content
    assert b"Stocktaking" in desk.post(HOURS + "preview", typed(brand=str(brand.pk))).content
    assert b"Stocktaking" not in desk.post(HOURS + "preview", typed(brand=str(other_brand.pk))).content
    assert desk.post(f"{HOURS}preview?of=nothing", typed(brand="nothing")).status_code == 200
