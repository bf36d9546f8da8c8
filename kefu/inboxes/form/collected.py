"""A form's questions asked in a conversation by the assistant, one at a time: the same rules, kept in the same place.

What is about the person is not asked, since the answer comes here; files are sent into the chat itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from kefu.answers import hearing
from kefu.answers.collecting import NotAnAnswer, Question
from kefu.conversations.models import Conversation, Inbox, InboxKind
from kefu.inboxes.answering import CHECKED, value_of
from kefu.inboxes.form import reading, settings
from kefu.inboxes.form.settings import FormSettings, FormTopic, choice_words
from kefu.inboxes.kinds import name_at_the_desk
from kefu.inboxes.topics import ORDER_NUMBER, FieldType
from kefu.orders.models import LinkedOrder
from kefu.people.models import Brand

MOST_ASKED = 10  # more is a form's to ask
DEPENDED_ON = (FieldType.CHOICE, FieldType.SEVERAL, FieldType.CHECKBOX)
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII)


def topics_of(brand: Brand) -> list[tuple[str, str]]:
    """Those that ask something which can be asked here."""
    inboxes = Inbox.objects.filter(brand=brand, kind=InboxKind.FORM, is_active=True).order_by("created_at")
    return [
        (f"{inbox.pk.hex} {topic.key}", f"{topic.label} · {inbox.name}")
        for inbox in inboxes
        for topic in FormSettings.of(inbox).topics
        if any(_can_be_asked(question) for question in topic.questions)
    ]


def next_question(topic: str, conversation: Conversation, settled: Mapping[str, str]) -> Question | None:
    found = _found(topic, conversation)
    if found is None or len(settled) >= MOST_ASKED:
        return None
    question = next(_open(found[1], conversation, settled), None)
    return _shown(question) if question else None


def take(topic: str, conversation: Conversation, key: str, text: str) -> str:
    """Of a question that is no longer there, nothing is kept."""
    found = _found(topic, conversation)
    question = found[1].question(key) if found else None
    if found is None or question is None:
        return ""
    try:
        value = value_of(question, _as_the_form_has_it(question, text))
    except ValueError as problem:
        raise NotAnAnswer(str(problem)) from problem
    name_at_the_desk(found[0], FormSettings.of(found[0]))
    kept = reading.as_fields(found[1], {key: value}, {})
    conversation.describe(kept, by=conversation.customer)
    return value if question.type in DEPENDED_ON else ""


def _found(topic: str, conversation: Conversation) -> tuple[Inbox, FormTopic] | None:
    """Of the conversation's own brand, as its form is today."""
    name, _space, key = topic.partition(" ")
    try:
        inboxes = Inbox.objects.filter(brand=conversation.brand_id, kind=InboxKind.FORM, is_active=True)
        inbox = inboxes.filter(pk=UUID(name)).first()
    except ValueError:
        return None
    found = FormSettings.of(inbox).topic(key) if inbox else None
    return (inbox, found) if inbox and found else None


def _open(
    topic: FormTopic, conversation: Conversation, settled: Mapping[str, str]
) -> Iterator[settings.Question]:
    """Known is also what the form before the chat asked, and the order that was looked up."""
    given = {key: str(value) for key, value in conversation.fields.items()} | dict(settled)
    if LinkedOrder.objects.filter(conversation=conversation).exists():
        given.setdefault(ORDER_NUMBER.key, "")
    for question in topic.questions:
        if _can_be_asked(question) and question.key not in given and question.is_asked(given):
            yield question


def _can_be_asked(question: settings.Question) -> bool:
    return not question.about_person and question.type != FieldType.FILES


def _shown(question: settings.Question) -> Question:
    """Of several, commas are between them; a date is shown as it is to be written."""
    help_text = str(question.help)
    if question.type == FieldType.DATE:
        help_text = help_text or _("For example 2026-03-31.")
    elif question.type == FieldType.SEVERAL:
        help_text = help_text or _("You may name several, with commas between them.")
    return Question(question.key, str(question.label), help_text, tuple(_choices(question)))


def _choices(question: settings.Question) -> list[str]:
    if question.type == FieldType.CHECKBOX:
        return [_("Yes")]
    return [str(choice_words(choice)) for choice in question.choices]


def _as_the_form_has_it(question: settings.Question, text: str) -> str:
    """People press or write what a form would have sent: the choice by its name or number, the day in figures."""
    said = text.strip()
    if question.type == FieldType.DATE:
        return _day(said)
    if question.type == FieldType.NUMBER:
        return unicodedata.normalize("NFKC", said)
    if question.type == FieldType.CHECKBOX:
        return CHECKED if hearing.choice(said, _choices(question)) == 0 else said
    if question.type == FieldType.CHOICE:
        return _chosen(question, said)
    if question.type == FieldType.SEVERAL:
        return "\n".join(_chosen(question, part) for part in re.split(r"[,，、;；\n]", said) if part.strip())
    return said


def _chosen(question: settings.Question, said: str) -> str:
    """As it is stored, which names it in both languages; what is none of them is left for the form's rule to refuse."""
    for language in ("zh-hans", "en"):
        names = [choice_words(choice).said_in(language) for choice in question.choices]
        place = hearing.choice(said, names)
        if place is not None:
            return question.choices[place]
    return said


def _day(said: str) -> str:
    found = _DATE.search(unicodedata.normalize("NFKC", said))
    if found is None:
        return said
    try:
        return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        return said
