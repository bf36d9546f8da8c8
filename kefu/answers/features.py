"""A sentence as numbers: which groups of letters and which words stand in it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from zlib import crc32

WIDTH = 1 << 14
LONGEST = 600  # letters; what a matter is about is said at its beginning
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[^\W\d_\u3400-\u9fff]+(?:['’][a-z]+)?|\d+")

Row = tuple[list[int], list[float]]


def row_of(text: str) -> Row:
    """Places and weights, of length one: long texts weigh no more than short ones. Empty for nothing readable."""
    counted = Counter(crc32(part.encode()) % WIDTH for part in parts(text))
    weights = [count**0.5 for count in counted.values()]
    length = sum(weight * weight for weight in weights) ** 0.5
    return list(counted), [weight / length for weight in weights]


def parts(text: str) -> Iterator[str]:
    """Of Chinese each character and groups of two and three; of other scripts words, pairs and pieces of words."""
    plain = unicodedata.normalize("NFKC", text).lower()[:LONGEST]
    for run in _HAN.findall(plain):
        for size in (1, 2, 3):
            yield from (run[at : at + size] for at in range(len(run) - size + 1))
    words = ["#" if word.isdigit() else word.replace("’", "'") for word in _WORD.findall(plain)]
    yield from (f" {word} " for word in words)
    yield from (f"{one} {other}" for one, other in pairwise(words))
    for word in words:
        edged = f"<{word}>"
        for size in (3, 4):
            yield from (f"~{edged[at : at + size]}" for at in range(len(edged) - size + 1))
