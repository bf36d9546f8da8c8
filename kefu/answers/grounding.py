"""Whether a model said only what the passages say. It has to be beyond doubt: in doubt the passage itself is quoted."""

from __future__ import annotations

import re
import unicodedata

from kefu.answers.quoting import split
from kefu.lib.text import written_in

LONGEST = 700
ENOUGH = 0.75  # of a clause's words, or Chinese characters, stand in the passages
ENOUGH_PAIRS = 0.4  # of its Chinese characters side by side
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_LINK = re.compile(r"https?:|www\.|@|\b[a-z\d-]+\.[a-z]{2,}\b|\[[^\]]*\]\(|<[a-z!/]")
_PROMISE = re.compile(
    r"批准|同意您|为您退款|给您退款|退款给您|已(?:经)?(?:为您)?(?:退款|通过|同意)|保证|承诺|赔偿|补偿|免费(?:送|赠)|一定会"
    r"|\b(?:i|we)(?:'ll| will| can| have|'ve| am| are)?\s+(?:\w+\s+){0,3}(?:refund"
    r"|approv\w*|compensat\w*|guarantee\w*|promise\w*|waive\w*|credit\w*)"
    r"|\b(?:approved|guaranteed|promise[sd]?)\b|\byou(?:'ll| will) (?:get|receive"
    r"|be given) (?:a |your )?(?:full )?(?:refund|compensation|discount)"
)
_NOT = re.compile(
    r"不|没|无法|未|勿|禁止|除外|\b(?:not|no|never|cannot|without|except|unless|neither|nor)\b|n't\b"
)
_NUMERALS = re.compile(
    r"[一二三四五六七八九十百千万两半]+(?=[天日年月周个小时分钟元块%％次件倍成])|\b(?:one|two|three|four|five|six|seven"
    r"|eight|nine|ten|twelve|fourteen|twenty|thirty|sixty|ninety|hundred|thousand|half"
    r"|double|twice)\b"
)
_SMALL_CHARACTERS = frozenset("的了在是有和与及也都就请您你我们可以会能把被将对从到为并且或者其这那它")
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "has",
        "have",
        "if",
        "in",
        "is",
        "it",
        "its",
        "may",
        "of",
        "on",
        "or",
        "our",
        "so",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "up",
        "was",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "will",
        "with",
        "you",
        "your",
        "please",
        "also",
    ]
)


def wrong(said: str, passages: list[str], language: str) -> str:
    """Why it may not be said; "" when it may."""
    text, source = _plain(said), _plain("\n".join(passages))
    if not text or len(said) > LONGEST:
        return "length"
    if written_in(said) != language:
        return "language"
    if _LINK.search(text):
        return "link"
    if promised := _PROMISE.search(text):
        return f"promise: {promised[0]}"
    known = {*_NUMBER.findall(source), *_NUMERALS.findall(source)}
    if new := {*_NUMBER.findall(text), *_NUMERALS.findall(text)} - known:
        return f"number: {min(new)}"
    return next((why for clause in _clauses(text) if (why := _wrong_clause(clause, source))), "")


def _wrong_clause(clause: str, source: str) -> str:
    """Its words are there, and what it was made from denies what it denies and no more."""
    words, pairs = _words(clause), _pairs(clause)
    if not words:
        return ""
    is_there = len(words & _words(source)) >= ENOUGH * len(words)
    if not is_there or len(pairs & _pairs(source)) < ENOUGH_PAIRS * len(pairs):
        return f"words: {clause.strip()[:80]}"
    nearest = max(_clauses(source), key=lambda one: _likeness(clause, one))
    if bool(_NOT.search(clause)) != bool(_NOT.search(nearest)):
        return f"negation: {clause.strip()[:80]}"
    return ""


def _clauses(text: str) -> list[str]:
    return [clause for sentence in split(text) for clause in re.split(r"[,;:、]", sentence) if clause.strip()]


def _likeness(one: str, other: str) -> float:
    """Shared words and pairs; of two that share as many, the shorter is the likelier source."""
    shared = len(_words(one) & _words(other)) + len(_pairs(one) & _pairs(other))
    return shared - len(other) / 1_000


def _words(text: str) -> set[str]:
    """Of Chinese its characters, of English the beginnings of words; without those that say nothing."""
    characters = {each for run in _HAN.findall(text) for each in run} - _SMALL_CHARACTERS
    return characters | {word[:6] for word in _WORD.findall(text) if word not in _SMALL and len(word) > 1}


def _pairs(text: str) -> set[str]:
    return {run[at : at + 2] for run in _HAN.findall(text) for at in range(len(run) - 1)}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("’", "'").lower().strip()
