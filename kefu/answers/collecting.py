"""What the assistant asks before a person takes over: the questions of a form's topic, one at a time.

Forms belong to a room further down, which says what comes next and takes each answer by the form's own rules;
``kefu.reactions`` names it. Each question may be skipped, and a person is one word away all the while.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from kefu.answers.classifier import Guess
from kefu.answers.models import About, Assistant, Intent, Talk
from kefu.conversations.models import Conversation, FieldDefinition
from kefu.people.models import Brand

SURE = 0.5
# Of the others a person hears at once.
INTENTS = tuple(one for one in Intent if one not in (Intent.COMPLAINT, Intent.FRAUD))


class NotAnAnswer(Exception):
    """The text is a sentence that says what is missing."""


@dataclass(frozen=True, slots=True)
class Question:
    """In the language of the moment. ``choices`` may be pressed; where there are none, anything may be written."""

    key: str
    label: str
    help: str = ""
    choices: tuple[str, ...] = ()


class Forms(Protocol):
    """A topic is named by a text of up to 90 characters that only this room reads."""

    def topics_of(self, brand: Brand) -> list[tuple[str, str]]:
        """Every topic by its name, with what admins call it."""

    def next_question(
        self, topic: str, conversation: Conversation, settled: Mapping[str, str]
    ) -> Question | None:
        """The first that is neither settled nor known; None when all are, or the topic is no longer there."""

    def take(self, topic: str, conversation: Conversation, key: str, text: str) -> str:
        """Keep it as the form would; what later questions may depend on. Raises ``NotAnAnswer``."""


FORMS: list[Forms] = []


def topics_of(brand: Brand) -> list[tuple[str, str]]:
    return [topic for forms in FORMS for topic in forms.topics_of(brand)]


def topic_for(assistant: Assistant, conversation: Conversation, guess: Guess | None) -> str:
    """What colleagues say it is about counts, then ``guess``, then what it began with; "" where nothing is asked."""
    if not assistant.topics:
        return ""
    about = About.objects.filter(conversation=conversation).first()
    if about is not None and about.set_by_id is not None:
        return assistant.topics.get(about.intent, "")
    for one in (guess, about):
        if one is not None and one.probability >= SURE and assistant.topics.get(one.intent):
            return assistant.topics[one.intent]
    return ""


def next_question(topic: str, conversation: Conversation, settled: list[dict[str, Any]]) -> Question | None:
    given = {one["key"]: one["value"] for one in settled}
    found = (forms.next_question(topic, conversation, given) for forms in FORMS)
    return next(filter(None, found), None)


def take(topic: str, conversation: Conversation, key: str, text: str) -> str:
    """What later questions may depend on. Raises ``NotAnAnswer``."""
    return next((forms.take(topic, conversation, key, text) for forms in FORMS), "")


def told(talk: Talk, conversation: Conversation) -> Iterator[str]:
    """For the note: what was asked under its name, and what came of it."""
    keys = [one["key"] for one in talk.asked]
    names = dict(
        FieldDefinition.objects.filter(brand=conversation.brand_id, key__in=keys).values_list("key", "label")
    )
    fields = Conversation.objects.values_list("fields", flat=True).get(pk=conversation.pk)
    for key in keys:
        value = " ".join(str(fields.get(key) or "").split()) or _("not answered")
        yield f"{names.get(key, key)}: {value}"
