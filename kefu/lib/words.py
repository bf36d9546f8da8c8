"""The one tokeniser of the FAQ index and of what is asked of it.

Chinese becomes words and, beside them, single characters: words alone lose short and reworded questions, characters
alone lose paraphrases. Traditional characters are folded into simplified ones, full width into half; English words are
stemmed lightly; numbers, addresses and models stay whole. The libraries are heavy and imported at first use.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_PIECE = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:[@.+\-_'’#/:][^\W_{_HAN}]+)*")
_PARTS = re.compile(r"[^\W_]+")
_IS_HAN = re.compile(f"[{_HAN}]")
_LATIN = re.compile("[a-z]+")
_VOWEL = re.compile("[aeiouy]")
_LONGEST = 64
_DERIVED = ("ations", "ation", "ments", "ment", "ness", "able", "ible", "ing", "edly", "ed", "ly", "ate")


# What nearly every question says, whatever it asks for.
_GRAMMAR = """
a an and am are as at be been but by can could did do does for from get give had has have he her how i if im in
into is it its ive let may me my of on or our please shall she should so some tell than that the their them then
there these they this to us want was we were what when where which who why will with would you your
我 你 您 他 她 它 们 的 了 吗 呢 吧 啊 呀 么 是 有 在 和 与 或 就 都 也 还 要 想 请 把 被 给 让 这 那 哪 个 谁 啥
我们 你们 您们 怎么 怎样 如何 什么 为什么 怎么样 怎么办 请问 可以 是否 哪里 哪儿 那个 这个 一下 一个
"""
GRAMMAR = frozenset(_GRAMMAR.split())


class Pinyin(NamedTuple):
    """How a word sounds, and the first letters of its syllables."""

    whole: str
    initials: str


def normal(text: str) -> str:
    """As it is compared: lower case, half width, simplified. A character stays one wherever Unicode allows it."""
    return simplified(unicodedata.normalize("NFKC", text).lower())


def simplified(text: str) -> str:
    return _converter()(text) if _IS_HAN.search(text) else text


def tokens(text: str) -> list[str]:
    """In the order written; a Chinese word stands before its characters, a model before its parts."""
    return [token for piece in _PIECE.findall(normal(text)) for token in _of_piece(piece)]


def letters(text: str) -> list[str]:
    """What stands inside words, so that a reworded or misspelt one still resembles them: pairs of Chinese characters,
    three to five letters of other words with their edges.
    """
    return [part for piece in _PIECE.findall(normal(text)) for part in _inside(piece)]


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where in the text, as it is written, runs of Chinese and other words begin and end."""
    return (match.span() for match in _PIECE.finditer(text))


def is_grammar(token: str) -> bool:
    return token in GRAMMAR


def is_chinese(token: str) -> bool:
    return bool(_IS_HAN.match(token))


def is_latin(token: str) -> bool:
    return bool(_LATIN.fullmatch(token))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Lightly: endings of number, tense and the commonest derivations. ``refunded``, ``refunds`` → ``refund``."""
    if len(word) < 4 or not _LATIN.fullmatch(word):
        return word
    for ending in _DERIVED:
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and _VOWEL.search(rest):
            return _ended(rest)
    return _ended(_singular(word))


@lru_cache(maxsize=50_000)
def pinyin(word: str) -> Pinyin:
    syllables = _syllables()(word)
    return Pinyin("".join(syllables), "".join(syllable[:1] for syllable in syllables))


def _of_piece(piece: str) -> Iterator[str]:
    if _IS_HAN.match(piece):
        yield from (word for word in _cut()(piece) if len(word) > 1)
        yield from piece
        return
    parts = _PARTS.findall(piece.replace("'", "").replace("’", ""))
    if len(parts) > 1:
        yield piece[:_LONGEST]
    yield from (stem(part[:_LONGEST]) for part in parts)


def _inside(piece: str) -> Iterator[str]:
    if _IS_HAN.match(piece):
        pairs = (piece[at : at + 2] for at in range(len(piece) - 1))
        yield from (pair for pair in pairs if pair not in GRAMMAR)
        return
    word = f" {piece[:_LONGEST]} "
    for length in (3, 4, 5):
        yield from (word[at : at + length] for at in range(len(word) - length + 1))


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _ended(word: str) -> str:
    """One end for all forms: ``shipp`` → ``ship``, ``charge`` and ``charg`` → ``charg``, ``delivery`` → ``deliver``."""
    if len(word) > 4 and word[-1] in "ey":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


@cache
def _cut() -> Callable[[str], list[str]]:
    import rjieba

    return rjieba.cut_for_search


@cache
def _converter() -> Callable[[str], str]:
    import opencc

    return opencc.OpenCC("t2s").convert


@cache
def _syllables() -> Callable[[str], list[str]]:
    import pypinyin

    return pypinyin.lazy_pinyin
