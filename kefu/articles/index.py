"""What the help centre says, as it is searched: documents that are near a question vote for what they belong to.

A document is a title, another way to ask, or a passage. Words and letters are ranked apart, since their scores cannot
be added, and each elects by its nearest; so does meaning, where the extra for it is installed. How sure the outcome is
was fitted on labelled questions: ``docs/answers.md``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from math import exp, log
from typing import TYPE_CHECKING, NamedTuple

from kefu.articles.meaning import Kind, pieces
from kefu.articles.postings import Postings
from kefu.articles.vocabulary import Vocabulary
from kefu.lib import words

if TYPE_CHECKING:
    from kefu.articles.meaning import Meanings

# The nearest documents vote, each with the fourth power of its score: 88.5 of 100 right among 150 intents where ten
# equal votes gave 86.4 and the nearest alone 84.8.
VOTERS, POWER, MEANING_POWER = 40, 4, 8
CANDIDATES = 120
SYNONYM = 0.8
HEADING, TITLE = 2.0, 0.5  # what their words count for in a passage
# By how much the share of votes, and what was found of words and letters, make it surer.
SHARE, WORDS, LETTERS, BASE, LITTLE = 4.83, 0.77, 1.26, 0.43, 0.02
# Where meanings are known, they tell better: the share of votes and the nearest one's cosine.
SHARE_BESIDE_MEANING, LIKENESS = 5.5, 8.2
MOST_TOKENS, MOST_LETTERS = 60, 200


class Place(NamedTuple):
    """Where a document stands: what it votes for, which of its translations, and which passage (None: a title or a
    question)."""

    label: Hashable
    part: Hashable = None
    passage: int | None = None


class Voter(NamedTuple):
    """A document near the question, with its score between 0 and 1; and the score that it would have without words of
    grammar, which say little about whether it is about the same thing."""

    place: Place
    score: float
    substance: float = 0.0


class Near(NamedTuple):
    """The documents that may vote, nearest first, by words and by letters; and the tokens that were looked for."""

    by_words: Sequence[Voter] = ()
    by_letters: Sequence[Voter] = ()
    tokens: frozenset[str] = frozenset()
    by_meaning: Sequence[Voter] = ()
    by_said: Sequence[Voter] = ()  # passages, by meaning

    def places(self) -> list[Place]:
        voters = (*self.by_words, *self.by_letters, *self.by_meaning, *self.by_said)
        return [voter.place for voter in voters]


class Guess(NamedTuple):
    label: Hashable
    score: float
    confidence: float


class Index:
    def __init__(self, meanings: Meanings | None = None) -> None:
        self._meanings = meanings
        self._words, self._letters, self._vocabulary = Postings(), Postings(), Vocabulary()
        self._places: list[Place] = []
        self._lettered: list[int] = []
        self._parts: dict[Hashable, tuple[list[int], list[int]]] = {}

    @property
    def is_worn(self) -> bool:
        """Whether most of it was dropped, so that making it anew costs less than carrying it on."""
        return self._words.dropped > 1000 and self._words.dropped * 2 > len(self._words)

    def add_question(self, place: Place, text: str) -> None:
        """A title or a question: short, so that its letters count too."""
        number = self._add(place, Counter(words.tokens(text)))
        self._lettered.append(number)
        letters = self._letters.add(Counter(words.letters(text)))
        self._parts[place.part][1].append(letters)
        if self._meanings is not None:
            self._meanings.learn(number, text)

    def add_passage(self, place: Place, weighted: Sequence[tuple[str, float]]) -> None:
        """A passage: each of its texts with the weight of its words. The first says what it is."""
        counts: Counter[str] = Counter()
        for text, weight in weighted:
            for token in words.tokens(text):
                counts[token] += weight  # type: ignore[assignment]  # weights are not whole
        number = self._add(place, counts)
        if self._meanings is not None:
            text, *above = [text for text, _weight in weighted]
            for piece in pieces(text, under=next(filter(None, above), "")):
                self._meanings.learn(number, piece, Kind.PASSAGE)

    def add_article(
        self,
        place: Place,
        *,
        title: str,
        summary: str = "",
        questions: Iterable[str] = (),
        passages: Iterable[tuple[int, str, str]] = (),
    ) -> None:
        """``passages``: number, heading and text of each."""
        for question in (title, *questions):
            self.add_question(place, question)
        if summary:
            self.add_passage(place, [(summary, 1), (title, TITLE)])
        for number, heading, text in passages:
            said = [(text, 1), (heading, HEADING), (title, TITLE)]
            self.add_passage(place._replace(passage=number), said)

    def drop(self, part: Hashable) -> None:
        documents, letters = self._parts.pop(part, ([], []))
        self._words.drop(documents)
        self._letters.drop(letters)
        if self._meanings is not None:
            self._meanings.drop(documents)

    def prepare(self) -> None:
        """What else the first question would have to wait for."""
        self._vocabulary.digest()
        if self._meanings is not None:
            self._meanings.go_on()

    def near(self, query: str, *, synonyms: Iterable[Sequence[str]] = ()) -> Near:
        written, query = query, self._spelled(query)
        asked, also = self._asked(query, synonyms)
        by_words = self._words.score(asked).plus(self._words.score(also), SYNONYM)
        substance = self._words.score([each for each in asked if not _is_grammar(each)])
        letters = dict.fromkeys(words.letters(self._without_slips(query))[:MOST_LETTERS])
        by_letters = self._letters.score([{each: 1.0} for each in letters])
        return Near(
            [Voter(self._places[n], by_words.of(n), substance.of(n)) for n in by_words.best(CANDIDATES)],
            [Voter(self._places[self._lettered[n]], by_letters.of(n)) for n in by_letters.best(CANDIDATES)],
            frozenset(token for choices in (*asked, *also) for token in choices),
            *self._by_meaning(written),
        )

    def _by_meaning(self, query: str) -> Iterator[list[Voter]]:
        """Questions, then passages."""
        if self._meanings is not None:
            for found in self._meanings.nearest(query, CANDIDATES).values():
                yield [Voter(self._places[number], likeness) for number, likeness in found]

    def _add(self, place: Place, counts: Mapping[str, float]) -> int:
        self._vocabulary.learn(counts)
        number = self._words.add(counts)
        self._places.append(place)
        self._parts.setdefault(place.part, ([], []))[0].append(number)
        return number

    def _spelled(self, query: str) -> str:
        """With Chinese characters where pinyin was typed: of words that sound alike, those used most."""
        spelled, at = "", 0
        query = words.normal(query)
        for begin, end in words.pieces(query):
            token = query[begin:end]
            if words.is_latin(token) and words.stem(token) not in self._words:
                meant = self._vocabulary.spoken(token)
                spelled += query[at:begin] + "".join(max(each, key=self._words.how_many) for each in meant)
                at = end if meant else begin
        return spelled + query[at:]

    def _without_slips(self, query: str) -> str:
        """With what was probably meant by each misspelt word: the letters of a slip resemble other words."""
        mended, at = "", 0
        for begin, end in words.pieces(query):
            token = words.stem(query[begin:end])
            if (
                words.is_latin(token)
                and token not in self._words
                and (near := self._vocabulary.misspelt(token))
            ):
                mended += query[at:begin] + max(
                    near, key=lambda word: (near[word], self._words.how_many(word))
                )
                at = end
        return mended + query[at:]

    def _asked(
        self, query: str, synonyms: Iterable[Sequence[str]]
    ) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
        """What is looked for; and what else will do, which is not missed where it is absent."""
        tokens = list(dict.fromkeys(words.tokens(query)[:MOST_TOKENS]))
        also = _said_otherwise(tokens, synonyms)
        said_again = {token for each in also.values() for token in each}
        asked: list[dict[str, float]] = []
        for token in tokens:
            if token in self._words:
                asked.append({token: 1.0})
            elif token not in also:
                asked.append(self._vocabulary.meant(token) or {token: 1.0})
        return asked, [{token: 1.0} for token in said_again if token not in tokens]


def elect(near: Near, allowed: Callable[[Place], bool] = lambda place: True) -> list[Guess]:
    """Best first. Only documents that are ``allowed`` have a vote, and only they are compared."""
    by_words, by_letters, by_meaning, by_said = (
        [voter for voter in voters if allowed(voter.place)][:VOTERS]
        for voters in (near.by_words, near.by_letters, near.by_meaning, near.by_said)
    )
    held = [_shares(voters, POWER) for voters in (by_words, by_letters) if voters]
    meant = [_shares(voters, MEANING_POWER) for voters in (by_meaning, by_said) if voters]
    votes = _together([*([_together(held)] if held else []), *meant])
    ranked = sorted(votes.items(), key=lambda one: -one[1])
    if not ranked:
        return []
    first, most = ranked[0]
    its = (
        [voter for voter in voters if voter.place.label == first]
        for voters in (by_words, by_letters, [*by_meaning, *by_said])
    )
    sure = _confidence(most, *its)
    return [Guess(label, share, sure * share / most) for label, share in ranked]


def _together(elections: Sequence[Mapping[Hashable, float]]) -> dict[Hashable, float]:
    votes: dict[Hashable, float] = {}
    for shares in elections:
        for label, share in shares.items():
            votes[label] = votes.get(label, 0.0) + share / len(elections)
    return votes


def _shares(voters: Sequence[Voter], power: int) -> dict[Hashable, float]:
    shares: dict[Hashable, float] = {}
    for voter in voters:
        shares[voter.place.label] = shares.get(voter.place.label, 0.0) + voter.score**power
    whole = sum(shares.values())
    return {label: share / whole for label, share in shares.items()}


def _confidence(
    share: float, by_words: Sequence[Voter], by_letters: Sequence[Voter], by_meaning: Sequence[Voter]
) -> float:
    likeness = max((voter.score for voter in by_meaning), default=None)
    if likeness is not None:
        return _logistic(SHARE_BESIDE_MEANING * share + LIKENESS * (likeness - 1))
    words_ = max((voter.substance for voter in by_words), default=0.0)
    letters = max((voter.score for voter in by_letters), default=0.0)
    return _logistic(SHARE * share + WORDS * log(words_ + LITTLE) + LETTERS * log(letters + LITTLE) + BASE)


def _logistic(evidence: float) -> float:
    return 1 / (1 + exp(-evidence))


def _is_grammar(choices: Iterable[str]) -> bool:
    return any(map(words.is_grammar, choices))


def _said_otherwise(tokens: Sequence[str], synonyms: Iterable[Sequence[str]]) -> dict[str, list[str]]:
    """For tokens of words that have synonyms: the tokens of those."""
    asked = set(tokens)
    otherwise: dict[str, list[str]] = {}
    for group in synonyms:
        cut = [words.tokens(word) for word in group]
        for said in cut:
            if said and asked.issuperset(said):
                others = [token for other in cut if other is not said for token in other]
                for token in said:
                    otherwise.setdefault(token, []).extend(others)
    return otherwise
