"""A zip of Markdown files, one a text, and the pictures and documents beside them.

What their heads may say stands in docs/help-centre.md. Texts with the same ``key`` are one article; without a key, the
path does, less the language at the name's end: ``returns/how.en.md`` and ``returns/how.zh-hans.md``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from django.utils.translation import gettext as _

from kefu.articles import frontmatter
from kefu.articles.exchange.shapes import (
    MOST_ARTICLES,
    Attached,
    Bad,
    BadUpload,
    BadValue,
    Incoming,
    Shelved,
    Text,
    audience_of,
    day_of,
    is_in_review,
    is_published,
    kind_of,
    language_of,
    moment_of,
    news_of,
)
from kefu.articles.frontmatter import BadHead, Sheet
from kefu.articles.writing import slug_of
from kefu.lib import archives
from kefu.lib.storable import storable

MOST_UNPACKED = 512 * 1024 * 1024
MOST_FILES = 2 * MOST_ARTICLES
_NAMED = re.compile(r"\]\((?:<(?P<spaced>[^<>\n]+)>|(?P<plain>[^()<>\s]+))")
_LANGUAGE = re.compile(r"^(?P<key>.+?)\.(?P<language>[a-zA-Z]{2}(?:[-_][a-zA-Z]{2,4})?)$")
_ENDINGS = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class _Page:
    path: str
    sheet: Sheet
    key: str
    language: str


def read(data: bytes, *, language: str) -> list[Incoming | Bad]:
    """``language`` is that of files which do not say theirs."""
    try:
        files = dict(archives.unpacked(data, most_members=MOST_FILES, most_bytes=MOST_UNPACKED))
    except archives.Untrusted as problem:
        raise BadUpload(
            _("This is no zip that can be opened safely: damaged, locked, or too large unpacked.")
        ) from problem
    pages: dict[str, list[_Page]] = {}
    bad: list[Incoming | Bad] = []
    for path in sorted(files):
        if path.lower().endswith(_ENDINGS) and not _is_hidden(path):
            try:
                page = _page(path, files[path], language)
            except (BadHead, BadValue) as problem:
                bad.append(Bad(path, "", str(problem)))
            else:
                pages.setdefault(page.key, []).append(page)
    if not pages and not bad:
        raise BadUpload(_("There are no Markdown files in it."))
    return [*(_article(key, told, files) for key, told in pages.items()), *bad]


def _is_hidden(path: str) -> bool:
    """What a Mac puts beside each file."""
    return any(part.startswith(("__MACOSX", "._")) for part in path.split("/"))


def _page(path: str, data: bytes, language: str) -> _Page:
    try:
        sheet = frontmatter.read(storable(data.decode("utf-8")))
    except UnicodeDecodeError as problem:
        raise BadValue(_("It is not written in UTF-8.")) from problem
    stem, spoken = path.rpartition(".")[0], ""
    if match := _LANGUAGE.match(stem):
        stem, spoken = match["key"], match["language"]
    return _Page(
        path, sheet, sheet.one("key") or stem, language_of(sheet.one("language") or spoken or language)
    )


def _article(key: str, pages: list[_Page], files: Mapping[str, bytes]) -> Incoming | Bad:
    """Of its texts, the one that says most in its head speaks for the article."""
    place = ", ".join(page.path for page in pages)[:200]
    try:
        languages = [page.language for page in pages]
        if len(set(languages)) < len(languages):
            raise BadValue(_("Two files with the same key are in the same language."))
        head = max((page.sheet for page in pages), key=lambda sheet: len(sheet.lines))
        return Incoming(
            place=place,
            key=key,
            texts=[_text(page, files) for page in pages],
            language=_source(head, languages),
            category=_category(head, pages),
            kind=kind_of(head.one("kind")),
            audience=audience_of(head.one("audience")),
            news=news_of(head.one("news")),
            shown_from=moment_of(head.one("from")),
            shown_until=moment_of(head.one("until")),
            review_on=day_of(head.one("review")),
            owner=head.one("owner"),
            product_models=head.several("models") if "models" in head.lines else None,
        )
    except BadValue as problem:
        return Bad(place, key[:200], str(problem))


def _source(head: Sheet, languages: list[str]) -> str:
    source = head.one("source")
    found = language_of(source) if source else ""
    if found in languages:
        return found
    return "zh-hans" if "zh-hans" in languages else languages[0]


def _category(head: Sheet, pages: list[_Page]) -> Shelved | None:
    """The folder, where the head says none. Each text may say what it is called in its language."""
    folder = posixpath.basename(posixpath.dirname(pages[0].path))
    slug = slug_of(head.one("category") or folder)
    names = {page.language: page.sheet.one("category_name") for page in pages}
    return Shelved(slug, {code: name for code, name in names.items() if name}) if slug else None


def _text(page: _Page, files: Mapping[str, bytes]) -> Text:
    sheet, folder = page.sheet, posixpath.dirname(page.path)
    title, body = sheet.one("title"), sheet.body
    if not title and body.startswith("# "):
        title, _line, body = body[2:].partition("\n")
    return Text(
        language=page.language,
        title=title.strip() or posixpath.basename(page.key),
        body=body.strip(),
        summary=sheet.one("summary"),
        questions=sheet.several("questions"),
        published=is_published(sheet.one("state")),
        in_review=is_in_review(sheet.one("state")),
        slug=sheet.one("slug"),
        files=dict(_beside(body, folder, files)),
        attached=[
            _attached(named, folder, files, own=key == "files")
            for key in ("files", "shared_files")
            for named in sheet.several(key)
        ],
    )


def _beside(body: str, folder: str, files: Mapping[str, bytes]) -> Iterator[tuple[str, Attached]]:
    """What the text shows or links to, and what is in the zip, by what the text calls it."""
    for named in dict.fromkeys(match["spaced"] or match["plain"] for match in _NAMED.finditer(body)):
        path = _path(named, folder)
        if path in files and not path.lower().endswith(_ENDINGS):
            yield named, Attached(posixpath.basename(path), files[path])


def _attached(named: str, folder: str, files: Mapping[str, bytes], *, own: bool) -> Attached:
    name, _hash, label = named.partition("#")
    path = _path(name, folder)
    if path not in files:
        raise BadValue(_("“%s” is not in the zip.") % name[:100])
    return Attached(posixpath.basename(path), files[path], label, own)


def _path(named: str, folder: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(named)))
