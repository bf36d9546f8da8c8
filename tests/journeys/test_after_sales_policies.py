"""An admin writes a policy as far as the law allows, customers read it, and it is tried on a real order."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from kefu.claims.tests.shop import Shop
from kefu.people.models import Brand, Customer, Staff
from tests.browsing import Complaints, open_context, sign_in
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(
    request: pytest.FixtureRequest, browser: Browser, complaints: Complaints, desk: House, admin: Staff
) -> Page:
    context = open_context(browser, complaints, java_script_enabled=request.param, base_url=desk.base)
    sign_in(context, desk, admin)
    request.addfinalizer(context.close)
    return context.new_page()


def test_a_policy_from_its_first_draft_to_what_a_customer_reads(
    page: Page, brand: Brand, lin: Customer
) -> None:
    order = Shop(brand, lin).lamp_delivered("2026-11-02 15:00")
    page.goto("/console/settings/policies/new/")
    page.get_by_label("Name").fill("Returns")
    page.get_by_label("30 days without a reason").check()
    page.get_by_role("button", name="Begin").click()

    page.get_by_text("Until when", exact=True).click()
    days = page.get_by_label("Days to return without a reason")
    expect(days).to_have_value("30")
    days.fill("3")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("article 25").first).to_be_visible()
    days = page.get_by_label("Days to return without a reason")
    expect(days).to_have_value("3")
    days.fill("45")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("Published.")).to_be_visible()
    expect(page.get_by_text("within 45 days, without giving a reason")).to_be_visible()

    page.get_by_role("link", name="Try it out").click()
    page.get_by_label("Order number").fill(order.external_no)
    page.get_by_label("Requested at").fill("2026-12-17T23:59")
    page.get_by_label("Reason").select_option("changed_mind")
    page.get_by_label("Policy used").select_option(label="Returns 1")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", name="Eligible", exact=True)).to_be_visible()
    expect(page.get_by_text("2026-12-17", exact=True)).to_be_visible()

    page.goto(f"/policies/{brand.slug}/")
    expect(page.get_by_text("within 45 days, without giving a reason")).to_be_visible()
    page.get_by_role("link", name="Link to this version").click()
    expect(page.get_by_text("within 45 days, without giving a reason")).to_be_visible()
