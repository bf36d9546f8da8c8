"""A chat that stays open learns how the day at the desk goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from kefu.conversations import waits
from kefu.conversations.models import Inbox
from kefu.hours.models import Schedule
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.chat.tests.chatting import Browser
from kefu.inboxes.stored import Words

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def from_nine_to_six(inbox: Inbox) -> Inbox:
    inbox.schedule = Schedule.objects.create(
        brand=inbox.brand,
        name="Weekdays",
        time_zone="UTC",
        week={str(day): [["09:00", "18:00"]] for day in range(5)},
    )
    inbox.save()
    return inbox


@pytest.mark.parametrize(
    ("clock", "is_open", "changes_in"),
    [("08:30", False, 1800), ("09:00", True, 9 * 3600), ("17:59", True, 60), ("18:00", False, 15 * 3600)],
)
def test_it_says_whether_the_desk_is_open_and_how_soon_that_changes(
    clock: str, is_open: bool, changes_in: int, from_nine_to_six: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour, minute = map(int, clock.split(":"))
    monkeypatch.setattr(timezone, "now", lambda: MONDAY.replace(hour=hour, minute=minute))
    browser = Browser(from_nine_to_six)
    browser.start()
    day = browser.get("day").json()
    assert (day["hours"]["open"], day["hours"]["changes_in"]) == (is_open, changes_in)
    assert bool(day["hours"]["text"]) is not is_open
    asked = {field["name"]: field["required"] for field in day["form"]["topics"][0]["fields"]}
    assert (day["form"]["offline"], asked["email"]) == (not is_open, not is_open)


def test_what_is_always_open_never_changes_and_new_words_are_told(browser: Browser) -> None:
    assert browser.get("day").json()["hours"] == {"open": True, "text": "", "changes_in": None}
    ChatSettings(expected_reply=Words(en="Within two minutes")).save(browser.inbox)
    assert browser.get("day").json()["expected_reply"] == "Within two minutes"


def test_how_soon_people_answer_is_told_as_measured_where_it_is_known(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "usual_waits", lambda inboxes, now: {browser.inbox.pk: timedelta(hours=1.5)})
    assert browser.get("day").json()["expected_reply"] == "Last 7 days: first answer within 2 hours"


def test_it_is_told_to_a_chat_of_this_inbox_only(browser: Browser, other_inbox: Inbox) -> None:
    assert Browser(browser.inbox).get("day").status_code == 401
    assert Browser(other_inbox, browser.token).get("day").status_code == 401
    assert browser.get("day", sec_fetch_site="cross-site").status_code == 403
    assert browser.post("day").status_code == 405
