"""What goes out comes in again, the same."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from kefu.articles import exporting, files, writing
from kefu.articles.models import Article, Audience, Category, Format, Kind
from kefu.articles.tests.test_imports import _kept_here, counts, imported, picture
from kefu.articles.writing import Said
from kefu.people.models import Brand, Staff

__all__ = ["_kept_here"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(brand: Brand, supervisor: Staff) -> Article:
    """One with everything: two languages, a picture in the text, a manual beside it, marks of every kind."""
    shelf = Category.objects.create(brand=brand, slug="care", names={"en": "Care", "zh-hans": "保养"})
    text = writing.begin(
        brand,
        language="en",
        said=Said("“Quoted”, and: a colon", "x"),
        by=supervisor,
        kind=Kind.MANUAL,
        category=shelf,
        audience=Audience.CUSTOMERS,
    )
    article = text.article
    shown = files.keep_bytes(article, picture(), "a picture (1).png", by=supervisor)
    files.keep_bytes(
        article, b"%PDF-1.4\n%%EOF\n", "manual.pdf", by=supervisor, version_label="2.4", language="en"
    )
    body = f"- = formula\n\n> [!TIP]\n> ![slip](files/{shown.pk})\n\n| a | b |\n| --- | --- |\n| 1 | `2` |"
    said = Said('"Quoted", and: a colon', body, "One; two", ["comma, inside", 'quote "inside"', "[bracket]"])
    writing.write(text, said, by=supervisor)
    writing.publish(text, by=supervisor)
    other = writing.translate(article, language="zh-hans", said=Said("=保养", "正文"), by=supervisor)
    writing.rename(other, "保养-方法", by=supervisor)
    Article.objects.filter(pk=article.pk).update(product_models=["LQ-1"], review_on="2027-01-31")
    return article


def told(article: Article) -> object:
    """All that a reader or an author can tell apart, whichever article it is."""
    article = Article.objects.get(pk=article.pk)
    named = {files.in_markdown(file): file.name for file in article.files.all()}
    texts = []
    for text in article.translations.order_by("language"):
        assert text.latest is not None
        body = text.latest.body
        for name, plain in named.items():
            body = body.replace(name, plain)
        said = (text.latest.title, text.latest.summary, body, text.latest.questions)
        texts.append((text.language, text.slug, text.live_id is not None, said))
    beside = sorted((file.name, file.version_label, file.language) for file in article.files.all())
    place = (article.kind, article.audience, article.product_models, article.review_on)
    shelf = article.category and (article.category.slug, article.category.names)
    return texts, beside, place, shelf, article.source_language


def zipped(brand: Brand) -> bytes:
    made = io.BytesIO()
    exporting.markdown_zip(brand, made)
    return made.getvalue()


def test_markdown_and_files_come_into_another_brand_as_they_were(
    shelf: Article, brand: Brand, other_brand: Brand, supervisor: Staff
) -> None:
    run = imported(other_brand, supervisor, zipped(brand))
    assert counts(run) == (1, 0, 0, 0)
    assert told(Article.objects.get(brand=other_brand)) == told(shelf)


def test_markdown_and_files_that_come_back_change_nothing(
    shelf: Article, brand: Brand, supervisor: Staff
) -> None:
    assert counts(imported(brand, supervisor, zipped(brand))) == (0, 0, 1, 0)
    assert shelf.files.count() == 2


def test_a_table_that_comes_back_changes_nothing(shelf: Article, brand: Brand, supervisor: Staff) -> None:
    table = "".join(exporting.table(brand)).encode()
    assert b"'=" in table
    assert counts(imported(brand, supervisor, table, Format.CSV)) == (0, 0, 1, 0)


def test_the_shape_of_zendesk_that_comes_back_changes_nothing(
    shelf: Article, brand: Brand, supervisor: Staff
) -> None:
    made = "".join(exporting.zendesk(brand))
    article = json.loads(made)["articles"][0]
    assert article["user_segment_id"] == 1 and "<table>" in article["body"]
    assert {one["locale"] for one in article["translations"]} == {"zh-cn", "en-us"}
    first = imported(brand, supervisor, made.encode(), Format.ZENDESK)
    assert counts(first)[0] == 0
    again = "".join(exporting.zendesk(brand))
    assert counts(imported(brand, supervisor, again.encode(), Format.ZENDESK)) == (0, 0, 1, 0)


def test_what_is_for_staff_leaves_as_a_draft_where_it_might_be_read(
    shelf: Article, brand: Brand, supervisor: Staff
) -> None:
    Article.objects.update(audience=Audience.STAFF)
    article = json.loads("".join(exporting.zendesk(brand)))["articles"][0]
    assert all(one["draft"] for one in article["translations"])
    with zipfile.ZipFile(io.BytesIO(zipped(brand))) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".md")]
    assert all("audience: staff" in sheet for sheet in sheets)


def test_each_brand_takes_out_its_own(shelf: Article, other_brand: Brand, supervisor: Staff) -> None:
    assert json.loads("".join(exporting.zendesk(other_brand)))["articles"] == []
    assert len(list(exporting.table(other_brand))) == 1


@pytest.mark.usefixtures("shelf")
def test_a_shelf_of_fifty_costs_as_many_queries_as_one(
    brand: Brand, django_assert_max_num_queries: object
) -> None:
    for number in range(50):
        writing.begin(brand, language="en", said=Said(f"T{number}", "x"), by=None)
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        list(exporting.table(brand))
