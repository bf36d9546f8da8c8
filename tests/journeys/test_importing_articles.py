"""Whoever publishes brings a folder of articles in, and takes it out again as it was."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kefu.people.models import Brand, Staff
from tests.browsing import Complaints, open_context, sign_in
from tests.house import House
from tests.journeys.test_every_page import look_at

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]
SHEET = "---\nkey: kettle\ntitle: White spots in the kettle\ncategory: care\n---\n\nBoil citric acid.\n"


@pytest.fixture
def page(
    request: pytest.FixtureRequest, browser: Browser, complaints: Complaints, desk: House, supervisor: Staff
) -> Page:
    context = open_context(browser, complaints, base_url=desk.base)
    sign_in(context, desk, supervisor)
    request.addfinalizer(context.close)
    return context.new_page()


def test_from_a_folder_to_the_help_centre_and_out_again(page: Page, brand: Brand, tmp_path: Path) -> None:
    folder = tmp_path / "help.zip"
    with zipfile.ZipFile(folder, "w") as archive:
        archive.writestr("care/kettle.en.md", SHEET)
        archive.writestr("care/bouilloire.fr.md", SHEET)

    page.goto("/console/settings/articles/")
    assert look_at(page, "imports") == []
    page.get_by_label("File", exact=True).set_input_files(folder)
    page.get_by_label("Publish at once").check()
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Checked, not stored")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("cell", name="care/bouilloire.fr.md")).to_be_visible()
    assert look_at(page, "import") == []
    page.get_by_role("button", name="Import all but the bad ones").click()
    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=20_000)

    page.goto(f"/b/{brand.slug}/en/c/care/")
    page.get_by_role("link", name="White spots in the kettle").click()
    expect(page.get_by_text("Boil citric acid.")).to_be_visible()

    page.goto("/console/settings/articles/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Markdown (zip)").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        (sheet,) = (archive.read(name).decode() for name in archive.namelist())
    assert "key: kettle" in sheet and "Boil citric acid." in sheet
