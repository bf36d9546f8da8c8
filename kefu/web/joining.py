"""Words and sentences put together as the language of the page does it. Chinese has no space between sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import get_language


class _Between(NamedTuple):
    sentences: str
    words: str
    label: str


_BETWEEN = {"en": _Between(" ", ", ", ": "), "zh-hans": _Between("", "、", "：")}


def listed(words: Iterable[object]) -> str:
    """The words of a list: "unused, sealed" or "未使用、封签未拆"."""
    return _between().words.join(map(str, words))


def paragraph(sentences: Iterable[object]) -> str:
    """Whole sentences, each with its full stop, after one another."""
    return _between().sentences.join(map(str, sentences))


def explained(text: object) -> str:
    """What stands behind a label, with its colon: ": it was opened" or "：已拆封"."""
    return f"{_between().label}{text}"


def _between() -> _Between:
    return _BETWEEN.get(get_language() or "en", _BETWEEN["en"])
