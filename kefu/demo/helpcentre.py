"""The help centres of the demo: articles from ``articles/<brand>/<category>/<key>.<language>.md``.

Rows are stored a statement for each kind, as a start with the demo must stay quick. What the head of a file says beside
title, summary and questions stands in the one of the article's own language. ``state`` is draft or review for what is
not published; ``from`` and ``until`` of announcements are days from today; ``<key>.<language>.1.md`` is what an article
said before, which its translation still follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from kefu.articles import files, frontmatter, passages, writing
from kefu.articles.frontmatter import Sheet
from kefu.articles.models import Article, Audience, Category, Kind, Stage, Translation, Version
from kefu.demo import readers
from kefu.demo.readers import EN, ZH
from kefu.people.models import Brand, Staff
from kefu.people.roles import Role

FOLDER = Path(__file__).parent / "articles"
OLDEST, NEWEST = 190, 12  # days since an article was published
ANOTHER = timedelta(days=9)  # until it was changed
TRANSLATED = timedelta(hours=5)
PRINTED = "2.4"
AT_HOME = ZoneInfo("Asia/Shanghai")


@dataclass(slots=True)
class Books:
    """Rows to be stored, and since when each version is written."""

    random: Random
    now: datetime
    writers: dict[str, Staff]
    categories: dict[str, Category] = field(default_factory=dict)
    articles: list[Article] = field(default_factory=list)
    translations: list[Translation] = field(default_factory=list)
    versions: list[tuple[Version, datetime]] = field(default_factory=list)

    def store(self) -> None:
        """A translation and its versions name each other, so it learns of them once they are stored."""
        Category.objects.bulk_create(self.categories.values())
        Article.objects.bulk_create(self.articles)
        says = [(one.pk, one.latest, one.live, one.follows) for one in self.translations]
        live = {one.pk: one.live for one in self.translations}
        for one in self.translations:
            one.latest = one.live = one.follows = None
        Translation.objects.bulk_create(self.translations)
        Version.objects.bulk_create(version for version, _at in self.versions)
        _name_versions(says)
        for one in self.translations:
            one.live = live[one.pk]
        readers.date_back(Version, "written_at", self.versions)
        passages.store_first(self.translations)


_NAME_VERSIONS = """
UPDATE articles_translation t SET latest_id = g.latest, live_id = g.live, follows_id = g.follows
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[]) AS g(id, latest, live, follows) WHERE t.id = g.id
"""


def _name_versions(says: list[tuple[UUID, Version | None, Version | None, Version | None]]) -> None:
    """Of each translation: what was saved last, what is live, what it follows."""
    rows = [(pk, *(version and version.pk for version in versions)) for pk, *versions in says]
    with connection.cursor() as cursor:
        cursor.execute(_NAME_VERSIONS, [list(column) for column in zip(*rows, strict=True)])


def open_them(brands: Sequence[Brand], *, staff: Sequence[Staff], random: Random) -> None:
    now, writers = timezone.now(), {one.role: one for one in staff}
    readers.furnish(brands)
    for brand in brands:
        books = Books(random, now, writers, {one.slug: one for one in readers.shelves(brand)})
        for folder in sorted((FOLDER / brand.slug).iterdir()):
            for place, source in enumerate(sorted(folder.glob(f"*.{ZH}.md"))):
                _tell(books, brand, source, place)
        books.store()
        _print_manuals(brand, books)
        readers.read(brand, books.translations, random, now)


def _tell(books: Books, brand: Brand, source: Path, place: int) -> None:
    key, told = source.name.removesuffix(f".{ZH}.md"), _read(source)
    article = _article(books, brand, books.categories.get(source.parent.name), told, place)
    books.articles.append(article)
    published = not told.one("state")
    at = article.shown_from or books.now - timedelta(days=books.random.uniform(NEWEST, OLDEST))
    chinese = Translation(
        article=article,
        brand=brand,
        language=ZH,
        slug=writing.slug_of(told.one("title")),
        stage=Stage.REVIEW if told.one("state") == "review" else Stage.WRITING,
    )
    first = _say(books, chinese, [*_before(source), told], at, published=published)
    translated = source.with_name(f"{key}.{EN}.md")
    if translated.exists():
        english = Translation(article=article, brand=brand, language=EN, slug=key, follows=first)
        _say(books, english, [_read(translated)], at + TRANSLATED, published=published)


def _read(file: Path) -> Sheet:
    return frontmatter.read(file.read_text(encoding="utf-8"))


def _before(source: Path) -> list[Sheet]:
    earlier = source.with_name(source.name.replace(".md", ".1.md"))
    return [_read(earlier)] if earlier.exists() else []


def _article(books: Books, brand: Brand, category: Category | None, told: Sheet, place: int) -> Article:
    kind = Kind(told.one("kind") or Kind.FAQ)
    return Article(
        brand=brand,
        kind=kind,
        category=category,
        audience=told.one("audience") or Audience.EVERYONE,
        news=told.one("news"),
        shown_from=_day(told.one("from"), books.now),
        shown_until=_day(told.one("until"), books.now),
        product_models=told.several("models"),
        position=place,
        owner=books.writers[Role.SENIOR if kind == Kind.HOW_TO else Role.SUPERVISOR],
        review_on=(books.now + timedelta(days=books.random.randint(-8, 170))).date(),
    )


def _day(days: str, now: datetime) -> datetime | None:
    """Its first moment where the brands are at home."""
    if not days:
        return None
    day = now.astimezone(AT_HOME) + timedelta(days=int(days))
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


def _say(
    books: Books, translation: Translation, told: Sequence[Sheet], at: datetime, *, published: bool
) -> Version:
    """Each as a version; the first of them."""
    versions = [
        (_version(translation, number, sheet), min(at + ANOTHER * (number - 1), books.now))
        for number, sheet in enumerate(told, 1)
    ]
    translation.latest, last_at = versions[-1]
    if published:
        translation.live = translation.latest
        translation.first_published_at, translation.published_at = at, last_at
    books.translations.append(translation)
    books.versions.extend(versions)
    return versions[0][0]


def _version(translation: Translation, number: int, told: Sheet) -> Version:
    return Version(
        translation=translation,
        number=number,
        title=told.one("title"),
        summary=told.one("summary"),
        body=told.body,
        questions=told.several("questions"),
        written_by=translation.article.owner,
    )


def _print_manuals(brand: Brand, books: Books) -> None:
    """The PDF beside an article's file is its printed manual."""
    for article in books.articles:
        for model in article.product_models if article.kind == Kind.MANUAL else ():
            printed = FOLDER / brand.slug / "manuals" / f"{model}.pdf"
            files.keep_bytes(
                article, printed.read_bytes(), printed.name, by=article.owner, version_label=PRINTED
            )
