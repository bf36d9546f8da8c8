"""Each brand's index in this process, brought up to date before every search by one look at the database.

The look sums up which versions are live and which synonyms hold, so nothing depends on the order in which publishing
commits, and on no news that could be lost. What came or went is then indexed or dropped, one article at a time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from uuid import UUID

from django.db import connection

from kefu.articles import meaning
from kefu.articles.index import Index, Near, Place
from kefu.articles.models import Passage, Synonyms, Translation, Version
from kefu.people.models import Brand

MOST_BRANDS = 50
AT_ONCE = 500

STATE = """
    SELECT
        (SELECT ROW(count(*), bit_xor(uuid_hash_extended(live_id, 0)))::text
         FROM articles_translation WHERE brand_id = %(brand)s AND live_id IS NOT NULL),
        (SELECT ROW(count(*), bit_xor(hashtextextended(id || words::text, 0)))::text
         FROM articles_synonyms WHERE brand_id = %(brand)s)
"""


class Shelf:
    """One brand's. Places have the article as label and the translation as part."""

    def __init__(self, brand: UUID) -> None:
        self._brand = brand
        self._lock = Lock()
        self._empty()

    def near(self, query: str) -> Near:
        with self._lock:
            self._freshen()
            return self._index.near(query, synonyms=self._synonyms)

    def says(self, translation: UUID) -> UUID | None:
        """The version by which it was indexed."""
        return self._live.get(translation)

    def _empty(self) -> None:
        self._index = Index(meaning.meanings())
        self._live: dict[UUID, UUID] = {}
        self._synonyms: list[Sequence[str]] = []
        self._state: tuple[object, ...] = ()

    def _freshen(self) -> None:
        state = _state(self._brand)
        if state == self._state:
            return
        if self._index.is_worn:
            self._empty()
        live = _live(self._brand)
        for translation, version in [*self._live.items()]:
            if live.get(translation) != version:
                self._index.drop(translation)
                del self._live[translation]
        fresh = [*(live.keys() - self._live.keys())]
        for begin in range(0, len(fresh), AT_ONCE):
            self._take_in(fresh[begin : begin + AT_ONCE])
        self._synonyms = [*Synonyms.objects.filter(brand=self._brand).values_list("words", flat=True)]
        self._state = state

    def _take_in(self, translations: Sequence[UUID]) -> None:
        versions = Version.objects.filter(
            pk__in=Translation.objects.filter(pk__in=translations).values("live")
        ).select_related("translation")
        passages: dict[UUID, list[Passage]] = {}
        for passage in Passage.objects.filter(translation__in=translations).order_by("position"):
            passages.setdefault(passage.translation_id, []).append(passage)
        for version in versions:
            self._add(version, passages.get(version.translation_id, []))
            self._live[version.translation_id] = version.pk

    def _add(self, version: Version, passages: Sequence[Passage]) -> None:
        self._index.add_article(
            Place(version.translation.article_id, version.translation_id),
            title=version.title,
            summary=version.summary,
            questions=version.questions,
            passages=[(passage.pk, passage.heading, passage.text) for passage in passages],
        )


def shelf(brand: Brand) -> Shelf:
    with _shelving:
        kept = _shelves.pop(brand.pk, None) or Shelf(brand.pk)
        _shelves[brand.pk] = kept
        if len(_shelves) > MOST_BRANDS:
            _shelves.popitem(last=False)
        return kept


_shelves: OrderedDict[UUID, Shelf] = OrderedDict()
_shelving = Lock()


def _state(brand: UUID) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"brand": brand})
        return tuple(cursor.fetchone() or ())


def _live(brand: UUID) -> dict[UUID, UUID]:
    found = Translation.objects.filter(brand=brand, live__isnull=False).values_list("pk", "live")
    return dict(found.iterator())
