"""Which intent a sentence has: softmax regression over its parts. Only numbers are stored, never code."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kefu.answers.features import WIDTH, row_of
from kefu.answers.models.intents import Intent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHIPPED = Path(__file__).parent / "data" / "intents.model"
MARK = b"KEFU intents 2\n"  # the number rises with whatever changes how sentences are read
MOST_BYTES = 4_000_000


class Unreadable(ValueError):
    """These bytes are no model of ours."""


class Guess(NamedTuple):
    intent: Intent
    probability: float


class Classifier:
    """``weights``: a row for each part and, last, one for every sentence; a column for each intent."""

    def __init__(self, intents: Sequence[Intent], weights: NDArray[np.float32]) -> None:
        self.intents = tuple(intents)
        self.weights = weights

    def guess(self, text: str) -> Guess:
        """The likeliest. What has no readable word is other, for certain."""
        return self.guesses(text)[0]

    def guesses(self, text: str) -> list[Guess]:
        """Every intent, the likeliest first."""
        import numpy as np

        places, values = row_of(text)
        if not places:
            return [Guess(Intent.OTHER, 1.0)]
        scores = np.asarray(values, dtype=np.float32) @ self.weights[places] + self.weights[-1]
        odds = np.exp(scores - scores.max())
        shares = odds / odds.sum()
        found = [Guess(intent, float(share)) for intent, share in zip(self.intents, shares, strict=True)]
        return sorted(found, key=lambda one: -one.probability)

    def as_bytes(self) -> bytes:
        """Rounded to a hundred-and-twenty-seventh of the largest of each column, which costs no right answer."""
        import numpy as np

        most = np.abs(self.weights).max(axis=0)
        most[most == 0] = 1.0
        rounded = np.rint(self.weights / most * 127).astype(np.int8)
        head = {"intents": [str(one) for one in self.intents], "most": [float(one) for one in most]}
        return MARK + zlib.compress(json.dumps(head).encode() + b"\n" + rounded.tobytes(), 9)


def read(stored: bytes) -> Classifier:
    """Raises ``Unreadable``."""
    import numpy as np

    if not stored.startswith(MARK):
        raise Unreadable("The mark is missing.")
    try:
        unpacked = zlib.decompressobj().decompress(stored[len(MARK) :], MOST_BYTES)
        first, _line, rest = unpacked.partition(b"\n")
        head = json.loads(first)
        intents = [Intent(one) for one in head["intents"]]
        rounded = np.frombuffer(rest, dtype=np.int8).reshape(WIDTH + 1, len(intents))
        most = np.asarray(head["most"], dtype=np.float32).reshape(1, len(intents))
    except (zlib.error, ValueError, KeyError, TypeError) as problem:
        raise Unreadable(str(problem)) from problem
    return Classifier(intents, (rounded * (most / 127)).astype(np.float32))


@cache
def shipped() -> Classifier:
    """The one that comes with Kefu: ``python -m kefu.answers.training`` makes it."""
    return read(SHIPPED.read_bytes())
