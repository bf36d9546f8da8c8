"""The assistant: a customer solves it alone; another is handed over and repeats nothing; one who wrote by form gets
its answer by mail; one is asked what a warranty needs before a colleague comes.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from kefu.answers.models import Assistant, Stage, Talk, WhyPerson
from kefu.articles import writing
from kefu.articles.writing import Said
from kefu.claims.models import Claim
from kefu.claims.testing import published
from kefu.conversations.models import Conversation, Inbox, Status
from kefu.events import mailfolder
from kefu.inboxes.form.settings import EMAIL, FormTopic, Question
from kefu.inboxes.form.testing import make_form
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import FieldType
from kefu.orders.models import OrderStatus, Shipment, ShipmentStatus
from kefu.orders.testing import make_order
from kefu.people.models import Brand, Customer, Team
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


def test_what_would_come_back_is_shown_to_the_cent_and_nothing_is_approved(
    customers: BrowserContext, desk: House, inbox: Inbox, brand: Brand, lin: Customer
) -> None:
    published(brand)
    order = make_order(lin, brand, email="lin@example.test", status=OrderStatus.DELIVERED)
    there = timezone.now() - timedelta(days=2)
    Shipment.objects.create(
        brand=brand, order=order, status=ShipmentStatus.DELIVERED, shipped_at=there, delivered_at=there
    )
    chat = asked(customers, desk, inbox, "I want to return my order W1001, it doesn't fit")
    expect(chat.here.locator(".theirs").last).to_contain_text("last 4 digits", timeout=20_000)
    chat.writes("lin@example.test")
    answer = chat.here.locator(".theirs").last
    expect(answer).to_contain_text("Return of 2 would give back: €99.80", timeout=20_000)
    expect(answer).to_contain_text("a colleague decides")
    assert not Claim.objects.exists()


def test_who_wrote_by_form_reads_the_answer_in_their_mail(
    customers: BrowserContext, desk: House, support: Team
) -> None:
    form = make_form(support)
    Assistant.objects.create(inbox=form, is_on=True, answer_from=0.3, offer_from=0.1, near=0.0, seconds=60)
    page = customers.new_page()
    page.goto(f"{desk.base}/contact/{form.key}/?topic=other")
    page.get_by_label("E-mail address").fill("lin@example.test")
    page.get_by_label("Your message").fill("How do I clean the filter?")
    page.locator("main form button[type=submit]").first.click()
    expect(page).to_have_url(re.compile("/receipt$"))
    assert soon(lambda: any(RINSING in mail.text for mail in mailfolder.newest()), 80)
    [mail] = [mail for mail in mailfolder.newest() if RINSING in mail.text]
    assert "[Automatic assistant]" in mail.text
    assert f"{desk.base}/b/lumo/en/a/how-do-i-clean-the-filter/" in mail.text
    link = re.search(r"http\S+/contact/followed/\S+", mail.text)
    assert link is not None
    page.goto(link[0])
    page.get_by_label("Your message").fill("Talk to a person")
    page.locator("main form button[type=submit]").first.click()
    assert soon(lambda: Talk.objects.get().why == WhyPerson.ASKED)


def test_a_colleague_finds_what_a_warranty_needs_in_the_note(
    customers: BrowserContext, agents: BrowserContext, desk: House, inbox: Inbox, support: Team
) -> None:
    form = make_form(
        support,
        FormTopic(
            "warranty",
            Words("保修", "Warranty"),
            (
                EMAIL,
                Question(
                    "colour",
                    Words("颜色", "Colour"),
                    FieldType.CHOICE,
                    choices=("黑色 | Black", "白色 | White"),
                ),
                Question("bought", Words("购买日期", "Date of purchase"), FieldType.DATE),
                Question("serial", Words("序列号", "Serial number")),
            ),
        ),
    )
    Assistant.objects.update(topics={"warranty": f"{form.pk.hex} warranty"}, answer_from=1.0, offer_from=1.0)
    chat = asked(customers, desk, inbox, "Is my mixer still under warranty? The motor stopped working")
    chat.here.get_by_role("button", name="White").click(timeout=20_000)
    expect(chat.here.locator(".theirs").last).to_contain_text("Date of purchase?", timeout=20_000)
    chat.writes("2025/3/1")
    expect(chat.here.locator(".theirs").last).to_contain_text("Serial number?", timeout=20_000)
    chat.here.get_by_role("button", name="Skip this question").last.click()
    expect(chat.here.locator(".theirs").last).to_contain_text("need not repeat", timeout=20_000)
    console = Console(agents.new_page(), desk)
    console.page.goto(f"{desk.base}/console/c/{Conversation.objects.get().pk}/")
    note = console.page.locator(".bubble.note")
    expect(note).to_contain_text("Colour: 白色 | White")
    expect(note).to_contain_text("Date of purchase: 2025-03-01")
    expect(note).to_contain_text("Serial number: not answered")
