"""The passages of live articles, by which they are found and quoted."""

from __future__ import annotations

from kefu.articles import markdown
from kefu.articles.models import Passage, Translation

LONGEST_HEADING = 200


def store(translation: Translation) -> None:
    """Make them anew from what is live, in the transaction that published it. The first is title and summary."""
    drop(translation)
    version = translation.live
    if version is None:
        return
    Passage.objects.bulk_create(
        Passage(
            translation=translation,
            position=position,
            heading=section.heading[:LONGEST_HEADING],
            anchor=section.anchor,
            text=section.text,
        )
        for position, section in enumerate(markdown.sections(version.body))
    )


def drop(translation: Translation) -> None:
    translation.passages.all().delete()
