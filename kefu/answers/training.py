"""Teaching the classifier: softmax regression, all sentences at once, downhill with a push.

``python -m kefu.answers.training`` makes the model that comes with Kefu and prints its figures.

What it learns from are sentences of our own in ``data/intents-*.csv``: no public set in Chinese has warranty or fraud.
A quarter of them is held out and only measured by.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kefu.answers.features import WIDTH, row_of

if TYPE_CHECKING:
    from kefu.answers.classifier import Classifier

DATA = Path(__file__).parent / "data"
LANGUAGES = {"zh-hans": "intents-zh.csv", "en": "intents-en.csv"}
HELD_OUT = "held out"
ROUNDS = 300
PACE = 1.0
PUSH = 0.9
DECAY = 3e-4


class Example(NamedTuple):
    text: str
    intent: str
    language: str
    held_out: bool = False


def sentences() -> Iterator[Example]:
    """Our own, both parts."""
    for language, name in LANGUAGES.items():
        with (DATA / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield Example(row["text"], row["intent"], language, row["part"] == HELD_OUT)


def learn(examples: Iterable[Example]) -> Classifier:
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
    rarity = np.log(1 + len(taught) / (1 + np.bincount(places, minlength=WIDTH + 1))).astype(np.float32)[
        :, None
    ]
    rarity[-1] = 1.0
    values *= rarity[places]
    weights = np.zeros((WIDTH + 1, len(intents)), dtype=np.float32)
    speed = np.zeros_like(weights)
    for _round in range(ROUNDS):
        scores = np.add.reduceat(values * weights[places], starts) + weights[-1]
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        wrong = odds / odds.sum(axis=1, keepdims=True)
        wrong[np.arange(len(taught)), wanted] -= 1.0
        slope = DECAY * weights
        np.add.at(slope, places, values * wrong[of] / len(taught))
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
    """Right ones and all, of those held out."""
    found: dict[str, list[int]] = {}
    for each in examples:
        if each.held_out:
            row = found.setdefault(each.intent, [0, 0])
            row[0] += classifier.guess(each.text).intent == each.intent
            row[1] += 1
    return found


def main() -> int:
    from kefu.answers.classifier import SHIPPED, read

    examples = list(sentences())
    stored = learn(examples).as_bytes()
    SHIPPED.write_bytes(stored)
    classifier = read(stored)
    print(f"{len(examples)} sentences, {len(stored):,} bytes")
    for language, row in measure(classifier, examples).items():
        print(f"{language:8} {row['right']:3} of {row['of']:3} held out are right")
    for intent, (right, of) in by_intent(classifier, examples).items():
        print(f"  {intent:14} {right:3} of {of:3}")
    return 0


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kefu.settings")
    import django

    django.setup()
    sys.exit(main())
