"""A1 A2 A3 A4 A7 A9 A13 C8: two hundred payloads in every column that people write into, then every page in Chromium.

No dialog, no refused policy, no handler in the DOM, no link that is a script, nothing asked of another server.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMultiAlternatives
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from conftest import begin, draft, make_staff
from kefu.conversations import files, posting
from kefu.conversations.models import Conversation, FieldDefinition, Inbox, MessageKind, Tag
from kefu.demo.cast import LUMQUAY
from kefu.events.mailfolder import FolderBackend, newest
from kefu.hours.models import Schedule
from kefu.inboxes.chat import visitors
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.chat.tests.chatting import Browser as Door
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import FormField, Topic
from kefu.people.models import Brand, Customer, Staff, Team
from kefu.people.roles import Role
from tests.browsing import Chat, Complaints, chromium, open_context, sign_in
from tests.every_page import furnish, pages
from tests.house import House, house
from tests.payloads import payloads, short

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.usefixtures("committed"),
    pytest.mark.timeout(300),
]

WATCH = """
window.refused = []
document.addEventListener("securitypolicyviolation", event => refused.push(event.violatedDirective + " " + event.blockedURI))
"""
FOUND = """() => {
  const bad = [...refused]
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name.startsWith("hx-on")) bad.push(element.outerHTML.slice(0, 120))
      if (/^(href|src|action|formaction)$/.test(name) && /^[\\s\\x00-\\x20]*(javascript|data):/i.test(value)) bad.push(element.outerHTML.slice(0, 120))
    }
    if (element.localName === "script" && !element.nonce && !["application/json", "application/ld+json"].includes(element.type)) bad.push(element.outerHTML.slice(0, 120))
  }
  return bad
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def desk() -> Iterator[House]:
    with house(KEFU_DEMO="yes") as desk:
        yield desk


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    complaints = Complaints()
    yield complaints
    # The folder of mails shows what was written in a cage, and the browser says what the cage holds back.
    assert [one for one in complaints.heard if "/-/mail/" not in one] == []


@pytest.fixture
def context(browser: Browser, complaints: Complaints, desk: House) -> Iterator[BrowserContext]:
    context = open_context(browser, complaints)
    context.add_init_script(WATCH)
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((desk.base, "blob:", "data:")):
            elsewhere.append(request.url)

    context.on("request", note)
    yield context
    context.close()
    assert elsewhere == []


@pytest.fixture
def seeded(inbox: Inbox, support: Team, admin: Staff, mei: Staff) -> dict[str, Any]:
    """Every column, through the doors and verbs that fill it."""
    brand = inbox.brand
    Brand.objects.filter(pk=brand.pk).update(slug=LUMQUAY, name=payloads()[8][:60])
    inbox.refresh_from_db()
    things = furnish(inbox, support, admin, mei, words=payloads()[19])
    _settings(inbox)
    _desk(brand, support)
    conversation = Conversation.objects.get(pk=things["conversation_id"])
    _words(conversation, mei)
    _customers(inbox)
    _mails()
    return things | {"name": newest()[0].name}


def _settings(inbox: Inbox) -> None:
    words = [Words(payload, payload) for payload in short(60)]
    lines = [Words(payload, payload) for payload in short(200)]
    topics = tuple(
        Topic(
            f"t{number}",
            words[20 + number],
            (FormField("model", words[40 + number], help=lines[60 + number]),),
        )
        for number in range(12)
    )
    ChatSettings(greeting=lines[11], expected_reply=lines[16], topics=topics).save(inbox)
    for number, name in enumerate(short(50)[:20]):
        Inbox.objects.create(brand=inbox.brand, team=inbox.team, name=f"{number}{name}", language="en")


def _desk(brand: Brand, team: Team) -> None:
    for number, name in enumerate(short(30)):
        Tag.objects.create(brand=brand, name=f"{number}{name}")
    for number, name in enumerate(short(50)[10:60]):
        FieldDefinition.objects.create(brand=brand, key=f"f{number}", label=name)
        Team.objects.create(brand=brand, name=f"{number}{name}")
        colleague = make_staff(f"colleague{number}", Role.AGENT, team)
        Staff.objects.filter(pk=colleague.pk).update(name=name, alias=name[:30])


def _words(conversation: Conversation, mei: Staff) -> None:
    lin = conversation.customer
    drafts = [draft(conversation, author, payload) for payload in payloads() for author in (lin, mei)]
    drafts += [draft(conversation, mei, payload, kind=MessageKind.NOTE) for payload in payloads()[:40]]
    posting.post(drafts)
    kept = []
    for name in payloads()[8:28]:
        upload = SimpleUploadedFile(f"{name}.txt", b"words", "text/html")
        upload.name = f"{name}.txt"  # as a client sends it, before Django takes the folders off
        kept.append(files.keep(upload, by=lin, conversation=conversation).pk)
    for ten in (kept[:10], kept[10:]):
        carrier = draft(conversation, lin, "files")
        posting.post([posting.Draft(**{**_as_dict(carrier), "file_ids": tuple(ten)})])


def _as_dict(draft: posting.Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in draft.__slots__}


def _customers(inbox: Inbox) -> None:
    for name in short(80):
        begin(Customer.objects.create(name=name, note=name, language="en"), inbox, name)
    door = Door(inbox)
    door.start()
    door.post(
        "about",
        {"page": {"address": f"https://x.example/{payloads()[11]}"}, "attributes": {"<b>": payloads()[16]}},
    )
    week = {str(day): [["00:00", "24:00"]] for day in range(7)}
    Schedule.objects.filter(inboxes=inbox).update(week=week)
    assert door.asks(payloads()[11], topic="t1", fields={"model": payloads()[16]}).status_code == 201


def _mails() -> None:
    for payload in payloads()[10:20]:
        mail = EmailMultiAlternatives(" ".join(payload.split()), payload, to=["lin@example.test"])
        mail.attach_alternative(payload, "text/html")
        FolderBackend().send_messages([mail])


def test_nothing_that_people_write_runs_on_any_page_of_staff(
    context: BrowserContext, desk: House, admin: Staff, seeded: dict[str, Any]
) -> None:
    """A2, A7, A9"""
    sign_in(context, desk, admin)
    page, bad, seen = context.new_page(), [], 0
    conversation = f"/console/c/{seeded['conversation_id']}/"
    more = [f"{conversation}?before={seq}" for seq in (60, 120, 180, 240, 300, 360)]
    more += [f"/console/?view={view}" for view in ("team", "unassigned", "waiting", "all")]
    more += ["/console/search?q=alert", "/console/search?q=%3Cscript%3Ealert(1)%3C/script%3E"]
    for address in [*(address for address, _signed_in in pages(seeded)), *more]:
        if "logout" not in address and _is_page(page, desk, address):
            page.goto(desk.base + address)
            bad += [f"{address}: {one}" for one in page.evaluate(FOUND)]
            seen += 1
    assert "\n".join(bad) == ""
    assert seen > 50


def _is_page(page: Page, desk: House, address: str) -> bool:
    answer = page.context.request.get(desk.base + address, max_redirects=0, headers={"Accept": "text/html"})
    assert answer.status < 500, address
    return answer.status == 200 and "html" in answer.headers["content-type"]


def test_nothing_that_people_write_runs_in_the_chat_or_on_the_brands_pages(
    context: BrowserContext, desk: House, inbox: Inbox, seeded: dict[str, Any]
) -> None:
    """A7, A13: what agents, the desk and other programs write, in front of a customer"""
    conversation = Conversation.objects.get(pk=seeded["conversation_id"])
    _visitor, token = visitors.admit(inbox, conversation.customer, language="en")
    page = context.new_page()
    for address in (f"/chat/{inbox.key}", "/", f"/b/{LUMQUAY}/", "/demo/"):
        page.goto(desk.base + address)
        assert page.evaluate(FOUND) == []
    page.goto(f"{desk.base}/chat/{inbox.key}")
    for key in page.evaluate("Object.keys(localStorage)"):
        if key.endswith("token"):
            page.evaluate("([key, token]) => localStorage.setItem(key, JSON.stringify(token))", [key, token])
    page.reload()
    expect(page.locator(".thread, .card").first).to_be_visible()
    if page.locator(".card").count():
        page.locator(".card").first.click()
    chat = Chat(page, page)
    expect(chat.bubbles.first).to_be_visible()
    page.locator(".scroller").evaluate("scroller => { scroller.scrollTop = 0 }")
    expect(chat.bubbles.nth(60)).to_be_attached()
    assert page.evaluate(FOUND) == []
    page.get_by_role("button", name="Back").click()
    page.locator("li .choice").first.click()
    expect(page.locator("form.enquiry")).to_be_visible()
    assert page.evaluate(FOUND) == []
