"""With the extra for meaning, what is asked in other words is found; without it everything else works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kefu.articles.index import Index, Place, elect
from kefu.articles.meaning import Kind, Meanings, pieces

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


def test_a_passage_is_found_by_what_it_means_whatever_its_article_is_called() -> None:
    index, meanings = an_index()
    passages = [(1, "", "Costs nothing."), (2, "Packing", "Put it into the box.")]
    index.add_article(Place("d", "d"), title="Sending things", passages=passages)
    meanings.settle()
    near = index.near("parcels")
    assert [(voter.place.label, voter.place.passage) for voter in near.by_said][:1] == [("d", 2)]
    assert "d" in labels(index, "parcels")


def test_a_dropped_passage_is_encoded_no_more() -> None:
    index, meanings = an_index()
    index.add_passage(Place("d", "d", 1), [("Put it into the box.", 1)])
    index.drop("d")
    meanings.settle()
    index.add_passage(Place("e", "e", 1), [("The box is yours.", 1)])
    meanings.settle()
    index.drop("e")
    assert index.near("box").by_said == []


def test_a_passage_is_encoded_in_a_few_pieces_each_below_its_heading() -> None:
    text = "First sentence. Second one! " + "Long " * 45 + "third. " + "A fourth. " * 60
    made = pieces(text, under="Time")
    assert made[0] == "Time: First sentence. Second one!"
    assert len(made) == 3 and all(len(piece) < 300 for piece in made)
    assert pieces("签收后七天内可以退货。运费由我们承担。", under="运费") == [
        "运费: 签收后七天内可以退货。 运费由我们承担。"
    ]
    assert pieces("  ") == []
    assert len(pieces("x" * 10_000)[0]) < 500


def test_the_nearest_are_found_among_many() -> None:
    chance = np.random.default_rng(5)
    vectors = chance.standard_normal((3000, 128)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    meanings = Meanings(lambda texts: vectors[[int(text) for text in texts]])
    for number in range(3000):
        meanings.learn(number, str(number))
    meanings.settle()
    meanings.drop([1234])
    for number in (0, 777, 2999):
        [(first, cosine), *_rest] = meanings.nearest(str(number), 5)[Kind.QUESTION]
        assert (first, round(cosine, 2)) == (number, 1.0)
    assert all(number != 1234 for number, _cosine in meanings.nearest("1234", 500)[Kind.QUESTION])


def test_what_waits_is_encoded_while_others_search() -> None:
    index, meanings = an_index()
    index.near("money")
    assert meanings._worker is not None
    meanings._worker.join(5)
    assert labels(index, "money")[0] == "a"
