"""Somebody writes through a contact form: on a phone without scripts, on a wide screen with all of it, in a frame."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from kefu.conversations.models import Conversation, Inbox
from kefu.events import mailfolder
from kefu.inboxes.form.models import Submission
from kefu.inboxes.form.settings import FormSettings
from kefu.inboxes.form.testing import ORDER, OTHER, make_form
from kefu.people.models import Team
from kefu.widget.tests.embedding import Shop
from tests.browsing import Complaints, Console, open_context, soon
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]
PHOTO: FilePayload = {
    "name": "lamp.txt",
    "mimeType": "text/plain",
    "buffer": b"It says E42",
}


@pytest.fixture
def form(support: Team) -> Inbox:
    return make_form(support)


def in_chinese(browser: Browser, complaints: Complaints, desk: House, **more: Any) -> BrowserContext:
    context = open_context(browser, complaints, viewport={"width": 390, "height": 800}, **more)
    context.add_cookies([{"name": "kefu-language", "value": "zh-hans", "url": desk.base}])
    return context


def test_on_a_phone_without_scripts_everything_is_asked_corrected_and_received(
    browser: Browser, complaints: Complaints, desk: House, form: Inbox
) -> None:
    context = in_chinese(browser, complaints, desk, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{desk.base}/b/lumo/")
    page.locator(f'a[href="/contact/{form.key}/"]').click()
    page.get_by_role("link", name="订单").click()
    expect(page.locator("[data-when-words]").first).to_be_visible()
    page.get_by_label("The invoice").check()
    page.get_by_label("订单号").fill("W1001")
    page.locator("[name=a-state]").select_option("完好 | Whole")
    page.locator("[name=text]").fill("灯不亮了，充电也没有反应，请帮我看看。")
    page.wait_for_timeout(3200)  # as fast as a person is, at most
    send(page)
    expect(page.locator(".contact-faults li")).to_have_count(2)
    expect(page.locator("[name=a-order_number]")).to_have_value("W1001")
    page.locator("[name=a-email]").fill("lin@example.test")
    page.locator("[name=a-consent]").check()
    send(page)
    expect(page).to_have_url(re.compile("/receipt$"))
    conversation = Conversation.objects.get()
    expect(page.locator("h1 ~ p strong")).to_have_text(conversation.public_number)
    assert conversation.fields["prepared"].startswith("✓ The invoice")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".contact-facts a.button").click()
    page.locator("[name=text]").fill("补充：是去年买的。")
    send(page)
    expect(page.locator(".said .mine")).to_have_count(2)
    context.close()


def test_a_browser_that_is_too_quick_proves_itself_and_the_answer_comes_by_mail(
    browser: Browser, complaints: Complaints, desk: House, form: Inbox, agents: BrowserContext
) -> None:
    context = open_context(browser, complaints)
    page = context.new_page()
    page.goto(f"{desk.base}/contact/{form.key}/?topic=order")
    expect(page.get_by_text("Parts")).to_be_hidden()
    page.locator("[name=a-state]").select_option("破损 | Broken")
    page.get_by_label("Lid").check()
    page.locator("[name=a-files]").set_input_files(PHOTO)
    page.get_by_label("Your name").fill("Lin")
    page.get_by_label("E-mail address").fill("lin@example.test")
    page.get_by_label("Order number").fill("W1001")
    page.get_by_label("I agree").check()
    page.get_by_label("Your message").fill("The lid came broken out of the box.")
    send(page)  # far too fast: the page does its sum and sends by itself
    expect(page).to_have_url(re.compile("/receipt$"))
    assert Submission.objects.get().suspected == ""

    console = Console(agents.new_page(), desk)
    console.opens("unassigned")
    console.opens_row("The lid came broken")
    expect(console.page.locator("#context")).to_contain_text("Order number")
    expect(console.page.locator('#context [name="field-order_number"]')).to_have_value("W1001")
    console.answers("We are sending you a new lid.")
    expect(console.bubble("We are sending you a new lid.")).to_be_visible()

    answer = "We are sending you a new lid."
    assert soon(lambda: any(answer in mail.text for mail in mailfolder.newest()), 80)
    mail = next(mail for mail in mailfolder.newest() if "new lid" in mail.text)
    link = re.search(r"http\S+/contact/followed/\S+", mail.text)
    assert link is not None
    other = open_context(browser, complaints)
    elsewhere = other.new_page()
    elsewhere.goto(link[0])
    expect(elsewhere).to_have_url(f"{desk.base}/contact/conversations/{Submission.objects.get().pk}")
    expect(elsewhere.locator(".said")).to_contain_text("We are sending you a new lid.")
    elsewhere.get_by_label("Your message").fill("Thank you, that is kind.")
    send(elsewhere)
    expect(console.bubble("Thank you, that is kind.")).to_be_visible()
    other.close()
    context.close()


def test_in_a_frame_on_the_brands_page_it_is_as_high_as_it_needs_to_be(
    browser: Browser, desk: House, form: Inbox, server: Shop
) -> None:
    complaints = Complaints()  # a frame that is refused is complained about
    server.script = f"{desk.base}/contact/{form.key}.js"
    site = server.address.replace("localhost", "127.0.0.1")
    FormSettings(allowed_origins=(site,), topics=(ORDER, OTHER)).save(form)
    context = open_context(browser, complaints)
    page = context.new_page()
    page.goto(site)
    framed = page.frame_locator("iframe")
    framed.get_by_role("link", name="Something else").click()
    framed.get_by_label("E-mail address").fill("lin@example.test")
    framed.get_by_label("Your message").fill("Do you have this lamp in green?")
    expect(page.locator("iframe")).not_to_have_css("height", "480px")
    framed.get_by_role("button", name="Send").click()
    expect(framed.get_by_role("heading", name="We have your message")).to_be_visible()
    assert Conversation.objects.get().public_number in framed.locator("body").inner_text()
    assert complaints.heard == []
    page.goto(server.address)  # the same shop under a name that was not allowed
    expect(page.locator("iframe")).to_be_visible()
    assert soon(lambda: any("frame-ancestors" in one for one in complaints.heard), in_=page)
    context.close()


def send(page: Page) -> None:
    page.locator("main form button[type=submit]").first.click()
