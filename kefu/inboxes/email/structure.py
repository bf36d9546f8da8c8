"""The parts of a mail (RFC 2045 to 2049), cut from the raw bytes without copying them.

The standard library reads line by line and by recursion: 30 MB take it seconds and several times their memory, and a
thousand levels end it. Here the outermost boundaries are looked for first, so an inner part that is never closed ends
where the part around it ends.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from kefu.inboxes.email.headers import Head, Value, file_name, read_head, value_of
from kefu.inboxes.email.parsed import Problem
from kefu.inboxes.email.words import base64_bytes

DEEPEST = 100
MOST_PARTS = 1_000


@dataclass(frozen=True)
class Part:
    """From ``start`` to ``end`` of the raw mail; ``children`` only of what is really cut into parts."""

    raw: bytes = field(repr=False)
    start: int
    end: int
    head: Head
    type: str
    parameters: dict[str, str]
    children: list[Part] = field(default_factory=list)

    @property
    def main_type(self) -> str:
        return self.type.partition("/")[0]

    @cached_property
    def disposition(self) -> Value:
        return value_of(self.head.first("content-disposition"))

    @cached_property
    def name(self) -> str:
        given = self.disposition.parameters.get("filename") or self.parameters.get("name") or ""
        return file_name(given)

    @property
    def content_id(self) -> str:
        return self.head.first("content-id").decode("utf-8", "replace").replace("\0", "").strip(" <>")[:500]

    @cached_property
    def encoding(self) -> str:
        return value_of(self.head.first("content-transfer-encoding")).main

    def content(self) -> bytes:
        """Decoded as far as it can be."""
        body = self.raw[self.head.body : self.end]
        if self.encoding == "base64":
            return base64_content(body, text=self.main_type == "text")
        elif self.encoding == "quoted-printable":
            return binascii.a2b_qp(body)
        elif self.encoding in _UUENCODED:
            return _uudecoded(body)
        return body

    def walk(self) -> Iterator[Part]:
        """This part and all within, in order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting += reversed(part.children)


class Structure(NamedTuple):
    root: Part
    problems: set[Problem]
    outside: list[bytes]


def read_structure(raw: bytes) -> Structure:
    """``outside`` is text that stands behind the last part, where nobody looks for it."""
    raw = raw if b"\n" in raw else raw.replace(b"\r", b"\n")
    found = Structure(_part(raw, 0, len(raw), "text/plain"), set(), [])
    waiting, count = [(found.root, 1)], 1
    while waiting:
        part, depth = waiting.pop()
        if not part.head.is_whole:
            found.problems.add(Problem.HEADER)
        if part.main_type != "multipart":
            continue
        if depth > DEEPEST:
            found.problems.add(Problem.TOO_DEEP)
        elif children := _children(part, MOST_PARTS - count, found):
            part.children.extend(children)
            count += len(children)
            waiting += [(child, depth + 1) for child in reversed(children)]
    return found


def _part(raw: bytes, start: int, end: int, default: str) -> Part:
    head = read_head(raw, start, end)
    told = value_of(head.first("content-type"))
    type_ = told.main if _TYPE.fullmatch(told.main) else default
    return Part(raw, start, end, head, type_, told.parameters)


_TYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)


def _children(part: Part, room: int, found: Structure) -> list[Part]:
    boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "surrogateescape")
    default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
    places = list(_places(part, boundary, room, found)) if boundary else []
    if not places:
        found.problems.add(Problem.BOUNDARY)
        guessed = _BOUNDARY.search(part.raw, part.head.body, min(part.end, part.head.body + 64 * 1024))
        places = list(_places(part, guessed[1], room, found)) if guessed else []
    return [_part(part.raw, start, end, default) for start, end in places]


# Where the header has lost its boundary or names another: a line that could be one, followed by headers.
_BOUNDARY = re.compile(rb"^--(\S{6,70})[ \t]*\r?\nContent-", re.MULTILINE | re.IGNORECASE)


def _places(part: Part, boundary: bytes, room: int, found: Structure) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends; what exceeds ``room`` stays within the last one."""
    start = -1
    for line_start, line_end, closing in _delimiters(part, b"--" + boundary):
        if start >= 0:
            if room <= 1 and not closing:
                found.problems.add(Problem.MANY_PARTS)
                yield start, part.end
                return
            yield start, _before_line(part.raw, start, line_start)
            room -= 1
        elif closing:
            yield part.head.body, line_start
        start = line_end
        if closing:
            _look_outside(part, line_end, found)
            return
    if start >= 0:
        found.problems.add(Problem.BOUNDARY)
        yield start, part.end


def _delimiters(part: Part, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    raw, position = part.raw, part.head.body
    while (at := raw.find(delimiter, position, part.end)) >= 0:
        position = at + len(delimiter)
        if at > part.head.body and raw[at - 1] not in b"\r\n":
            continue
        stop = raw.find(b"\n", position, part.end)
        stop = part.end if stop < 0 else stop + 1
        rest = raw[position : min(stop, position + 1000)].strip()
        if rest in (b"", b"--"):
            yield at, stop, rest == b"--"
            position = stop


def _before_line(raw: bytes, start: int, line: int) -> int:
    """The line break before a boundary belongs to the boundary."""
    if line > start and raw[line - 1] == 10:
        line -= 1
    if line > start and raw[line - 1] == 13:
        line -= 1
    return line


def _look_outside(part: Part, position: int, found: Structure) -> None:
    if rest := part.raw[position : part.end].strip():
        found.outside.append(rest)
        found.problems.add(Problem.OUTSIDE_THE_PARTS)


def base64_content(body: bytes, *, text: bool = False) -> bytes:
    """Rubbish within is passed over; in a text, a footer that a list added behind in plain letters is kept."""
    body, footer = _without_footer(body) if text else (body, b"")
    padding = body.find(b"=")
    if padding < 0 or not body[padding : padding + 80].strip(b"=\r\n\t "):
        try:
            return binascii.a2b_base64(body) + footer
        except binascii.Error:
            pass
    return base64_bytes(body) + footer


def _without_footer(body: bytes) -> tuple[bytes, bytes]:
    first = _WORDS.search(body)
    return (body[: first.start()], b"\n" + body[first.start() :]) if first else (body, b"")


# A line of several words, or one of underscores, is no base64.
_WORDS = re.compile(rb"^(?:[^\s]{1,40}[ \t]+[^\s]{1,40}[ \t]+[^\s]|_{10,})", re.MULTILINE)
_UUENCODED = {"x-uuencode", "uuencode", "x-uue", "uue"}


def _uudecoded(body: bytes) -> bytes:
    lines = body.splitlines()
    begin = next((place for place, line in enumerate(lines) if line.startswith(b"begin ")), -1)
    pieces = []
    for line in lines[begin + 1 :]:
        if line.strip() == b"end":
            break
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            pieces.append(_uuline(line[: length + 1]))
    return b"".join(pieces)


def _uuline(line: bytes) -> bytes:
    """Some encoders write more at the end of a line than its length says."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return line
