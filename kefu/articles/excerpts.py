"""The part of a passage that shows why it was found, with what was asked for in ``<mark>``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kefu.lib import words

GRAMMAR = frozenset(
    words.tokens(
        "a an and are at be by can do does for from how i in is it me my of on or the to what you your"
    )
)
LONGEST = 180
BEFORE = 40


def excerpt(text: str, tokens: Collection[str]) -> SafeString:
    """Escaped. ``tokens``: what was looked for, as ``words.tokens`` cuts it."""
    marked = [*_marked(text, _worth_marking(tokens))]
    part, marks = _cut(text, marked)
    runs = (
        (mark, "".join(c for c, _m in run))
        for mark, run in groupby(zip(part, marks, strict=True), _is_marked)
    )
    body = format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", run) if mark else run,) for mark, run in runs)
    )
    begins, ends = text.startswith(part), text.endswith(part)
    return format_html("{}{}{}", "" if begins else "…", body, "" if ends else "…")


def _worth_marking(tokens: Collection[str]) -> Collection[str]:
    """A single character is marked only where nothing longer was asked for; words of grammar never are."""
    longer = {token for token in tokens if len(token) > 1 and token not in GRAMMAR}
    return longer or tokens


def _marked(text: str, asked: Collection[str]) -> Iterator[bool]:
    """For each character of the text whether it belongs to what was asked for."""
    marks = [False] * len(text)
    for begin, end in words.pieces(text):
        for at, until in _within(text[begin:end], asked):
            marks[begin + at : begin + until] = [True] * (until - at)
    yield from marks


def _within(piece: str, asked: Collection[str]) -> Iterator[tuple[int, int]]:
    normal = words.normal(piece)
    if not words.is_chinese(normal):
        if any(token in asked for token in words.tokens(piece)):
            yield 0, len(piece)
    elif len(normal) == len(piece):  # folding that changes the length leaves no places to mark
        for token in filter(words.is_chinese, asked):
            at = normal.find(token)
            while at >= 0:
                yield at, at + len(token)
                at = normal.find(token, at + 1)


def _cut(text: str, marks: list[bool]) -> tuple[str, list[bool]]:
    """Where most of what was asked for stands together."""
    if len(text) <= LONGEST:
        return text, marks
    places = [at for at, mark in enumerate(marks) if mark]
    best = max(places, key=lambda at: sum(at <= other < at + LONGEST - BEFORE for other in places), default=0)
    begin = min(max(0, best - BEFORE), len(text) - LONGEST)
    begin = _between_words(text, begin)
    return text[begin : begin + LONGEST], marks[begin : begin + LONGEST]


def _between_words(text: str, begin: int) -> int:
    """A little later, so that no Latin word is cut in two."""
    for at in range(begin, min(begin + BEFORE, len(text))):
        if at == 0 or not (text[at - 1].isascii() and text[at - 1].isalnum()):
            return at
    return begin


def _is_marked(pair: tuple[str, bool]) -> bool:
    return pair[1]
