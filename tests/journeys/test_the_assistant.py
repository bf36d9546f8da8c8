"""The assistant in the chat: a customer solves it alone; another is handed over and repeats nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from kefu.answers.models import Assistant, Stage, Talk
from kefu.articles import writing
from kefu.articles.writing import Said
from kefu.conversations.models import Conversation, Inbox, Status
from kefu.people.models import Brand
from tests.browsing import Chat, Console, soon
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]
RINSING = "Rinse the filter under warm water once a week and let it dry."


@pytest.fixture(autouse=True)
def _on(brand: Brand, inbox: Inbox) -> None:
    Assistant.objects.create(inbox=inbox, is_on=True, answer_from=0.3, offer_from=0.1, near=0.0, seconds=60)
    text = writing.begin(brand, language="en", said=Said("How do I clean the filter?", RINSING), by=None)
    writing.publish(text, by=None)


def asked(customers: BrowserContext, desk: House, inbox: Inbox, text: str) -> Chat:
    chat = Chat.alone(customers.new_page(), desk, inbox)
    chat.here.locator(".choice").last.click()
    chat.here.get_by_label("How can we help?").fill(text)
    chat.here.get_by_role("button", name="Start the chat").click()
    return chat


def test_a_customer_solves_it_alone(customers: BrowserContext, desk: House, inbox: Inbox) -> None:
    chat = asked(customers, desk, inbox, "How do I clean the filter?")
    answer = chat.here.locator(".theirs").last
    expect(answer).to_contain_text(RINSING, timeout=20_000)
    expect(answer).to_contain_text("自动助手 · Assistant")
    expect(answer.locator("a")).to_have_attribute(
        "href", f"{desk.base}/b/lumo/en/a/how-do-i-clean-the-filter/"
    )
    answer.get_by_role("button", name="Yes, that helped").click()
    assert soon(lambda: Conversation.objects.get().status == Status.SOLVED)


def test_one_is_handed_over_and_repeats_nothing(
    customers: BrowserContext, agents: BrowserContext, desk: House, inbox: Inbox
) -> None:
    chat = asked(customers, desk, inbox, "How do I clean the filter?")
    expect(chat.here.locator(".theirs").last).to_contain_text(RINSING, timeout=20_000)
    chat.here.get_by_role("button", name="Talk to a person").click()
    expect(chat.here.locator(".theirs").last).to_contain_text("need not repeat", timeout=20_000)
    assert Talk.objects.get().stage == Stage.HANDED_OVER
    console = Console(agents.new_page(), desk)
    console.page.goto(f"{desk.base}/console/c/{Conversation.objects.get().pk}/")
    note = console.page.locator(".bubble.note")
    expect(note).to_contain_text("The customer asked for a person.")
    expect(note).to_contain_text("- How do I clean the filter?")
    expect(note).to_contain_text("/b/lumo/en/a/how-do-i-clean-the-filter/")


def test_it_refuses_to_approve_a_refund(customers: BrowserContext, desk: House, inbox: Inbox) -> None:
    chat = asked(customers, desk, inbox, "Please approve my refund of 90 dollars")
    expect(chat.here.locator(".theirs").last).to_contain_text(
        "decided by a person, never by me", timeout=20_000
    )
