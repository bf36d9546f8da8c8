"""Both brands of the demo have a help centre, in both languages, with everything that authors deal with."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from kefu.articles import markdown
from kefu.articles.models import (
    Article,
    Category,
    Kind,
    News,
    Passage,
    Search,
    Stage,
    Synonyms,
    Translation,
    Vote,
)
from kefu.demo import load
from kefu.people.models import Brand

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(tmp_path: Path, settings: Settings) -> None:
    settings.KEFU_DATA = tmp_path
    settings.KEFU_DEMO = True
    load.load_demo()


@pytest.mark.usefixtures("loaded")
def test_there_is_enough_to_read_in_both_languages() -> None:
    for brand, least in (("lumquay", 40), ("kettlemoth", 7)):
        for language in ("zh-hans", "en"):
            shown = Translation.objects.for_customers(signed_in=False)
            assert shown.filter(brand__slug=brand, language=language).count() >= least
    assert set(Article.objects.values_list("kind", flat=True)) == set(Kind.values)
    assert set(Article.objects.exclude(news="").values_list("news", flat=True)) == set(News.values)
    assert all(one.articles.exists() for one in Category.objects.all())


@pytest.mark.usefixtures("loaded")
def test_there_is_something_in_every_state_that_authors_see() -> None:
    found = Translation.objects.with_source().select_related("article")
    assert [one.slug for one in found if one.is_behind] == ["watch-battery"]
    assert found.filter(live=None, stage=Stage.WRITING).count() == 1
    assert found.filter(live=None, stage=Stage.REVIEW).count() == 1
    assert Article.objects.filter(audience="staff").count() == 3
    now = timezone.now()
    news = Article.objects.filter(kind=Kind.ANNOUNCEMENT, brand__slug="lumquay")
    assert news.count() == 4
    assert news.filter(shown_until__gt=now).exists() and news.filter(shown_until__lt=now).exists()
    assert Article.objects.filter(review_on__lt=now.date()).exists()


@pytest.mark.usefixtures("loaded")
def test_readers_have_been_there() -> None:
    assert Vote.objects.filter(helped=False).exclude(comment="").exists()
    assert Search.objects.filter(found=0).exists() and Search.objects.filter(found__gt=0).exists()
    assert not Search.objects.filter(at__gt=timezone.now()).exists()
    assert {one.brand for one in Synonyms.objects.all()} == set(Brand.objects.all())


@pytest.mark.usefixtures("loaded")
def test_what_is_live_is_found_and_written_as_our_markdown_has_it() -> None:
    for one in Translation.objects.select_related("live"):
        assert one.passages.exists() is (one.live is not None)
        if one.live is not None:
            assert one.live.title and len(one.live.questions) >= (
                1 if one.article.kind != "announcement" else 0
            )
            assert "[!" not in markdown.render(one.live.body).html
    assert Passage.objects.filter(anchor__gt="").exists()


@pytest.mark.usefixtures("loaded")
def test_manuals_have_their_printed_version() -> None:
    for manual in Article.objects.filter(kind=Kind.MANUAL):
        assert [(one.type, one.version_label) for one in manual.files.all()] == [("application/pdf", "2.4")]
