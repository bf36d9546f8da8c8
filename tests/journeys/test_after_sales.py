"""After-sales from the customer's first click to money or goods back: each kind of claim, everybody in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from kefu.claims.machines import Status
from kefu.claims.models import Claim
from kefu.claims.tests.desk import BY_HAND
from kefu.claims.tests.shop import Shop
from kefu.orders.models import Order
from kefu.people.roles import Role
from tests.browsing import Complaints, soon
from tests.house import House
from tests.journeys.aftersales import PHONE, WIDE, Colleague, buyer, paid_back, placed, the_claim
from tests.journeys.aftersales import as_ as as_
from tests.journeys.aftersales import lamps as lamps
from tests.journeys.aftersales import order as order

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]


@pytest.mark.parametrize(
    ("locale", "size"), [("en-GB", WIDE), ("zh-CN", PHONE)], ids=["en, wide", "zh, phone"]
)
def test_a_return_ends_with_the_money_back(
    browser: Browser,
    complaints: Complaints,
    desk: House,
    order: Order,
    as_: Callable[[Role], Colleague],
    locale: str,
    size: dict[str, int],
) -> None:
    with buyer(browser, complaints, desk, locale, size) as lin:
        lin.opens(order)
        lin.asks("return", reason_0="changed_mind")
        lin.hands_in()
        claim = the_claim()
        as_(Role.SUPERVISOR).does(claim, "approval")
        lin.sees("1 Dock Road")
        lin.page.click('a[href$="/slip"]')
        expect(lin.page.locator(".slip-number")).to_have_text(claim.public_number)
        lin.page.go_back()
        lin.sends()
        warehouse = as_(Role.WAREHOUSE)
        warehouse.scans(claim)
        warehouse.looks_at_everything(claim)
        finance = as_(Role.FINANCE)
        assert Claim.objects.get().status == Status.REFUNDING
        paid_back(finance, claim)
        assert soon(lambda: Claim.objects.get().status == Status.COMPLETED)
        lin.page.reload()
        overflow = lin.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0
        assert re.search(r"100\.00", lin.page.locator("main").inner_text())


def test_a_cancelled_order_is_paid_back(
    browser: Browser, complaints: Complaints, desk: House, lamps: Shop, as_: Callable[[Role], Colleague]
) -> None:
    order = placed(lamps, "pending")
    with buyer(browser, complaints, desk) as lin:
        lin.opens(order)
        lin.asks("cancellation", reason_0=BY_HAND.reasons_for("cancellation")[0].code)
        lin.hands_in()
        claim = the_claim()
        as_(Role.SUPERVISOR).does(claim, "approval")
        paid_back(as_(Role.FINANCE), claim)
        assert soon(lambda: Claim.objects.get().status == Status.COMPLETED)
        assert Order.objects.get().status == "cancelled"
        lin.sees("All done")


def test_an_exchange_ends_with_the_other_lamp(
    browser: Browser, complaints: Complaints, desk: House, lamps: Shop, as_: Callable[[Role], Colleague]
) -> None:
    black = lamps.variant(lamps.product, "LAMP-1-B", options={"colour": "black"})
    order = placed(lamps, "delivered")
    with buyer(browser, complaints, desk) as lin:
        lin.opens(order)
        reason = BY_HAND.reasons_for("exchange")[0].code
        lin.asks("exchange", reason_0=reason, new_0=str(black.pk))
        lin.hands_in()
        claim = the_claim()
        as_(Role.SUPERVISOR).does(claim, "approval")
        lin.sends()
        warehouse = as_(Role.WAREHOUSE)
        warehouse.scans(claim)
        warehouse.looks_at_everything(claim)
        assert Claim.objects.get().status == Status.REPLACING
        warehouse.does(claim, "dispatch", carrier="SF", tracking_no="SF777")
        warehouse.does(claim, "delivery")
        lin.sees("SF777")


def test_a_repair_under_warranty_comes_back(
    browser: Browser, complaints: Complaints, desk: House, order: Order, as_: Callable[[Role], Colleague]
) -> None:
    order.lines.update(serials=["SN-1"])
    with buyer(browser, complaints, desk) as lin:
        lin.opens(order)
        reason = BY_HAND.reasons_for("warranty")[0]
        lin.asks("warranty", reason_0=reason.code, words_0="It flickers since Monday")
        for kind in reason.evidence:
            lin.adds(kind)
        lin.hands_in()
        claim = the_claim()
        agent = as_(Role.SUPERVISOR)
        if Claim.objects.get().status != Status.AWAITING_SHIPMENT:
            agent.does(claim, "cover", answer="covered")
        lin.sends()
        technician, warehouse = as_(Role.TECHNICIAN), as_(Role.WAREHOUSE)
        warehouse.scans(claim)
        technician.does(claim, "diagnosis-begin", serial="SN-1")
        technician.does(claim, "diagnosis", defect="yes", finding="A loose wire")
        technician.does(claim, "repair", parts="Wire")
        technician.does(claim, "test", result="Shines for an hour")
        technician.does(claim, "sending-back", carrier="SF", tracking_no="SF888")
        lin.sees("SF888")
        unit = Claim.objects.get().lines.get().registered
        assert unit is not None and unit.repairs == 1
