"""The text of an article as its readers see it. What one version says never changes, so it is made once."""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import get_language

from kefu.articles import files, markdown
from kefu.articles.models import Translation

KEPT = 200
Places = frozenset[tuple[str, str]]


def text_of(translation: Translation) -> markdown.Rendered:
    """Of what is live; a query for the article's files only where the text names one."""
    assert translation.live is not None
    body = translation.live.body
    places = _places(translation) if files.FOLDER in body else frozenset()
    return _made(body, places, get_language() or "")


def _places(translation: Translation) -> Places:
    brand = translation.brand
    return frozenset(
        (files.in_markdown(file), files.address_of_file(file, brand))
        for file in translation.article.files.all()
    )


@lru_cache(maxsize=KEPT)
def _made(body: str, places: Places, language: str) -> markdown.Rendered:
    """``language`` is that of the words before a callout, which are the desk's own."""
    return markdown.render(body, file=dict(places).get)
