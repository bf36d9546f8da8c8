"""After-sales when it is not the usual way: money without goods, goods that are disputed, a repair that is paid for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from kefu.claims.machines import Status
from kefu.claims.models import Claim
from kefu.claims.tests.shop import Shop
from kefu.orders.models import Order
from kefu.people.roles import Role
from kefu.portal.findings import AGAINST
from tests.browsing import Complaints, soon
from tests.house import House
from tests.journeys.aftersales import PHONE, Buyer, Colleague, buyer, paid_back, said_of, the_claim
from tests.journeys.aftersales import as_ as as_
from tests.journeys.aftersales import lamps as lamps
from tests.journeys.aftersales import order as order

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]
At = Callable[[Role], Colleague]
ZH = "zh-hans"


def test_money_for_what_never_arrived_comes_back_without_goods(
    browser: Browser, complaints: Complaints, desk: House, order: Order, as_: At
) -> None:
    with buyer(browser, complaints, desk, "zh-CN", PHONE) as lin:
        lin.opens(order)
        lin.asks("refund_only", reason_0="not_arrived", words_0="盒子里没有灯")
        lin.hands_in()
        claim = the_claim()
        lin.sees(said_of(Status.UNDER_REVIEW, ZH))
        assert not lin.page.locator('form[action$="/shipment"]').count()
        as_(Role.SUPERVISOR).does(claim, "approval")
        lin.sees(said_of(Status.REFUNDING, ZH))
        paid_back(as_(Role.FINANCE), claim)
        lin.sees(said_of(Status.COMPLETED, ZH))
        assert "100.00" in lin.page.locator("main").inner_text()
        assert lin.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert claim.refunds.get().state == "succeeded"


def refused_at_inspection(lin: Buyer, order: Order, as_: At) -> Claim:
    """Sent back for no reason; the warehouse finds it broken, and the customer does not agree."""
    lin.opens(order)
    lin.asks("return", reason_0="changed_mind")
    lin.hands_in()
    claim = the_claim()
    as_(Role.SUPERVISOR).does(claim, "approval")
    lin.sends()
    warehouse = as_(Role.WAREHOUSE)
    warehouse.scans(claim)
    warehouse.finds_fault(claim, accepted="0", note="The shade is cracked")
    assert the_claim().status == Status.AWAITING_DECISION
    lin.sees(said_of(Status.AWAITING_DECISION))
    lin.sees(str(AGAINST["undamaged"]))
    lin.page.locator("input[name=decision][value=dispute]").check(force=True)
    lin.page.fill("[name=words]", "It was whole when I packed it")
    lin.page.click('form[action$="/decision"] button')
    lin.sees(said_of(Status.UNDER_REVIEW))
    return claim


def test_findings_that_stand_send_the_goods_back(
    browser: Browser, complaints: Complaints, desk: House, order: Order, as_: At
) -> None:
    with buyer(browser, complaints, desk) as lin:
        claim = refused_at_inspection(lin, order, as_)
        as_(Role.SUPERVISOR).does(claim, "confirmation", words="The photos show an old crack")
        lin.sees("The photos show an old crack")
        assert not lin.page.locator("input[name=decision][value=dispute]").count()
        lin.page.locator("input[name=decision][value=send_back]").check(force=True)
        lin.page.click('form[action$="/decision"] button')
        warehouse = as_(Role.WAREHOUSE)
        warehouse.does(claim, "return-parcel", carrier="SF", tracking_no="SF999")
        lin.sees("SF999")
        warehouse.does(claim, "closing")
        lin.sees(said_of(Status.CLOSED))
    assert the_claim().status == Status.CLOSED
    assert not claim.refunds.exists()


def test_findings_that_fall_pay_the_money_back(
    browser: Browser, complaints: Complaints, desk: House, order: Order, as_: At
) -> None:
    with buyer(browser, complaints, desk) as lin:
        claim = refused_at_inspection(lin, order, as_)
        as_(Role.SUPERVISOR).does(claim, "upholding", words="It broke on its way")
        lin.sees("It broke on its way")
        paid_back(as_(Role.FINANCE), claim)
        lin.sees(said_of(Status.COMPLETED))
    assert claim.refunds.get().amount_minor == 10_000


def test_a_repair_after_the_warranty_is_quoted_paid_and_comes_back(
    browser: Browser, complaints: Complaints, desk: House, lamps: Shop, as_: At
) -> None:
    bought = timezone.localdate() - timedelta(days=1_100)
    with buyer(browser, complaints, desk, "zh-CN") as lin:
        page = lin.page
        page.goto(f"{desk.base}/")
        page.click('a[href$="/warranty/"]')
        page.fill("input[name=serial]", "SN-77")
        page.click("main form button[type=submit]")
        page.click('a[href$="/registration"]')
        lin.signs_in()
        page.fill("input[name=model]", lamps.product.model_no)
        page.fill("input[name=serial]", "SN-77")
        page.fill("input[name=purchased_at]", str(bought))
        page.click("main form button[type=submit]")
        page.select_option("select[name=reason]", "fault")
        page.fill("[name=words]", "上周起不亮了")
        page.click("main form button[type=submit]")
        lin.adds("photo")
        lin.hands_in()
        claim = the_claim()
        assert (claim.order, claim.status) == (None, Status.OUT_OF_WARRANTY)
        as_(Role.AGENT).does(claim, "request-for-goods")
        lin.sends()
        technician, warehouse, finance = as_(Role.TECHNICIAN), as_(Role.WAREHOUSE), as_(Role.FINANCE)
        warehouse.scans(claim)
        technician.does(claim, "diagnosis-begin", serial="SN-77")
        technician.does(claim, "quote", amount="80", finding="驱动电源坏了")
        lin.sees("80.00")
        page.click('form[action$="/quote"] button[value=accept]')
        lin.sees(said_of(Status.QUOTE_ACCEPTED, ZH))
        finance.does(claim, "repair-payment", reference="B-2026-7")
        technician.does(claim, "repair", parts="Driver")
        technician.does(claim, "test", result="Shines for an hour")
        technician.does(claim, "sending-back", carrier="SF", tracking_no="SF888")
        lin.sees("SF888")
        page.click('form[action$="/arrival"] button')
        expect(page.locator('form[action$="/arrival"]')).to_have_count(0)
        page.goto(f"{desk.base}/my/")
        expect(page.get_by_text(claim.public_number)).to_be_visible()
    assert soon(lambda: the_claim().status == Status.COMPLETED)
    assert claim.adjustments.get().settled_at is not None
