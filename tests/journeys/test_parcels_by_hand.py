"""A colleague enters a parcel beside a conversation and says where it is; the carriers are kept on a settings page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from conftest import begin
from kefu.conversations.models import Conversation, Inbox
from kefu.orders import linking
from kefu.orders.models import Carrier, Order, Shipment
from kefu.orders.testing import make_order
from kefu.people.models import Brand, Customer, Staff
from tests.browsing import Complaints, Console, open_context, sign_in, soon
from tests.house import House
from tests.journeys.test_every_page import look_at

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]


@pytest.fixture
def order(brand: Brand, lin: Customer) -> Order:
    link = "https://track.example/{number}"
    Carrier.objects.update_or_create(code="dhl", defaults={"name": "DHL", "tracking_url": link})
    return make_order(lin, brand, status="processing")  # type: ignore[arg-type]


@pytest.fixture
def talk(order: Order, inbox: Inbox, mei: Staff) -> Conversation:
    talk = begin(order.customer, inbox, "When is it sent?")
    linking.link(order, talk, by=mei)
    return talk


def test_beside_the_conversation_a_parcel_is_entered_and_followed_to_the_door(
    agents: BrowserContext, desk: House, order: Order, talk: Conversation
) -> None:
    page = agents.new_page()
    Console(page, desk).opens("team")
    Console(page, desk).opens_row("When is it sent?")
    pane = page.locator('[data-fold="orders"]')
    pane.locator(".beside-order summary").first.click()
    pane.get_by_role("link", name="Add a parcel").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Carrier").select_option("DHL")
    dialog.get_by_label("Tracking number").fill("JD0146")
    dialog.get_by_label("Drift earbuds").fill("3")
    dialog.evaluate("dialog => dialog.querySelector('form').noValidate = true")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_text("less than or equal to 2")).to_be_visible()
    dialog.get_by_label("Drift earbuds").fill("2")
    dialog.get_by_role("button", name="Add").click()
    expect(page.get_by_text("The parcel has been added.")).to_be_visible()
    expect(dialog).to_have_count(0)
    expect(pane).to_contain_text("JD0146")
    expect(pane.get_by_role("link", name="Add a parcel")).to_have_count(0)

    pane.locator(".beside-shipment summary").click()
    pane.get_by_role("link", name="Update by hand").click()
    dialog.get_by_label("Where it is").select_option("Delivered")
    dialog.get_by_label("What to tell the customer").fill("At the reception")
    dialog.get_by_role("button", name="Save").click()
    expect(pane.locator(".beside-shipment")).to_contain_text("Delivered")
    expect(pane.locator(".beside-order > summary")).to_contain_text("Delivered")
    assert soon(lambda: Order.objects.get().status == "delivered")
    page.goto(f"{desk.base}/console/orders/{order.pk}")
    expect(page.locator(".timeline-when").filter(has_text="At the reception").first).to_be_visible()


def test_on_its_own_pages_everything_can_be_read_and_done_without_scripts(
    browser: Browser, complaints: Complaints, desk: House, order: Order, mei: Staff
) -> None:
    context = open_context(browser, complaints, base_url=desk.base, java_script_enabled=False)
    sign_in(context, desk, mei)
    page = context.new_page()
    page.goto(f"/console/orders/{order.pk}")
    page.get_by_role("link", name="Add a parcel").click()
    page.get_by_label("Progress").select_option("Registered")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="Update by hand").click()
    page.get_by_label("Where it is").select_option("Out for delivery")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".shipment")).to_contain_text("Out for delivery")
    assert Shipment.objects.get().status == "out_for_delivery"
    context.close()


def test_a_carrier_is_added_turned_off_and_taken_off_the_list(
    browser: Browser, complaints: Complaints, desk: House, order: Order, supervisor: Staff
) -> None:
    context = open_context(browser, complaints, base_url=desk.base)
    sign_in(context, desk, supervisor)
    page: Page = context.new_page()
    page.goto("/console/settings/carriers/")
    page.get_by_role("link", name="New carrier").click()
    page.get_by_label("Name", exact=True).fill("Hermes")
    page.get_by_label("Code").fill("hermes")
    page.get_by_label("Tracking link").fill("https://track.example/")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Write it in full")).to_be_visible()
    assert look_at(page, "carrier") == []
    page.get_by_label("Tracking link").fill("https://track.example/{number}")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Hermes").click()
    page.get_by_label("Offered for new parcels").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Hermes")).to_contain_text("Off")
    assert look_at(page, "carriers") == []
    page.get_by_role("link", name="Hermes").click()
    page.get_by_role("button", name="Remove carrier").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove carrier").click()
    expect(page.get_by_text("Taken off the list.")).to_be_visible()
    assert not Carrier.objects.filter(code="hermes").exists()
    context.close()
