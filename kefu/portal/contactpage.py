"""A contact form as it is drawn: empty, or with everything that was typed and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kefu.conversations.models import File
from kefu.inboxes.answering import CHECKED
from kefu.inboxes.form.settings import FormTopic, Question, choice_words
from kefu.inboxes.topics import FieldType
from kefu.web.joining import listed

TYPES = {
    FieldType.EMAIL: "email",
    FieldType.PHONE: "tel",
    FieldType.DATE: "date",
}
FILLED_IN_BY_BROWSERS = {"name": "name", "email": "email", "phone": "tel"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What the browser sent: by question, each as one text; several choices stand on lines of their own."""

    answers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    prepared: frozenset[int] = frozenset()
    files: Mapping[str, Sequence[File]] = field(default_factory=dict)

    @classmethod
    def of(cls, post: QueryDict, topic: FormTopic, files: Mapping[str, Sequence[File]]) -> Typed:
        answers = {one.key: "\n".join(post.getlist(name_of(one))) for one in topic.questions}
        ticked = frozenset(int(one) for one in post.getlist("prepared") if one.isascii() and one.isdigit())
        return cls(answers, post.get("text", ""), ticked, files)

    @property
    def file_ids(self) -> dict[str, list[UUID]]:
        return {key: [file.pk for file in kept] for key, kept in self.files.items()}


def name_of(question: Question) -> str:
    """Apart from the names that the form itself uses."""
    return f"a-{question.key}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One question on the page."""

    question: Question
    value: str
    error: str
    kept: Sequence[File]
    when_words: str

    @property
    def name(self) -> str:
        return name_of(self.question)

    @property
    def kind(self) -> str:
        return self.question.type.value

    @property
    def label(self) -> str:
        return str(self.question.label)

    @property
    def label_with_hint(self) -> str:
        """For what has no place of its own for it."""
        if self.question.required:
            return self.label
        return f"{self.label} {pgettext('form field', '(optional)')}"

    @property
    def help(self) -> str:
        return str(self.question.help)

    @property
    def is_optional(self) -> bool:
        return not self.question.required

    @property
    def input_type(self) -> str:
        return TYPES.get(self.question.type, "text")

    @property
    def autocomplete(self) -> str:
        return FILLED_IN_BY_BROWSERS.get(self.question.key, "")

    @property
    def inputmode(self) -> str:
        return "decimal" if self.question.type == FieldType.NUMBER else ""

    @property
    def options(self) -> list[tuple[str, str]]:
        chosen = [(choice, str(choice_words(choice))) for choice in self.question.choices]
        return [("", _("Please choose")), *chosen]

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        ticked = self.value.splitlines()
        return [(choice, str(choice_words(choice)), choice in ticked) for choice in self.question.choices]

    @property
    def is_checked(self) -> bool:
        return self.value == CHECKED

    @property
    def when_name(self) -> str:
        return f"a-{self.question.when.key}" if self.question.when else ""

    @property
    def when_values(self) -> str:
        return "\n".join(self.question.when.values) if self.question.when else ""


def shown(topic: FormTopic, typed: Typed, errors: Mapping[str, str]) -> list[Shown]:
    return [
        Shown(
            question,
            typed.answers.get(question.key, ""),
            errors.get(question.key, ""),
            typed.files.get(question.key, ()),
            _when_words(topic, question),
        )
        for question in topic.questions
    ]


def _when_words(topic: FormTopic, question: Question) -> str:
    """For those whose browser does not hide what is not asked of them."""
    if question.when is None:
        return ""
    above = topic.question(question.when.key)
    if above is None or above.type == FieldType.CHECKBOX:
        return _("Only if you ticked “%(label)s”.") % {"label": above.label if above else ""}
    answers = listed(choice_words(value) for value in question.when.values)
    return _("Only if “%(label)s” is: %(answers)s") % {"label": above.label, "answers": answers}


def faults(topic: FormTopic, errors: Mapping[str, str]) -> list[tuple[str, Any, str]]:
    """For the list on top: where it is, what is asked there, and what is wrong."""
    known: dict[str, tuple[str, Any]]
    known = {one.key: (f"id_{name_of(one)}", one.label) for one in topic.questions}
    known["text"] = ("id_text", _("Your message"))
    return [(*known[key], sentence) for key, sentence in errors.items() if key in known]
