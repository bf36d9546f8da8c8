"""The passages of live articles, by which they are found and quoted."""

from __future__ import annotations

from collections.abc import Iterable

from kefu.articles import markdown
from kefu.articles.models import Passage, Translation

LONGEST_HEADING = 200


def store(translation: Translation) -> None:
    """Make them anew from what is live, in the transaction that published it. The first is title and summary."""
    drop(translation)
    store_first([translation])


def store_first(translations: Iterable[Translation]) -> None:
    """Of those that have none yet, in one statement."""
    Passage.objects.bulk_create(passage for translation in translations for passage in _cut(translation))


def drop(translation: Translation) -> None:
    translation.passages.all().delete()


def _cut(translation: Translation) -> list[Passage]:
    if translation.live is None:
        return []
    return [
        Passage(
            translation=translation,
            position=position,
            heading=section.heading[:LONGEST_HEADING],
            anchor=section.anchor,
            text=section.text,
        )
        for position, section in enumerate(markdown.sections(translation.live.body))
    ]
