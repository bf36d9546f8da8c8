from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, Page, expect

ColourScheme = Literal["light", "dark"]

pytestmark = pytest.mark.browser
# Everything stands there once light and once dark, landmarks included.
TWICE = {"rules": {"landmark-unique": {"enabled": False}}}


@pytest.mark.parametrize(
    ("language", "width", "reader"),
    [("en", 1440, "staff"), ("zh-hans", 1440, "staff"), ("zh-hans", 390, "customer")],
)
def test_axe_finds_nothing_in_either_theme_or_language(
    page: Page, address: str, photographs: Path, language: str, width: int, reader: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/-/parts?language={language}&reader={reader}")
    page.screenshot(path=photographs / f"parts-{language}-{reader}-{width}.png", full_page=True)
    found = Axe().run(page, options=TWICE)
    assert found.response["violations"] == [], found.generate_report()


def test_nothing_is_wider_than_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{address}/-/parts")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_fragment_is_swapped_in_under_trusted_types(page: Page, address: str) -> None:
    page.goto(f"{address}/swaps")
    page.get_by_role("button", name="Get").click()
    expect(page.locator("#swapped")).to_have_text("GET")


def test_a_swap_that_writes_brings_its_token(page: Page, address: str) -> None:
    page.goto(f"{address}/swaps")
    page.get_by_role("button", name="Post").click()
    expect(page.locator("#swapped")).to_have_text("POST")


def test_a_string_cannot_become_markup_by_itself(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/swaps")
    refused = "() => { try { document.body.innerHTML = '<b>x</b>'; return false } catch (e) { return true } }"
    assert page.evaluate(refused)


def test_a_menu_is_walked_with_the_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/-/parts")
    opener = page.get_by_role("button", name="Which list").first
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", name="Mine").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitemradio", name="Team").first).to_be_focused()
    page.keyboard.press("u")
    expect(page.get_by_role("menuitemradio", name="Unassigned").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_a_dialog_keeps_the_keyboard_and_gives_it_back(page: Page, address: str) -> None:
    page.goto(f"{address}/-/parts")
    opener = page.get_by_role("button", name="Open a dialog").first
    opener.click()
    expect(page.get_by_role("dialog", name="Hand over")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_combobox_narrows_and_chooses(page: Page, address: str) -> None:
    page.goto(f"{address}/-/parts")
    box = page.locator("[data-combobox]").first
    box.get_by_role("combobox").fill("yun")
    expect(box.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert box.locator("select").evaluate("select => select.value") == "yun"
    expect(box.get_by_role("combobox")).to_have_value("Yun Park")


def test_too_large_a_file_is_said_before_it_is_sent(page: Page, address: str) -> None:
    page.goto(f"{address}/-/parts")
    drop = page.locator("[data-filedrop]").first
    drop.evaluate("drop => { drop.dataset.limit = '0.00001' }")
    drop.locator("input[type=file]").set_input_files(
        FilePayload(name="a.png", mimeType="image/png", buffer=b"x" * 100)
    )
    expect(drop.locator(".file.failed")).to_contain_text("Too large")
    assert drop.locator("input[type=file]").evaluate("input => input.files.length") == 0


def test_the_theme_changes_at_once_and_stays(page: Page, address: str) -> None:
    page.goto(f"{address}/-/parts")
    page.get_by_role("button", name="Colours").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_good_news_goes_by_itself_and_bad_news_stays(page: Page, address: str) -> None:
    page.clock.install()
    page.goto(f"{address}/-/parts")
    toasts = page.locator(".partsheet-toasts").first.locator(".toast")
    expect(toasts).to_have_count(3)
    page.clock.fast_forward(11_000)
    expect(toasts).to_have_count(1)
    expect(toasts).to_have_class("toast bad")


def test_what_takes_away_asks_first(page: Page, address: str) -> None:
    page.goto(f"{address}/swaps")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert "DELETE" not in sent
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("dialog")).to_contain_text("The note is gone")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#swapped")).to_have_text("DELETE")


def test_a_swap_that_fails_tells_in_a_toast(chromium: Browser, address: str) -> None:
    page = chromium.new_page(locale="en-US")
    page.goto(f"{address}/swaps")
    page.get_by_role("button", name="Break").click()
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong on our side")
    expect(page.locator("#target")).to_be_empty()


def test_a_server_that_is_not_reached_is_told_in_a_toast(chromium: Browser, address: str) -> None:
    page = chromium.new_page(locale="en-US")
    page.goto(f"{address}/swaps")
    page.context.set_offline(True)
    page.get_by_role("button", name="Get").click()
    expect(page.get_by_role("alert")).to_contain_text("The server could not be reached")


def test_the_streaming_extension_loads_under_the_same_policy(page: Page, address: str) -> None:
    page.goto(f"{address}/swaps")
    page.evaluate("() => import('/static/vendor/hx-sse.js')")


@pytest.mark.parametrize("path", ["/nothing", "/swaps", "/tells"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_plain_pages(
    chromium: Browser, address: str, path: str, theme: ColourScheme
) -> None:
    page = chromium.new_page(color_scheme=theme, locale="zh-CN")
    page.goto(f"{address}{path}")
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()


def test_ages_go_on_while_one_looks(page: Page, address: str) -> None:
    page.clock.install()
    page.goto(f"{address}/-/parts")
    shown = page.locator("time[data-relative]").last
    expect(shown).to_have_text("7 min")
    page.clock.fast_forward("02:00")
    expect(shown).to_have_text("9 min")


def test_an_undo_can_be_used_once(page: Page, address: str) -> None:
    page.goto(f"{address}/swaps")
    page.get_by_role("button", name="Offer").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
