from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from kefu.conversations import waits
from kefu.conversations.models import Inbox
from kefu.hours.models import Schedule
from kefu.hours.telling import hours_of
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.stored import Words
from kefu.people.models import Brand


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["kefu-language"] = "en"
    return client


def shown(client: Client, address: str = "/") -> str:
    return client.get(address).content.decode()


def test_a_desk_that_is_not_set_up_says_so(english: Client, db: None) -> None:
    assert "not set up yet" in shown(english)


def test_the_first_brand_is_at_the_front_and_each_has_its_own_page(
    english: Client, inbox: Inbox, other_inbox: Inbox
) -> None:
    home, theirs = shown(english), shown(english, "/b/other/")
    assert f"/chat/{inbox.key}" in home and other_inbox.key not in home
    assert f"/chat/{other_inbox.key}" in theirs and inbox.key not in theirs
    assert english.get("/b/nobody/").status_code == 404


def test_open_says_how_soon_and_closed_says_when(english: Client, inbox: Inbox, brand: Brand) -> None:
    replace(ChatSettings(), expected_reply=Words(en="Within minutes")).save(inbox)
    page = shown(english)
    assert "Open now" in page and "Within minutes" in page and "Start a chat" in page
    never = Schedule.objects.create(brand=brand, name="Never", week={})
    Inbox.objects.update(schedule=never)
    page = shown(english)
    assert "Closed now" in page and "Leave a message" in page and "Within minutes" not in page


def test_a_wait_that_was_measured_outweighs_the_promise_and_each_says_what_it_is(
    english: Client, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(ChatSettings(), expected_reply=Words(en="Within minutes")).save(inbox)
    page = shown(english)
    assert "Within minutes" in page and "not a measurement" in page
    monkeypatch.setattr(waits, "usual_waits", lambda inboxes, now: {inbox.pk: timedelta(minutes=7)})
    page = shown(english)
    assert "Last 7 days: first answer after about 10 minutes" in page
    assert "Within minutes" not in page and "not a measurement" not in page


def test_an_inbox_that_is_off_is_no_way_in(english: Client, inbox: Inbox) -> None:
    Inbox.objects.update(is_active=False)
    assert inbox.key not in shown(english)


def test_a_chat_for_known_customers_only_is_not_offered_to_everyone(english: Client, inbox: Inbox) -> None:
    ChatSettings(enforce_identity=True).save(inbox)
    page = shown(english)
    assert inbox.key not in page and "Sign in on our website" in page


def test_it_says_what_staff_never_ask_for(english: Client, inbox: Inbox) -> None:
    page = shown(english)
    assert 'id="really-us"' in page and "verification codes" in page


def test_days_with_the_same_times_stand_together(brand: Brand) -> None:
    weekdays = {str(day): [["09:00", "18:00"]] for day in range(5)}
    office = Schedule(brand=brand, week={**weekdays, "6": [["10:00", "12:00"]]})
    with translation.override("en"):
        assert hours_of(office) == [("Monday – Friday", "09:00–18:00"), ("Sunday", "10:00–12:00")]


def test_the_colours_of_a_brand_are_a_stylesheet(client: Client, brand: Brand) -> None:
    answer = client.get("/b/lumo/colours.css")
    assert answer["Content-Type"].startswith("text/css")
    assert "--accent:" in answer.content.decode()
    assert client.get("/b/nobody/colours.css").status_code == 404


def test_a_brands_name_is_text(english: Client, inbox: Inbox) -> None:
    Brand.objects.update(name="<img src=x onerror=alert(1)>")
    assert "<img src=x" not in shown(english)
