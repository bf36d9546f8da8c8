"""With the extra for meaning, what is asked in other words is found; without it everything else works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kefu.articles.index import Index, Place, elect
from kefu.articles.meaning import Meanings

# What the made-up encoder takes to be the same matter.
MATTERS = ({"refund", "money"}, {"parcel", "box"}, {"sound", "silent"})


def encode(texts: Sequence[str]) -> Any:
    found = [[float(any(word in text for word in matter)) + 0.01 for matter in MATTERS] for text in texts]
    vectors = np.array(found, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def an_index() -> tuple[Index, Meanings]:
    meanings = Meanings(encode)
    index = Index(meanings)
    for label, question in (("a", "a refund, when"), ("b", "where my parcel is"), ("c", "no sound")):
        index.add_question(Place(label, label), question)
    return index, meanings


def labels(index: Index, query: str) -> list[Any]:
    return [guess.label for guess in elect(index.near(query))]


def test_other_words_for_the_same_are_found_once_they_are_encoded() -> None:
    index, meanings = an_index()
    meanings.settle()
    assert labels(index, "money please")[0] == "a"
    assert labels(index, "box")[0] == "b"


def test_what_is_dropped_has_no_meaning_any_more() -> None:
    index, meanings = an_index()
    meanings.settle()
    index.drop("a")
    assert "a" not in labels(index, "money")


def test_it_is_surer_of_what_means_the_same() -> None:
    index, meanings = an_index()
    meanings.settle()
    sure, unsure = (elect(index.near(asked))[0].confidence for asked in ("money", "weather"))
    assert sure > 0.7 > unsure


def test_what_waits_is_encoded_while_others_search() -> None:
    index, meanings = an_index()
    index.near("money")
    assert meanings._worker is not None
    meanings._worker.join(5)
    assert labels(index, "money")[0] == "a"
