"""Whether a model said only what the passages say. It has to be beyond doubt: in doubt the passage itself is quoted."""

from __future__ import annotations

import re
import unicodedata

from kefu.answers.quoting import split
from kefu.lib.text import written_in

LONGEST = 700
ENOUGH = 0.75  # of a sentence's words, or pairs of Chinese characters, stand in the passages
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_LINK = re.compile(
    r"https?:|www\.|@|\b[a-z\d-]+\.(?:com|cn|net|org|io|info|shop|top|xyz|cc)\b|\[[^\]]*\]\(|<[a-z!/]"
)
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
    return next((why for sentence in split(text) if (why := _wrong_sentence(sentence, source))), "")


def _wrong_sentence(sentence: str, source: str) -> str:
    """Its words are there, and the sentence that it was made from denies what it denies and no more."""
    words = _words(sentence)
    if not words:
        return ""
    if len(words & _words(source)) < ENOUGH * len(words):
        return f"words: {sentence.strip()[:80]}"
    nearest = max(split(source), key=lambda one: len(words & _words(one)), default="")
    if bool(_NOT.search(sentence)) != bool(_NOT.search(nearest)):
        return f"negation: {sentence.strip()[:80]}"
    return ""


def _words(text: str) -> set[str]:
    pairs = {run[at : at + 2] for run in _HAN.findall(text) for at in range(len(run) - 1)}
    return pairs | {word[:6] for word in _WORD.findall(text) if word not in _SMALL and len(word) > 1}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("’", "'").lower().strip()
