"""In both languages, on a phone, with the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from conftest import PASSWORD, says
from kefu.conversations.models import Conversation, Inbox
from kefu.people.models import Staff
from tests.browsing import Chat, Complaints, Console, open_context, sign_in, soon, stored
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def test_both_sides_speak_chinese(
    browser: Browser, complaints: Complaints, desk: House, site: str, mei: Staff
) -> None:
    theirs, ours = (open_context(browser, complaints, locale="zh-CN") for _ in range(2))
    Staff.objects.filter(pk=mei.pk).update(language="zh-hans")
    sign_in(ours, desk, mei)
    console = Console(ours.new_page(), desk)
    console.opens("unassigned")
    expect(console.page.locator("html")).to_have_attribute("lang", "zh-hans")
    page = theirs.new_page()
    page.goto(f"{site}/?lang=zh-CN")
    page.locator("#kefu .button").click()
    chat = page.frame_locator("#kefu iframe")
    expect(chat.locator("html")).to_have_attribute("lang", "zh-hans")
    chat.get_by_role("button", name="其他问题").click()
    chat.locator("textarea[name=text]").fill("灯不亮了")
    chat.locator("form.enquiry button[type=submit]").click()
    console.opens_row("灯不亮了")
    console.page.locator("[data-composer] textarea").fill("您好，请问型号是什么？")
    console.page.locator("[data-composer] textarea").press("Control+Enter")
    expect(chat.get_by_text("您好，请问型号是什么？")).to_be_visible()
    assert stored() == ["灯不亮了", "您好，请问型号是什么？"]
    theirs.close()
    ours.close()


def test_a_phone_shows_one_pane_at_a_time_and_nothing_is_wider_than_it(
    browser: Browser, complaints: Complaints, desk: House, inbox: Inbox, site: str, mei: Staff
) -> None:
    theirs, ours = (open_context(browser, complaints, **PHONE) for _ in range(2))
    sign_in(ours, desk, mei)
    console, chat = Console(ours.new_page(), desk), Chat.on_site(theirs.new_page(), site)
    console.opens("unassigned")
    chat.begins("From my phone " + "looooong" * 30)
    expect(console.page.locator("#main")).to_be_hidden()
    console.opens_row("From my phone")
    expect(console.page.locator("#list")).to_be_hidden()
    assert _width(console) == 390
    console.answers("Gladly")
    expect(chat.here.get_by_text("Gladly")).to_be_visible()
    console.page.get_by_role("link", name="Back to the list").click()
    expect(console.page.locator("#list")).to_be_visible()
    assert _width(console) == 390
    assert chat.page.evaluate("document.documentElement.scrollWidth") == 390
    theirs.close()
    ours.close()


def _width(console: Console) -> int:
    return int(console.page.evaluate("document.documentElement.scrollWidth"))


def test_an_agent_works_with_the_keyboard_alone(chat: Chat, console: Console) -> None:
    chat.begins("Where is it?")
    expect(console.row("Where is it?")).to_be_visible()
    keys = console.page.keyboard
    keys.press("j")
    keys.press("Enter")
    expect(console.bubble("Where is it?")).to_be_visible()
    keys.press("m")
    expect(console.page.get_by_role("link", name="Assigned to Mei")).to_be_visible()
    keys.press("n")
    keys.type("A note by key")
    keys.press("Control+Enter")
    expect(console.bubble("A note by key")).to_be_visible()
    keys.press("Escape")
    keys.press("r")
    keys.type("An answer by key")
    keys.press("Control+Enter")
    expect(chat.here.get_by_text("An answer by key")).to_be_visible()
    keys.press("Escape")
    keys.press("e")
    assert soon(lambda: Conversation.objects.get().status == "solved")
    keys.press("?")
    expect(console.page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    keys.press("Control+k")
    expect(console.page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    keys.press("g")
    keys.press("u")
    expect(console.page.locator("[data-rows][data-view=unassigned]")).to_be_visible()
    assert stored("note") == ["A note by key"]


def test_new_messages_do_not_move_what_one_is_reading(chat: Chat, console: Console, mei: Staff) -> None:
    chat.begins("The first")
    assert soon(Conversation.objects.exists)
    for number in range(60):
        says(mei, f"Line {number}", in_=Conversation.objects.get())
    console.opens("team")
    console.opens_row("Line 59")
    log = console.page.locator("[data-log]")
    log.evaluate("log => { log.scrollTop = 300 }")
    console.page.wait_for_timeout(300)
    before = log.evaluate("log => log.scrollTop")
    chat.writes("One more")
    expect(console.page.locator("[data-to-latest]")).to_be_visible()
    assert abs(log.evaluate("log => log.scrollTop") - before) < 2


def test_signing_in_leads_to_the_console_and_out_again(
    browser: Browser, complaints: Complaints, desk: House, mei: Staff
) -> None:
    context = open_context(browser, complaints)
    page = context.new_page()
    page.goto(f"{desk.base}/console/")
    page.locator("input[name=login]").fill(mei.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("[data-console]")).to_have_attribute("data-line", "open")
    page.goto(f"{desk.base}/account/logout/")
    page.locator("main form button[type=submit]").first.click()
    page.goto(f"{desk.base}/console/")
    assert "/account/login/" in page.url
    context.close()
