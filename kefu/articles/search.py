"""Finding articles: one search for help centre, widget, forms, console, assistant and API."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from operator import add
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, When
from django.utils.safestring import SafeString

from kefu.articles import fresh
from kefu.articles.excerpts import excerpt
from kefu.articles.index import Guess, Near, Place, elect
from kefu.articles.models import Passage, Translation
from kefu.articles.models.articles import TranslationQuerySet
from kefu.lib import words
from kefu.people.models import Brand

LONGEST_QUERY = 200
MOST_PLAIN, MOST_PLAINLY_FOUND = 5, 100
TOLD = ("pk", "article_id", "language", "slug", "live_id", "live__title")  # what _Told is made of


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
    shelf = fresh.shelf(brand.pk)
    near = shelf.near(query) if query else Near()
    if near is None:
        return _found_plainly(brand, query, language=language, reader=reader, limit=limit)
    told = _readable(brand, reader, near)

    def may_vote(place: Place) -> bool:
        one = told.get(place.part)
        return one is not None and one.live == shelf.says(one.id)

    guesses = elect(near, may_vote)[:limit]
    return _all_found([_shown(guess, near, told, language) for guess in guesses], near.tokens)


def _found_plainly(brand: Brand, query: str, *, language: str, reader: Reader, limit: int) -> list[Found]:
    """By the database alone, while the index is being made: what has most of the words, and never sure of it."""
    tokens = _telling(query)
    if not tokens:
        return []
    told = {row[0]: _Told(*row[:-1]) for row in _with_words(brand, reader, tokens)}
    best: dict[UUID, _Told] = {}
    for one in told.values():
        if one.article not in best or one.language == language:
            best[one.article] = one
    shown = [_Shown(Guess(one.article, 0.0, 0.0), one, None) for one in [*best.values()][:limit]]
    return _all_found(shown, tokens)


def _telling(query: str) -> frozenset[str]:
    """A few of its words, the longest."""
    tokens = [each for each in words.tokens(query) if not words.is_grammar(each)]
    several = [each for each in tokens if len(each) > 1]
    return frozenset(sorted(several or tokens, key=len)[-MOST_PLAIN:])


def _with_words(brand: Brand, reader: Reader, tokens: Collection[str]) -> Iterable[tuple[Any, ...]]:
    """Those with most of them, first; in a title they count twice."""
    has = [
        When(condition, then=worth)
        for token in tokens
        for condition, worth in (
            (Q(live__title__icontains=token), 2),
            (Exists(Passage.objects.filter(translation=OuterRef("pk"), text__icontains=token)), 1),
        )
    ]
    worth = reduce(add, (Case(each, default=0) for each in has))
    rows = _translations(reader).filter(brand=brand).annotate(worth=worth).filter(worth__gt=0)
    return rows.order_by("-worth", "pk").values_list(*TOLD, "worth")[:MOST_PLAINLY_FOUND]


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
    rows = _translations(reader).filter(brand=brand, article__in=articles).values_list(*TOLD)
    return {row[0]: _Told(*row) for row in rows}


def _translations(reader: Reader) -> TranslationQuerySet:
    if reader == Reader.STAFF:
        return Translation.objects.all().published()
    return Translation.objects.all().for_customers(signed_in=reader == Reader.CUSTOMER)


def _shown(guess: Guess, near: Near, told: Mapping[object, _Told], language: str) -> _Shown:
    """In the reader's language where there is one; and of what is shown, the passage that fits best."""
    ways = [one for one in told.values() if one.article == guess.label]
    chosen = next((one for one in ways if one.language == language), ways[0])
    places = (place for place, *_ in (*near.by_words, *near.by_said))
    fitting = (place.passage for place in places if place.part == chosen.id and place.passage)
    return _Shown(guess, chosen, next(fitting, None))


def _all_found(shown: Sequence[_Shown], tokens: Collection[str]) -> list[Found]:
    passages = _passages(shown)
    return [_found(one, passages, tokens) for one in shown]


def _passages(shown: Sequence[_Shown]) -> dict[int | UUID, Passage]:
    """Those chosen, by their number; and the first one of each translation, by its."""
    if not shown:
        return {}
    chosen = {one.passage for one in shown if one.passage}
    first = Q(position=0, translation__in=[one.told.id for one in shown])
    passages: dict[int | UUID, Passage] = {}
    for each in Passage.objects.filter(Q(pk__in=chosen) | first):
        passages[each.pk] = each
        if each.position == 0:
            passages[each.translation_id] = each
    return passages


def _found(shown: _Shown, passages: Mapping[int | UUID, Passage], tokens: Collection[str]) -> Found:
    guess, told, chosen = shown
    passage = passages.get(told.id) or Passage()
    if chosen and chosen in passages and _says_more(passages[chosen], told.title, tokens):
        passage = passages[chosen]
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


def _says_more(passage: Passage, title: str, tokens: Collection[str]) -> bool:
    """Its heading says what was asked for, or it says more of that than the title. Else the first one answers best."""
    asked = _worth_a_passage(tokens)
    beyond = asked - set(words.tokens(title))
    heading, text = words.normal(passage.heading), words.normal(passage.text)
    return any(token in heading for token in asked) or any(token in text for token in beyond)


def _worth_a_passage(tokens: Collection[str]) -> set[str]:
    """A single Chinese character stands in too many of them."""
    return {each for each in tokens if not words.is_grammar(each) and (len(each) > 1 or words.is_latin(each))}
