"""Before a chat: what the topic needs is asked; out of hours a message is left and answered by mail."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from kefu.conversations.models import Conversation, FieldDefinition, Inbox
from kefu.events import mailfolder
from kefu.hours.models import Schedule
from kefu.people.models import Brand
from tests.browsing import Chat, Console, soon
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]


def test_the_form_asks_what_its_topic_needs_and_the_agent_reads_the_answers(
    chat: Chat, console: Console, brand: Brand
) -> None:
    FieldDefinition.objects.create(brand=brand, key="order_number", label="Order number")
    chat.here.get_by_role("button", name="Order").click()
    expect(chat.here.get_by_label("Order number")).to_be_visible()
    expect(chat.here.get_by_label("Product model")).to_be_visible()
    chat.here.get_by_label("How can we help?").fill("It has not come")
    chat.here.get_by_role("button", name="Start the chat").click()
    expect(chat.here.get_by_label("Order number")).to_be_focused()
    expect(chat.here.get_by_text("Please fill this in.")).to_be_visible()
    assert not Conversation.objects.exists()
    chat.here.get_by_label("Order number").fill("LM-2041")
    chat.here.get_by_role("button", name="Start the chat").click()
    console.opens_row("It has not come")
    expect(console.page.locator("#context").get_by_label("Order number")).to_have_value("LM-2041")
    expect(console.page.get_by_role("heading", name="Order · It has not come")).to_be_visible()


def test_out_of_hours_a_message_is_left_and_the_answer_comes_by_mail(
    customers: BrowserContext, desk: House, inbox: Inbox, site: str, console: Console
) -> None:
    week = {str(day): [["09:00", "09:01"]] for day in range(7)}
    inbox.schedule = Schedule.objects.create(brand=inbox.brand, name="Never mind", week=week)
    inbox.save()
    chat = Chat.alone(customers.new_page(), desk, inbox)
    chat.here.get_by_role("button", name="Something else").click()
    chat.here.get_by_label("E-mail address").fill("lin@example.test")
    chat.here.get_by_label("How can we help?").fill("Nobody there?")
    chat.here.get_by_role("button", name="Leave the message").click()
    expect(chat.bubbles.first).to_have_text("Nobody there?")
    assert soon(Conversation.objects.exists)
    chat.page.close()
    console.opens_row("Visitor")
    expect(console.bubble("Nobody there?")).to_be_visible()
    console.answers("Now we are. It leaves tomorrow.")
    assert soon(lambda: any("It leaves tomorrow." in mail.text for mail in _mails("lin@example.test")), 20)
    assert len([mail for mail in _mails("lin@example.test") if "It leaves tomorrow." in mail.text]) == 1


def _mails(address: str) -> list[mailfolder.Kept]:
    return [mail for mail in mailfolder.newest() if mail.to == address]
