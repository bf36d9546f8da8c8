"""The pages on which articles come in and go out."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kefu.articles import importing
from kefu.articles.models import Article, ArticleImport, Translation
from kefu.articles.tests.test_imports import FOLDER, _kept_here, zipped
from kefu.people.models import Brand, Staff
from kefu.people.testing import signed_in

__all__ = ["_kept_here"]
pytestmark = pytest.mark.django_db
PAGE = "/console/settings/articles/"


@pytest.fixture
def browser(supervisor: Staff) -> Client:
    return signed_in(supervisor)


def upload(browser: Client, brand: Brand, content: bytes = b"", shape: str = "markdown") -> Any:
    file = SimpleUploadedFile("articles.zip", content)
    return browser.post(PAGE, {"brand": brand.pk, "format": shape, "file": file, "publish": "on"})


def worked_off(run: ArticleImport) -> ArticleImport:
    importing.go_on(ArticleImport.objects.get(pk=run.pk))
    run.refresh_from_db()
    return run


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_folder_is_checked_first_and_then_imported(browser: Client, brand: Brand) -> None:
    answer = upload(browser, brand, zipped({**FOLDER, "bad.fr.md": "x"}))
    run = ArticleImport.objects.get()
    page = f"{PAGE}imports/{run.pk}/"
    assert answer["Location"] == page
    assert 'hx-trigger="every 2s"' in text(browser.get(page))
    worked_off(run)
    shown = text(browser.get(page, headers={"HX-Request": "true"}))
    assert "<html" not in shown and "hx-trigger" not in shown
    assert "The language “fr” is not kept here." in shown
    assert not Article.objects.exists()
    table = b"".join(browser.get(f"{page}download/bad-articles.csv")).decode()
    assert table.splitlines()[1] == "bad.fr.md,,The language “fr” is not kept here."
    browser.post(f"{page}import")
    real = ArticleImport.objects.exclude(pk=run.pk).get()
    assert worked_off(real).created == 1
    browser.post(f"{page}import")
    assert ArticleImport.objects.count() == 2
    assert Translation.objects.published().count() == 2


def test_what_stopped_is_told_and_can_go_on(browser: Client, brand: Brand) -> None:
    upload(browser, brand, b"no zip")
    run = worked_off(ArticleImport.objects.get())
    page = f"{PAGE}imports/{run.pk}/"
    assert "This is no zip" in text(browser.get(page)) and "Go on" in text(browser.get(page))
    browser.post(f"{page}resumption")
    run.refresh_from_db()
    assert run.state == "waiting"


def test_what_cannot_be_uploaded_is_said(browser: Client, brand: Brand, other_brand: Brand) -> None:
    assert upload(browser, other_brand, b"x").status_code == 422
    assert upload(browser, brand, b"x", "word").status_code == 422
    assert browser.post(PAGE, {"brand": brand.pk, "format": "csv"}).status_code == 422
    assert not ArticleImport.objects.exists()


def test_everything_goes_out_in_three_shapes(
    browser: Client, brand: Brand, returns_text: Translation
) -> None:
    for kind, name in (("zip", "application/zip"), ("csv", "text/csv"), ("json", "application/json")):
        answer = browser.get(f"{PAGE}{brand.pk}/download/articles.{kind}")
        assert answer["Content-Type"].startswith(name)
        assert "attachment" in answer["Content-Disposition"]
        content = b"".join(answer)
        if kind == "zip":
            archive = zipfile.ZipFile(io.BytesIO(content))
            content = b"".join(map(archive.read, archive.namelist()))
        assert "怎样退货" in content.decode()


def test_only_those_who_may_publish_see_it_and_of_their_brands_only(
    senior: Staff, charlie: Staff, supervisor: Staff, brand: Brand, other_brand: Brand
) -> None:
    for stranger in (senior, charlie):
        assert signed_in(stranger).get(PAGE).status_code in (403, 404)
        assert signed_in(stranger).get(f"{PAGE}{brand.pk}/download/articles.zip").status_code in (403, 404)
    theirs = ArticleImport.objects.create(brand=other_brand, format="csv", started_by=charlie)
    mine = signed_in(supervisor)
    assert mine.get(f"{PAGE}imports/{theirs.pk}/").status_code == 404
    assert mine.post(f"{PAGE}imports/{theirs.pk}/import").status_code == 404
    assert mine.get(f"{PAGE}{other_brand.pk}/download/articles.csv").status_code == 404


def test_the_list_costs_as_many_queries_for_many_as_for_one(
    browser: Client, brand: Brand, supervisor: Staff, django_assert_num_queries: Any
) -> None:
    ArticleImport.objects.create(brand=brand, format="csv", started_by=supervisor)
    browser.get(PAGE)
    with CaptureQueriesContext(connection) as once:
        browser.get(PAGE)
    for _number in range(20):
        ArticleImport.objects.create(brand=brand, format="csv", started_by=supervisor)
    with django_assert_num_queries(len(once)):
        browser.get(PAGE)
