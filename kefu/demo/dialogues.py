"""The hand-written dialogues in ``dialogues/``, and how one of them is told with names and numbers filled in.

A dialogue begins with ``== topic``, followed by any of: ``x4`` (told so many times), ``"#tag"``,
``waiting``, ``today``, ``high``, ``team=returns``, ``product=a,b``, ``lang=en``, ``error="…"``. Its lines:
``C:`` customer, ``A:`` agent, ``N:`` note, ``H:`` handed over with this note, ``~2d`` a pause, ``=solved`` a
new status. ``[a|b]`` is one or the other, ``{order}`` a number made up for this telling.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent / "dialogues"
_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Line:
    """``kind`` is customer, agent, note, handover, pause or status; ``text`` for a status is its name."""

    kind: str
    text: str = ""
    pause: timedelta = timedelta()


@dataclass(slots=True)
class Dialogue:
    topic: str
    language: str
    times: int = 1
    tags: list[str] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    team: str = ""
    products: list[str] = field(default_factory=list)
    error: str = ""
    lines: list[Line] = field(default_factory=list)


def told(text: str, words: dict[str, str], random: Random) -> str:
    chosen = _CHOICE.sub(lambda match: random.choice(match[1].split("|")), text)
    return chosen.format_map(words)


def names(file: str) -> list[str]:
    return (FOLDER / file).read_text(encoding="utf-8").splitlines()


def read(file: str, language: str) -> list[Dialogue]:
    dialogues: list[Dialogue] = []
    for line in (FOLDER / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            dialogues.append(_headed(line[3:], language))
        elif line:
            dialogues[-1].lines.append(_line(line))
    return dialogues


def _headed(head: str, language: str) -> Dialogue:
    topic, *rest = shlex.split(head, comments=False)
    dialogue = Dialogue(topic, language)
    for word in rest:
        _set(dialogue, word)
    return dialogue


def _set(dialogue: Dialogue, word: str) -> None:
    name, _, value = word.partition("=")
    if word.startswith("#"):
        dialogue.tags.append(word[1:])
    elif re.fullmatch(r"x\d+", word):
        dialogue.times = int(word[1:])
    elif name == "lang":
        dialogue.language = {"zh": "zh-hans"}.get(value, value)
    elif name == "product":
        dialogue.products = value.split(",")
    elif value:
        setattr(dialogue, name, value)
    else:
        dialogue.marks.add(word)


def _line(line: str) -> Line:
    if line[0] == "~":
        return Line("pause", pause=timedelta(**{_UNITS[line[-1]]: int(line[1:-1])}))
    if line[0] == "=":
        return Line("status", line[1:])
    letter, _, text = line.partition(": ")
    return Line({"C": "customer", "A": "agent", "N": "note", "H": "handover"}[letter], text)
