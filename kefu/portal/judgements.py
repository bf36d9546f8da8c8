"""Verdicts as a customer reads them: what stands in the way first, then what a person will look at, then the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kefu.claims import law, sentences
from kefu.claims.models import Verdict

ORDER = {"fail": 0, "review": 1, "pass": 2}
KINDS = {"fail": "bad", "review": "warn", "pass": "good"}
ICONS = {"fail": "circle-x", "review": "user-round-search", "pass": "circle-check"}


@dataclass(frozen=True, slots=True)
class Told:
    sentence: str
    kind: str
    icon: str
    basis: str
    article: str


def told(verdicts: Iterable[Any]) -> list[Told]:
    """Each sentence once, however many lines it holds for. Takes judged rules and stored verdicts alike."""
    found = sorted(verdicts, key=lambda one: ORDER[one.outcome])
    each = {sentences.sentence(one): one for one in found}
    return [
        Told(
            sentence,
            KINDS[one.outcome],
            ICONS[one.outcome],
            str(Verdict.Basis(one.basis).label),
            law.cited(one.article),
        )
        for sentence, one in each.items()
        if sentence
    ]
