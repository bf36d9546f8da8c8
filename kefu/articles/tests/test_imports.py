"""Articles come in from elsewhere: checked first, and the same again changes nothing."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from kefu.articles import arranging, importing, writing
from kefu.articles.exchange import folders
from kefu.articles.models import (
    Article,
    ArticleImport,
    Audience,
    Format,
    ImportState,
    Kind,
    Origin,
    Translation,
)
from kefu.people.models import Brand, Refused, Staff

pytestmark = pytest.mark.django_db

HOW = """---
key: returns-how
title: How do I return it?
summary: In four steps.
questions: send it back, "wrong size, what now"
category: returns
category_name: Returns
kind: how-to
models: LQ-1, LQ-2
---

See ![the slip](../pictures/slip.png).
"""
HOW_ZH = """---
key: returns-how
title: 怎样退货
category_name: 退换
---

请看![退货单](../pictures/slip.png)。
"""


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(drawn, "PNG")
    return drawn.getvalue()


def zipped(files: dict[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


FOLDER: dict[str, str | bytes] = {
    "returns/how.en.md": HOW,
    "returns/how.zh-hans.md": HOW_ZH,
    "pictures/slip.png": picture(),
    "__MACOSX/returns/._how.en.md": b"\x00\x05",
}


@pytest.fixture(autouse=True)
def _kept_here(tmp_path: Path, settings: Settings) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }


def imported(
    brand: Brand,
    by: Staff,
    content: bytes,
    shape: Format = Format.MARKDOWN,
    *,
    dry: bool = False,
    publish: bool = True,
) -> ArticleImport:
    run = importing.begin(brand, shape=shape, content=content, file_name="x", publish=publish, dry=dry, by=by)
    importing.go_on(run)
    run.refresh_from_db()
    return run


def counts(run: ArticleImport) -> tuple[int, int, int, int]:
    return run.created, run.changed, run.unchanged, run.bad


def reasons(run: ArticleImport) -> list[str]:
    return list(run.bad_articles.order_by("id").values_list("reason", flat=True))


def test_a_folder_becomes_an_article_in_both_languages_with_its_picture(
    brand: Brand, supervisor: Staff
) -> None:
    run = imported(brand, supervisor, zipped(FOLDER))
    assert (run.state, counts(run)) == (ImportState.DONE, (1, 0, 0, 0))
    article = Article.objects.get()
    assert (article.kind, article.product_models) == (Kind.HOW_TO, ["LQ-1", "LQ-2"])
    assert article.category is not None
    assert (article.category.slug, article.category.names) == (
        "returns",
        {"en": "Returns", "zh-hans": "退换"},
    )
    texts = {one.language: one for one in article.translations.select_related("live")}
    file = article.files.get()
    for text in texts.values():
        assert text.live is not None and f"(files/{file.pk})" in text.live.body
    assert texts["en"].live is not None
    assert texts["en"].live.questions == ["send it back", "wrong size, what now"]


def test_the_same_again_changes_nothing(brand: Brand, supervisor: Staff) -> None:
    imported(brand, supervisor, zipped(FOLDER))
    assert counts(imported(brand, supervisor, zipped(FOLDER))) == (0, 0, 1, 0)
    again = imported(brand, supervisor, zipped({**FOLDER, "returns/how.en.md": HOW.replace("four", "three")}))
    assert counts(again) == (0, 1, 0, 0)
    assert Article.objects.count() == 1
    behind = [one.language for one in Translation.objects.with_source() if one.is_behind]
    assert behind == []


def test_what_a_text_says_no_more_about_stays(brand: Brand, supervisor: Staff) -> None:
    imported(brand, supervisor, zipped(FOLDER))
    plain = HOW.replace("kind: how-to\n", "").replace("models: LQ-1, LQ-2\n", "")
    imported(brand, supervisor, zipped({**FOLDER, "returns/how.en.md": plain}))
    article = Article.objects.get()
    assert (article.kind, article.product_models) == (Kind.HOW_TO, ["LQ-1", "LQ-2"])


def test_a_dry_run_stores_nothing_and_can_be_taken_for_good_once(
    brand: Brand, supervisor: Staff, tmp_path: Path
) -> None:
    run = imported(brand, supervisor, zipped(FOLDER), dry=True)
    assert counts(run) == (1, 0, 0, 0)
    assert not Article.objects.exists() and not brand.categories.exists()
    assert len([file for file in tmp_path.rglob("*") if file.is_file()]) == 1
    real = importing.take_for_good(run, by=supervisor)
    importing.go_on(real)
    assert Article.objects.count() == 1
    with pytest.raises(Refused):
        importing.take_for_good(run, by=supervisor)


def test_unpublished_it_waits_for_an_author(brand: Brand, supervisor: Staff) -> None:
    imported(brand, supervisor, zipped(FOLDER), publish=False)
    assert not Translation.objects.published().exists()


def test_what_waited_for_review_there_waits_here(brand: Brand, supervisor: Staff) -> None:
    waiting = zipped({"a.en.md": "---\ntitle: A\nstate: review\n---\nx"})
    imported(brand, supervisor, waiting)
    text = Translation.objects.get()
    assert (text.stage, text.live) == ("review", None)
    assert counts(imported(brand, supervisor, waiting)) == (0, 0, 1, 0)


def test_every_bad_file_is_named_with_the_reason_and_the_others_are_taken(
    brand: Brand, supervisor: Staff
) -> None:
    bad: dict[str, str | bytes] = {
        "a.en.md": "---\ntitle: A\nno colon\n---\nx",
        "b.en.md": "---\ntitle: B\nkind: poem\n---\nx",
        "c.fr.md": "---\ntitle: C\n---\nx",
        "d.en.md": b"\xff\xfe\x00",
        "e.en.md": "---\ntitle: E\n---\n",
        "f.en.md": f"---\ntitle: {'F' * 200}\n---\nx",
        "g.en.md": "---\ntitle: G\nfiles: ../nothing.pdf\n---\nx",
        "h.en.md": "---\ntitle: H\nfrom: tomorrow\nkind: announcement\n---\nx",
        "i.en.md": "---\ntitle: I\nstate: perhaps\n---\nx",
    }
    run = imported(brand, supervisor, zipped({**FOLDER, **bad}))
    assert counts(run) == (1, 0, 0, len(bad))
    places = set(run.bad_articles.values_list("place", flat=True))
    assert places == set(bad)
    told = " ".join(reasons(run))
    for part in ("Line 3", "poem", "fr", "UTF-8", "empty", "160", "nothing.pdf", "tomorrow", "perhaps"):
        assert part in told


@pytest.mark.parametrize(
    "content",
    [
        b"no zip",
        zipped({"../outside.md": "x"}),
        zipped({"notes.txt": "x"}),
        zipped({f"{number}.md": "x" for number in range(11)}),
        zipped({"bomb.md": bytes(2_000_000)}),
    ],
    ids=["garbage", "leads outside", "nothing in it", "too many files", "a bomb"],
)
def test_an_upload_that_cannot_be_trusted_is_told_and_leaves_nothing(
    brand: Brand, supervisor: Staff, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MOST_FILES", 10)
    monkeypatch.setattr(folders, "MOST_UNPACKED", 1_000_000)
    run = imported(brand, supervisor, content)
    assert run.state == ImportState.STOPPED and run.problem
    assert not Article.objects.exists()


def test_a_file_that_runs_is_not_kept(brand: Brand, supervisor: Staff) -> None:
    evil: dict[str, str | bytes] = {
        "a.en.md": "---\ntitle: A\n---\n[x](run.exe)",
        "run.exe": b"MZ" + bytes(500),
    }
    run = imported(brand, supervisor, zipped(evil))
    assert counts(run) == (0, 0, 0, 1)
    assert not Article.objects.exists()


def test_a_run_that_stopped_goes_on_after_its_last_commit(brand: Brand, supervisor: Staff) -> None:
    files: dict[str, str | bytes] = {f"{n:02}.en.md": f"---\ntitle: T{n}\n---\nx" for n in range(30)}
    run = importing.begin(
        brand,
        shape=Format.MARKDOWN,
        content=zipped(files),
        file_name="x",
        publish=False,
        dry=False,
        by=supervisor,
    )
    ArticleImport.objects.filter(pk=run.pk).update(done=20, created=20)
    run.refresh_from_db()
    importing.go_on(run)
    assert (run.done, run.created, Article.objects.count()) == (30, 30, 10)


def test_what_is_archived_here_does_not_come_back_by_an_import(brand: Brand, supervisor: Staff) -> None:
    imported(brand, supervisor, zipped(FOLDER))
    arranging.archive(Article.objects.get(), by=supervisor)
    run = imported(brand, supervisor, zipped(FOLDER))
    assert counts(run) == (0, 0, 0, 1) and "archive" in reasons(run)[0]


def test_the_same_key_in_another_brand_is_another_article(
    brand: Brand, other_brand: Brand, supervisor: Staff
) -> None:
    imported(brand, supervisor, zipped(FOLDER))
    imported(other_brand, supervisor, zipped(FOLDER))
    assert (
        Article.objects.filter(brand=brand).count() == Article.objects.filter(brand=other_brand).count() == 1
    )


def test_anothers_article_cannot_be_changed_by_naming_its_id(
    brand: Brand, other_brand: Brand, supervisor: Staff
) -> None:
    theirs = writing.begin(other_brand, language="en", said=writing.Said("Theirs", "x"), by=None).article
    run = imported(brand, supervisor, zipped({"a.en.md": f"---\nkey: {theirs.pk}\ntitle: Mine\n---\ny"}))
    assert counts(run) == (1, 0, 0, 0)
    assert theirs.translations.get().latest.title == "Theirs"  # type: ignore[union-attr]


ZENDESK = {
    "sections": [
        {
            "id": 7,
            "name": "Delivery",
            "locale": "en-us",
            "translations": [{"locale": "zh-cn", "title": "配送"}],
        }
    ],
    "articles": [
        {
            "id": 101,
            "section_id": 7,
            "source_locale": "en-us",
            "locale": "en-us",
            "title": "When does it arrive?",
            "body": "<h2>Times</h2><ul><li>two <b>days</b></li></ul><script>x()</script>",
            "draft": False,
            "label_names": ["delivery time"],
            "user_segment_id": None,
        },
        {"id": 102, "locale": "fr", "title": "Quand", "body": "<p>x</p>"},
        {"id": 103, "locale": "en-us", "title": "A draft", "body": "<p>x</p>", "draft": True},
    ],
    "translations": [
        {
            "source_id": 101,
            "source_type": "Article",
            "locale": "zh-cn",
            "title": "多久送到",
            "body": "<p>两天</p>",
        }
    ],
}


def test_an_export_of_zendesk_is_read_with_its_translations(brand: Brand, supervisor: Staff) -> None:
    run = imported(brand, supervisor, json.dumps(ZENDESK).encode(), Format.ZENDESK)
    assert counts(run) == (2, 0, 0, 1)
    article = Origin.objects.get(key="101").article
    texts = {one.language: one.live for one in article.translations.select_related("live")}
    assert texts["en"] and texts["en"].body == "## Times\n\n- two **days**"
    assert texts["en"].questions == ["delivery time"]
    assert texts["zh-hans"] and texts["zh-hans"].title == "多久送到"
    assert article.category and article.category.names == {"en": "Delivery", "zh-hans": "配送"}
    assert Origin.objects.get(key="103").article.translations.get().live is None
    again = imported(brand, supervisor, json.dumps(ZENDESK).encode(), Format.ZENDESK)
    assert counts(again) == (0, 0, 2, 1)


def test_an_export_of_chatwoot_is_read_with_its_translations(brand: Brand, supervisor: Staff) -> None:
    category = {"id": 1, "name": "Orders", "slug": "orders", "locale": "en"}
    told = {
        "payload": [
            {
                "id": 1,
                "title": "Track",
                "content": "**Here**",
                "status": "published",
                "locale": "en",
                "category": category,
            },
            {
                "id": 2,
                "title": "物流",
                "content": "这里",
                "status": 1,
                "locale": "zh_CN",
                "associated_article_id": 1,
            },
            {"id": 3, "title": "Old", "content": "x", "status": "archived", "locale": "en"},
            {"id": 4, "title": "", "content": "x", "status": "published", "locale": "en"},
        ],
        "meta": {"articles_count": 4},
    }
    run = imported(brand, supervisor, json.dumps(told).encode(), Format.CHATWOOT)
    assert counts(run) == (2, 0, 0, 1)
    article = Origin.objects.get(key="1").article
    assert set(article.translations.values_list("language", flat=True)) == {"en", "zh-hans"}
    assert article.category and article.category.slug == "orders"
    assert not Origin.objects.get(key="3").article.translations.published().exists()


@pytest.mark.parametrize("content", [b"{", b"[]", b"[" * 100_000, b'{"articles": 5}', b'{"articles": [5]}'])
@pytest.mark.parametrize("shape", [Format.ZENDESK, Format.CHATWOOT])
def test_json_that_is_none_is_told(brand: Brand, supervisor: Staff, content: bytes, shape: Format) -> None:
    assert imported(brand, supervisor, content, shape).state == ImportState.STOPPED


def test_a_table_is_read_with_html_and_two_languages(brand: Brand, supervisor: Staff) -> None:
    table = (
        "key;language;title;html;category;audience;state\n"
        "a;en;One;<p>first <i>one</i></p>;Orders;customers;published\n"
        "a;zh;一;<p>第一</p>;;;published\n"
        "b;en;Two;<p>x</p>;;nobody;\n"
    )
    run = imported(brand, supervisor, table.encode("utf-8-sig"), Format.CSV)
    assert counts(run) == (1, 0, 0, 1)
    article = Article.objects.get()
    assert (article.audience, article.category and article.category.slug) == (Audience.CUSTOMERS, "orders")
    assert article.translations.get(language="en").live.body == "first *one*"  # type: ignore[union-attr]
    assert run.bad_articles.get().place == "4"


def test_a_table_without_the_columns_is_told(brand: Brand, supervisor: Staff) -> None:
    run = imported(brand, supervisor, b"a,b\n1,2\n", Format.CSV)
    assert "title" in run.problem


def test_old_uploads_are_swept_away(brand: Brand, supervisor: Staff) -> None:
    run = imported(brand, supervisor, zipped(FOLDER), dry=True)
    assert importing.sweep() == 0
    assert importing.sweep(timedelta(seconds=-1)) == 1
    run.refresh_from_db()
    assert run.file == ""
