"""An answer of one rule, before it is said which rule it was and of which line.

What fails by ``DATA`` cannot be asked in this way at all; what fails by ``LAW`` or ``POLICY`` can: the answer is no.
"""

from __future__ import annotations

from typing import Any, NamedTuple

LAW, POLICY, DATA = "law", "brand_policy", "data"


class Answer(NamedTuple):
    outcome: str
    basis: str
    article: str
    facts: dict[str, Any]


def good(basis: str, article: str = "", **facts: Any) -> Answer:
    return Answer("pass", basis, article, facts)


def unclear(basis: str, article: str = "", **facts: Any) -> Answer:
    """A person has to look at it."""
    return Answer("review", basis, article, facts)


def bad(basis: str, article: str = "", **facts: Any) -> Answer:
    return Answer("fail", basis, article, facts)
