"""The desk dies, the line goes, storage is closed: nothing said is lost, doubled or out of order on either side."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from conftest import says
from kefu.conversations.models import Conversation, Inbox
from kefu.people.models import Staff
from tests.browsing import Chat, Console, soon, stored
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

AGAIN = 30_000


def test_both_sides_see_exactly_what_they_missed_when_the_desk_was_killed_in_a_chat(
    chat: Chat, console: Console, desk: House, mei: Staff
) -> None:
    chat.begins("Hello")
    console.opens_row("Hello")
    console.answers("Good morning")
    expect(chat.bubbles).to_have_text(["Hello", "Good morning"])
    desk.kill()
    chat.writes("Written while it was gone")
    expect(console.reconnecting).to_be_visible()
    expect(chat.notice).to_contain_text("Reconnecting")
    expect(chat.here.locator(".message.waiting")).to_have_count(1)
    says(mei, "Said meanwhile", in_=Conversation.objects.get())
    desk.start()
    everything = ["Hello", "Good morning", "Said meanwhile", "Written while it was gone"]
    expect(console.said).to_have_text(everything, timeout=AGAIN)
    expect(chat.bubbles).to_have_text(everything, timeout=AGAIN)
    expect(console.reconnecting).to_be_hidden()
    expect(chat.notice).to_be_hidden()
    assert stored() == everything


def test_an_agents_answers_wait_for_the_desk_and_go_out_once_and_in_order(
    chat: Chat, console: Console, desk: House
) -> None:
    chat.begins("Hello")
    console.opens_row("Hello")
    expect(console.said).to_have_text(["Hello"])
    desk.kill()
    for words in ("one", "two", "three"):
        console.answers(words)
    expect(console.page.locator("[data-pending]")).to_have_count(3)
    desk.start()
    expect(chat.bubbles).to_have_text(["Hello", "one", "two", "three"], timeout=AGAIN)
    expect(console.page.locator("[data-pending]")).to_have_count(0)
    assert stored() == ["Hello", "one", "two", "three"]


def test_what_either_side_writes_off_line_is_flushed_in_order_once(
    chat: Chat, console: Console, customers: BrowserContext, agents: BrowserContext
) -> None:
    chat.begins("Hello")
    console.opens_row("Hello")
    expect(console.said).to_have_text(["Hello"])
    customers.set_offline(True)
    for words in ("a", "b", "c"):
        chat.writes(words)
    expect(chat.here.locator(".message.waiting")).to_have_count(3)
    customers.set_offline(False)
    expect(console.said).to_have_text(["Hello", "a", "b", "c"], timeout=AGAIN)
    agents.set_offline(True)
    for words in ("x", "y"):
        console.answers(words)
    expect(console.page.locator("[data-pending]")).to_have_count(2)
    agents.set_offline(False)
    expect(chat.bubbles).to_have_text(["Hello", "a", "b", "c", "x", "y"], timeout=AGAIN)
    assert stored() == ["Hello", "a", "b", "c", "x", "y"]


def test_a_draft_and_what_waits_survive_a_reload(
    customers: BrowserContext, desk: House, inbox: Inbox, site: str, console: Console
) -> None:
    chat = Chat.alone(customers.new_page(), desk, inbox)
    chat.begins("Hello")
    console.opens_row("Hello")
    expect(console.said).to_have_text(["Hello"])
    console.page.get_by_role("textbox", name="Your message").fill("A draft of mine")
    chat.field.fill("A draft of theirs")
    assert soon(
        lambda: console.page.evaluate("Object.keys(localStorage).some(key => key.includes('draft.'))")
    )
    chat.page.wait_for_timeout(400)
    for page in (console.page, chat.page):
        page.reload()
    expect(console.page.get_by_role("textbox", name="Your message")).to_have_value("A draft of mine")
    expect(chat.field).to_have_value("A draft of theirs")


def test_the_chat_works_where_the_browser_gives_a_third_party_no_storage(
    customers: BrowserContext, site: str, console: Console
) -> None:
    customers.add_init_script(
        """if (window !== top) for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
             Object.defineProperty(window, name, { get() { throw new DOMException("closed", "SecurityError") } })"""
    )
    chat = Chat.on_site(customers.new_page(), site)
    chat.begins("Hello")
    console.opens_row("Hello")
    console.answers("Hi")
    expect(chat.here.get_by_text("Hi", exact=True)).to_be_visible()
    chat.writes("Thanks")
    expect(console.bubble("Thanks")).to_be_visible()
    assert stored() == ["Hello", "Hi", "Thanks"]
