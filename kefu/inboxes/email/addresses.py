"""People in the head of a mail (RFC 5322, 3.4), as clients and impostors write them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kefu.inboxes.email.charsets import decode
from kefu.inboxes.email.parsed import Address
from kefu.inboxes.email.words import text_of, with_words_decoded

MOST = 500


def addresses_of(value: bytes) -> tuple[Address, ...]:
    """Those that are addresses; names are decoded after the list is cut, so a comma within one does no harm."""
    text = decode(value).text
    found = _addresses(text)
    if not found and "=?" in text:  # the whole list was encoded, addresses and all
        found = _addresses(with_words_decoded(text))
    return tuple(found)


def _addresses(text: str) -> list[Address]:
    found: list[Address] = []
    for entry in _entries(text):
        if address := _address(entry):
            found.append(address)
        if len(found) == MOST:
            break
    return found


def _entries(text: str) -> Iterator[str]:
    """Cut at commas and semicolons outside quotes, comments and angle brackets."""
    start, inside = 0, ""
    for match in _MARKS.finditer(text):
        mark = match.group()
        if inside:
            inside = "" if mark == _CLOSES[inside] else inside
        elif mark in _CLOSES:
            inside = mark
        elif mark in ",;":
            yield text[start : match.start()]
            start = match.end()
    if inside:  # never closed: what it hid is cut plainly
        yield from re.split("[,;]", text[start:])
    else:
        yield text[start:]


_MARKS = re.compile(r'\\.|["()<>,;]')
_CLOSES = {'"': '"', "(": ")", "<": ">"}


def _address(entry: str) -> Address | None:
    start = entry.rfind("<")
    if start >= 0:
        name, address = entry[:start], entry[start + 1 :].partition(">")[0]
    else:
        comment = re.search(r"\(([^()]*)\)", entry)
        name, address = (comment[1], entry.replace(comment[0], "")) if comment else ("", entry)
    address = address.strip().removeprefix("mailto:").rpartition(":")[2]
    local, at, domain = address.strip(" \t\"'").rpartition("@")
    if (
        not (local and at and _DOMAIN.fullmatch(domain))
        or _NOT_IN_ADDRESSES.search(local)
        or len(address) > 320
    ):
        return None
    return Address(_name(name), f"{local}@{domain.lower()}")


_DOMAIN = re.compile(r"\[?[^\W_][\w.:-]*\]?")
_NOT_IN_ADDRESSES = re.compile(r"[\s<>,;()\0-\x1f\x7f-\x9f\u2028\u2029]")


def _name(text: str) -> str:
    group, colon, rest = text.partition(":")
    text = rest if colon and '"' not in group and "=?" not in group else text
    bare = text.strip().strip("\"'") if '"' in text or "'" in text else text
    return text_of(re.sub(r"\\(.)", r"\1", bare).encode("utf-8", "surrogateescape")).strip("\"' ")
