"""An author writes, a publisher publishes, a translator follows, and readers find it at once."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kefu.articles import writing
from kefu.articles.models import Translation
from kefu.articles.writing import Said
from kefu.people.models import Brand, Staff
from tests.browsing import Complaints, open_context, sign_in, soon
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def authors(browser: Browser, complaints: Complaints, desk: House, senior: Staff) -> Iterator[BrowserContext]:
    context = open_context(browser, complaints)
    sign_in(context, desk, senior)
    yield context
    context.close()


@pytest.fixture
def publishers(
    browser: Browser, complaints: Complaints, desk: House, supervisor: Staff
) -> Iterator[BrowserContext]:
    context = open_context(browser, complaints)
    sign_in(context, desk, supervisor)
    yield context
    context.close()


def begin_article(page: Page, desk: House, title: str) -> None:
    page.goto(f"{desk.base}/console/articles/")
    page.get_by_role("link", name="New article").first.click()
    page.get_by_label("Written in").select_option("English")
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_be_visible()


def test_from_the_first_word_to_a_reader_who_searches(
    authors: BrowserContext,
    publishers: BrowserContext,
    browser: Browser,
    complaints: Complaints,
    desk: House,
    brand: Brand,
) -> None:
    page = authors.new_page()
    begin_article(page, desk, "Cleaning the projector")
    text, preview = page.get_by_role("textbox", name="Text", exact=True), page.locator("#preview")
    text.press_sequentially("## With what\n\nA dry cloth.\n\n")
    page.get_by_label("Callout").select_option("DANGER")
    text.press_sequentially("## How often\n\nEvery month.\n\n")
    expect(preview.locator("blockquote.callout-bad")).to_be_visible()
    expect(preview.get_by_role("link", name="How often")).to_be_visible()

    page.locator("[data-files]").set_input_files(
        {"name": "cloth.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    expect(preview.get_by_alt_text("cloth.png")).to_have_js_property("naturalWidth", 1)
    text.press_sequentially("\n\nOnly when it is off.")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="Save and ask for review").click()
    expect(page.get_by_text("Somebody who may publish looks at it next.")).to_be_visible()

    other = publishers.new_page()
    other.goto(f"{desk.base}/console/articles/?state=review")
    other.get_by_role("link", name="Cleaning the projector").click()
    other.get_by_role("button", name="Approve and publish").click()
    expect(other.get_by_text("Published. Readers find it from now on.")).to_be_visible()

    readers = open_context(browser, complaints)
    reader = readers.new_page()
    reader.goto(f"{desk.base}/b/{brand.slug}/en/search?q=projector")
    reader.get_by_role("link", name="Cleaning the projector").first.click()
    expect(reader.get_by_text("Only when it is off.")).to_be_visible()
    expect(reader.get_by_alt_text("cloth.png")).to_have_js_property("naturalWidth", 1)
    readers.close()


def test_of_two_who_write_at_once_neither_loses_a_word(
    authors: BrowserContext, publishers: BrowserContext, desk: House, brand: Brand, senior: Staff
) -> None:
    said = Said("Cleaning", "A dry cloth.")
    article = writing.begin(brand, language="en", said=said, by=senior)
    hers, his = authors.new_page(), publishers.new_page()
    for page in (hers, his):
        page.goto(f"{desk.base}/console/articles/texts/{article.pk}/")
    his.get_by_role("textbox", name="Text", exact=True).fill("A wet cloth.")
    his.get_by_role("button", name="Save", exact=True).click()
    expect(his.get_by_text("Saved.")).to_be_visible()
    hers.get_by_role("textbox", name="Text", exact=True).fill("A soft dry cloth.")
    hers.get_by_role("button", name="Save", exact=True).click()
    expect(hers.get_by_text("What was saved meanwhile")).to_be_visible()
    expect(hers.locator(".difference ins")).to_have_text("wet")
    expect(hers.get_by_role("textbox", name="Text", exact=True)).to_have_value("A soft dry cloth.")
    assert soon(lambda: Translation.objects.get().versions.count() == 2)


def test_everything_is_done_without_scripts(
    browser: Browser, complaints: Complaints, desk: House, brand: Brand, supervisor: Staff
) -> None:
    context = open_context(browser, complaints, java_script_enabled=False)
    sign_in(context, desk, supervisor)
    page = context.new_page()
    begin_article(page, desk, "Cleaning")
    page.get_by_role("textbox", name="Text", exact=True).fill("## With what\n\nA dry cloth.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview h2")).to_have_text("With what")
    assert Translation.objects.get().versions.count() == 1
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("Published. Readers find it from now on.")).to_be_visible()
    context.close()
