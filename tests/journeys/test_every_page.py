"""Every page there is, in light and dark: axe finds nothing, the browser complains about nothing, nothing is too wide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.mail import EmailMultiAlternatives
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kefu.conversations.models import Inbox
from kefu.demo.cast import LUMQUAY
from kefu.events.mailfolder import FolderBackend, newest
from kefu.people import setup
from kefu.people.models import Brand, Invitation, Staff, Team
from tests.browsing import Complaints, open_context, sign_in, soon
from tests.every_page import furnish, pages
from tests.house import House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.usefixtures("committed"),
    pytest.mark.timeout(300),
]

AXE = Axe().axe_script
# Colours of another scheme are there after the next frame, and move to what they become.
STANDS_STILL = """async () => {
  for (let frame = 0; frame < 2; frame++) await new Promise(done => requestAnimationFrame(done))
  await Promise.all(document.getAnimations().map(one => one.finished.catch(() => {})))
}"""
# A separator between two panes belongs to neither of them.
BETWEEN = {"exclude": [[".splitter"]]}
# Shown twice on the page of parts, once light and once dark, landmarks included.
TWICE = {"/-/parts": ["landmark-unique"]}


@pytest.fixture
def things(inbox: Inbox, support: Team, admin: Staff, mei: Staff) -> dict[str, Any]:
    Brand.objects.filter(pk=inbox.brand_id).update(slug=LUMQUAY)
    inbox.brand.refresh_from_db()
    FolderBackend().send_messages([EmailMultiAlternatives("Hello", "Hello\n", to=["lin@example.test"])])
    return furnish(inbox, support, admin, mei) | {"name": newest()[0].name}


@pytest.fixture
def admins(browser: Browser, complaints: Complaints, desk: House, admin: Staff) -> Iterator[BrowserContext]:
    context = open_context(browser, complaints)
    sign_in(context, desk, admin)
    yield context
    context.close()


def test_axe_finds_nothing_on_any_page_of_those_who_are_signed_in(
    admins: BrowserContext, desk: House, things: dict[str, Any]
) -> None:
    page, found, seen = admins.new_page(), [], 0
    for address, _signed_in in pages(things):
        if "logout" not in address and visit(page, desk, address):
            found += look_at(page, address)
            seen += 1
    assert "\n".join(found) == ""
    assert seen > 40


def test_axe_finds_nothing_on_any_page_of_strangers(
    browser: Browser, complaints: Complaints, desk: House, things: dict[str, Any]
) -> None:
    context = open_context(browser, complaints)
    page, found = context.new_page(), []
    for address in ("/account/login/", "/account/password/reset/", "/no/such/page", "/demo/", "/"):
        page.goto(desk.base + address)
        found += look_at(page, address)
    assert found == []
    context.close()


def test_on_a_phone_no_page_is_wider_than_the_phone(
    browser: Browser, complaints: Complaints, desk: House, admin: Staff, things: dict[str, Any]
) -> None:
    context = open_context(browser, complaints, viewport={"width": 390, "height": 844}, locale="zh-CN")
    sign_in(context, desk, admin)
    page, wide = context.new_page(), []
    for address, _signed_in in pages(things):
        if "logout" not in address and visit(page, desk, address):
            width = page.evaluate("document.documentElement.scrollWidth")
            wide += [f"{address}: {width}"] if width > 390 else []
    assert wide == []
    context.close()


def test_the_first_admin_sets_the_desk_up_and_the_page_is_gone(
    browser: Browser, complaints: Complaints, desk: House
) -> None:
    token = setup.token_if_needed()
    context = open_context(browser, complaints)
    page = context.new_page()
    page.goto(f"{desk.base}/setup/{token}/")
    assert token and token not in page.url
    assert look_at(page, "/setup/") == []
    page.get_by_label("Brand").first.fill("Lumo")
    page.get_by_label("Your name").fill("Ada")
    page.locator("input[type=email]").fill("ada@example.test")
    for field in page.locator("input[type=password]").all():
        field.fill("correct horse battery staple 9")
    page.locator("main button[type=submit], form.form button[type=submit]").first.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.goto(f"{desk.base}/setup/{token}/").status == 404  # type: ignore[union-attr]
    context.close()


def test_the_pages_that_a_mail_leads_to_are_for_everyone_too(
    browser: Browser, complaints: Complaints, desk: House, things: dict[str, Any]
) -> None:
    context = open_context(browser, complaints)
    page = context.new_page()
    assert soon(_mailed_keys, 20)
    address = _mailed_keys()[0]
    page.goto(f"{desk.base}/join/{address}/")
    assert address not in page.url
    assert look_at(page, "/join/") == []
    context.close()


def _mailed_keys() -> list[str]:
    """Of invitations that can still be used; other stories left theirs in the folder."""
    found = [key for mail in newest() for key in re.findall(r"/join/([\w-]+)/", mail.text)]
    return [key for key in found if Invitation.of_token(key)]


def visit(page: Page, desk: House, address: str) -> bool:
    """Whether there is a page: some addresses only take what a form sends, lead elsewhere or hold nothing yet."""
    asked = page.context.request.get(desk.base + address, max_redirects=0, headers={"Accept": "text/html"})
    assert asked.status < 500, address
    if asked.status != 200 or "html" not in asked.headers["content-type"]:
        return False
    page.goto(desk.base + address)
    return True


def look_at(page: Page, address: str) -> list[str]:
    """What axe finds in light, and what colours it finds in dark."""
    page.wait_for_load_state("load")
    page.evaluate(AXE)
    rules = {rule: {"enabled": False} for rule in TWICE.get(address, [])}
    found = _violations(page, "light", {"rules": rules}, address)
    return found + _violations(page, "dark", {"runOnly": ["color-contrast"]}, address)


def _violations(
    page: Page, scheme: Literal["light", "dark"], options: dict[str, Any], address: str
) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.wait_for_timeout(250)  # colours take up to 150 ms to change
    page.evaluate(STANDS_STILL)
    asked = [BETWEEN, {"resultTypes": ["violations"], "elementRef": False, **options}]
    found = page.evaluate("async ([where, how]) => (await axe.run(where, how)).violations", asked)
    return [
        f"{address} {scheme}: {one['id']} {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in found
        for node in one["nodes"]
    ]
