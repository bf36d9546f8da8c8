"""Teaching the classifier: softmax regression, all sentences at once, downhill with a push.

``python -m kefu.answers.training`` makes the model that comes with Kefu and prints its figures;
``python -m kefu.answers.training choose`` compares strengths of the penalty, by cross-validation on the part that is
learnt from; ``python -m kefu.answers.training measure FILE`` takes sentences of others (``text,intent``).

What it learns from are sentences of our own in ``data/intents-*.csv``: no public set in Chinese has warranty or fraud.
``{thing}`` and the like stand for words of ``data/slots.csv``. Those of ``data/held-out-*.csv`` were written apart, are
never learnt from and chose nothing: they only measure.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from kefu.answers.features import WIDTH, row_of

if TYPE_CHECKING:
    from kefu.answers.classifier import Classifier

DATA = Path(__file__).parent / "data"
LANGUAGES = {"zh-hans": "zh", "en": "en"}
ROUNDS = 300
PACE = 1.0
PUSH = 0.9
DECAY = 3e-5  # the least surprise; see choose
DECAYS = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3)
FOLDS = 5
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)
_SLOT = re.compile(r"\{(\w+)\}")


class Example(NamedTuple):
    text: str
    intent: str
    language: str
    held_out: bool = False


def sentences() -> Iterator[Example]:
    """Our own, both parts."""
    for language, name in LANGUAGES.items():
        for row in _rows(f"intents-{name}.csv"):
            yield Example(_filled(row["text"], language), row["intent"], language)
        for row in _rows(f"held-out-{name}.csv"):
            yield Example(row["text"], row["intent"], language, held_out=True)


def learn(examples: Iterable[Example], decay: float = DECAY) -> Classifier:
    """From those that are not held out; the same examples always make the same model."""
    import numpy as np

    from kefu.answers.classifier import Classifier
    from kefu.answers.models.intents import Intent

    intents = list(Intent)
    taught = [
        (row_of(each.text), intents.index(Intent(each.intent))) for each in examples if not each.held_out
    ]
    taught = [(row, intent) for row, intent in taught if row[0]]
    places = np.concatenate([row[0] for row, _intent in taught])
    values = np.concatenate([row[1] for row, _intent in taught]).astype(np.float32)[:, None]
    sizes = np.asarray([len(row[0]) for row, _intent in taught])
    of, starts = np.repeat(np.arange(len(taught)), sizes), np.cumsum(sizes) - sizes
    wanted = np.asarray([intent for _row, intent in taught])
    # What few sentences have says more than what many have; the table keeps the product.
    rarity = np.log(1 + len(taught) / (1 + np.bincount(places, minlength=WIDTH + 1))).astype(np.float32)
    rarity = rarity[:, None]
    rarity[-1] = 1.0
    values *= rarity[places]
    by_place = np.argsort(places, kind="stable")
    used, firsts = np.unique(places[by_place], return_index=True)
    weights = np.zeros((WIDTH + 1, len(intents)), dtype=np.float32)
    speed = np.zeros_like(weights)
    for _round in range(ROUNDS):
        scores = np.add.reduceat(values * weights[places], starts) + weights[-1]
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        wrong = odds / odds.sum(axis=1, keepdims=True)
        wrong[np.arange(len(taught)), wanted] -= 1.0
        slope = decay * weights
        slope[used] += np.add.reduceat((values * wrong[of])[by_place], firsts) / len(taught)
        slope[-1] += wrong.mean(axis=0)
        speed = PUSH * speed - PACE * slope
        weights += speed
    return Classifier(intents, weights * rarity)


def measure(classifier: Classifier, examples: Sequence[Example]) -> dict[str, dict[str, int]]:
    """How many of the held-out ones are right, by language."""
    figures: dict[str, dict[str, int]] = {}
    for each in examples:
        if each.held_out:
            of = figures.setdefault(each.language, {"right": 0, "of": 0})
            of["of"] += 1
            of["right"] += classifier.guess(each.text).intent == each.intent
    return figures


def share(figures: dict[str, dict[str, int]]) -> float:
    """Right ones among all, whatever their language."""
    total = sum(one["of"] for one in figures.values())
    return sum(one["right"] for one in figures.values()) / total if total else 0.0


def by_intent(classifier: Classifier, examples: Iterable[Example]) -> dict[str, list[int]]:
    """Of those held out: right ones, all, and those that were taken for it."""
    found: dict[str, list[int]] = {}
    for each in examples:
        if each.held_out:
            guess = classifier.guess(each.text).intent
            found.setdefault(each.intent, [0, 0, 0])[0] += guess == each.intent
            found[each.intent][1] += 1
            found.setdefault(guess, [0, 0, 0])[2] += 1
    return found


def confused(classifier: Classifier, examples: Iterable[Example]) -> Counter[tuple[str, str]]:
    """Of those held out: what something was taken for, the commonest mistakes first."""
    guessed = [(each.intent, str(classifier.guess(each.text).intent)) for each in examples if each.held_out]
    return Counter(pair for pair in guessed if pair[0] != pair[1])


def sure(classifier: Classifier, examples: Iterable[Example], threshold: float) -> tuple[int, int, int]:
    """Of those held out: guesses at least so sure, right ones of them, and all."""
    held = [each for each in examples if each.held_out]
    guesses = [(classifier.guess(each.text), each.intent) for each in held]
    found = [(guess.intent, intent) for guess, intent in guesses if guess.probability >= threshold]
    return len(found), sum(guess == intent for guess, intent in found), len(held)


def cross_validated(examples: Sequence[Example], decay: float) -> tuple[float, float]:
    """Right ones and the mean surprise, each learnt without its part of the sentences. Those with the same words in
    other slots are one row of the file, so a near copy never stands on both sides.
    """
    right, surprise = 0, 0.0
    for fold in range(FOLDS):
        here = [crc32(each.text.encode()) % FOLDS == fold for each in examples]
        parts = [each._replace(held_out=out) for each, out in zip(examples, here, strict=True)]
        classifier = learn(parts, decay)
        for each in parts:
            if each.held_out:
                guesses = classifier.guesses(each.text)
                right += guesses[0].intent == each.intent
                surprise -= log(next(one.probability for one in guesses if one.intent == each.intent) + 1e-9)
    return right / len(examples), surprise / len(examples)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _filled(text: str, language: str) -> str:
    """Always the same words for the same sentence."""

    def word(slot: re.Match[str]) -> str:
        known = _slots()[language, slot[1]]
        return known[crc32(f"{text}{slot.start()}".encode()) % len(known)]

    return _SLOT.sub(word, text)


@cache
def _slots() -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for row in _rows("slots.csv"):
        found.setdefault((row["language"], row["slot"]), []).append(row["word"])
    return found


def choose() -> None:
    examples = [each for each in sentences() if not each.held_out]
    for decay in DECAYS:
        right, surprise = cross_validated(examples, decay)
        print(f"{decay:.0e}  {100 * right:.1f} % right, surprise {surprise:.3f}")


def make() -> None:
    from kefu.answers.classifier import SHIPPED, read

    examples = list(sentences())
    stored = learn(examples).as_bytes()
    SHIPPED.write_bytes(stored)
    classifier = read(stored)
    taught = sum(not each.held_out for each in examples)
    print(f"{taught:,} sentences learnt from, {len(stored):,} bytes")
    for language, row in measure(classifier, examples).items():
        print(f"{language:8} {row['right']:3} of {row['of']:3} held out are right")
    for language in LANGUAGES:
        _print_parts(classifier, [each for each in examples if each.language == language], language)


def _print_parts(classifier: Classifier, examples: Sequence[Example], language: str) -> None:
    print(language)
    for intent, (right, of, taken) in by_intent(classifier, examples).items():
        print(f"  {intent:14} {right:3} of {of:3}, {taken:3} taken for it")
    for threshold in THRESHOLDS:
        count, right, of = sure(classifier, examples, threshold)
        print(f"  at least {threshold:.1f} sure: {count:3} of {of:3}, {right:3} right")
    for (intent, guess), times in confused(classifier, examples).most_common(6):
        print(f"  {intent} taken for {guess}: {times}")


def measure_file(name: str) -> None:
    """How the model that comes with Kefu does on somebody else's sentences: ``text,intent`` a row, with our intents."""
    from kefu.answers.classifier import shipped

    with Path(name).open(encoding="utf-8", newline="") as file:
        rows = [Example(row["text"], row["intent"], "", held_out=True) for row in csv.DictReader(file)]
    print(f"{100 * share(measure(shipped(), rows)):.1f} % of {len(rows):,} are right")
    _print_parts(shipped(), rows, name)


def main(*what: str) -> int:
    if what == ("choose",):
        choose()
    elif len(what) == 2 and what[0] == "measure":
        measure_file(what[1])
    else:
        make()
    return 0


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kefu.settings")
    import django

    django.setup()
    sys.exit(main(*sys.argv[1:]))
