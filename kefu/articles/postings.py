"""An inverted index in memory, ranked by BM25. What is added is found at once; what is dropped is gone at once."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[tuple[int], np.dtype[np.float32]]

# How soon a word's repetition stops counting, and how much a long document is held back.
SATURATION, LENGTH = 1.2, 0.5


class Scored(NamedTuple):
    """For each document what it has of the words asked for; ``weight`` is what they are worth, were all found."""

    scores: Floats
    weight: float

    def of(self, document: int) -> float:
        """Between 0 and 1."""
        whole = self.weight * (SATURATION + 1)
        return min(1.0, float(self.scores[document]) / whole) if whole else 0.0

    def plus(self, other: Scored, share: float) -> Scored:
        """``other`` counts with a share, and is not missed where it is absent."""
        return Scored(self.scores + share * other.scores, self.weight or other.weight)

    def best(self, most: int) -> list[int]:
        """The documents that have anything, best first; of equals, the one that was added first."""
        import numpy as np

        if not len(self.scores):
            return []
        most = min(most, len(self.scores))
        nearest = np.argpartition(-self.scores, most - 1)[:most]
        ordered = nearest[np.lexsort((nearest, -self.scores[nearest]))]
        return [int(document) for document in ordered if self.scores[document] > 0]


class _Posting:
    """The documents with one word, and how often each has it."""

    __slots__ = ("counts", "documents", "frozen")

    def __init__(self) -> None:
        self.documents = array("i")
        self.counts = array("f")
        self.frozen: tuple[Floats, Floats] | None = None

    def add(self, document: int, count: float) -> None:
        self.documents.append(document)
        self.counts.append(count)
        self.frozen = None


class Postings:
    """Documents are numbered in the order they are added, from 0; a dropped number is not given again."""

    def __init__(self) -> None:
        self._of: dict[str, _Posting] = {}
        self._lengths = array("f")
        self._alive = bytearray()
        self._dropped = 0

    def __contains__(self, token: str) -> bool:
        return token in self._of

    def __len__(self) -> int:
        return len(self._lengths)

    @property
    def dropped(self) -> int:
        return self._dropped

    def add(self, counts: Mapping[str, float]) -> int:
        """``counts``: each token of the document with its weighted count."""
        document = len(self._lengths)
        self._lengths.append(sum(counts.values()))
        self._alive.append(1)
        for token, count in counts.items():
            posting = self._of.get(token)
            if posting is None:
                posting = self._of[token] = _Posting()
            posting.add(document, count)
        return document

    def drop(self, documents: Iterable[int]) -> None:
        for document in documents:
            self._dropped += self._alive[document]
            self._alive[document] = 0

    def how_many(self, token: str) -> int:
        posting = self._of.get(token)
        return len(posting.documents) if posting else 0

    def score(self, asked: Sequence[Mapping[str, float]]) -> Scored:
        """Each of ``asked`` is one thing looked for: tokens that will do for it, with how well each does. The best
        of them counts.
        """
        import numpy as np

        lengths = np.frombuffer(self._lengths, dtype=np.float32)
        alive = np.frombuffer(self._alive, dtype=np.uint8)
        living = max(1, len(lengths) - self._dropped)
        average = max(1.0, float(lengths.mean())) if len(lengths) else 1.0
        brake = SATURATION * (1 - LENGTH + LENGTH * lengths / average)
        scores = np.zeros(len(lengths), dtype=np.float32)
        weight = 0.0
        for choices in asked:
            found = [(share, *self._frozen(token)) for token, share in choices.items() if token in self._of]
            several = sum(len(documents) for _share, documents, _counts in found)
            rarity = float(np.log(1 + (living - min(several, living) + 0.5) / (several + 0.5)))
            weight += rarity
            if len(found) == 1:
                share, documents, counts = found[0]
                scores[documents] += share * rarity * counts * (SATURATION + 1) / (counts + brake[documents])
            elif found:
                best = np.zeros(len(lengths), dtype=np.float32)
                for share, documents, counts in found:
                    worth = share * rarity * counts * (SATURATION + 1) / (counts + brake[documents])
                    best[documents] = np.maximum(best[documents], worth)
                scores += best
        return Scored(scores * alive, weight)

    def _frozen(self, token: str) -> tuple[Floats, Floats]:
        import numpy as np

        posting = self._of[token]
        if posting.frozen is None:
            posting.frozen = (
                np.array(posting.documents, dtype=np.int32),
                np.array(posting.counts, dtype=np.float32),
            )
        return posting.frozen
