"""What must not be stored is masked before the first write: cards, ID numbers, passwords, codes, keys.

Checksums decide, not patterns alone: one random number in ten passes Luhn, and orders have numbers too.
Ordinary chat text is cleared by one linear search (``_SUSPICIOUS``); only the rest is looked at closely.
Masking what was masked changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import re2

from kefu.privacy.numbers import DIGIT, LONG_NUMBER, numbers
from kefu.privacy.secrets import KEYWORDS, Secret, codes, keys, passwords, seeds


class Finding(NamedTuple):
    """Where in the original text what was masked stood; never what it was."""

    kind: str
    start: int
    end: int


class Masked(NamedTuple):
    text: str
    findings: tuple[Finding, ...]


def mask(text: str, *, after: Sequence[str] = (), allow: Any = None) -> Masked:
    """The text as it may be stored.

    ``after``: what the same person sent just before, for a number sent in pieces; ``may_continue`` says when
    that matters. ``allow``: a compiled re2 pattern of numbers to leave, such as the shop's own orders.
    """
    secrets = _continued(text, after) if after else []
    if not secrets and not _SUSPICIOUS.search(text.encode()):
        return Masked(text, ())
    masked = _written(text, secrets)
    for _ in range(_PASSES):
        fresh = list(_everything(masked, allow))
        if not fresh:
            break
        secrets = _apart([*(_in_the_original(secret, secrets) for secret in fresh), *secrets])
        masked = _written(text, secrets)
    return Masked(masked, tuple(Finding(secret.kind, secret.start, secret.end) for secret in secrets))


def may_continue(text: str) -> bool:
    """Whether it begins with digits, so that a number begun in an earlier message could end here."""
    return bool(_BEGINS_WITH_DIGITS.match(text))


def _continued(text: str, after: Sequence[str]) -> list[Secret]:
    before = "".join(f"{each}\n" for each in after[-2:])
    found = numbers(_without_settled_numbers(before + text, None)) if may_continue(text) else ()
    return [
        Secret(number.kind, 0, number.end - len(before), "********")
        for number in found
        if number.start < len(before) < number.end
    ]


def _everything(text: str, allow: Any) -> Iterator[Secret]:
    yield from passwords(text)
    yield from seeds(text)
    yield from keys(text)
    unsettled = _without_settled_numbers(text, allow)
    yield from codes(unsettled)
    for number in numbers(unsettled):
        yield Secret(*number)


def _without_settled_numbers(text: str, allow: Any) -> str:
    """Leaves out, at equal length, the digits that masking showed before and those that the shop knows."""
    spans = [match.span() for match in _MASKED_NUMBER.finditer(text)]
    spans += [match.span() for match in allow.finditer(text)] if allow else []
    for start, end in spans:
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text


def _written(text: str, secrets: list[Secret]) -> str:
    pieces, end = [], 0
    for secret in secrets:
        pieces += [text[end : secret.start], secret.shown]
        end = secret.end
    return "".join([*pieces, text[end:]])


def _in_the_original(found: Secret, secrets: list[Secret]) -> Secret:
    """Where something found in a text that was masked already stands in the original."""
    start, end = found.start, found.end
    shift = 0
    for secret in secrets:
        shown_from, shown_to = secret.start + shift, secret.start + shift + len(secret.shown)
        shift = shown_to - secret.end
        if found.start >= shown_from:
            start = secret.start if found.start < shown_to else found.start - shift
        if found.end > shown_from:
            end = secret.end if found.end <= shown_to else found.end - shift
    return found._replace(start=start, end=end)


def _apart(secrets: Iterable[Secret]) -> list[Secret]:
    """In the order of the text; what overlaps becomes one."""
    apart: list[Secret] = []
    for secret in sorted(secrets, key=lambda each: (each.start, -each.end)):
        if not apart or secret.start >= apart[-1].end:
            apart.append(secret)
        elif secret.end > apart[-1].end:
            apart[-1] = apart[-1]._replace(end=secret.end, shown="********")
    return apart


_SUSPICIOUS = re2.compile(f"(?i){LONG_NUMBER}|{KEYWORDS}")
_BEGINS_WITH_DIGITS = re2.compile(rf"\s*[{DIGIT}]")
_MASKED_NUMBER = re2.compile(r"\*{4} \*{4} \*{4} \d{4}\b|\b\d{3}\*{11}\d{3}[\dX]\b")
# A mask can uncover its neighbour (a code after a key, say), so it is looked at again until nothing is found.
_PASSES = 5
