"""The Help Center of Zendesk, as its API gives it: ``articles``, ``sections``, ``categories``, ``translations``.

https://developer.zendesk.com/api-reference/help_center/help-center-api/articles/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from kefu.articles.exchange.fromhtml import markdown_of
from kefu.articles.exchange.jsonfiles import Row, merged, named, rows
from kefu.articles.exchange.shapes import Bad, BadUpload, BadValue, Incoming, Shelved, Text, language_of
from kefu.articles.models import Audience
from kefu.articles.writing import slug_of
from kefu.lib.storable import storable

# A file of ours in what we exported ourselves, as its address has it.
_OWN_FILE = re.compile(r'="[^"]*?/files/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/[^"]*"')


def read(data: bytes, *, language: str) -> list[Incoming | Bad]:
    told = merged(data)
    articles = rows(told, "articles")
    if not articles:
        raise BadUpload(_("There are no “articles” in it."))
    sections = {str(row.get("id")): row for row in rows(told, "sections")}
    texts: dict[str, list[Row]] = {}
    for row in rows(told, "translations"):
        if row.get("source_type", "Article") == "Article":
            texts.setdefault(str(row.get("source_id")), []).append(row)
    return [_article(row, sections, texts, place) for place, row in enumerate(articles, 1)]


def _article(
    row: Row, sections: Mapping[str, Row], texts: Mapping[str, Sequence[Row]], place: int
) -> Incoming | Bad:
    key, where = named(row.get("id")), f"articles[{place}]"
    try:
        if not key:
            raise BadValue(_("It has no id."))
        own = row.get("source_locale") or row.get("locale")
        told = {language_of(own): row}
        for other in [*rows(row, "translations"), *texts.get(key, ())]:
            told[language_of(other.get("locale"))] = other
        return Incoming(
            place=where,
            key=key,
            texts=[_text(code, one, row if code == language_of(own) else one) for code, one in told.items()],
            language=language_of(own),
            category=_category(row, sections),
            audience=Audience.CUSTOMERS if row.get("user_segment_id") else None,
        )
    except BadValue as problem:
        return Bad(where, key, str(problem))


def _text(language: str, told: Row, labelled: Row) -> Text:
    labels = told.get("label_names") or labelled.get("label_names")
    return Text(
        language=language,
        title=named(told.get("title")),
        body=markdown_of(_OWN_FILE.sub(r'="files/\1"', storable(str(told.get("body") or "")))),
        questions=[named(one) for one in labels] if isinstance(labels, list) else (),
        published=not (told.get("draft") or told.get("hidden")),
    )


def _category(row: Row, sections: Mapping[str, Row]) -> Shelved | None:
    section = sections.get(str(row.get("section_id")))
    if section is None or not section.get("name"):
        return None
    names: dict[str, Any] = {}
    for told in [section, *rows(section, "translations")]:
        try:
            language = language_of(told.get("locale") or section.get("source_locale"))
        except BadValue:
            continue  # of a language that is not kept here: its articles say so themselves
        names[language] = named(told.get("name") or told.get("title"))
    return Shelved(slug_of(named(section["name"])), names)
