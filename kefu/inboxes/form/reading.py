"""The answers to a topic's questions: only what is asked, in the order in which it is asked, each checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefu.conversations.models import File
from kefu.conversations.posting import LONGEST_TEXT, MOST_FILES
from kefu.inboxes.answering import Incomplete, value_of
from kefu.inboxes.form.settings import FormTopic, Question
from kefu.inboxes.topics import FieldType

TEXT = "text"
TOPIC = "topic"
Answers = Mapping[str, Any]


def read(
    topic: FormTopic, answers: Answers, *, text: str, files: Mapping[str, Sequence[UUID]]
) -> dict[str, str]:
    """By key, as text; raises ``Incomplete`` with a sentence for each question, and for the message under ``text``."""
    given: dict[str, str] = {}
    errors: dict[str, str] = {}
    for question in topic.questions:
        if question.is_asked(given):
            _take(question, answers, files, given, errors)
    _check_text(text, errors)
    _check_count(topic, files, errors)
    if errors:
        raise Incomplete(errors)
    return given


def _take(
    question: Question,
    answers: Answers,
    files: Mapping[str, Sequence[UUID]],
    given: dict[str, str],
    errors: dict[str, str],
) -> None:
    if question.type == FieldType.FILES:
        if question.required and not files.get(question.key):
            errors[question.key] = _("Please add a file.")
        return
    try:
        value = value_of(question, answers.get(question.key))
    except ValueError as problem:
        errors[question.key] = _sentence(question, answers, str(problem))
        return
    if value:
        given[question.key] = value


def _sentence(question: Question, answers: Answers, sentence: str) -> str:
    if answers.get(question.key):
        return sentence
    nothing = {
        FieldType.CHECKBOX: _("Please tick this to continue."),
        FieldType.CHOICE: _("Please choose one."),
        FieldType.SEVERAL: _("Please choose at least one."),
    }
    return nothing.get(question.type, sentence)


def _check_text(text: str, errors: dict[str, str]) -> None:
    if not text.strip():
        errors[TEXT] = _("Please write what it is about.")
    elif len(text) > LONGEST_TEXT:
        errors[TEXT] = _("This is too long: %(most)d characters at most.") % {"most": LONGEST_TEXT}


def _check_count(topic: FormTopic, files: Mapping[str, Sequence[UUID]], errors: dict[str, str]) -> None:
    asking = [question.key for question in topic.questions if files.get(question.key)]
    if sum(len(files[key]) for key in asking) > MOST_FILES:
        sentence = ngettext("At most %(most)d file.", "At most %(most)d files in all.", MOST_FILES)
        errors[asking[-1]] = sentence % {"most": MOST_FILES}


def asked_files(
    topic: FormTopic, given: Mapping[str, str], files: Mapping[str, Sequence[UUID]]
) -> list[UUID]:
    """Of the questions that were asked, in their order."""
    asking = [
        question
        for question in topic.questions
        if question.type == FieldType.FILES and question.is_asked(given)
    ]
    return [file for question in asking for file in files.get(question.key, ())]


def as_fields(
    topic: FormTopic, given: Mapping[str, str], files: Mapping[str, Sequence[UUID]]
) -> dict[str, str]:
    """What the conversation holds of it; what is about the person is kept with the person."""
    fields = {}
    for question in topic.questions:
        if question.about_person:
            continue
        value = given.get(question.key, "")
        if question.type == FieldType.CHECKBOX and value:
            value = _("Yes")
        elif question.type == FieldType.FILES and question.is_asked(given):
            value = _names(files.get(question.key, ()))
        if value:
            fields[question.key] = value
    return fields


def _names(file_ids: Sequence[UUID]) -> str:
    return "\n".join(File.objects.filter(pk__in=file_ids).order_by("pk").values_list("name", flat=True))
