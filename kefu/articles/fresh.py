"""Each brand's index in this process, brought up to date before every search by one look at the database.

The look sums up which versions are live and which synonyms hold, so nothing depends on the order in which publishing
commits, and on no news that could be lost. What came or went is then indexed or dropped, one article at a time: a few
by whoever searches, many in a thread of their own.
"""

from __future__ import annotations

import gc
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Event, Lock, Thread
from time import monotonic
from uuid import UUID

from django.db import DatabaseError, connection

from kefu.articles import meaning
from kefu.articles.index import Index, Near, Place
from kefu.articles.models import Passage, Synonyms, Translation, Version

MOST_BRANDS = 50
AT_ONCE = 200
FEW = 400  # are taken in while a search waits: a third of a second
PATIENCE = 2.0

logger = logging.getLogger(__name__)

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
        self._index_lock = Lock()  # for one search, or one article taken in
        self._freshening = Lock()  # for as long as it is brought up to date
        self._builder: Thread | None = None
        self._empty()

    def near(self, query: str, *, patience: float = PATIENCE) -> Near | None:
        """None where it was not made yet and that takes longer than ``patience`` seconds. Where it was, what many
        articles bring is found a little later.
        """
        self._freshen(patience)
        if not self._whole:
            return None
        with self._index_lock:
            return self._index.near(query, synonyms=self._synonyms)

    def says(self, translation: UUID) -> UUID | None:
        """The version by which it was indexed."""
        return self._live.get(translation)

    def prepare(self, stop: Event) -> None:
        """Up to date and ready for whatever is asked, in this thread; given up when ``stop`` is set."""
        with self._freshening:
            state = _state(self._brand)
            if state != self._state:
                self._become(state, _live(self._brand), stop)

    def _empty(self) -> None:
        self._index = Index(meaning.meanings())
        self._whole = False
        self._live: dict[UUID, UUID] = {}
        self._synonyms: list[Sequence[str]] = []
        self._state: tuple[object, ...] = ()

    def _freshen(self, patience: float) -> None:
        until = monotonic() + patience
        if (self._whole and self._is_building()) or not self._freshening.acquire(timeout=patience):
            return
        try:
            state = _state(self._brand)
            if state == self._state:
                return
            live = _live(self._brand)
            if self._is_nearly(live):
                self._become(state, live, Event())
                return
        finally:
            self._freshening.release()
        builder = self._builder = Thread(target=self._build, name="kefu-index", daemon=True)
        builder.start()
        if not self._whole:
            builder.join(max(0.0, until - monotonic()))

    def _is_building(self) -> bool:
        return self._builder is not None and self._builder.is_alive()

    def _is_nearly(self, live: Mapping[UUID, UUID]) -> bool:
        missing = sum(self._live.get(translation) != version for translation, version in live.items())
        return missing <= FEW and not self._index.is_worn

    def _build(self) -> None:
        try:
            self.prepare(Event())
        except DatabaseError:
            logger.warning("The index of a help centre waits for the database.")
        finally:
            connection.close()

    def _become(self, state: tuple[object, ...], live: Mapping[UUID, UUID], stop: Event) -> None:
        if self._index.is_worn:
            with self._index_lock:
                self._empty()
        for translation, version in [*self._live.items()]:
            if live.get(translation) != version:
                with self._index_lock:
                    self._index.drop(translation)
                del self._live[translation]
        fresh = [*(live.keys() - self._live.keys())]
        for begin in range(0, len(fresh), AT_ONCE):
            if stop.is_set():
                return
            self._take_in(fresh[begin : begin + AT_ONCE])
        self._synonyms = [*Synonyms.objects.filter(brand=self._brand).values_list("words", flat=True)]
        self._state, self._whole = state, True
        if len(fresh) > FEW:
            # Looking through all of it for garbage takes a second with 10,000 articles, and whoever asks would wait.
            gc.freeze()

    def _take_in(self, translations: Sequence[UUID]) -> None:
        versions = Version.objects.filter(
            pk__in=Translation.objects.filter(pk__in=translations).values("live")
        ).select_related("translation")
        passages: dict[UUID, list[Passage]] = {}
        for passage in Passage.objects.filter(translation__in=translations).order_by("position"):
            passages.setdefault(passage.translation_id, []).append(passage)
        for version in versions:
            with self._index_lock:
                self._add(version, passages.get(version.translation_id, []))
            self._live[version.translation_id] = version.pk
        with self._index_lock:
            self._index.prepare()

    def _add(self, version: Version, passages: Sequence[Passage]) -> None:
        self._index.add_article(
            Place(version.translation.article_id, version.translation_id),
            title=version.title,
            summary=version.summary,
            questions=version.questions,
            passages=[(passage.pk, passage.heading, passage.text) for passage in passages],
        )


def shelf(brand: UUID) -> Shelf:
    with _shelving:
        kept = _shelves.pop(brand, None) or Shelf(brand)
        _shelves[brand] = kept
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
