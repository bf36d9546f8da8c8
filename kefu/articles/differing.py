"""What changed between two versions, line by line, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kefu.articles.models import Version

AROUND = 2
LONGEST_COMPARED = 2000
MOST_PAIRS = 200


class Piece(NamedTuple):
    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """``kind``: same, gone, new, or skipped, which stands for ``skipped`` lines that are the same."""

    kind: str
    pieces: Sequence[Piece] = ()
    skipped: int = 0


class Part(NamedTuple):
    """A field of a version whose words differ."""

    label: str
    lines: list[Line]


def differences(before: Version, after: Version) -> list[Part]:
    """Of title, summary, questions and text; empty where both say the same."""
    told = [
        (_("Title"), before.title, after.title),
        (_("Summary"), before.summary, after.summary),
        (_("Also asked as"), "\n".join(before.questions), "\n".join(after.questions)),
        (pgettext("article", "Text"), before.body, after.body),
    ]
    return [Part(label, lines_between(old, new)) for label, old, new in told if old != new]


def lines_between(before: str, after: str) -> list[Line]:
    """Changed lines with a few of those around them; in lines that were reworded, the words are marked."""
    old, new = before.splitlines(), after.splitlines()
    found: list[Line] = []
    pairs = 0
    for does, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        if does == "equal":
            found += _folded(
                old[i1:i2], at_start=i1 == 0 and j1 == 0, at_end=i2 == len(old) and j2 == len(new)
            )
        elif does == "replace" and i2 - i1 == j2 - j1 and pairs < MOST_PAIRS:
            pairs += i2 - i1
            couples = [_reworded(one, other) for one, other in zip(old[i1:i2], new[j1:j2], strict=True)]
            found += [Line("gone", gone) for gone, _new in couples]
            found += [Line("new", fresh) for _gone, fresh in couples]
        else:
            found += [Line("gone", [Piece(line, False)]) for line in old[i1:i2]]
            found += [Line("new", [Piece(line, False)]) for line in new[j1:j2]]
    return found


def _folded(lines: Sequence[str], *, at_start: bool, at_end: bool) -> Iterator[Line]:
    head = 0 if at_start else AROUND
    tail = 0 if at_end else AROUND
    if len(lines) <= head + tail + 1:
        yield from (_same(line) for line in lines)
    else:
        yield from (_same(line) for line in lines[:head])
        yield Line("skipped", skipped=len(lines) - head - tail)
        yield from (_same(line) for line in lines[len(lines) - tail :])


def _same(line: str) -> Line:
    return Line("same", [Piece(line, False)])


def _reworded(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """By characters, since Chinese has no spaces. Lines that share little are shown whole."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if max(len(old), len(new)) > LONGEST_COMPARED or matcher.ratio() < 0.4:
        return [Piece(old, False)], [Piece(new, False)]
    gone, fresh = list[Piece](), list[Piece]()
    for does, i1, i2, j1, j2 in matcher.get_opcodes():
        if i2 > i1:
            gone.append(Piece(old[i1:i2], does != "equal"))
        if j2 > j1:
            fresh.append(Piece(new[j1:j2], does != "equal"))
    return gone, fresh
