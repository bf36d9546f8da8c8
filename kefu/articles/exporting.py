"""Articles on their way out, in shapes that ``importing`` and other desks read. Nothing is left out: drafts, staff-only
articles and files are there; archived articles are not.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.db.models import Prefetch

from kefu.articles import files, frontmatter, markdown, sites
from kefu.articles.addresses import address_of
from kefu.articles.exchange import tables
from kefu.articles.models import Article, ArticleFile, Audience, Format, Origin, Stage, Translation
from kefu.lib import csv
from kefu.people.models import Brand

OTHERS_CALL = {"zh-hans": "zh-cn", "en": "en-us"}
AT_ONCE = 200


def articles(brand: Brand, format: Format) -> Iterator[Article]:  # noqa: A002 - as the model calls it
    """In the order of the shelves, with all that is written."""
    texts = Translation.objects.select_related("latest", "live").order_by("language")
    found = brand.articles.filter(archived_at=None).select_related("category", "owner", "brand__site")
    around = (
        Prefetch("translations", texts),
        Prefetch("files", ArticleFile.objects.order_by("id")),
        Prefetch("origins", Origin.objects.filter(format=format)),
    )
    return (
        found.prefetch_related(*around)
        .order_by("category__position", "position", "id")
        .iterator(chunk_size=AT_ONCE)
    )


# -- Markdown


def markdown_zip(brand: Brand, into: IO[bytes]) -> None:
    """One file a text, in a folder a category; pictures and documents in ``files/``."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for article in articles(brand, Format.MARKDOWN):
            for file in article.files.all():
                with default_storage.open(file.stored) as opened:
                    archive.writestr(_path_of(file), opened.read())
            for text in article.translations.all():
                archive.writestr(_path(article, text), _sheet(article, text))


def _path(article: Article, text: Translation) -> str:
    """By its id, as two languages may have the same address for different articles."""
    folder = article.category.slug if article.category else "articles"
    return f"{folder}/{article.pk}.{text.language}.md"


def _path_of(file: ArticleFile) -> str:
    return f"files/{file.pk}/{file.name}"


def _sheet(article: Article, text: Translation) -> str:
    latest = text.latest
    assert latest is not None
    body, beside = latest.body, _beside(article)
    for file in article.files.all():
        body = body.replace(f"]({files.in_markdown(file)}", f"](../{quote(_path_of(file))}")
    own = [named for file, named in beside if file.language == text.language]
    shared = [named for file, named in beside if not file.language]
    head: dict[str, str | Sequence[str]] = {
        "key": _key(article),
        "language": text.language,
        "source": article.source_language,
        "title": latest.title,
        "summary": latest.summary,
        "slug": text.slug,
        "state": _state(text),
        "kind": article.kind,
        "audience": article.audience,
        "category": article.category.slug if article.category else "",
        "category_name": article.category.names.get(text.language, "") if article.category else "",
        "owner": article.owner.email if article.owner else "",
        "review": article.review_on.isoformat() if article.review_on else "",
        "news": article.news,
        "from": article.shown_from.isoformat() if article.shown_from else "",
        "until": article.shown_until.isoformat() if article.shown_until else "",
        "models": article.product_models,
        "questions": latest.questions,
        "files": own,
        "shared_files": shared if text.language == article.source_language else [],
    }
    return frontmatter.write(head, body)


def _beside(article: Article) -> list[tuple[ArticleFile, str]]:
    """Files that stand beside the article, in no text, as its head calls them."""
    bodies = [text.latest.body for text in article.translations.all() if text.latest]
    return [
        (file, f"../{_path_of(file)}" + (f"#{file.version_label}" if file.version_label else ""))
        for file in article.files.all()
        if not any(files.in_markdown(file) in body for body in bodies)
    ]


def _key(article: Article) -> str:
    """What it was called where it came from; else its id."""
    return next((one.key for one in article.origins.all()), str(article.pk))


def _state(text: Translation) -> str:
    if text.live_id is not None:
        return "published"
    return "review" if text.stage == Stage.REVIEW else "draft"


# -- a table


def table(brand: Brand) -> Iterator[str]:
    return csv.lines(_rows(brand))


def _rows(brand: Brand) -> Iterator[Iterable[object]]:
    yield tables.COLUMNS
    for article in articles(brand, Format.CSV):
        category = article.category
        for text in _source_first(article):
            latest = text.latest
            assert latest is not None
            yield (
                _key(article),
                text.language,
                latest.title,
                latest.body,
                latest.summary,
                "\n".join(latest.questions),
                category.named_in(text.language) if category else "",
                article.kind,
                article.audience,
                _state(text),
                text.slug,
            )


def _source_first(article: Article) -> list[Translation]:
    return sorted(article.translations.all(), key=lambda text: text.language != article.source_language)


# -- Zendesk's shape


def zendesk(brand: Brand) -> Iterator[str]:
    """Its parts, to be sent as they come: ten thousand articles are not held at once."""
    sections = [_section(place, one) for place, one in enumerate(brand.categories.all(), 1)]
    numbers = {one["slug"]: one["id"] for one in sections}
    yield '{"sections": ' + json.dumps(sections, ensure_ascii=False) + ', "articles": ['
    for place, article in enumerate(articles(brand, Format.ZENDESK)):
        section = numbers.get(article.category.slug) if article.category else None
        yield (",\n" if place else "\n") + json.dumps(_zendesk_article(article, section), ensure_ascii=False)
    yield "\n]}\n"


def _section(place: int, category: Any) -> dict[str, Any]:
    return {
        "id": place,
        "slug": category.slug,
        "name": category.named_in(category.brand.language),
        "locale": OTHERS_CALL[category.brand.language],
        "source_locale": OTHERS_CALL[category.brand.language],
        "translations": [
            {"locale": OTHERS_CALL[code], "title": name} for code, name in category.names.items()
        ],
        "position": category.position,
    }


def _zendesk_article(article: Article, section: int | None) -> dict[str, Any]:
    texts = [_zendesk_text(article, text) for text in _source_first(article)]
    return {
        "id": _key(article),
        "section_id": section,
        "source_locale": texts[0]["locale"],
        "position": article.position,
        "user_segment_id": 1 if article.audience == Audience.CUSTOMERS else None,
        **texts[0],
        "translations": texts,
    }


def _zendesk_text(article: Article, text: Translation) -> dict[str, Any]:
    """The body as readers have it."""
    latest = text.latest
    assert latest is not None
    addresses = {
        files.in_markdown(file): sites.absolute(
            sites.of(article.brand), files.address_of_file(file, article.brand)
        )
        for file in article.files.all()
    }
    body = markdown.render(latest.body, file=addresses.get).html
    return {
        "locale": OTHERS_CALL[text.language],
        "title": latest.title,
        "body": str(body),
        "draft": text.live_id is None
        or article.audience == Audience.STAFF,  # never public elsewhere by accident
        "label_names": latest.questions,
        "html_url": sites.absolute(sites.of(article.brand), address_of(text)),
    }
