"""The one tokeniser for search over messages: what is indexed and what is asked for are cut alike.

Scripts written without spaces become overlapping pairs, so that every part of two or more characters is
found; the last character also stands alone. Other words and numbers stay whole; addresses and numbers written
in groups are kept as one beside their parts. Traditional and simplified characters are not folded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

LONGEST_QUERY = 200
_LONGEST_WORD = 64
_LAST_POSITION = 16_383  # of a tsvector; and it keeps 256 positions of each lexeme
_OVERLAP = 256

_UNSPACED = (
    r"\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = rf"[^\W_{_UNSPACED}]+"
_PIECE = re.compile(
    rf"(?P<unspaced>[{_UNSPACED}]+)"
    r"|(?P<grouped>[0-9]+(?:[ \-][0-9]+)+)"
    rf"|(?P<word>{_WORD}(?:[@.+\-_'#/]{_WORD})*)"
)
_WORDS = re.compile(_WORD)
_HAN, _KANA_OR_HANGUL = re.compile("[\u3400-\u9fff]"), re.compile("[\u3040-\u30ff\uac00-\ud7af]")
_LATIN = re.compile("[A-Za-z]{2,}")


class _Piece(NamedTuple):
    """Words that follow one another, each with what it is called when written as one with those behind it."""

    words: list[str]
    wholes: list[str]
    unspaced: bool = False


def written_in(text: str) -> str:
    """The desk's language that its writer will rather read: "zh-hans", "en", or "" where the text does not tell."""
    chinese, other = len(_HAN.findall(text)), len(_KANA_OR_HANGUL.findall(text))
    if other * 4 > chinese:  # a の alone is no Japanese
        return "en"
    if chinese:
        return "zh-hans"
    return "en" if len(_LATIN.findall(text)) >= 3 else ""


def index_text(text: str) -> str:
    """A ``tsvector`` literal, with positions: ``UPDATE … SET words = %s::tsvector``."""
    places: dict[str, list[int]] = {}
    for name, position in _placed(text):
        places.setdefault(name, []).append(position)
    return " ".join(f"{_quoted(name)}:{','.join(map(str, at))}" for name, at in places.items())


def query_text(query: str) -> str:
    """A ``tsquery`` literal for whatever someone typed; empty if nothing in it can be looked for.

    All pieces must occur, in any order; the last word may be unfinished.
    """
    pieces = list(_pieces(query[:LONGEST_QUERY]))
    last = len(pieces) - 1
    return " & ".join(_asked(piece, unfinished=number == last) for number, piece in enumerate(pieces))


def _placed(text: str) -> Iterator[tuple[str, int]]:
    """Positions end at 16,383: a longer text starts anew, overlapping, so phrases are found to its end."""
    names = [pair for piece in _pieces(text) for pair in zip(piece.words, piece.wholes, strict=True)]
    for beginning in range(0, len(names), _LAST_POSITION - _OVERLAP):
        part = names[beginning : beginning + _LAST_POSITION]
        for position, (word, whole) in enumerate(part, 1):
            yield word, position
            if whole:
                yield whole, position


def _pieces(text: str) -> Iterator[_Piece]:
    for match in _PIECE.finditer(unicodedata.normalize("NFKC", text).lower()):
        found = match.group()
        if match.lastgroup == "unspaced":
            yield _Piece([found[i : i + 2] for i in range(len(found))], [""] * len(found), unspaced=True)
        elif match.lastgroup == "grouped":
            yield _grouped_digits(_WORDS.findall(found))
        else:
            yield _word(found)


def _grouped_digits(groups: list[str]) -> _Piece:
    """A telephone number is found by its digits alone, with its country or without."""
    wholes = ["".join(groups[i:]) for i in range(len(groups))]
    return _Piece(
        [group[:_LONGEST_WORD] for group in groups], [w if 7 <= len(w) <= 20 else "" for w in wholes]
    )


def _word(found: str) -> _Piece:
    words = [word[:_LONGEST_WORD] for word in _WORDS.findall(found)]
    whole = found[:_LONGEST_WORD] if len(words) > 1 else ""
    return _Piece(words, [whole, *[""] * (len(words) - 1)])


def _asked(piece: _Piece, *, unfinished: bool) -> str:
    if piece.unspaced and len(piece.words) == 1:
        return f"{_quoted(piece.words[0])}:*"
    elif piece.unspaced:
        return _phrase(piece.words[:-1])
    end = ":*" if unfinished else ""
    phrase = f"{_phrase(piece.words)}{end}"
    return f"({_quoted(piece.wholes[0])}{end} | {phrase})" if piece.wholes[0] else phrase


def _phrase(words: list[str]) -> str:
    return " <-> ".join(map(_quoted, words))


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
