"""An admin at work in the settings: the form before a chat and service hours, with scripts and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from kefu.conversations.models import Inbox
from kefu.hours.models import Schedule
from kefu.inboxes.chat.settings import ChatSettings
from kefu.people.models import Brand, Staff
from tests.browsing import Complaints, open_context, sign_in
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(
    request: pytest.FixtureRequest, browser: Browser, complaints: Complaints, desk: House, admin: Staff
) -> Page:
    context = open_context(browser, complaints, java_script_enabled=request.param, base_url=desk.base)
    sign_in(context, desk, admin)
    request.addfinalizer(context.close)
    return context.new_page()


def test_a_topic_is_put_together_question_by_question(page: Page, inbox: Inbox) -> None:
    page.goto(f"/console/settings/inboxes/{inbox.pk}/topics/new/")
    page.get_by_label("Name, English").fill("Gift card")
    page.get_by_label("Another question").select_option("order_number")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".question")).to_have_count(1)
    page.get_by_label("Another question").select_option("own")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".question")).to_have_count(2)
    own = page.locator(".question").last
    own.get_by_label("Label, English").fill("Value of the card")
    own.get_by_label("Type").select_option("choice")
    own.get_by_label("Answers").fill("50\n100")
    own.get_by_role("button", name="Move up").click()
    expect(page.locator(".question").first.get_by_label("Label, English")).to_have_value("Value of the card")
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Gift card")).to_be_visible()
    inbox.refresh_from_db()
    topic = ChatSettings.of(inbox).topic("gift_card")
    assert topic is not None
    assert [field.key for field in topic.fields] == ["value_of_the_card", "order_number"]
    assert topic.fields[0].choices == ("50", "100")


def test_a_question_without_words_is_marked_and_the_rest_is_kept(page: Page, inbox: Inbox) -> None:
    page.goto(f"/console/settings/inboxes/{inbox.pk}/topics/new/")
    page.get_by_label("Name, English").fill("Gift card")
    page.get_by_label("Another question").select_option("own")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("label in at least one language")
    expect(page.get_by_label("Name, English")).to_have_value("Gift card")


def test_hours_are_written_and_read_back(page: Page, brand: Brand) -> None:
    page.goto("/console/settings/hours/new/")
    page.get_by_label("Name").fill("Weekend")
    page.get_by_label("Saturday, opens").first.fill("10:00")
    page.get_by_label("Saturday, closes").first.fill("late")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(re.compile("Saturday: Write times as 09:00")).first).to_be_visible()
    page.get_by_label("Saturday, closes").first.fill("24:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Weekend")).to_be_visible()
    assert Schedule.objects.get().week["5"] == [["10:00", "24:00"]]
