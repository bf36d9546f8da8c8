"""Articles of a Chatwoot portal, as its API gives them: a list, or the ``payload`` of each page.

Their text is Markdown; a translation names the article that it belongs to.
https://developers.chatwoot.com/api-reference/help-center/list-all-articles-in-a-portal
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from kefu.articles.exchange.jsonfiles import Row, merged, named, rows
from kefu.articles.exchange.shapes import (
    Bad,
    BadUpload,
    BadValue,
    Incoming,
    Shelved,
    Text,
    is_published,
    language_of,
)
from kefu.articles.writing import slug_of
from kefu.lib.storable import storable

# As older versions number them.
_STATES = {"0": "draft", "1": "published", "2": "archived"}


def read(data: bytes, *, language: str) -> list[Incoming | Bad]:
    told = merged(data)
    found = rows(told, "payload") or rows(told, "articles")
    if not found:
        raise BadUpload(_("There are no articles in it: a list, or “payload”."))
    together: dict[str, list[tuple[int, Row]]] = {}
    for place, row in enumerate(found, 1):
        root = named(row.get("associated_article_id")) or named(row.get("id"))
        together.setdefault(root, []).append((place, row))
    return [_article(key, told, language) for key, told in together.items()]


def _article(key: str, told: list[tuple[int, Row]], language: str) -> Incoming | Bad:
    where = ", ".join(f"payload[{place}]" for place, _row in told)[:200]
    try:
        if not key:
            raise BadValue(_("It has no id."))
        texts = [_text(row, language) for _place, row in told]
        if len({text.language for text in texts}) < len(texts):
            raise BadValue(_("Two texts of it are in the same language."))
        source = next((row for _place, row in told if named(row.get("id")) == key), told[0][1])
        return Incoming(
            place=where,
            key=key,
            texts=texts,
            language=_language(source, language),
            category=_category([row for _place, row in told], language),
        )
    except BadValue as problem:
        return Bad(where, key, str(problem))


def _text(row: Row, language: str) -> Text:
    state = named(row.get("status"))
    return Text(
        language=_language(row, language),
        title=named(row.get("title")),
        body=storable(str(row.get("content") or "")),
        summary=named(row.get("description"))[:300],
        published=is_published(_STATES.get(state, state)),
    )


def _language(row: Row, language: str) -> str:
    category = row.get("category")
    inherited = category.get("locale") if isinstance(category, dict) else None
    return language_of(row.get("locale") or inherited or language)


def _category(told: list[Row], language: str) -> Shelved | None:
    names: dict[str, str] = {}
    slug = ""
    for row in told:
        category = row.get("category")
        if isinstance(category, dict) and category.get("name"):
            slug = slug or slug_of(named(category.get("slug") or category["name"]))
            names[_language(row, language)] = named(category["name"])
    return Shelved(slug, names) if slug else None
