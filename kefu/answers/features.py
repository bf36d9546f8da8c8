"""A sentence as numbers: which groups of letters and words stand in it, and which things customers mean by them.

Things have a pattern each in ``data/concepts.txt``, in both languages at once: what is learnt from a Chinese sentence
about a parcel helps with an English one, and one word for it helps with another that no sentence of ours has.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import re2

from kefu.lib import words

WIDTH = 1 << 16
LONGEST = 400  # letters; what a matter is about is said at its beginning
CONCEPTS = Path(__file__).parent / "data" / "concepts.txt"
MEANT = 0.5  # what things weigh beside letters and words; chosen by cross-validation
SHORT = 8
MOST_MEMORY = 64 << 20
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[^\W\d_\u3400-\u9fff]+(?:['’][a-z]+)?|\d+")

Row = tuple[list[int], list[float]]


def row_of(text: str) -> Row:
    """Places and weights: letters and words of length one, so that long texts weigh no more than short ones, and things
    of length ``MEANT``. Empty for nothing readable.
    """
    plain = words.simplified(unicodedata.normalize("NFKC", text).lower()[:LONGEST])
    places, weights = _of_length(parts(plain), 1.0)
    if not places:
        return [], []
    more, meant = _of_length(things(plain), MEANT)
    return places + more, weights + meant


def parts(plain: str) -> Iterator[str]:
    """Of Chinese each character and groups of two and three; of other scripts words, pairs and pieces of words."""
    runs = _HAN.findall(plain)
    for run in runs:
        for size in (1, 2, 3):
            yield from (run[at : at + size] for at in range(len(run) - size + 1))
    said = ["#" if word.isdigit() else word.replace("’", "'") for word in _WORD.findall(plain)]
    stems = [words.stem(word.replace("'", "")) for word in said]
    yield from (f" {word} " for word in said)
    yield from (f"^{word}" for word in stems)
    yield from (f"^{one} {other}" for one, other in pairwise(stems))
    for word in said:
        edged = f"<{word}>"
        for size in (3, 4):
            yield from (f"~{edged[at : at + size]}" for at in range(len(edged) - size + 1))
    if said or runs:
        yield from _manner(plain, said)


def things(plain: str) -> Iterator[str]:
    names, patterns = _concepts()
    yield from (f"@{names[place]}" for place in sorted(patterns.Match(plain) or ()))


def _manner(plain: str, said: list[str]) -> Iterator[str]:
    if said:
        yield f"[{said[0]}"
    if "!" in plain:
        yield "!!"
    if "?" in plain:
        yield "??"
    if len(plain) < SHORT:
        yield "<short"


def _of_length(counted: Iterable[str], length: float) -> Row:
    places = Counter(crc32(part.encode()) % WIDTH for part in counted)
    weights = [count**0.5 for count in places.values()]
    whole = sum(weight * weight for weight in weights) ** 0.5
    return list(places), [length * weight / whole for weight in weights]


@cache
def _concepts() -> tuple[list[str], re2.Set]:
    """All patterns at once: one pass over the sentence."""
    options = re2.Options()
    options.max_mem = MOST_MEMORY  # with less, a long sentence would silently match nothing
    names, patterns = [], re2.Set.SearchSet(options)
    for line in CONCEPTS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _colon, pattern = line.partition(": ")
            names.append(name)
            patterns.Add(pattern)
    patterns.Compile()
    return names, patterns
