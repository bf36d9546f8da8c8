"""Finding articles: one search for help centre, widget, forms, console, assistant and API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString

from kefu.articles.models import Passage, Translation
from kefu.articles.models.articles import TranslationQuerySet
from kefu.people.models import Brand

LONGEST_QUERY = 200
LONGEST_EXCERPT = 200


class Reader(Enum):
    """For whom is searched: whoever comes by, a signed-in customer, a colleague (who also sees internal articles)."""

    EVERYONE = "everyone"
    CUSTOMER = "customer"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Found:
    """An article with the passage that fits best. ``excerpt`` is escaped, what was asked for in ``<mark>``.

    ``confidence`` is between 0 and 1: how sure it is that this answers the question; compare it with a threshold.
    ``score`` only orders the results of one search. ``behind`` is the passage's whole plain text, for quotation.
    ``heading`` and ``anchor`` are empty where the passage stands before the first heading.
    """

    translation_id: UUID
    article_id: UUID
    title: str
    slug: str
    language: str
    heading: str
    anchor: str
    excerpt: SafeString
    score: float
    confidence: float
    behind: str


def find(brand: Brand, query: str, *, language: str, reader: Reader, limit: int = 10) -> list[Found]:
    """The best first. In ``language``; articles that are not told in it are found in the other one.

    Who may read what is asked of the database at every search.
    """
    words = set(_words(query[:LONGEST_QUERY]))
    if not words:
        return []
    passages = Passage.objects.filter(translation__in=_readable(brand, reader)).select_related(
        "translation__live"
    )
    best: dict[UUID, Found] = {}
    for passage in passages:
        found = _found(passage, words)
        known = best.get(found.article_id)
        if found.score > 0 and (known is None or _rank(found, language) > _rank(known, language)):
            best[found.article_id] = found
    return sorted(best.values(), key=lambda one: -one.score)[:limit]


def _readable(brand: Brand, reader: Reader) -> TranslationQuerySet:
    translations = Translation.objects.filter(brand=brand)
    if reader == Reader.STAFF:
        return translations.published()
    return translations.for_customers(signed_in=reader == Reader.CUSTOMER)


def _found(passage: Passage, words: set[str]) -> Found:
    translation = passage.translation
    title = translation.live.title if translation.live else ""
    said = f"{title} {passage.heading} {passage.text}".lower()
    score = sum(word in said for word in words) / len(words)
    return Found(
        translation_id=translation.pk,
        article_id=translation.article_id,
        title=title,
        slug=translation.slug,
        language=translation.language,
        heading=passage.heading,
        anchor=passage.anchor,
        excerpt=_excerpt(passage.text, words),
        score=score,
        confidence=score,
        behind=passage.text,
    )


def _rank(found: Found, language: str) -> tuple[bool, float]:
    return found.language == language, found.score


def _words(query: str) -> Iterator[str]:
    for word in re.findall(r"[a-z0-9]+|[\u3400-\u9fff]+", query.lower()):
        yield from (
            (word,) if word.isascii() or len(word) < 2 else (word[i : i + 2] for i in range(len(word) - 1))
        )


def _excerpt(text: str, words: set[str]) -> SafeString:
    asked = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    parts = re.split(f"({asked})", text[:LONGEST_EXCERPT], flags=re.IGNORECASE)
    marked = ((f"<mark>{escape(part)}</mark>" if part.lower() in words else escape(part),) for part in parts)
    return format_html_join("", "{}", ((SafeString(part),) for (part,) in marked))
