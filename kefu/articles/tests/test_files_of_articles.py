"""Pictures and manuals of an article: kept under random names, shown to whoever may read it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from kefu.articles import files, writing
from kefu.articles.models import Article, ArticleFile, Audience, Translation
from kefu.articles.writing import Said
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Refused, Staff
from kefu.people.testing import signed_in

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(drawn, "PNG")
    return drawn.getvalue()


def address(article: Article) -> str:
    return f"/console/articles/{article.pk}/files"


def upload(browser: Client, article: Article, name: str, data: bytes, **more: Any) -> Any:
    headers = {"Accept": "application/json"} if more.pop("in_editor", False) else {}
    return browser.post(address(article), {"file": SimpleUploadedFile(name, data), **more}, headers=headers)


@pytest.fixture
def author(senior: Staff) -> Client:
    return signed_in(senior)


@pytest.fixture
def article(returns_text: Translation) -> Article:
    return returns_text.article


def test_a_picture_from_the_editor_comes_back_as_markdown_and_shows_in_the_text(
    author: Client, article: Article, returns_text: Translation, senior: Staff
) -> None:
    answer = upload(author, article, "on [shelf].png", picture(), in_editor=True)
    assert answer.status_code == 201
    kept = ArticleFile.objects.get()
    assert answer.json()["markdown"] == f"![on (shelf).png](files/{kept.pk})"
    assert (kept.width, kept.height) == (8, 6)
    assert "shelf" not in kept.stored
    writing.write(returns_text, Said("怎样退货", answer.json()["markdown"]), by=senior)
    shown = author.get(f"/console/articles/{article.pk}/").content.decode()
    assert f'src="{address(article)}/{kept.pk}"' in shown
    served = author.get(f"{address(article)}/{kept.pk}")
    assert served["Content-Disposition"].startswith("attachment")
    assert served["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served["Content-Security-Policy"]


def test_a_manual_has_its_version_and_language(author: Client, article: Article) -> None:
    answer = upload(author, article, "manual.pdf", PDF, version_label="2.1", language="en")
    assert answer.status_code == 302
    kept = ArticleFile.objects.get()
    assert (kept.type, kept.version_label, kept.language) == ("application/pdf", "2.1", "en")
    author.post(f"{address(article)}/{kept.pk}/label", {"version_label": "2.2", "language": ""})
    kept.refresh_from_db()
    assert (kept.version_label, kept.language) == ("2.2", "")
    wrong = author.post(f"{address(article)}/{kept.pk}/label", {"version_label": "x" * 41}, follow=True)
    assert "at most 40 characters" in wrong.content.decode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.png", b"<svg onload='alert(1)'/>"),
        ("manual.pdf", b"<html><script>alert(1)</script>"),
        ("empty.png", b""),
    ],
)
def test_what_could_be_run_in_our_name_is_not_kept(
    author: Client, article: Article, name: str, data: bytes
) -> None:
    """A5, A6, A9."""
    for in_editor in (True, False):
        answer = upload(author, article, name, data, in_editor=in_editor)
        assert answer.status_code == 422
    assert not ArticleFile.objects.exists()


def test_the_same_file_again_is_the_same(author: Client, article: Article) -> None:
    first = upload(author, article, "a.png", picture(), in_editor=True).json()
    assert upload(author, article, "a.png", picture(), in_editor=True).json()["id"] == first["id"]
    assert ArticleFile.objects.count() == 1


def test_no_file_is_said_so(author: Client, article: Article) -> None:
    answer = author.post(address(article), {}, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_too_many_at_once_are_asked_to_wait(author: Client, article: Article, senior: Staff) -> None:
    from kefu.database import limits

    for _time in range(60):
        limits.hit(f"upload:{senior.pk}", limit=60, per=60)
    assert upload(author, article, "a.png", picture(), in_editor=True).status_code == 429
    assert not ArticleFile.objects.exists()


def test_a_file_that_the_text_shows_is_not_removed(
    author: Client, article: Article, returns_text: Translation, senior: Staff
) -> None:
    kept = files.keep_bytes(article, picture(), "a.png", by=senior)
    writing.write(returns_text, Said("怎样退货", f"![a](files/{kept.pk})"), by=senior)
    answer = author.post(f"{address(article)}/{kept.pk}/removal", follow=True)
    assert "The text still shows this file" in answer.content.decode()
    writing.write(returns_text, Said("怎样退货", "No picture."), by=senior)
    author.post(f"{address(article)}/{kept.pk}/removal")
    assert not ArticleFile.objects.exists()


def test_what_is_removed_leaves_the_disk_too(
    article: Article, senior: Staff, django_capture_on_commit_callbacks: Any
) -> None:
    kept = files.keep_bytes(article, picture(), "a.png", by=senior)
    with django_capture_on_commit_callbacks(execute=True):
        files.remove(kept, by=senior)
    assert not default_storage.exists(kept.stored)


def test_files_of_another_article_do_not_show_and_are_not_found(
    author: Client, article: Article, returns_text: Translation, senior: Staff, brand: Brand
) -> None:
    other = writing.begin(brand, language="en", said=Said("Other"), by=senior).article
    kept = files.keep_bytes(other, picture(), "a.png", by=senior)
    writing.write(returns_text, Said("怎样退货", f"![the picture](files/{kept.pk})"), by=senior)
    shown = author.get(f"/console/articles/{article.pk}/").content.decode()
    assert "[the picture]" in shown
    assert str(kept.stored) not in shown
    assert author.get(f"{address(article)}/{kept.pk}").status_code == 404
    assert author.post(f"{address(article)}/{kept.pk}/removal").status_code == 404


def test_who_may_not_write_adds_nothing_and_another_brand_sees_nothing(
    article: Article, mei: Staff, charlie: Staff, senior: Staff
) -> None:
    kept = files.keep_bytes(article, picture(), "a.png", by=senior)
    assert upload(signed_in(mei), article, "b.png", picture()).status_code == 403
    assert signed_in(mei).get(f"{address(article)}/{kept.pk}").status_code == 200
    assert signed_in(charlie).get(f"{address(article)}/{kept.pk}").status_code == 404


def test_customers_open_files_of_what_they_may_read_today(
    article: Article, returns_text: Translation, supervisor: Staff, brand: Brand, other_brand: Brand
) -> None:
    kept = files.keep_bytes(article, picture(), "a.png", by=supervisor)
    assert files.opened_for(brand, kept.pk, signed_in=False) is None
    writing.publish(returns_text, by=supervisor)
    assert files.opened_for(brand, kept.pk, signed_in=False) == kept
    assert files.opened_for(other_brand, kept.pk, signed_in=False) is None
    assert files.opened_for(brand, uuid7(), signed_in=True) is None
    Article.objects.update(audience=Audience.CUSTOMERS)
    assert files.opened_for(brand, kept.pk, signed_in=False) is None
    assert files.opened_for(brand, kept.pk, signed_in=True) == kept
    Article.objects.update(audience=Audience.STAFF)
    assert files.opened_for(brand, kept.pk, signed_in=True) is None


def test_too_large_is_told_before_it_is_read(article: Article, senior: Staff) -> None:
    large = SimpleUploadedFile("a.pdf", b"%PDF")
    large.size = 26 * 1024 * 1024
    with pytest.raises(Refused, match="larger than 25 MB"):
        files.keep(article, large, by=senior)
