"""Both sides of after-sales in browsers: a customer's own pages, and colleagues at the desk; under terms in force."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from conftest import PASSWORD, make_staff
from kefu.claims import telling
from kefu.claims.machines import Status
from kefu.claims.models import Claim, Refund, ReturnCentre
from kefu.claims.tests.desk import BY_HAND, publish
from kefu.claims.tests.shop import Shop
from kefu.events import mailfolder
from kefu.orders.models import Order
from kefu.people.models import Brand, Customer, Staff, Team
from kefu.people.roles import Role
from tests.browsing import Complaints, open_context, sign_in, soon
from tests.house import House

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

    def signs_in(self, email: str = EMAIL) -> None:
        """With the code from the mail that was sent."""
        known = len(codes_for(email))
        self.page.fill("input[name=email]", email)
        self.page.click("main form button[type=submit]")
        expect(self.page.locator("input[name=code]")).to_be_visible()
        assert soon(lambda: len(codes_for(email)) > known, 30)
        self.page.fill("input[name=code]", codes_for(email)[0])
        self.page.click("main form button[type=submit]")
        expect(self.page.locator("input[name=code]")).to_have_count(0)

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
        with suppress(Error):  # what was clicked last may be on its way still, and be in this one's way
            self.page.reload()
        return words in self.page.locator("main").inner_text()


@dataclass
class Colleague:
    """A browser at the desk; what is done there is a form with a noun in its address."""

    page: Page
    base: str

    def finds_fault(self, claim: Claim, **given: str) -> None:
        """Looked at, and something of it is not in order."""
        self.does(claim, "inspection")
        form = self.page.locator("form.finding").first
        form.locator("input[name=check-undamaged][value=no]").check(force=True)
        for name, value in given.items():
            form.locator(f"[name={name}]").fill(value)
        form.locator("button[type=submit]").click()
        self.page.wait_for_load_state()
        self.does(claim, "conclusion")

    def does(self, claim: Claim, noun: str, **given: str) -> None:
        self.page.goto(f"{self.base}/console/claims/{claim.pk}")
        self._send(f'form[action$="/{noun}"]', given)

    def pays(self, refund: Refund, noun: str, **given: str) -> None:
        form = f'form[action$="/{noun}"]'
        assert soon(lambda: self._offers(f"/console/refunds/{refund.pk}", form), 30, in_=self.page), noun
        self._send(form, given)

    def _offers(self, path: str, form: str) -> bool:
        self.page.goto(f"{self.base}{path}")
        return bool(self.page.locator(form).count())

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
    known: dict[Role, Staff] = {}

    def colleague(role: Role) -> Colleague:
        known[role] = known.get(role) or make_staff(f"j{role}", role, support, password=PASSWORD)
        context = open_context(browser, complaints)
        open_.append(context)
        sign_in(context, desk, known[role])
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


def codes_for(email: str) -> list[str]:
    """From the mails to this address, the latest first; a code has a line of its own."""
    found = (re.search(r"^\d{6}$", mail.text, re.M) for mail in mailfolder.newest() if mail.to == email)
    return [code[0] for code in found if code]


def said_of(status: Status, language: str = "en") -> str:
    """What a customer is told comes next."""
    with override(language):
        return str(telling.NEXT[status])


def the_claim() -> Claim:
    return Claim.objects.get()


def paid_back(finance: Colleague, claim: Claim) -> None:
    for refund in claim.refunds.all():
        finance.pays(refund, "bank-reference", reference="B-2026-1")
