"""The head of a mail or of one of its parts: lines to names and values, and what the values mean.

The standard library's parser of ``policy.default`` raises on some broken headers and takes quadratic time on others,
so each kind of value is read here, in one pass over at most ``LONGEST`` characters.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from kefu.inboxes.email.charsets import decode
from kefu.inboxes.email.words import one_line, with_words_decoded

LONGEST = 64 * 1024
MOST = 1_000
MOST_LINES = 10_000
MOST_REFERENCES = 100
MOST_PARAMETERS = 100
# What is looked at after the mail was parsed.
KEPT = {
    *("authentication-results", "auto-submitted", "delivered-to", "envelope-to", "feedback-id", "list-id"),
    *("list-post", "list-unsubscribe", "list-unsubscribe-post", "precedence", "x-autoreply", "x-autorespond"),
    *("x-auto-response-suppress", "x-envelope-to", "x-failed-recipients", "x-loop", "x-original-to"),
    "x-precedence",
}


class Head(NamedTuple):
    """Raw values by name in small letters, in order; ``body`` is the offset at which the body begins."""

    fields: list[tuple[str, bytes]]
    body: int
    is_whole: bool

    def all(self, name: str) -> list[bytes]:
        return [value for each, value in self.fields if each == name]

    def first(self, name: str) -> bytes:
        return next((value for each, value in self.fields if each == name), b"")


def read_head(raw: bytes, start: int, end: int) -> Head:
    """Up to the first empty line, or the first one that is no header; of too many the last are passed over."""
    fields: list[_Field] = []
    position = start
    for _each in range(MOST_LINES):
        if position >= end:
            return _head(fields, end, is_whole=True)
        stop = raw.find(b"\n", position, end)
        stop = end if stop < 0 else stop + 1
        line = raw[position : min(stop, position + LONGEST)]
        if not line.strip(b"\r\n"):
            return _head(fields, stop, is_whole=True)
        if line[:1] in b" \t" and fields:
            fields[-1].add(line)
        elif match := _FIELD.match(line):
            fields.append(_Field(match[1], line[match.end() :]))
        elif not (position == start and line.startswith((b"From ", b">From "))):
            return _head(fields, position, is_whole=False)
        position = stop
    empty = _EMPTY_LINE.search(raw, position - 1, end)
    return _head(fields, empty.end() if empty else end, is_whole=False)


_EMPTY_LINE = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")


class _Field:
    """One header, whose lines are joined when all are there."""

    __slots__ = ("lines", "name", "room")

    def __init__(self, name: bytes, line: bytes) -> None:
        self.name, self.lines, self.room = name, [line], LONGEST - len(line)

    def add(self, line: bytes) -> None:
        if self.room > 0:
            self.lines.append(line)
            self.room -= len(line)


def _head(fields: list[_Field], body: int, *, is_whole: bool) -> Head:
    told = [
        (each.name.decode("ascii").lower(), b"".join(each.lines).translate(None, b"\r\n").strip())
        for each in fields[:MOST]
    ]
    return Head(told, body, is_whole)


# -- ids, dates, parameters


def ids_of(value: bytes) -> tuple[str, ...]:
    """Message-IDs without angle brackets, the first ones and the last ones of a list that never ends."""
    text = decode(value).text
    found = re.findall(r"<\s*([^<>\s]{1,500})\s*>", text) or re.findall(
        r"[^<>\s\"]{1,500}@[^<>\s\"]{1,250}", text
    )
    return tuple(found) if len(found) <= MOST_REFERENCES else (*found[:1], *found[1 - MOST_REFERENCES :])


def date_of(value: bytes) -> datetime | None:
    """In UTC; None if it is none. A date is what the sender's clock said: it may lie in the future."""
    try:
        told = parsedate_to_datetime(decode(value[:200]).text)
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


class Value(NamedTuple):
    """Of a header with parameters: ``text/plain; charset=…``; names of parameters in small letters."""

    main: str
    parameters: dict[str, str]


def value_of(value: bytes) -> Value:
    """RFC 2045, with the continuations of RFC 2231 and what clients write instead of them."""
    main, *rest = _parameters(decode(value).text)[:MOST_PARAMETERS]
    told: dict[str, str] = {}
    for each in rest:
        name, _is, content = each.partition("=")
        told.setdefault(name.strip().lower(), content.strip())
    return Value(main.strip().strip('"').lower(), _unfolded(told))


def _parameters(text: str) -> list[str]:
    """Cut at semicolons that are not within quotes."""
    pieces, start, quoted = [], 0, False
    for match in _QUOTE_OR_END.finditer(text):
        if match.group() == '"':
            quoted = not quoted
        elif match.group() == ";" and not quoted:
            pieces.append(text[start : match.start()])
            start = match.end()
    return [*pieces, text[start:]] if not quoted else [*pieces, *text[start:].split(";")]


_QUOTE_OR_END = re.compile(r'\\.|[";]')


def _unfolded(told: dict[str, str]) -> dict[str, str]:
    plain = {name: _unquoted(content) for name, content in told.items() if "*" not in name}
    continued: dict[str, list[tuple[int, bool, str]]] = {}
    for name, content in told.items():
        if "*" in name and (match := _CONTINUED.fullmatch(name)):
            place = (int(match[2] or 0), bool(match[3]), _unquoted(content))
            continued.setdefault(match[1], []).append(place)
    return plain | {name: _continued(sorted(pieces)) for name, pieces in continued.items()}


_CONTINUED = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*?)")


def _continued(pieces: list[tuple[int, bool, str]]) -> str:
    first = pieces[0][2]
    charset, _quote, rest = first.partition("'")
    if pieces[0][1] and "'" in rest:
        first = rest.partition("'")[2]
    else:
        charset = ""
    texts = [first, *(text for _place, _encoded, text in pieces[1:])]
    content = b"".join(
        unquote_to_bytes(text) if encoded else text.encode("utf-8", "surrogateescape")
        for text, (_place, encoded, _text) in zip(texts, pieces, strict=True)
    )
    return one_line(with_words_decoded(decode(content, charset).text))


def _unquoted(content: str) -> str:
    if content.startswith('"'):
        content = re.sub(r"\\([\\\"])", r"\1", content[1:].removesuffix('"'))
    return content


def file_name(value: str) -> str:
    """A ``filename`` or ``name`` as clients write it: in encoded words, or with percent signs, or plainly."""
    name = one_line(with_words_decoded(value))
    if re.search("%[0-9A-Fa-f]{2}", name) and name.isascii():
        decoded = decode(unquote_to_bytes(name), "utf-8")
        name = one_line(decoded.text) if decoded.certain and not decoded.text.isascii() else name
    return name
