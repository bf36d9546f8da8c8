"""A mail is looked at without anybody learning of it, and answered; how that goes is told where it stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Request, Route, expect

from kefu.conversations.models import Conversation, Inbox, Message, Status
from kefu.inboxes.email import bounces, writing
from kefu.inboxes.email.models import OutgoingMail
from kefu.inboxes.email.testing import make_letter, make_mailbox
from kefu.inboxes.email.tests.conftest import mailbox as mailbox
from kefu.inboxes.email.tests.test_taking_in import conversation_of, mail, message_id_of, take
from kefu.inboxes.email.writing import Content
from kefu.lib.ids import uuid7
from kefu.people.models import Staff, Team
from tests.browsing import Complaints, open_context, sign_in, soon
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

HTML = (
    "<p style='color:#a00'>Where is my <b>lamp</b>?</p><img src='https://tracker.test/open.png' alt='logo'>"
    "<img src='//tracker.test/second.png'><a href='https://shop.test/'>our page</a>"
)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def letter(support: Team) -> Message:
    return make_letter(make_mailbox(support, "support@desk.test", name="Mail"), html=HTML)


@pytest.fixture
def phone(browser: Browser, complaints: Complaints, desk: House, mei: Staff) -> Iterator[BrowserContext]:
    """Mei on the way, in Chinese."""
    context = open_context(browser, complaints, locale="zh-CN", **PHONE)
    context.add_cookies([{"name": "kefu-language", "value": "zh-hans", "url": desk.base}])
    sign_in(context, desk, mei)
    yield context
    context.close()


def test_a_mail_is_opened_unseen_and_answered_to_all(
    agents: BrowserContext, desk: House, letter: Message, mei: Staff
) -> None:
    asked: list[Request] = []
    agents.on("request", lambda request: asked.append(request))
    agents.route("https://tracker.test/**", lambda route: _picture(route))
    page = agents.new_page()
    page.goto(f"{desk.base}/console/c/{letter.conversation_id}/")
    expect(page.locator("[data-console]")).to_have_attribute("data-line", "open")
    page.get_by_role("link", name="Show the mail").click()
    frame = page.frame_locator("iframe.letter-page")
    expect(frame.get_by_text("Where is my lamp?")).to_be_visible()
    expect(page.get_by_text("looks like your own brand")).to_be_visible()
    assert [one.url for one in asked if not one.url.startswith((desk.base, "data:"))] == []
    page.get_by_role("link", name="Load pictures").click()
    assert soon(lambda: sum("tracker.test" in one.url for one in asked) == 2, in_=page)
    assert all("referer" not in one.headers for one in asked if "tracker.test" in one.url)
    page.get_by_role("button", name="Close").first.click()

    expect(page.locator("[data-mail-shown]")).to_contain_text("alice@customer.test")
    page.get_by_role("button", name="Cc, subject, later").click()
    page.get_by_label("Cc", exact=True).fill("nobody")
    writing = page.get_by_role("textbox", name="Your message")
    writing.fill("on its way")
    writing.select_text()
    page.get_by_role("button", name="Bold").click()
    expect(writing).to_have_value("**on its way**")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("is not an e-mail address")).to_be_visible()
    expect(writing).to_have_value("**on its way**")
    expect(page.get_by_label("Cc", exact=True)).to_have_value("nobody")
    page.get_by_label("Cc", exact=True).fill("Bob <bob@elsewhere.test>")
    assert soon(lambda: "bob@" in page.evaluate("JSON.stringify(localStorage)"), in_=page)
    page.reload()
    expect(page.get_by_role("textbox", name="Your message")).to_have_value("**on its way**")
    expect(page.locator("[data-mail-shown]")).to_contain_text("bob@elsewhere.test")
    page.get_by_role("button", name="Send and solve").click()
    expect(page.locator(".bubble.staff .mark.delivery")).to_be_visible()
    mail = OutgoingMail.objects.select_related("message").get()
    assert Content.of(mail).cc == (("Bob", "bob@elsewhere.test"),)
    assert "<strong>on its way</strong>" in Content.of(mail).html
    assert Conversation.objects.get(pk=letter.conversation_id).status == Status.SOLVED

    bounces.came_back(mail, code="5.1.1")
    expect(page.get_by_text("This mail came back.")).to_be_visible()
    page.get_by_role("link", name="Recipients").click()
    expect(page.get_by_role("dialog").get_by_text("bob@elsewhere.test")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.locator(".mail-undelivered").get_by_role("button", name="Try again").click()
    expect(page.get_by_text("This mail came back.")).to_have_count(0)


def test_whom_an_answer_goes_to_follows_a_mail_that_comes_in(
    agents: BrowserContext, desk: House, mailbox: Inbox, mei: Staff
) -> None:
    conversation = conversation_of(take(mailbox, mail(Cc="Bob <bob@elsewhere.test>")))
    posted = writing.reply(conversation, "Soon.", by=mei, client_id=uuid7(), wanted=writing.Wanted())
    out = OutgoingMail.objects.select_related("inbox").get(message=posted.message_id)
    page = agents.new_page()
    page.goto(f"{desk.base}/console/c/{conversation.pk}/")
    expect(page.locator("[data-console]")).to_have_attribute("data-line", "open")
    page.locator("[data-text]").fill("I have begun to write")
    page.locator("[data-mail-more]").click()
    page.locator('[data-extra="subject"]').fill("My own subject")
    again = mail(
        "Carol looks after it now",
        In_Reply_To=message_id_of(out),
        Cc="Carol <carol@elsewhere.test>",
        Reply_To="Alice at home <alice@home.test>",
        Subject="Re: A lamp, still",
    )
    take(mailbox, again)
    expect(page.locator("[data-mail-all]")).to_have_attribute("data-mail-all", "Carol <carol@elsewhere.test>")
    expect(page.locator("[data-mail-shown]")).to_contain_text("alice@home.test")
    expect(page.locator('[data-extra="subject"]')).to_have_value("My own subject")
    expect(page.locator('[data-extra="subject"]')).to_be_visible()
    expect(page.locator("[data-mail-more]")).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[data-text]")).to_have_value("I have begun to write")


def test_without_scripts_a_mail_is_answered_with_all_its_fields(
    browser: Browser, complaints: Complaints, desk: House, letter: Message, mei: Staff
) -> None:
    context = open_context(browser, complaints, java_script_enabled=False)
    sign_in(context, desk, mei)
    page = context.new_page()
    page.goto(f"{desk.base}/console/c/{letter.conversation_id}/")
    composer = page.locator("[data-composer]")
    composer.get_by_label("Cc", exact=True).fill("bob@elsewhere.test")
    composer.get_by_label("Bcc").fill("nobody")
    composer.get_by_label("Subject").fill("Your lamp")
    composer.locator("[data-text]").fill("It is on its way.")
    composer.get_by_role("button", name="Send").click()
    expect(page.get_by_text("is not an e-mail address")).to_be_visible()
    expect(composer.locator("[data-text]")).to_have_value("It is on its way.")
    expect(composer.get_by_label("Cc", exact=True)).to_have_value("bob@elsewhere.test")
    composer.get_by_label("Bcc").fill("")
    composer.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble.staff")).to_contain_text("It is on its way.")
    content = Content.of(OutgoingMail.objects.get())
    assert (content.subject, content.cc) == ("Your lamp", (("", "bob@elsewhere.test"),))
    context.close()


def _picture(route: Route) -> None:
    route.fulfill(status=200, content_type="image/png", body=b"")


def test_on_a_phone_in_chinese_a_mail_is_read_and_answered(
    phone: BrowserContext, desk: House, letter: Message
) -> None:
    page = phone.new_page()
    page.goto(f"{desk.base}/console/c/{letter.conversation_id}/")
    expect(page.locator("[data-console]")).to_have_attribute("data-line", "open")
    page.locator(".mail-below a").click()
    expect(page.frame_locator("iframe.letter-page").get_by_text("Where is my lamp?")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    page.locator("[data-text]").fill("已发出")
    page.locator("[data-mail-more]").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator('[data-does="send"]').click()
    expect(page.locator(".bubble.staff .mark.delivery")).to_be_visible()
    assert OutgoingMail.objects.count() == 1


def test_a_mail_is_written_first_from_the_list(
    agents: BrowserContext, desk: House, letter: Message, mei: Staff
) -> None:
    page = agents.new_page()
    page.goto(f"{desk.base}/console/")
    page.get_by_role("link", name="Write a mail").click()
    page.get_by_label("From").select_option(label="Mail")
    page.get_by_label("To", exact=True).fill("Carol <carol@elsewhere.test>")
    page.get_by_label("Subject").fill("Your repair")
    page.get_by_label("Your message").fill("It is ready.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Your repair")).to_be_visible()
    expect(page.locator(".bubble.staff .mark.delivery")).to_be_visible()
