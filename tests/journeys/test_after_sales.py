"""After-sales from the customer's first click to money or goods back: each kind of claim, everybody in a browser."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from conftest import PASSWORD, make_staff
from kefu.claims.machines import Status
from kefu.claims.models import Claim, Refund, ReturnCentre
from kefu.claims.tests.desk import BY_HAND, publish
from kefu.claims.tests.shop import Shop
from kefu.orders.models import Order
from kefu.people.models import Brand, Customer, Staff, Team
from kefu.people.roles import Role
from tests.browsing import Complaints, open_context, sign_in, soon
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

EMAIL = "lin@example.test"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass
class Buyer:
    """The customer's browser: an order is opened by its number and the address that it was placed with."""

    page: Page
    base: str

    def opens(self, order: Order) -> None:
        self.page.goto(f"{self.base}/orders/")
        self.page.fill("input[name=number]", order.external_no)
        self.page.fill("input[name=fact]", EMAIL)
        self.page.click("main form button[type=submit]")
        expect(self.page.locator(".order-number")).to_have_text(order.external_no)

    def asks(self, kind: str, **said: str) -> None:
        self.page.click(f'.order-actions a[href$="/claims/{kind}"]')
        self.page.check("input[name=take_0]")
        for name, value in said.items():
            field = self.page.locator(f"[name={name}]")
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        for box in self.page.locator("input[name^=condition_]").all():
            box.check()
        self.page.click("form.apply button[type=submit]")
        expect(self.page.locator(".claim-actions")).to_be_visible()

    def adds(self, kind: str) -> None:
        fold = self.page.locator("details:has(input[name=files])")
        if not fold.evaluate("fold => fold.open"):
            fold.locator("summary").click()
        fold.locator("select[name=kind]").select_option(kind)
        picture = {"name": "lamp.png", "mimeType": "image/png", "buffer": a_picture()}
        fold.locator("input[name=files]").set_input_files(picture)  # type: ignore[arg-type]
        fold.locator("button[type=submit]").click()
        expect(self.page.locator(".evidence img").first).to_be_visible()

    def hands_in(self) -> None:
        self.page.click('form[action$="/submission"] button')
        expect(self.page.locator('form[action$="/submission"]')).to_have_count(0)

    def sends(self) -> None:
        self.page.reload()
        self.page.fill("input[name=carrier]", "SF")
        self.page.fill("input[name=tracking_no]", "SF1234567890")
        self.page.click('form[action$="/shipment"] button')
        expect(self.page.locator('form[action$="/shipment"]')).to_have_count(0)

    def sees(self, words: str) -> None:
        assert soon(lambda: self._reads(words), 15, in_=self.page), words

    def _reads(self, words: str) -> bool:
        self.page.reload()
        return words in self.page.locator("main").inner_text()


@dataclass
class Colleague:
    """A browser at the desk; what is done there is a form with a noun in its address."""

    page: Page
    base: str

    def does(self, claim: Claim, noun: str, **given: str) -> None:
        self.page.goto(f"{self.base}/console/claims/{claim.pk}")
        self._send(f'form[action$="/{noun}"]', given)

    def pays(self, refund: Refund, noun: str, **given: str) -> None:
        self.page.goto(f"{self.base}/console/refunds/{refund.pk}")
        self._send(f'form[action$="/{noun}"]', given)

    def scans(self, claim: Claim) -> None:
        self.page.goto(f"{self.base}/console/claims/receiving")
        self.page.fill("#scan", claim.public_number)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".scan-number")).to_have_text(claim.public_number)
        self._send('form[action$="/receipt"]', {})

    def looks_at_everything(self, claim: Claim) -> None:
        self.does(claim, "inspection")
        while (forms := self.page.locator("form.finding")).count():
            for row in forms.first.locator(".check-row").all():
                row.locator("input[value=yes]").check(force=True)
            before = self.page.locator("form.finding").count()
            forms.first.locator("button[type=submit]").click()
            self.page.wait_for_load_state()
            if self.page.locator("form.finding").count() >= before:
                break
        self.does(claim, "conclusion")

    def _send(self, form: str, given: dict[str, str]) -> None:
        found = self.page.locator(form).first
        fold = found.locator("xpath=ancestor::details[1]")
        if fold.count() and not fold.evaluate("fold => fold.open"):
            fold.locator("summary").first.click()
        for name, value in given.items():
            self._fill(found.locator(f"[name={name}]"), value)
        asks_first = found.get_attribute("data-confirm")
        found.locator("button[type=submit]").last.click()
        if asks_first:
            self.page.locator("[data-confirm-go]").click()
        self.page.wait_for_load_state()
        assert not self.page.locator(".banner.bad").count(), self.page.locator(".banner.bad").inner_text()

    def _fill(self, field: object, value: str) -> None:
        boxes = field.all()  # type: ignore[attr-defined]
        if len(boxes) > 1:
            next(box for box in boxes if box.get_attribute("value") == value).check(force=True)
        elif boxes[0].evaluate("field => field.tagName") == "SELECT":
            boxes[0].select_option(value)
        else:
            boxes[0].fill(value)


@pytest.fixture
def lamps(brand: Brand, lin: Customer, supervisor: Staff, committed: None) -> Shop:
    shop = Shop(brand, lin)
    publish(shop, BY_HAND)
    shop.product.warranty_months = 24
    shop.product.save()
    ReturnCentre(brand=brand, recipient="Returns", address="1 Dock Road", phone="021").keep(by=supervisor)
    return shop


@pytest.fixture
def order(lamps: Shop) -> Order:
    return placed(lamps, "delivered")


def placed(lamps: Shop, status: str) -> Order:
    order = lamps.order(status=status, placed_at=timezone.now() - timedelta(days=4))
    order.reach_by(email=EMAIL, phone="")
    order.save()
    if status == "delivered":
        lamps.delivered(order, timezone.now() - timedelta(days=2))
    return order


@pytest.fixture
def as_(
    browser: Browser, complaints: Complaints, desk: House, support: Team, committed: None
) -> Iterator[Callable[[Role], Colleague]]:
    """A colleague of this role at their desk."""
    open_: list[BrowserContext] = []

    def colleague(role: Role) -> Colleague:
        context = open_context(browser, complaints)
        open_.append(context)
        sign_in(context, desk, make_staff(f"j{role}", role, support, password=PASSWORD))
        return Colleague(context.new_page(), desk.base)

    yield colleague
    for context in open_:
        context.close()


@contextmanager
def buyer(
    browser: Browser, complaints: Complaints, desk: House, locale: str = "en-GB", size: dict[str, int] = WIDE
) -> Iterator[Buyer]:
    context = open_context(browser, complaints, locale=locale, viewport=size)
    yield Buyer(context.new_page(), desk.base)
    context.close()


def a_picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (60, 60), "red").save(drawn, "PNG")
    return drawn.getvalue()


def the_claim() -> Claim:
    return Claim.objects.get()


def paid_back(finance: Colleague, claim: Claim) -> None:
    for refund in claim.refunds.all():
        finance.pays(refund, "bank-reference", reference="B-2026-1")


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
