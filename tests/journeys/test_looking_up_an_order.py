"""A customer finds their order on the web and in the chat; the colleague who answers sees it beside what they say."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from kefu.conversations.models import Conversation, Inbox
from kefu.orders.models import LinkedOrder, Order
from kefu.orders.testing import make_order, ship
from kefu.people.models import Brand, Customer
from tests.browsing import Chat, Complaints, Console, open_context, soon
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]


@pytest.fixture
def order(brand: Brand) -> Order:
    order = make_order(Customer.objects.create(name="林 Tao"), brand)
    ship(order)
    return order


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_on_a_phone_and_without_scripts_an_order_is_found_in_either_language(
    language: str, browser: Browser, complaints: Complaints, desk: House, order: Order
) -> None:
    phone = {"viewport": {"width": 390, "height": 800}, "java_script_enabled": False}
    context = open_context(browser, complaints, **phone)
    context.add_cookies([{"name": "kefu-language", "value": language, "url": desk.base}])
    page = context.new_page()
    page.goto(f"{desk.base}/b/lumo/")
    page.locator('a[href="/b/lumo/orders/"]').click()
    page.locator("[name=number]").fill("w1001")
    page.locator("[name=fact]").fill("0000")
    page.locator("main button[type=submit]").click()
    expect(page.locator(".banner.warn")).to_be_visible()
    page.locator("[name=fact]").fill("lin@example.com")
    page.locator("main button[type=submit]").click()
    expect(page).to_have_url(f"{desk.base}/b/lumo/orders/found")
    expect(page.locator(".order-number")).to_have_text("#W1001")
    expect(page.locator(".shipment")).to_contain_text("Breda")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".portal-done button").click()
    page.goto(f"{desk.base}/b/lumo/orders/found")
    expect(page.locator("[name=number]")).to_be_visible()
    context.close()


def test_what_the_chat_talks_about_stands_beside_it_at_once(
    customers: BrowserContext, agents: BrowserContext, desk: House, inbox: Inbox, order: Order
) -> None:
    console = Console(agents.new_page(), desk)
    console.opens("team")
    chat = Chat.alone(customers.new_page(), desk, inbox)
    chat.here.locator(".choice").last.click()
    chat.here.get_by_label("How can we help?").fill("A question")
    chat.here.get_by_role("button", name="Start the chat").click()
    console.opens_row("A question")
    pane = console.page.locator('[data-fold="orders"]')
    expect(pane).to_contain_text("None that we know of")
    chat.here.get_by_role("button", name="Back").click()
    chat.here.get_by_role("button", name="Look up an order").click()
    chat.here.get_by_label("Order number").fill("w1001")
    chat.here.get_by_label("last 4 digits").fill("5678")
    chat.here.get_by_role("button", name="Look it up").click()
    chat.here.get_by_role("button", name="Talk to us about this order").click()
    expect(pane.locator(".beside-order")).to_contain_text("#W1001")
    pane.locator(".beside-order summary").first.click()
    expect(pane).to_contain_text("SF1234567890")
    pane.get_by_role("button", name="Not about this").click()
    expect(pane).to_contain_text("None that we know of")
    assert soon(lambda: not LinkedOrder.objects.exists())


def test_a_colleague_finds_an_order_and_links_it(
    agents: BrowserContext, customers: BrowserContext, desk: House, inbox: Inbox, order: Order
) -> None:
    chat = Chat.alone(customers.new_page(), desk, inbox)
    chat.here.locator(".choice").last.click()
    chat.here.get_by_label("How can we help?").fill("It is number W1001")
    chat.here.get_by_role("button", name="Start the chat").click()
    console = Console(agents.new_page(), desk)
    assert soon(Conversation.objects.exists)
    console.opens("team")
    console.opens_row("It is number W1001")
    pane = console.page.locator('[data-fold="orders"]')
    pane.get_by_role("searchbox", name="Find an order").fill("w1001")
    pane.get_by_role("searchbox", name="Find an order").press("Enter")
    pane.locator(".beside-found summary").click()
    pane.get_by_role("button", name="It is about this order").click()
    expect(pane.locator(".beside-found")).to_have_count(0)
    assert soon(LinkedOrder.objects.exists)
    pane.locator(".beside-order summary").first.click()
    pane.get_by_role("link", name="Open").click()
    expect(console.page.locator(".order-number")).to_have_text("#W1001")
    expect(console.page.get_by_text("It is number W1001")).to_be_visible()
