"""What conversations are about: guessed from the customer's first words, put right by whoever answers."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _now

from kefu.answers import classifier, routing
from kefu.answers.classifier import Classifier, Guess
from kefu.answers.models import About, Intent, Lesson, LessonState
from kefu.conversations.models import AuthorKind, Conversation, Message, MessageKind
from kefu.conversations.timeline import Fact
from kefu.events import log
from kefu.events.log import Entry
from kefu.people.models import Staff

SET = routing.SET
FIRST_REPLIES = 6  # later ones seldom say what it is about
MOST_WORDS = 600
_GUESSED = """
INSERT INTO answers_about AS a (conversation_id, intent, guess, probability, lesson_id, at)
SELECT g.conversation, g.intent, g.intent, g.probability, %s::uuid, %s
FROM unnest(%s::uuid[], %s::text[], %s::float8[]) AS g (conversation, intent, probability)
ON CONFLICT (conversation_id) DO UPDATE
SET intent = excluded.intent, guess = excluded.guess, probability = excluded.probability, lesson_id = excluded.lesson_id
WHERE a.set_by_id IS NULL
"""
_read: dict[UUID, Classifier | None] = {}
logger = logging.getLogger(__name__)


def set_intents(entries: list[Entry]) -> None:
    """Reader of ``message.posted``: of conversations whose customer has just begun to say what they want."""
    begun = {
        entry.subject_id
        for entry in entries
        if entry.actor_kind == AuthorKind.CUSTOMER and (entry.data.get("reply_seq") or 99) <= FIRST_REPLIES
    }
    texts = first_words(begun)
    if texts:
        lesson, model = in_use()
        guesses = {conversation: model.guess(text) for conversation, text in texts.items()}
        _keep(guesses, lesson)
        routing.tell(guesses)


def _keep(guesses: dict[UUID, Guess], lesson: Lesson | None) -> None:
    """What a person has said stands. One statement, however many began."""
    ordered = sorted(guesses)
    with connection.cursor() as db:
        db.execute(
            _GUESSED,
            [
                lesson.pk if lesson else None,
                timezone.now(),
                ordered,
                [str(guesses[one].intent) for one in ordered],
                [guesses[one].probability for one in ordered],
            ],
        )


@transaction.atomic
def set_intent(conversation: Conversation, intent: Intent, *, by: Staff) -> None:
    """A colleague says what it is about; the next retraining learns from it. The same again changes nothing."""
    conversation.locked()
    about = About.objects.filter(conversation=conversation).first()
    if about is None:
        about = About(conversation=conversation, guess=Intent.OTHER, probability=0.0)
    if about.set_by_id is not None and about.intent == intent:
        return
    about.intent, about.set_by, about.set_at = intent, by, timezone.now()
    about.save()
    log.record(SET, conversation, by=by, **conversation.scope(), intent=intent)


def first_words(conversations: Iterable[UUID]) -> dict[UUID, str]:
    """What their customers said at the beginning, by conversation."""
    said = Message.objects.filter(
        conversation__in=list(conversations),
        author_kind=AuthorKind.CUSTOMER,
        kind=MessageKind.REPLY,
        reply_seq__lte=FIRST_REPLIES,
    )
    texts: dict[UUID, str] = {}
    for conversation, text in said.order_by("conversation", "seq").values_list("conversation", "text"):
        texts[conversation] = f"{texts.get(conversation, '')}\n{text}".strip()[:MOST_WORDS]
    return texts


def in_use() -> tuple[Lesson | None, Classifier]:
    """The desk's own model, else the one that comes with Kefu; read once by each process. One from before an upgrade
    that reads sentences otherwise waits for the desk to be learnt from again.
    """
    lesson = Lesson.objects.filter(state=LessonState.IN_USE).defer("model").first()
    if lesson is not None and lesson.pk not in _read:
        _read.clear()
        _read[lesson.pk] = _own(lesson)
    own = _read[lesson.pk] if lesson is not None else None
    return (lesson, own) if own is not None else (None, classifier.shipped())


def _own(lesson: Lesson) -> Classifier | None:
    try:
        return classifier.read(bytes(lesson.model or b""))
    except classifier.Unreadable as problem:
        logger.warning("%s cannot be read: %s", lesson, problem)
        return None


def sentence(fact: Fact) -> str:
    label = dict(Intent.choices).get(fact.data.get("intent", ""), "")
    return _now("%(who)s said what it is about: {intent}").format(intent=label)
