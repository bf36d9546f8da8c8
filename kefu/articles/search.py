"""Finding articles: one search for help centre, widget, forms, console, assistant and API."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils.safestring import SafeString

from kefu.articles import fresh
from kefu.articles.excerpts import excerpt
from kefu.articles.index import Guess, Near, Place, elect
from kefu.articles.models import Passage, Translation
from kefu.articles.models.articles import TranslationQuerySet
from kefu.people.models import Brand

LONGEST_QUERY = 200


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
    """The best first, each article once: in ``language`` where it is told in it, else in the other one.

    The index knows words, not rights: who may read what is asked of the database at every search, before anything is
    ranked, so that what one may not read changes neither results nor their number.
    """
    query = query[:LONGEST_QUERY].strip()
    shelf = fresh.shelf(brand)
    near = shelf.near(query) if query else Near()
    told = _readable(brand, reader, near)

    def may_vote(place: Place) -> bool:
        one = told.get(place.part)
        return one is not None and one.live == shelf.says(one.id)

    guesses = elect(near, may_vote)[:limit]
    shown = [_shown(guess, near, told, language) for guess in guesses]
    passages = _passages(shown)
    return [_found(one, passages, near.tokens) for one in shown]


class _Told(NamedTuple):
    """A translation that this reader may read."""

    id: UUID
    article: UUID
    language: str
    slug: str
    live: UUID
    title: str


class _Shown(NamedTuple):
    guess: Guess
    told: _Told
    passage: int | None


def _readable(brand: Brand, reader: Reader, near: Near) -> Mapping[object, _Told]:
    articles = {place.label for place in near.places()}
    if not articles:
        return {}
    rows = (
        _translations(reader)
        .filter(brand=brand, article__in=articles)
        .values_list("pk", "article_id", "language", "slug", "live_id", "live__title")
    )
    return {row[0]: _Told(*row) for row in rows}


def _translations(reader: Reader) -> TranslationQuerySet:
    if reader == Reader.STAFF:
        return Translation.objects.all().published()
    return Translation.objects.all().for_customers(signed_in=reader == Reader.CUSTOMER)


def _shown(guess: Guess, near: Near, told: Mapping[object, _Told], language: str) -> _Shown:
    """In the reader's language where there is one; and of what is shown, the passage that fits best."""
    ways = [one for one in told.values() if one.article == guess.label]
    chosen = next((one for one in ways if one.language == language), ways[0])
    fitting = (place.passage for place, *_ in near.by_words if place.part == chosen.id and place.passage)
    return _Shown(guess, chosen, next(fitting, None))


def _passages(shown: Sequence[_Shown]) -> dict[UUID, Passage]:
    """Of each translation the passage chosen, or its first one."""
    if not shown:
        return {}
    chosen = {one.passage for one in shown if one.passage}
    first = Q(position=0, translation__in=[one.told.id for one in shown if not one.passage])
    return {one.translation_id: one for one in Passage.objects.filter(Q(pk__in=chosen) | first)}


def _found(shown: _Shown, passages: Mapping[UUID, Passage], tokens: Collection[str]) -> Found:
    guess, told, _chosen = shown
    passage = passages.get(told.id) or Passage()
    return Found(
        translation_id=told.id,
        article_id=told.article,
        title=told.title,
        slug=told.slug,
        language=told.language,
        heading=passage.heading,
        anchor=passage.anchor,
        excerpt=excerpt(passage.text, tokens),
        score=guess.score,
        confidence=guess.confidence,
        behind=passage.text,
    )
