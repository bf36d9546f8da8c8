"""A customer looks for the answer alone: on a phone without scripts, and on a wide screen that keeps pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kefu.articles.addresses import address_of
from kefu.articles.models import Article, Audience, Kind, Led, Search, Translation, Vote
from kefu.conversations.models import Inbox
from kefu.people.models import Brand
from kefu.portal.tests.helping import also_in, announce, publish, shelf
from tests.browsing import Chat, Complaints, open_context, soon
from tests.house import House
from tests.journeys.test_every_page import look_at

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

LONG = """Before you begin, charge both.

## Put them in the case

1. Close the lid.
2. Wait.

> [!WARNING]
> Not while charging.

## Hold the button

| light | means |
|---|---|
| blue | ready |

## Choose it in the list

Done."""

SIZES = "(({ transferSize, encodedBodySize }) => [transferSize, encodedBodySize])(performance.getEntriesByType('navigation')[0])"


@pytest.fixture
def pairing(brand: Brand) -> Translation:
    asked = publish(
        brand, "How do I pair the earbuds?", LONG, summary="In a minute", category=shelf(brand, "use")
    )
    also_in(asked, "zh-hans", "怎样配对耳机", "## 放进充电盒\n\n合上盖子，等一会儿。")
    publish(brand, "One side is silent", category=asked.article.category)
    return asked


def test_on_a_phone_without_scripts_a_customer_solves_it_alone(
    browser: Browser, complaints: Complaints, desk: House, brand: Brand, pairing: Translation
) -> None:
    context = open_context(
        browser, complaints, viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"{desk.base}/b/lumo/en/")
    page.get_by_role("searchbox").fill("pair earbuds")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="How do I pair the earbuds?").click()
    page.get_by_role("link", name="Hold the button").click()
    assert page.url.endswith("#s-hold-the-button")
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("You said that it helped")).to_be_visible()
    page.get_by_label("What could be better?").fill("Say how long to wait")
    page.get_by_role("button", name="Save the comment").click()
    expect(page.get_by_label("What could be better?")).to_have_value("Say how long to wait")
    assert (Vote.objects.get().helped, Vote.objects.get().comment) == (True, "Say how long to wait")
    assert Search.objects.get().opened == pairing
    page.get_by_role("link", name="简体中文").click()
    expect(page.get_by_role("heading", name="怎样配对耳机")).to_be_visible()
    context.close()


def test_one_who_asks_a_person_all_the_same_brings_what_they_read(
    browser: Browser, complaints: Complaints, desk: House, inbox: Inbox, pairing: Translation
) -> None:
    context = open_context(browser, complaints)
    page = context.new_page()
    page.goto(desk.base + address_of(pairing))
    page.get_by_role("link", name="Talk to a person").click()
    page.get_by_role("link", name="Start a chat").click()
    chat = Chat(page, page)
    chat.begins("It still does not pair")
    assert soon(Led.objects.exists)
    assert Led.objects.get().translation == pairing
    context.close()


def test_a_page_that_the_browser_kept_works_as_before(
    browser: Browser, complaints: Complaints, desk: House, pairing: Translation
) -> None:
    """The answer "not changed" carries no policy: one of its own would shut out the kept page's scripts."""
    context = open_context(browser, complaints)
    page = context.new_page()
    for _ in range(3):
        page.goto(desk.base + address_of(pairing))
        page.get_by_role("link", name="Announcements", exact=True).first.click()
    page.goto(desk.base + address_of(pairing))
    sent, whole = page.evaluate(SIZES)
    assert 0 < sent < whole, "it was asked for again, and not sent again"
    page.get_by_role("button", name="Colours").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith(address_of(pairing)), "a script changed it, without a round trip"
    context.close()


def test_axe_finds_nothing_and_nothing_is_too_wide(
    browser: Browser,
    complaints: Complaints,
    desk: House,
    inbox: Inbox,
    other_brand: Brand,
    brand: Brand,
    pairing: Translation,
) -> None:
    announce(brand, "The app rests for two hours", news="maintenance")
    announce(brand, "New lamp")
    publish(brand, "Members only", audience=Audience.CUSTOMERS)
    gone = publish(brand, "Old lamp", kind=Kind.MANUAL)
    Article.objects.filter(pk=gone.article_id).update(archived_at=gone.article.created_at)
    paths = ["", "c/use/", f"a/{pairing.slug}/", "search?q=pair", "search?q=zzqq", "news/", "contact"]
    paths += ["a/members-only/", "a/old-lamp/"]
    context = open_context(browser, complaints, viewport={"width": 390, "height": 844})
    page, found, wide = context.new_page(), [], []
    for path in paths:
        page.goto(f"{desk.base}/b/lumo/en/{path}")
        found += look_at(page, path)
        width = page.evaluate("document.documentElement.scrollWidth")
        wide += [f"{path}: {width}"] if width > 390 else []
    found += _after_voting(page, desk, pairing)
    page.set_viewport_size({"width": 1440, "height": 900})
    for path in ["", "c/use/", "a/怎样配对耳机/", "search?q=耳机", "search?q=zzqq", "news/", "contact"]:
        answer = page.goto(f"{desk.base}/b/lumo/zh-hans/{path}")
        assert answer is not None and answer.ok, path
        found += look_at(page, f"zh-hans, {path}")
    assert (found, wide) == ([], [])
    context.close()


def _after_voting(page: Page, desk: House, pairing: Translation) -> list[str]:
    page.goto(desk.base + address_of(pairing))
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_label("What was missing or wrong?")).to_be_visible()
    return look_at(page, "voted")


def test_what_is_printed_is_the_article_alone(
    browser: Browser, complaints: Complaints, desk: House, pairing: Translation, tmp_path: Path
) -> None:
    context = open_context(browser, complaints)
    page = context.new_page()
    page.goto(desk.base + address_of(pairing))
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Hold the button")).to_be_visible()
    for hidden in ("Was this helpful?", "Related articles", "On this page"):
        expect(page.get_by_role("heading", name=hidden)).to_be_hidden()
    expect(page.locator("header.topbar")).to_be_hidden()
    assert re.search(r"Choose it in the list", page.inner_text("main"))
    context.close()
