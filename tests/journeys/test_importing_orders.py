"""Whoever manages orders opens a source, tries its mapping, checks a file, and imports what is good of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kefu.people.models import Brand, Staff
from tests.browsing import Complaints, open_context, sign_in
from tests.house import House
from tests.journeys.test_every_page import look_at

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

MAPPING = {
    "currency": "EUR",
    "orders": {
        "number": "No",
        "email": "Mail",
        "lines": {"each": "@rows", "sku": "SKU", "name": "Item", "price": "Price"},
    },
}
TABLE = "No,Mail,SKU,Item,Price\nW-1,lin@example.test,S,Lamp,19.90\nW-1,,T,Bulb,2.50\nW-2,,S,Lamp,lots\n"


@pytest.fixture
def page(
    request: pytest.FixtureRequest, browser: Browser, complaints: Complaints, desk: House, supervisor: Staff
) -> Page:
    context = open_context(browser, complaints, base_url=desk.base)
    sign_in(context, desk, supervisor)
    request.addfinalizer(context.close)
    return context.new_page()


def test_from_an_empty_list_to_an_order_that_can_be_opened(page: Page, brand: Brand, tmp_path: Path) -> None:
    page.goto("/console/settings/order-sources/")
    page.get_by_role("link", name="New source").first.click()
    page.get_by_role("link", name="Files").click()
    page.get_by_label("Name").fill("Shop exports")
    page.get_by_role("button", name="Open the source").click()

    page.get_by_label("Mapping", exact=True).fill('{"orders": {"number": "No"}}')
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("it does not say where to find lines")).to_be_visible()
    page.get_by_label("Mapping", exact=True).fill(json.dumps(MAPPING, indent=2))
    page.get_by_label("Sample").last.fill(TABLE)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("orders.lines.price: “lots” is not an amount.")).to_be_visible()
    assert look_at(page, "mapping") == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    page.get_by_role("link", name="Imports", exact=True).click()
    file = tmp_path / "orders.csv"
    file.write_text(TABLE)
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Checked, not stored")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("cell", name="W-2")).to_be_visible()
    assert look_at(page, "run") == []
    page.get_by_role("button", name="Import all but the bad rows").click()
    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=20_000)

    page.goto("/console/orders/")
    page.get_by_role("link", name="W-1").click()
    expect(page.get_by_text("Bulb")).to_be_visible()
