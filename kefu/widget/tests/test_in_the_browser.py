"""The chat in a real browser, against a real desk, on a site that embeds it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect, sync_playwright

from conftest import says
from kefu.conversations.models import Conversation, Inbox, Message
from kefu.hours.models import Schedule
from kefu.inboxes.chat.identity import signature_for
from kefu.inboxes.chat.keys import add_key, keys_of
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import FormField, Topic
from kefu.orders.models import LinkedOrder
from kefu.orders.testing import make_order, ship
from kefu.people.models import Customer, Identity, Staff
from kefu.widget.tests.embedding import Shop, shop
from tests.house import House, house

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

Here = Page | FrameLocator
OTHER = Topic("other", Words("其他问题", "Something else"))
ORDER = Topic(
    "order",
    Words("订单", "Order"),
    (FormField("order_number", Words("订单号", "Order number"), required=True),),
)
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "javascript:alert(1) https://x.example/\"onmouseover='alert(1)'",
    "{{7*7}} ${alert(1)} <iframe srcdoc='<script>alert(1)</script>'>",
]


@pytest.fixture(scope="module")
def desk() -> Iterator[House]:
    with house() as desk:
        yield desk


@pytest.fixture(scope="module", autouse=True)
def _playwrights_loop_is_no_reason() -> Iterator[None]:
    """Its synchronous calls run a loop in this thread, which Django takes for asynchronous code."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="module")
def chromium(_playwrights_loop_is_no_reason: None) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site() -> Iterator[Shop]:
    with shop() as site:
        yield site


@pytest.fixture
def brands_site(site: Shop, desk: House, inbox: Inbox) -> Shop:
    """The site that the inbox allows."""
    site.script = f"{desk.base}/w/{inbox.key}.js"
    third_party = site.address.replace("localhost", "127.0.0.1")
    ChatSettings(allowed_origins=(site.address, third_party), topics=(ORDER, OTHER)).save(inbox)
    return site


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def customers(chromium: Browser, complaints: list[str]) -> Iterator[BrowserContext]:
    """One browser of one customer. What it complains about fails the test, a lost connection excepted."""
    context = _context(chromium, complaints)
    yield context
    context.close()
    assert complaints == []


def _context(chromium: Browser, complaints: list[str], **options: Any) -> BrowserContext:
    context = chromium.new_context(
        **{"locale": "en-GB", "viewport": {"width": 1200, "height": 820}} | options
    )
    context.on("console", lambda message: _note(complaints, message.type, message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    return context


def _note(complaints: list[str], kind: str, text: str) -> None:
    if kind == "error" and "Failed to load resource" not in text:
        complaints.append(text)


def own_page(context: BrowserContext, desk: House, inbox: Inbox) -> Page:
    page = context.new_page()
    page.goto(f"{desk.base}/chat/{inbox.key}")
    return page


def embedded(page: Page, site: Shop, query: str = "") -> FrameLocator:
    page.goto(f"{site.address}/{query}")
    page.locator("#kefu .button").click()
    chat = page.frame_locator("#kefu iframe")
    expect(chat.locator(".home, .thread")).to_be_visible()
    return chat


def close(inbox: Inbox) -> None:
    never = Schedule.objects.create(brand=inbox.brand, name="Never", time_zone="UTC", week={})
    Inbox.objects.filter(pk=inbox.pk).update(schedule=never)


def start(here: Here, words: str) -> None:
    here.get_by_role("button", name="Something else").click()
    here.get_by_label("How can we help?").fill(words)
    here.get_by_role("button", name="Start the chat").click()
    expect(bubbles(here).first).to_have_text(words)
    assert soon(lambda: words in stored())


def write(here: Here, words: str) -> None:
    here.get_by_role("textbox", name="Write a message").fill(words)
    here.get_by_role("textbox", name="Write a message").press("Enter")


def bubbles(here: Here) -> Locator:
    return here.locator(".bubble")


def the_conversation() -> Conversation:
    return Conversation.objects.get()


def stored() -> list[str]:
    return list(Message.objects.filter(kind="reply").order_by("seq").values_list("text", flat=True))


def soon(true: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    return true()


# -- orders


def test_an_order_is_looked_up_and_talked_about(
    chromium: Browser, desk: House, brands_site: Shop, inbox: Inbox
) -> None:
    ship(make_order(Customer.objects.create(name="Lin Tao"), inbox.brand))
    page = own_page(_context(chromium, [], bypass_csp=True), desk, inbox)
    page.get_by_role("button", name="Look up an order").click()
    page.get_by_label("Order number").fill("w1001")
    page.get_by_label("last 4 digits").fill("0000")
    page.get_by_role("button", name="Look it up").click()
    expect(page.get_by_role("alert")).to_contain_text("We find no order with these details")
    page.get_by_label("last 4 digits").fill("5678")
    page.get_by_role("button", name="Look it up").click()
    expect(page.locator(".order")).to_contain_text("On its way")
    expect(page.locator(".order")).to_contain_text("Breda")
    expect(page.get_by_text("Lin Tao")).to_have_count(0)
    assert _axe(page, "order") == []
    page.get_by_role("button", name="Talk to us about this order").click()
    expect(page.get_by_role("heading", name="About order #W1001")).to_be_visible()
    page.get_by_label("How can we help?").fill("It is late")
    page.get_by_role("button", name="Start the chat").click()
    expect(bubbles(page)).to_have_text(["It is late"])
    assert soon(LinkedOrder.objects.exists)
    assert LinkedOrder.objects.get().conversation == the_conversation()
    assert the_conversation().fields["order_number"] == "#W1001"
    page.context.close()


def test_what_is_going_on_turns_out_to_be_about_an_order(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox
) -> None:
    make_order(Customer.objects.create(name="Lin Tao"), inbox.brand)
    page = own_page(customers, desk, inbox)
    start(page, "Hello")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Look up an order").click()
    page.get_by_label("Order number").fill("w1001")
    page.get_by_label("last 4 digits").fill("lin@example.com")
    page.get_by_role("button", name="Look it up").click()
    page.get_by_role("button", name="Talk to us about this order").click()
    expect(page.get_by_label("Write a message")).to_have_value("About order #W1001: ")
    assert LinkedOrder.objects.get().conversation == the_conversation()


# -- talking


def test_a_customer_and_an_agent_talk_on_the_brands_page(
    customers: BrowserContext, brands_site: Shop, mei: Staff
) -> None:
    page = customers.new_page()
    chat = embedded(page, brands_site)
    start(chat, "Where is my parcel?")
    says(mei, "Good morning, I am looking.", in_=the_conversation())
    expect(chat.get_by_text("Good morning, I am looking.")).to_be_visible()
    the_conversation().read_by_staff(mei, 2)
    expect(chat.locator(".state.read")).to_be_visible()
    assert soon(lambda: the_conversation().customer_read_seq == 2)
    assert page.evaluate("seen")[0] == "ready"


def test_an_answer_to_a_closed_chat_shows_on_the_page(
    customers: BrowserContext, brands_site: Shop, mei: Staff
) -> None:
    page = customers.new_page()
    start(embedded(page, brands_site), "Hello")
    page.frame_locator("#kefu iframe").get_by_role("button", name="Close").click()
    says(mei, "Here is the answer", in_=the_conversation())
    expect(page.locator("#kefu .badge")).to_have_text("1")
    expect(page.locator("#kefu .preview")).to_contain_text("Here is the answer")
    assert "unread 1" in page.evaluate("seen")
    assert the_conversation().customer_read_seq < 2
    page.goto(brands_site.address)
    expect(page.locator("#kefu .badge")).to_have_text("1")
    page.locator("#kefu .button").click()
    expect(page.locator("#kefu .badge")).to_be_hidden()
    assert soon(lambda: the_conversation().customer_read_seq == 2)


def test_the_form_asks_for_what_its_topic_needs_and_says_what_is_missing(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox
) -> None:
    page = own_page(customers, desk, inbox)
    page.get_by_role("button", name="Order").click()
    page.get_by_role("button", name="Start the chat").click()
    expect(page.get_by_label("Order number")).to_be_focused()
    expect(page.get_by_label("Order number")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Order number").fill("LM-1001")
    page.get_by_label("How can we help?").fill("Late")
    page.get_by_role("button", name="Start the chat").click()
    assert soon(lambda: Conversation.objects.filter(fields__order_number="LM-1001").exists())


def test_a_form_that_is_open_when_the_desk_closes_asks_for_an_address(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox
) -> None:
    page = customers.new_page()
    page.clock.install()
    page.goto(f"{desk.base}/chat/{inbox.key}")
    page.get_by_role("button", name="Something else").click()
    page.get_by_label("How can we help?").fill("Before you go")
    expect(page.get_by_role("button", name="Start the chat")).to_be_visible()
    close(inbox)
    page.clock.fast_forward(601_000)
    expect(page.get_by_role("button", name="Leave the message")).to_be_visible()
    expect(page.get_by_label("How can we help?")).to_have_value("Before you go")
    expect(page.get_by_label("How can we help?")).to_be_focused()
    page.get_by_label("E-mail address").fill("lin@example.test")
    page.get_by_role("button", name="Leave the message").click()
    assert soon(lambda: "Before you go" in stored())


def test_an_enquiry_that_came_too_late_says_in_the_form_what_is_missing(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox
) -> None:
    page = own_page(customers, desk, inbox)
    page.get_by_role("button", name="Something else").click()
    page.get_by_label("How can we help?").fill("Just in time?")
    close(inbox)
    page.get_by_role("button", name="Start the chat").click()
    page.get_by_role("button", name="Edit").click()
    address = page.get_by_label("E-mail address")
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Please fill this in.")).to_be_visible()
    address.fill("lin@example.test")
    page.get_by_role("button", name="Leave the message").click()
    assert soon(lambda: "Just in time?" in stored())


def test_a_card_number_is_hidden_before_it_leaves_the_browser(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox
) -> None:
    sent: list[str] = []
    page = own_page(customers, desk, inbox)
    page.on("request", lambda request: sent.append(request.post_data or ""))
    start(page, "Hello")
    write(page, "It is 4111 1111 1111 1111")
    expect(page.locator(".masked")).to_be_visible()
    assert not [body for body in sent if "41111111" in body.replace(" ", "")]


def test_two_clicks_on_send_are_one_message(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox
) -> None:
    page = own_page(customers, desk, inbox)
    start(page, "Hello")
    page.get_by_role("textbox", name="Write a message").fill("Once")
    page.get_by_role("button", name="Send").dblclick()
    expect(bubbles(page)).to_have_text(["Hello", "Once"])
    page.wait_for_timeout(500)
    assert stored() == ["Hello", "Once"]


def test_a_file_goes_along_and_a_forbidden_one_says_so_before_it_is_sent(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox, tmp_path: Path
) -> None:
    Image.new("RGB", (320, 200), "teal").save(tmp_path / "lamp.png")
    (tmp_path / "setup.exe").write_bytes(b"MZ")
    (tmp_path / "large.txt").write_bytes(b"x" * (26 * 1024 * 1024))
    sent: list[str] = []
    page = own_page(customers, desk, inbox)
    page.on("request", lambda request: sent.append(request.url) if "/api/files" in request.url else None)
    start(page, "Hello")
    chooser = page.locator(".composer input[type=file]")
    for name, words in (("setup.exe", "not accepted"), ("large.txt", "limit")):
        chooser.set_input_files(tmp_path / name)
        expect(page.locator(".composer .trouble")).to_contain_text(words)
    assert sent == []
    chooser.set_input_files(tmp_path / "lamp.png")
    expect(page.locator(".upload small")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".picture img")).to_be_visible()
    page.reload()
    expect(page.locator(".picture img")).to_have_js_property("naturalWidth", 320)


def test_the_customer_ends_the_chat_and_takes_the_transcript_along(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox
) -> None:
    page = own_page(customers, desk, inbox)
    start(page, "Hello")
    expect(page.locator("#subtitle")).not_to_be_empty()
    expect(page.locator(".message.waiting")).to_have_count(0)
    page.get_by_role("button", name="Options").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this conversation").click()
    assert "Hello" in Path(download.value.path()).read_text()
    page.get_by_role("button", name="Options").click()
    page.get_by_role("button", name="End this conversation").click()
    page.get_by_role("button", name="End it").click()
    expect(page.locator(".thread-note")).to_contain_text("solved")
    assert the_conversation().status == "solved"


# -- who it is


def signed(inbox: Inbox, identifier: str) -> dict[str, Any]:
    """What the brand's server writes into its page."""
    key = (keys_of(inbox, "hash") or [add_key(inbox, "hash")])[0]
    expires = int(time.time()) + 600
    return {
        "identifier": identifier,
        "name": "Lin",
        "expires": expires,
        "hash": signature_for(key.secret, inbox, identifier, expires),
    }


def test_a_signed_customer_finds_their_history_and_leaves_nothing_behind(
    customers: BrowserContext, chromium: Browser, brands_site: Shop, inbox: Inbox, complaints: list[str]
) -> None:
    first = customers.new_page()
    first.goto(brands_site.address)
    first.evaluate("proof => kefu('identify', proof)", signed(inbox, "u-17"))
    first.locator("#kefu .button").click()
    start(first.frame_locator("#kefu iframe"), "From my own computer")

    library = _context(chromium, complaints)
    page = library.new_page()
    page.goto(brands_site.address)
    page.evaluate("proof => kefu('identify', proof)", signed(inbox, "u-17"))
    page.locator("#kefu .button").click()
    chat = page.frame_locator("#kefu iframe")
    expect(chat.get_by_text("From my own computer").first).to_be_visible()
    page.goto(brands_site.address)
    page.evaluate("kefu('logout')")
    expect(page.frame_locator("#kefu iframe").locator(".home")).to_be_attached()
    page.wait_for_timeout(800)
    page.goto(brands_site.address)
    page.locator("#kefu .button").click()
    expect(chat.get_by_role("button", name="Something else")).to_be_visible()
    expect(chat.locator(".card")).to_have_count(0)
    library.close()


def test_a_forged_identity_is_told_to_the_sites_maker_and_the_chat_goes_on(
    customers: BrowserContext, brands_site: Shop, inbox: Inbox
) -> None:
    add_key(inbox, "hash")
    page = customers.new_page()
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    page.goto(brands_site.address)
    page.evaluate("kefu('identify', { identifier: 'u-17', expires: 9999999999, hash: '00' })")
    page.locator("#kefu .button").click()
    start(page.frame_locator("#kefu iframe"), "Hello")
    assert soon(lambda: any("not valid" in text for text in warnings))
    assert not Identity.objects.exists()


# -- a bad network


def test_what_is_written_off_line_in_two_tabs_arrives_once_and_in_order(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox, mei: Staff
) -> None:
    one = own_page(customers, desk, inbox)
    start(one, "Hello")
    two = own_page(customers, desk, inbox)
    expect(bubbles(two)).to_have_text(["Hello"])
    customers.set_offline(True)
    write(one, "first")
    write(two, "second")
    write(one, "third")
    one.get_by_role("textbox", name="Write a message").fill("a draft")
    expect(one.locator(".message.waiting")).to_have_count(3)
    expect(two.locator(".message.waiting")).to_have_count(3)
    says(mei, "meanwhile", in_=the_conversation())
    customers.set_offline(False)
    assert soon(lambda: len(stored()) == 5, 20)
    assert stored() == ["Hello", "meanwhile", "first", "second", "third"]
    for page in (one, two):
        expect(bubbles(page)).to_have_text(stored(), timeout=15000)
    one.wait_for_timeout(500)
    one.reload()
    expect(one.get_by_role("textbox", name="Write a message")).to_have_value("a draft")


def test_where_streams_are_held_back_the_chat_asks_again_and_again(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox, mei: Staff
) -> None:
    page = customers.new_page()
    page.route(re.compile(r"/events$"), lambda route: None)
    page.goto(f"{desk.base}/chat/{inbox.key}")
    start(page, "Hello")
    says(mei, "By the other way", in_=the_conversation())
    expect(page.get_by_text("By the other way")).to_be_visible(timeout=45000)


def test_the_chat_works_for_the_session_where_storage_is_closed(
    customers: BrowserContext, brands_site: Shop, mei: Staff
) -> None:
    customers.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"])
             Object.defineProperty(window, name, {
               get() { throw new DOMException("closed", "SecurityError") }
             })
           const refuse = () => Promise.reject(new DOMException("closed", "SecurityError"))
           if (navigator.locks) navigator.locks.request = refuse"""
    )
    page = customers.new_page()
    chat = embedded(page, brands_site)
    start(chat, "Hello")
    says(mei, "Hi", in_=the_conversation())
    write(chat, "Thanks")
    expect(bubbles(chat)).to_have_text(["Hello", "Hi", "Thanks"])


def test_a_conversation_that_was_closed_goes_on_in_its_follow_up(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox, mei: Staff
) -> None:
    page = own_page(customers, desk, inbox)
    start(page, "Hello")
    the_conversation().close(by=mei)
    expect(page.locator(".thread-note")).to_contain_text("closed")
    write(page, "And another thing")
    expect(bubbles(page)).to_have_text(["And another thing"])
    assert Conversation.objects.filter(follow_up_of__isnull=False).count() == 1


# -- who has no business here


def test_a_site_that_is_not_listed_cannot_show_the_chat(
    chromium: Browser, brands_site: Shop, inbox: Inbox, complaints: list[str]
) -> None:
    ChatSettings(allowed_origins=("https://shop.example",)).save(inbox)
    context = _context(chromium, complaints)
    page = context.new_page()
    page.goto(brands_site.address)
    page.locator("#kefu .button").click()
    page.wait_for_timeout(1500)
    assert not Customer.objects.exists()
    assert any("frame-ancestors" in text for text in complaints)
    context.close()


def test_forged_messages_are_ignored_by_the_frame_and_by_the_page(
    customers: BrowserContext, brands_site: Shop, desk: House
) -> None:
    """A11: the right origin from the wrong window, and the wrong origin from the right one."""
    page = customers.new_page()
    chat = embedded(page, brands_site)
    start(chat, "Hello")
    page.evaluate(
        """origin => {
             const other = document.createElement("iframe")
             document.body.append(other)
             const chat = document.querySelector("#kefu").shadowRoot.querySelector("iframe").contentWindow
             other.contentWindow.eval("top.forge = (target, message) => target.postMessage(message, '*')")
             forge(chat, { kefu: 1, do: "logout" })
             const hear = (origin, source, count) => dispatchEvent(
               new MessageEvent("message", { origin, source, data: { kefu: 1, say: "unread", count } }))
             hear(origin, other.contentWindow, 66)
             hear("https://evil.example", chat, 77)
           }""",
        desk.base,
    )
    page.wait_for_timeout(600)
    expect(bubbles(chat)).to_have_text(["Hello"])
    assert not [one for one in page.evaluate("seen") if "66" in one or "77" in one]


def test_settings_and_messages_cannot_reach_the_prototype(
    customers: BrowserContext, brands_site: Shop
) -> None:
    """D10"""
    page = customers.new_page()
    chat = embedded(page, brands_site)
    page.evaluate(
        """() => {
             const bad = JSON.parse(
               '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}')
             for (const call of ["settings", "set", "identify", "__proto__", "constructor", "toString"])
               try { kefu(call, bad) } catch {}
           }"""
    )
    start(chat, "Hello")
    assert page.evaluate("({}).polluted") is None
    frame = next(frame for frame in page.frames if "/chat?" in frame.url)
    assert frame.evaluate("({}).polluted") is None


def test_hostile_words_stay_words(
    customers: BrowserContext, desk: House, brands_site: Shop, inbox: Inbox, mei: Staff
) -> None:
    Staff.objects.filter(pk=mei.pk).update(alias=HOSTILE[0])
    page = own_page(customers, desk, inbox)
    start(page, HOSTILE[0])
    for words in HOSTILE:
        write(page, words)
        expect(bubbles(page).last).to_have_text(words)
        says(mei, words, in_=the_conversation())
    expect(bubbles(page)).to_have_count(1 + 2 * len(HOSTILE))
    the_conversation().rename(HOSTILE[1], by=mei)
    page.reload()
    page.get_by_role("button", name="Back").click()
    expect(page.locator(".card")).to_be_visible()
    assert page.locator("main a[href^='javascript']").count() == 0


# -- for everyone


def test_the_chat_can_be_used_with_the_keyboard_alone(customers: BrowserContext, brands_site: Shop) -> None:
    page = customers.new_page()
    page.goto(brands_site.address)
    page.locator("#kefu .button").focus()
    page.keyboard.press("Enter")
    chat = page.frame_locator("#kefu iframe")
    expect(chat.locator(".home")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(chat.get_by_role("button", name="Something else")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("Hello")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(bubbles(chat)).to_have_text(["Hello"])
    page.keyboard.type("Again")
    page.keyboard.press("Enter")
    expect(bubbles(chat)).to_have_text(["Hello", "Again"])
    page.keyboard.press("Escape")
    expect(page.locator("#kefu .button")).to_be_focused()
    expect(page.locator("#kefu .button")).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_nothing_on_any_screen(
    chromium: Browser, desk: House, brands_site: Shop, inbox: Inbox, mei: Staff, scheme: str, width: int
) -> None:
    found: list[str] = []
    complaints: list[str] = []
    context = _context(
        chromium,
        complaints,
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
        reduced_motion="reduce",
        bypass_csp=True,
    )
    page = own_page(context, desk, inbox)
    expect(page.locator(".home")).to_be_visible()
    found += _axe(page, "home")
    page.get_by_role("button", name="Order").click()
    page.get_by_role("button", name="Start the chat").click()
    found += _axe(page, "form")
    page.get_by_role("button", name="Back").click()
    start(page, "Hello")
    says(mei, "See https://lumo.example/manual", in_=the_conversation())
    write(page, "Card 4111 1111 1111 1111")
    expect(bubbles(page)).to_have_count(3)
    expect(page.locator(".message.waiting")).to_have_count(0)
    context.set_offline(True)
    write(page, "waiting")
    expect(page.locator(".message.waiting")).to_have_count(1)
    found += _axe(page, "thread")
    page.get_by_role("button", name="Options").click()
    found += _axe(page, "menu")
    page.get_by_role("button", name="Find my earlier conversations").click()
    found += _axe(page, "sheet")
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    context.close()
    assert found == []


def _axe(page: Page, screen: str) -> list[str]:
    results = Axe().run(page).response["violations"]
    return [f"{screen}: {one['id']} {node['html'][:160]}" for one in results for node in one["nodes"]]


def test_the_frame_speaks_the_language_of_the_page(customers: BrowserContext, brands_site: Shop) -> None:
    page = customers.new_page()
    chat = embedded(page, brands_site, "?lang=zh-CN")
    expect(chat.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(chat.get_by_role("button", name="其他问题")).to_be_visible()
    page.evaluate("kefu('locale', 'en')")
    expect(chat.get_by_role("button", name="Something else")).to_be_visible()


def test_on_a_phone_the_chat_is_the_screen(
    chromium: Browser, brands_site: Shop, complaints: list[str]
) -> None:
    context = _context(
        chromium, complaints, viewport={"width": 390, "height": 780}, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    chat = embedded(page, brands_site)
    box = page.locator("#kefu iframe").bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (390, 780)
    start(chat, "Hello")
    small = [
        one.inner_text() or one.get_attribute("aria-label")
        for one in chat.locator("button:visible, a.trust:visible").all()
        if (size := one.bounding_box()) and min(size["width"], size["height"]) < 44
    ]
    assert small == []
    context.close()


def test_a_page_that_refuses_the_frame_is_told_and_offered_a_window(
    chromium: Browser, desk: House, brands_site: Shop, complaints: list[str]
) -> None:
    context = _context(chromium, complaints)
    page = context.new_page()
    page.goto(f"{brands_site.address}/?csp=frame-src%20'none'")
    page.locator("#kefu .button").click()
    link = page.locator("#kefu .blocked a")
    expect(link).to_be_visible()
    assert (link.get_attribute("href") or "").startswith(f"{desk.base}/chat/")
    context.close()
