"""What is said of a passage: its own sentences, the ones that fit the question."""

from __future__ import annotations

import re

from kefu.answers.features import parts

LONGEST = 420


def excerpt(passage: str, question: str) -> str:
    """The passage, or of a long one the sentence that shares most with the question and those after it."""
    text = passage.strip()
    if len(text) <= LONGEST:
        return text
    sentences = split(text)
    wanted = set(parts(question))
    scores = [len(wanted & set(parts(sentence))) for sentence in sentences]
    at = scores.index(max(scores))
    chosen = sentences[at]
    for sentence in sentences[at + 1 :]:
        if len(chosen) + len(sentence) > LONGEST:
            break
        chosen += sentence
    return chosen.strip()[:LONGEST]


def split(text: str) -> list[str]:
    """Sentences with what ends them; a point inside a number or an address ends none."""
    found, begun = [], ""
    for piece in re.split(r"(?<=[。！？!?\n])|(?<=\.)(?=\s)", text):
        begun += piece
        if begun.strip():
            found.append(begun)
            begun = ""
    return found
