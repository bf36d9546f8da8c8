"""The words of an index, and which of them somebody meant who wrote none: typos, unfinished words, pinyin."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from kefu.lib import words

TYPO, UNFINISHED, INITIALS = 0.7, 0.7, 0.6
SHORTEST_TYPO, SHORTEST_BEGINNING = 4, 3
MOST_CHOICES = 8
_LONGEST_SOUND = 24


class Vocabulary:
    """Learns as the index does; digests what it learnt when the first unknown word is asked for."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._fresh: list[str] = []
        self._latin: dict[str, list[str]] = {}
        self._ordered: list[str] | None = None
        self._sounds: dict[str, list[str]] = {}
        self._initials: dict[str, list[str]] = {}

    def learn(self, tokens: Iterable[str]) -> None:
        fresh = [token for token in tokens if token not in self._known]
        self._known.update(fresh)
        self._fresh += fresh

    def digest(self) -> None:
        """Make what it has learnt ready to be asked for."""
        if not self._fresh:
            return
        for token in self._fresh:
            if words.is_latin(token):
                self._latin.setdefault(token[0], []).append(token)
            elif words.is_chinese(token):
                sound = words.pinyin(token)
                self._sounds.setdefault(sound.whole, []).append(token)
                if len(token) > 1:
                    self._initials.setdefault(sound.initials, []).append(token)
        self._ordered = None
        self._fresh = []

    def __contains__(self, token: str) -> bool:
        return token in self._known

    def meant(self, token: str) -> dict[str, float]:
        """For a word that stands nowhere: the known words that may have been meant, and how well each will do."""
        self.digest()
        if words.is_chinese(token):
            same = self._sounds.get(words.pinyin(token).whole, []) if len(token) > 1 else []
            return dict.fromkeys(same[:MOST_CHOICES], TYPO)
        elif words.is_latin(token):
            return self._initialled(token) | self._begun(token) | self.misspelt(token)
        else:
            return {}

    def misspelt(self, token: str) -> dict[str, float]:
        """One slip in a word of four letters or more, two from eight; the first letter is mostly right."""
        if len(token) < SHORTEST_TYPO:
            return {}
        self.digest()
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        slips = 1 if len(token) < 8 else 2
        near = extract(
            token, self._latin.get(token[0], []), scorer=OSA.distance, score_cutoff=slips, limit=MOST_CHOICES
        )
        return {word: TYPO / max(1, distance) for word, distance, _place in near}

    def spoken(self, written: str) -> list[list[str]]:
        """Pinyin, which may be several words written together: for each the words that sound so. As few words as
        possible; nothing where letters are left, nor for a lone syllable, which is a character among many.
        """
        self.digest()
        sounds = self._divided(written)
        alike = [[word for word in self._sounds[sound] if len(word) > 1] for sound in sounds]
        return (
            [some or self._sounds[sound] for some, sound in zip(alike, sounds, strict=True)]
            if any(alike)
            else []
        )

    def _divided(self, written: str) -> list[str]:
        best: list[list[str] | None] = [[]] + [None] * len(written)
        for end in range(1, len(written) + 1):
            for begin in range(max(0, end - _LONGEST_SOUND), end):
                before, now = best[begin], best[end]
                fits = before is not None and written[begin:end] in self._sounds
                if fits and before is not None and (now is None or len(before) + 1 < len(now)):
                    best[end] = [*before, written[begin:end]]
        return best[len(written)] or []

    def _initialled(self, token: str) -> dict[str, float]:
        same = self._initials.get(token, []) if 2 <= len(token) <= 4 else []
        return dict.fromkeys(same[:MOST_CHOICES], INITIALS)

    def _begun(self, token: str) -> dict[str, float]:
        if len(token) < SHORTEST_BEGINNING:
            return {}
        return dict.fromkeys([*self._beginning_with(token)], UNFINISHED)

    def _beginning_with(self, token: str) -> Iterator[str]:
        if self._ordered is None:
            self._ordered = sorted(word for group in self._latin.values() for word in group)
        at = bisect_left(self._ordered, token)
        for word in self._ordered[at : at + MOST_CHOICES]:
            if word.startswith(token):
                yield word
