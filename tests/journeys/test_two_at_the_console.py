"""What the console does for the people who work in it all day, in real windows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Request, expect

from conftest import begin, draft, make_staff, says
from kefu.conversations import posting
from kefu.conversations.models import Conversation, Inbox
from kefu.people.models import Customer, Staff, Team
from kefu.people.roles import Role
from tests.browsing import Complaints, Console, open_context, sign_in
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]


@pytest.fixture
def yun(support: Team) -> Staff:
    """Answers beside Mei, in Support."""
    return make_staff("yun", Role.AGENT, support)


@pytest.fixture
def beside(browser: Browser, complaints: Complaints, desk: House, yun: Staff) -> Iterator[Console]:
    """Yun's console."""
    context = open_context(browser, complaints)
    sign_in(context, desk, yun)
    yield Console(context.new_page(), desk)
    context.close()


def opened(console: Console, conversation: Conversation) -> Console:
    console.page.goto(f"{console.desk.base}/console/c/{conversation.pk}/")
    expect(console.page.locator("[data-console]")).to_have_attribute("data-line", "open")
    return console


def test_two_agents_in_one_conversation_see_each_other_and_are_warned_before_talking_over_one_another(
    console: Console, beside: Console, parcel_question: Conversation, lin: Customer
) -> None:
    opened(console, parcel_question)
    opened(beside, parcel_question)
    expect(console.page.get_by_text("Yun is looking at this too")).to_be_visible(timeout=10_000)
    writing = beside.page.get_by_role("textbox", name="Your message")
    writing.press_sequentially("I take care of it")
    expect(console.page.get_by_text("Yun is typing…")).to_be_visible()
    posting.post_one(draft(parcel_question, lin, "Found it, thanks"))
    writing.press("Control+Enter")
    expect(beside.page.get_by_text("Someone wrote in this conversation in the meantime")).to_be_visible()
    expect(beside.bubble("Found it, thanks")).to_be_visible()
    expect(writing).to_have_value("I take care of it")
    beside.page.get_by_role("button", name="Send anyway").click()
    expect(console.bubble("I take care of it")).to_have_count(1)
    expect(writing).to_have_value("")


def test_what_one_agent_changes_the_other_sees_at_once(
    console: Console, beside: Console, parcel_question: Conversation
) -> None:
    opened(console, parcel_question)
    opened(beside, parcel_question)
    console.page.get_by_role("button", name="Take").click()
    expect(beside.page.get_by_text("Mei took it")).to_be_visible()
    expect(beside.page.get_by_role("link", name="Assigned to Mei")).to_be_visible()
    console.page.get_by_role("button", name="Solve").click()
    expect(beside.page.get_by_role("button", name="Reopen")).to_be_visible()
    console.page.get_by_role("button", name="Undo").click()
    expect(beside.page.get_by_role("button", name="Solve")).to_be_visible()


def test_tabs_share_one_stream_and_another_takes_over_where_the_first_ended(
    console: Console, agents: BrowserContext, parcel_question: Conversation, lin: Customer
) -> None:
    opened(console, parcel_question)
    second = agents.new_page()
    streams: list[str] = []

    def note(request: Request) -> None:
        if "/live/console/events" in request.url:
            streams.append(request.url)

    second.on("request", note)
    other = opened(Console(second, console.desk), parcel_question)
    says(lin, "Both tabs", in_=parcel_question)
    expect(console.bubble("Both tabs")).to_be_visible()
    expect(other.bubble("Both tabs")).to_be_visible()
    assert streams == []
    console.page.close()
    says(lin, "While nobody listened", in_=parcel_question)
    expect(other.bubble("While nobody listened")).to_have_count(1)
    assert len(streams) >= 1


def test_new_rows_wait_while_the_pointer_is_in_the_list(
    console: Console, inbox: Inbox, lin: Customer, parcel_question: Conversation
) -> None:
    console.opens("unassigned")
    console.row("Where is my parcel?").hover()
    begin(lin, inbox, "Another matter")
    news = console.page.get_by_role("button", name="1 new")
    expect(news).to_be_visible()
    expect(console.page.locator("[data-row]").first).to_contain_text("Where is my parcel?")
    news.click()
    expect(console.page.locator("[data-row]").first).to_contain_text("Another matter")


def test_reply_and_note_keep_their_own_words_by_conversation_over_a_reload(
    console: Console, inbox: Inbox, lin: Customer, parcel_question: Conversation
) -> None:
    other = begin(lin, inbox, "Another matter")
    writing = opened(console, parcel_question).page.get_by_role("textbox", name="Your message")
    writing.fill("For the customer")
    console.page.keyboard.press("Escape")
    console.page.keyboard.press("n")
    expect(writing).to_have_value("")
    writing.fill("For the team")
    console.page.wait_for_timeout(400)
    opened(console, other)
    expect(writing).to_have_value("")
    opened(console, parcel_question)
    expect(writing).to_have_value("For the team")
    console.page.keyboard.press("r")
    expect(writing).to_have_value("For the customer")


def test_scrolling_back_through_much_stays_in_order_and_in_place(
    console: Console, lin: Customer, mei: Staff, parcel_question: Conversation
) -> None:
    for start in range(0, 400, 100):
        posting.post([draft(parcel_question, lin, f"Line {start + one}") for one in range(100)])
    parcel_question.refresh_from_db()
    parcel_question.read_by_staff(mei, parcel_question.last_reply_seq)
    log = opened(console, parcel_question).page.locator("[data-log]")
    expect(console.bubble("Line 399")).to_be_visible()
    assert console.said.count() <= 100, "styles that come late may show the edge, and bring one page more"
    shown = "log => [...log.querySelectorAll('[data-bubble]')].map(one => Number(one.dataset.seq))"
    for _ in range(40):
        log.evaluate("log => { log.scrollTop = 0 }")
        console.page.wait_for_timeout(80)
        if len(log.evaluate(shown)) == 401:
            break
    assert log.evaluate(shown) == list(range(1, 402))
    assert log.locator("[data-day]").count() == 1


def test_a_search_from_the_keyboard_opens_the_message_that_it_found(
    console: Console, lin: Customer, parcel_question: Conversation
) -> None:
    posting.post([draft(parcel_question, lin, f"Line {number}") for number in range(120)])
    posting.post_one(draft(parcel_question, lin, "It stands in the harbour"))
    posting.post([draft(parcel_question, lin, f"Later {number}") for number in range(120)])
    console.page.keyboard.press("/")
    console.page.keyboard.type("harbour")
    found = console.page.locator(".found .list-row", has_text="harbour")
    for _ in range(20):  # the index is kept by a reader of the log, a moment later
        console.page.goto(f"{console.desk.base}/console/search?q=harbour")
        if found.count():
            break
        console.page.wait_for_timeout(500)
    found.click()
    expect(console.bubble("It stands in the harbour")).to_be_in_viewport()
