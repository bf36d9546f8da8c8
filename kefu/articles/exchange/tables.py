"""A table of texts, one a row; rows with the same ``key`` are one article. The columns stand in ``COLUMNS``; ``html``
may stand in place of ``body``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from kefu.articles.exchange.fromhtml import markdown_of
from kefu.articles.exchange.shapes import (
    MOST_BYTES,
    Bad,
    BadUpload,
    BadValue,
    Incoming,
    Shelved,
    Text,
    audience_of,
    is_in_review,
    is_published,
    kind_of,
    language_of,
)
from kefu.articles.writing import slug_of
from kefu.lib.storable import storable

COLUMNS = (
    "key",
    "language",
    "title",
    "body",
    "summary",
    "questions",
    "category",
    "kind",
    "audience",
    "state",
    "slug",
)
# What our own export puts an apostrophe before, so that no spreadsheet calculates it.
_GUARDED = re.compile(r"\A'(?=\s*[=+\-@＝＋－＠|%])")


def read(data: bytes, *, language: str) -> list[Incoming | Bad]:
    together: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    for line, row in enumerate(_rows(data), 2):
        together.setdefault(row.get("key") or f"#{line}", []).append((line, row))
    return [_article(key, told, language) for key, told in together.items()]


def _rows(data: bytes) -> list[dict[str, str]]:
    text = _decoded(data)
    csv.field_size_limit(MOST_BYTES)
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        table = [[*row] for row in csv.reader(io.StringIO(text), delimiter=separator) if any(row)]
    except csv.Error as problem:
        raise BadUpload(_("This table cannot be read: %s") % problem) from problem
    columns = [name.strip().lower() for name in table[0]] if table else []
    if "title" not in columns or not {"body", "html"} & set(columns):
        raise BadUpload(_("The first line names the columns: “title” and “body” (or “html”) at least."))
    return [
        {name: _GUARDED.sub("", storable(cell)).strip() for name, cell in zip(columns, row, strict=False)}
        for row in table[1:]
    ]


def _decoded(data: bytes) -> str:
    for coding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(coding)
        except UnicodeDecodeError:
            continue
    raise BadUpload(_("It is written neither in UTF-8 nor in GB 18030."))


def _article(key: str, told: list[tuple[int, Mapping[str, str]]], language: str) -> Incoming | Bad:
    where = ", ".join(str(line) for line, _row in told)[:200]
    try:
        texts = [_text(row, language) for _line, row in told]
        if len({text.language for text in texts}) < len(texts):
            raise BadValue(_("Two rows with the same key are in the same language."))
        first = told[0][1]
        if key.startswith("#"):
            key = f"{texts[0].language}:{slug_of(texts[0].title)}"
        return Incoming(
            place=where,
            key=key,
            texts=texts,
            language=texts[0].language,
            category=_category(first, texts[0].language),
            kind=kind_of(first.get("kind", "")),
            audience=audience_of(first.get("audience", "")),
        )
    except BadValue as problem:
        return Bad(where, "" if key.startswith("#") else key[:200], str(problem))


def _text(row: Mapping[str, str], language: str) -> Text:
    return Text(
        language=language_of(row.get("language") or language),
        title=row.get("title", ""),
        body=row.get("body") or markdown_of(row.get("html", "")),
        summary=row.get("summary", ""),
        questions=[line.strip() for line in re.split(r"\n|\|", row.get("questions", "")) if line.strip()],
        published=is_published(row.get("state", "")),
        in_review=is_in_review(row.get("state", "")),
        slug=row.get("slug", ""),
    )


def _category(row: Mapping[str, str], language: str) -> Shelved | None:
    name = row.get("category", "")
    return Shelved(slug_of(name), {language: name}) if name else None
