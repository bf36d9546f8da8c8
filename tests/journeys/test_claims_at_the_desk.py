"""A return on its way through the house, in browsers that run no scripts: nothing at the desk depends on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from conftest import make_staff
from kefu.claims import filing, goods
from kefu.claims.asked import Asked, AskedLine
from kefu.claims.models import Claim
from kefu.claims.testing import published
from kefu.claims.tests.desk import BY_HAND
from kefu.conversations.models import Inbox
from kefu.orders.models import Order, OrderStatus, Payment, PaymentMethod
from kefu.orders.testing import make_order, ship
from kefu.people.models import Customer, Staff, Team
from kefu.people.roles import Role
from tests.browsing import Complaints, open_context, sign_in
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]
Opens = Callable[[Staff], Page]


@pytest.fixture
def opens(browser: Browser, complaints: Complaints, desk: House) -> Iterator[Opens]:
    """A browser in which a colleague is signed in."""
    made: list[BrowserContext] = []

    def open_for(staff: Staff) -> Page:
        made.append(open_context(browser, complaints, java_script_enabled=False, base_url=desk.base))
        sign_in(made[-1], desk, staff)
        return made[-1].new_page()

    yield open_for
    for context in made:
        context.close()


@pytest.fixture
def claim(lin: Customer, inbox: Inbox) -> Claim:
    """Lin sends two earbuds back."""
    published(inbox.brand, BY_HAND)
    order = make_order(lin, inbox.brand, status=OrderStatus.DELIVERED)
    ship(order)
    order.shipments.update(status="delivered", delivered_at=timezone.now())
    _paid(order)
    line = order.lines.get()
    asked = AskedLine(order_line=line, qty=2, reason="changed_mind")
    claim = filing.draft(Asked("return", inbox.brand, lin, order, (asked,)), by=lin)
    return filing.submit(claim, by=lin)


def _paid(order: Order) -> None:
    card = PaymentMethod.objects.create(customer=order.customer, kind="card", display_tail="4242")
    captured = sum(line.paid_minor for line in order.lines.all()) + order.shipping_minor
    Payment.objects.create(order=order, method=card, captured_minor=captured, currency=order.currency)


def test_a_return_goes_from_its_review_to_the_money(
    opens: Opens, claim: Claim, mei: Staff, support: Team, lin: Customer
) -> None:
    page = opens(mei)
    page.goto("/console/claims/")
    page.get_by_role("link", name=claim.public_number).click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text(f"{claim}: Approved")
    goods.mark_shipped(Claim.objects.get(pk=claim.pk), by=lin, carrier="sf", tracking_no="SF9")

    page = opens(make_staff("ware", Role.WAREHOUSE, support))
    page.goto("/console/claims/receiving")
    page.get_by_label("Scan the slip or the parcel").fill(claim.public_number.lower())
    page.keyboard.press("Enter")
    page.get_by_label("Damaged").fill("1")
    page.get_by_role("button", name="Count in").click()
    page.get_by_role("button", name="Start the inspection").click()
    page.locator("input[name=check-undamaged][value=no]").check()
    page.get_by_label("Accepted").fill("1")
    page.get_by_role("button", name="Save the finding").click()
    expect(page.get_by_text("1 accepted")).to_be_visible()
    page.get_by_role("button", name="Finish the inspection").click()
    expect(page.get_by_text("Being refunded").first).to_be_visible()
    refund = claim.refunds.get()
    assert refund.amount_minor == 4_990

    page = opens(make_staff("fin", Role.FINANCE, support))
    page.goto("/console/refunds/?view=all")
    page.get_by_role("link", name=str(refund)).click()
    expect(page.get_by_role("heading", name=str(refund))).to_be_visible()


def test_a_refusal_is_written_where_it_is_decided(opens: Opens, claim: Claim, mei: Staff) -> None:
    page = opens(mei)
    page.goto(f"/console/claims/{claim.pk}")
    page.locator("summary", has_text="Refuse").click()
    page.get_by_label("Reason").fill("It was engraved for you.")
    page.locator("details[open]").get_by_role("button", name="Refuse").click()
    expect(page.get_by_text("It was engraved for you.").first).to_be_visible()
    claim.refresh_from_db()
    assert claim.status == "rejected"
