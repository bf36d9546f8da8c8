"""A customer on the brand's page and an agent at the console, each in a browser of their own."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, expect

from kefu.conversations.models import Inbox
from kefu.people.models import Staff, Team
from tests.browsing import Chat, Complaints, Console, open_context, sign_in, soon, stored
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]


def test_a_first_message_is_on_the_agents_screen_within_a_second_and_the_answer_in_the_chat(
    chat: Chat, console: Console
) -> None:
    console.page.evaluate("window.sameDocument = true")
    chat.begins("Where is my parcel?")
    console.opens_row("Where is my parcel?")
    expect(console.bubble("Where is my parcel?")).to_be_visible()
    waits = [
        _until_shown(chat, console, words) for words in ("It was due on Monday.", "Hello?", "Are you there?")
    ]
    assert min(waits) < 1
    console.answers("Good morning, I am looking.")
    expect(chat.here.get_by_text("Good morning, I am looking.")).to_be_visible()
    expect(console.bubble("Good morning, I am looking.").locator(".mark.read")).to_be_visible()
    assert console.page.evaluate("window.sameDocument")
    assert len(stored()) == 5


def _until_shown(chat: Chat, console: Console, words: str) -> float:
    chat.writes(words)
    sent = time.monotonic()
    expect(console.bubble(words)).to_be_visible()
    return time.monotonic() - sent


def test_files_go_both_ways_as_a_preview_and_as_a_download(
    chat: Chat, console: Console, tmp_path: Path
) -> None:
    Image.new("RGB", (320, 200), "teal").save(tmp_path / "lamp.png")
    (tmp_path / "manual.txt").write_text("Turn it on.")
    chat.begins("It flickers")
    console.opens_row("It flickers")
    chat.here.locator(".composer input[type=file]").set_input_files(tmp_path / "lamp.png")
    expect(chat.here.locator(".upload small")).to_be_visible()
    chat.here.get_by_role("button", name="Send").click()
    picture = console.page.locator(".bubble-image img")
    expect(picture).to_be_visible()
    assert soon(lambda: picture.evaluate("image => image.naturalWidth") > 0)
    console.page.locator(".composer input[type=file]").set_input_files(tmp_path / "manual.txt")
    expect(console.page.locator("[data-files] li")).to_have_count(1)
    assert soon(lambda: console.page.locator("[data-files] progress").count() == 0)
    console.answers("Please see the manual")
    link = chat.here.get_by_text("manual.txt")
    expect(link).to_be_visible()
    with chat.page.expect_download() as download:
        link.click()
    assert Path(download.value.path()).read_text() == "Turn it on."


def test_a_conversation_is_handed_over_with_a_note_that_the_customer_never_sees(
    browser: Browser,
    complaints: Complaints,
    desk: House,
    chat: Chat,
    console: Console,
    omar: Staff,
    returns: Team,
) -> None:
    heard: list[str] = []
    chat.page.on("response", lambda answer: heard.append(answer.url))
    chat.begins("I want to send it back")
    console.opens_row("I want to send it back")
    expect(console.bubble("I want to send it back")).to_be_visible()
    theirs = open_context(browser, complaints)
    sign_in(theirs, desk, omar)
    other = Console(theirs.new_page(), desk)
    other.opens("team")
    console.page.keyboard.press("h")
    dialog = console.page.get_by_role("dialog", name="Hand over")
    dialog.get_by_role("combobox").fill("Returns")
    dialog.get_by_role("option", name="Returns").first.click()
    dialog.get_by_label("Note for whoever takes it").fill("Canary: she sounded upset")
    dialog.get_by_role("button", name="Hand over").click()
    other.opens_row("I want to send it back")
    expect(other.bubble("Canary: she sounded upset")).to_be_visible()
    expect(console.page.locator("#main[data-conversation='']")).to_be_visible()
    other.answers("Hello, this is Omar from Returns")
    expect(chat.here.get_by_text("Hello, this is Omar from Returns")).to_be_visible()
    expect(chat.here.get_by_text("Canary")).to_have_count(0)
    assert "Canary" not in chat.here.locator("html").inner_html()
    theirs.close()


def test_two_tabs_of_one_customer_show_the_same(
    customers: BrowserContext, desk: House, inbox: Inbox, site: str, console: Console
) -> None:
    one, two = (Chat.alone(customers.new_page(), desk, inbox) for _ in range(2))
    one.begins("Hello")
    assert soon(lambda: stored() == ["Hello"])
    two.page.reload()
    expect(two.bubbles).to_have_text(["Hello"])
    two.writes("From the second tab")
    console.opens_row("From the second tab")
    console.answers("Seen both")
    for tab in (one, two):
        expect(tab.bubbles).to_have_text(["Hello", "From the second tab", "Seen both"])


def test_a_double_click_on_send_is_one_message_on_both_sides(chat: Chat, console: Console) -> None:
    chat.begins("Hello")
    console.opens_row("Hello")
    chat.field.fill("Once")
    chat.here.get_by_role("button", name="Send").dblclick()
    expect(console.bubble("Once")).to_have_count(1)
    console.page.get_by_role("textbox", name="Your message").fill("Also once")
    console.page.get_by_role("button", name="Send", exact=True).dblclick()
    expect(chat.here.get_by_text("Also once")).to_be_visible()
    assert stored() == ["Hello", "Once", "Also once"]
