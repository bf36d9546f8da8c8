"""The editor of one topic of a form: rows of questions that are added, moved and removed.

Each button sends the whole form and gets it back changed, so it works without scripts; with htmx only the
rows are exchanged. Nothing is stored before "Save".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefu.conversations.models import FieldDefinition
from kefu.inboxes.stored import BadSettings, Words
from kefu.inboxes.topics import (
    KNOWN_FIELDS,
    MOST_FIELDS,
    WITH_CHOICES,
    FieldType,
    FormField,
    Topic,
    field_from,
    topic_from,
)
from kefu.people.models import Brand

OWN = "own"
TYPES = [
    (FieldType.TEXT.value, gettext_lazy("A line of text")),
    (FieldType.LONG.value, gettext_lazy("Several lines")),
    (FieldType.NUMBER.value, gettext_lazy("A number")),
    (FieldType.DATE.value, gettext_lazy("A date")),
    (FieldType.CHOICE.value, gettext_lazy("One of several answers")),
]


@dataclass(slots=True)
class Row:
    """One question as it stands in the form, right or wrong."""

    key: str
    label_zh: str = ""
    label_en: str = ""
    help_zh: str = ""
    help_en: str = ""
    type: str = FieldType.TEXT.value
    required: bool = False
    choices: str = ""
    error: str = ""

    @classmethod
    def of(cls, question: FormField) -> Row:
        return cls(
            key=question.key,
            label_zh=question.label.zh,
            label_en=question.label.en,
            help_zh=question.help.zh,
            help_en=question.help.en,
            type=question.type.value,
            required=question.required,
            choices="\n".join(question.choices),
        )

    @property
    def fixed_type(self) -> bool:
        """What is asked about the person is stored in a place of its own, so its type is settled."""
        return self.key in {"name", "email", "phone"}

    @property
    def title(self) -> str:
        return str(Words(self.label_zh, self.label_en)) or _("New question")

    def plain(self) -> dict[str, Any]:
        choices = [line.strip() for line in self.choices.splitlines() if line.strip()]
        return {
            "key": self.key,
            "label": {"zh": self.label_zh, "en": self.label_en},
            "help": {"zh": self.help_zh, "en": self.help_en},
            "type": self.type,
            "required": self.required,
            "choices": choices if self.type in WITH_CHOICES else [],
        }

    def check(self) -> None:
        """Raises ``BadSettings``."""
        field_from(self.plain())


@dataclass(slots=True)
class TopicForm:
    key: str = ""
    label_zh: str = ""
    label_en: str = ""
    rows: list[Row] = field(default_factory=list)
    error: str = ""

    known: ClassVar[Mapping[str, FormField]] = KNOWN_FIELDS
    most: ClassVar[int] = MOST_FIELDS
    choices_help: ClassVar[str | Promise] = ""

    @classmethod
    def of(cls, topic: Topic) -> TopicForm:
        return cls(topic.key, topic.label.zh, topic.label.en, [Row.of(question) for question in topic.fields])

    @classmethod
    def sent(cls, post: QueryDict, key: str) -> TopicForm:
        rows = [row_from(post, place) for place in range(places(post, cls.most))]
        return cls(key, line(post.get("label_zh")), line(post.get("label_en")), rows)

    @property
    def shown(self) -> list[Any]:
        """Each row with the conditions that may be put to it: (value, in words, ticked); of a chat's topics none."""
        return [(row, []) for row in self.rows]

    @property
    def full(self) -> bool:
        return len(self.rows) >= self.most

    def act(self, wanted: str, brand: Brand) -> None:
        """``add``, or ``up:2``, ``down:2``, ``remove:2``. Anything else changes nothing."""
        verb, _colon, rest = wanted.partition(":")
        if verb == "add":
            self._add(rest, brand)
        elif verb in {"up", "down", "remove"} and number(rest) < len(self.rows):
            self._move(verb, number(rest))

    def _add(self, key: str, brand: Brand) -> None:
        offered = {offer for offer, _label in offers(brand, self)} - {row.key for row in self.rows}
        if not self.full and key in offered:
            self.rows.append(self.new_row(key, brand))

    def _move(self, verb: str, place: int) -> None:
        row = self.rows.pop(place)
        if verb != "remove":
            self.rows.insert(max(0, place + (1 if verb == "down" else -1)), row)

    def named(self, key: str) -> Topic | None:
        """The topic that this describes, under ``key``; None if something is wrong, which is then marked."""
        self._name_own_questions()
        for row in self.rows:
            row.error = _problem_of(row)
        if any(row.error for row in self.rows):
            return None
        try:
            return self.read(
                {
                    "key": key,
                    "label": {"zh": self.label_zh, "en": self.label_en},
                    "fields": [row.plain() for row in self.rows],
                }
            )
        except BadSettings as problem:
            self.error = str(problem)
            return None

    def read(self, described: dict[str, Any]) -> Topic:
        """Raises ``BadSettings``."""
        return topic_from(described)

    def new_row(self, key: str, brand: Brand) -> Row:
        known = FieldDefinition.objects.filter(brand=brand, key=key).first()
        if key in self.known:
            return Row.of(self.known[key])
        return row_like(known) if known else Row(OWN)

    def _name_own_questions(self) -> None:
        taken = {row.key for row in self.rows}
        for row in self.rows:
            if row.key == OWN:
                row.key = free_key(row.label_en, taken, "question")
                taken.add(row.key)


def offers(brand: Brand, form: TopicForm) -> list[tuple[str, str]]:
    """What may still be asked: the usual things, the brand's own fields, and anything else."""
    taken = {row.key for row in form.rows}
    usual = [(key, str(known.label)) for key, known in form.known.items() if key not in taken]
    own = [
        (one.key, one.label)
        for one in FieldDefinition.objects.filter(brand=brand)
        if one.key not in taken and one.key not in form.known
    ]
    return [*usual, *own, (OWN, _("Something else"))]


def free_key(words: str, taken: set[str], fallback: str) -> str:
    """``serial_number`` from "Serial number", with a number behind it where that is taken."""
    root = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:32] or fallback
    root = root if root[0].isalpha() else f"{fallback}_{root}"[:32]
    key, number = root, 1
    while key in taken:
        number += 1
        key = f"{root}_{number}"
    return key


def row_like(known: FieldDefinition) -> Row:
    """A question about what the brand has a field for."""
    return Row(known.key, label_zh=known.label, type=known.kind, choices="\n".join(known.choices))


def row_from(post: QueryDict, place: int) -> Row:
    def given(name: str) -> str:
        return str(post.get(f"{name}-{place}", ""))

    return Row(
        key=given("key")[:40],
        label_zh=line(given("label_zh")),
        label_en=line(given("label_en")),
        help_zh=line(given("help_zh")),
        help_en=line(given("help_en")),
        type=given("type") or FieldType.TEXT.value,
        required=bool(given("required")),
        choices=given("choices")[:4000],
    )


def _problem_of(row: Row) -> str:
    try:
        row.check()
    except BadSettings as problem:
        return str(problem)
    return ""


def line(text: str | None) -> str:
    return " ".join((text or "").split())[:400]


def places(post: QueryDict, most: int) -> int:
    """How many questions the form says it has."""
    return min(number(post.get("rows", "") or "0"), most)


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 10_000
