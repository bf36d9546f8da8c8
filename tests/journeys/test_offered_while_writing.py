"""Articles are offered to whoever is writing: in the chat, in a form, and to agents under "#"; with keys alone, too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from kefu.articles.models import Search, Translation
from kefu.conversations.models import Conversation, Inbox
from kefu.inboxes.form.testing import OTHER, make_form
from kefu.people.models import Brand, Staff, Team
from kefu.portal.tests.helping import also_in, publish
from tests.browsing import Chat, Complaints, Console, open_context, soon
from tests.house import House
from tests.journeys.test_every_page import look_at

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

PHONE = {"width": 390, "height": 844}
QUESTION, CHINESE = "How do I pair the earbuds?", "怎样配对耳机"


@pytest.fixture
def pairing(brand: Brand) -> Translation:
    asked = publish(brand, QUESTION, "Hold the button.")
    also_in(asked, "zh-hans", CHINESE, "按住按钮。")
    return asked


def test_in_the_first_form_of_the_chat(
    browser: Browser, complaints: Complaints, desk: House, inbox: Inbox, pairing: Translation
) -> None:
    for words, locale in ((QUESTION, "en-GB"), (CHINESE, "zh-CN")):
        context = open_context(browser, complaints, viewport=PHONE, locale=locale)
        chat = Chat.alone(context.new_page(), desk, inbox)
        chat.here.locator(".choices button").last.click()
        chat.here.get_by_role("textbox").last.fill(words)
        found = chat.here.locator(".found")
        reads(context, found.get_by_role("link", name=words))
        assert is_clean(chat.page, f"chat, {locale}") == []
        says(found.get_by_role("button").first)
        expect(found).to_be_focused()
        assert soon(lambda: Search.objects.filter(where="widget", solved=True).exists())
        Search.objects.all().delete()
        context.close()


def test_in_a_conversation_until_a_person_is_there(
    customers: BrowserContext, desk: House, inbox: Inbox, pairing: Translation, mei: Staff
) -> None:
    chat = Chat.alone(customers.new_page(), desk, inbox)
    chat.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    chat.here.locator(".choices button").last.click()
    chat.here.get_by_role("textbox").last.fill("Good morning")
    chat.here.get_by_role("button", name="Start the chat").click()
    expect(chat.bubbles.first).to_have_text("Good morning")
    found = chat.here.locator(".found")
    chat.field.fill(QUESTION)
    reads(customers, found.get_by_role("link", name=QUESTION))
    assert is_clean(chat.page, "thread") == []
    says(found.get_by_role("button", name="No"))
    expect(chat.field).to_be_focused()
    expect(chat.field).to_have_value(QUESTION)
    assert soon(lambda: Search.objects.filter(solved=False).exists())
    chat.field.press("Enter")
    expect(found).to_be_empty()
    Conversation.objects.get().take(by=mei)
    with chat.page.expect_response(lambda answer: answer.url.endswith("/api/articles")):
        chat.field.fill("pair the earbuds")
    expect(found).to_be_empty()


def test_in_a_contact_form(
    browser: Browser, complaints: Complaints, desk: House, support: Team, pairing: Translation
) -> None:
    form = make_form(support, OTHER)
    for words, locale in ((QUESTION, "en-GB"), (CHINESE, "zh-CN")):
        context = open_context(browser, complaints, viewport=PHONE, locale=locale)
        page = context.new_page()
        page.goto(f"{desk.base}/contact/{form.key}/")
        page.locator("[name=text]").fill(words)
        found = page.locator("[data-answers]")
        reads(context, found.get_by_role("link", name=words))
        assert is_clean(page, f"form, {locale}") == []
        says(found.get_by_role("button").first)
        expect(found).to_be_focused()
        assert soon(lambda: Search.objects.filter(where="form", solved=True).exists())
        Search.objects.all().delete()
        context.close()


def test_under_hash_an_agent_puts_one_into_the_reply_with_one_key(
    customers: BrowserContext, console: Console, desk: House, inbox: Inbox, pairing: Translation
) -> None:
    chat = Chat.alone(customers.new_page(), desk, inbox)
    chat.here.locator(".choices button").last.click()
    chat.here.get_by_role("textbox").last.fill("Good morning")
    chat.here.get_by_role("button", name="Start the chat").click()
    console.opens_row("Good morning")
    page, field = console.page, console.page.get_by_role("textbox", name="Your message")
    field.press_sequentially("Please see #pair")
    listed = page.get_by_role("listbox", name="Articles")
    expect(listed.get_by_role("option", selected=True)).to_contain_text(QUESTION)
    assert is_clean(page, "console") == []
    field.press("Enter")
    expect(listed).to_be_hidden()
    assert field.input_value().startswith(f"Please see {QUESTION}\nhttp")
    field.fill("")
    field.press_sequentially("#pair")
    expect(listed).to_be_visible()
    field.press("Escape")
    expect(listed).to_be_hidden()
    expect(field).to_be_focused()
    field.press_sequentially(" earbuds")
    expect(listed).to_be_visible()
    field.press("Tab")
    assert field.input_value().startswith("Hold the button.\n\n")


def reads(context: BrowserContext, article: Locator) -> None:
    """With the keyboard, in a tab of its own."""
    expect(article).to_be_visible()
    with context.expect_page() as opened:
        article.press("Enter")
    opened.value.close()


def says(answer: Locator) -> None:
    expect(answer).to_be_visible()
    answer.press("Enter")


def is_clean(page: Page, where: str) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return look_at(page, where) + ([f"{where}: too wide by {wide}"] if wide > 0 else [])
