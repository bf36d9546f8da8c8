"""Teaching the classifier from the desk's own conversations; a model that is worse is never used."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID
from zlib import crc32

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.answers import classifier, intents, training
from kefu.answers.models import About, Lesson, LessonState
from kefu.answers.training import Example
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.lib.text import written_in
from kefu.people.models import Refused, Staff

FEWEST = 10
MOST = 4_000
ONE_IN = 5
STALE_MINUTES = 30
logger = logging.getLogger(__name__)


def ask(*, by: Staff) -> Lesson:
    """A job learns from what colleagues have said so far; ``Refused`` while one waits, or with too little to learn."""
    if taught() < FEWEST:
        raise Refused(
            _("There is too little to learn from yet: colleagues have set %(count)s of at least %(fewest)s.")
            % {"count": taught(), "fewest": FEWEST}
        )
    try:
        with transaction.atomic():
            _give_up_stale()
            lesson = Lesson.objects.create(number=_next_number(), asked_by=by)
            log.audit("lesson.asked", lesson, by=by, number=lesson.number)
            return lesson
    except IntegrityError as problem:
        raise Refused(_("A retraining is under way already. It takes a minute or two.")) from problem


def learn(lesson_id: UUID) -> None:
    """The job. Measured against the model in use, on what neither has learnt; the better one is used."""
    lesson = Lesson.objects.get(pk=lesson_id)
    if lesson.state != LessonState.WAITING:
        return
    try:
        examples = [*training.sentences(), *of_the_desk()]
        before = training.measure(intents.in_use()[1], examples)
        stored = training.learn(examples).as_bytes()
        after = training.measure(classifier.read(stored), examples)
    except Exception:
        logger.exception("a retraining failed")
        _settle(lesson, LessonState.FAILED)
        return
    lesson.model, lesson.figures = stored, {"before": before, "after": after}
    lesson.examples = len(examples)
    worse = training.share(after) < training.share(before)
    _settle(lesson, LessonState.WORSE if worse else LessonState.IN_USE)


@transaction.atomic
def restore(lesson: Lesson | None, *, by: Staff) -> None:
    """Use an earlier one again; None is the one that comes with Kefu."""
    Lesson.objects.filter(state=LessonState.IN_USE).update(state=LessonState.REPLACED)
    if lesson is not None:
        lesson = Lesson.objects.select_for_update().get(pk=lesson.pk)
        if lesson.state != LessonState.REPLACED:
            raise Refused(_("This model was never in use."))
        lesson.state = LessonState.IN_USE
        lesson.save(update_fields=["state"])
    log.audit("lesson.restored", lesson, by=by, number=lesson.number if lesson else 0)


def taught() -> int:
    return About.objects.filter(set_by__isnull=False).count()


def of_the_desk() -> list[Example]:
    """The first words of conversations that a colleague has labelled, the latest; every fifth only measures."""
    labelled = About.objects.filter(set_by__isnull=False).order_by("-set_at").values_list("pk", "intent")
    known = dict(labelled[:MOST])
    texts = intents.first_words(known)
    return [
        Example(text, known[key], written_in(text) or "zh-hans", crc32(key.bytes) % ONE_IN == 0)
        for key, text in sorted(texts.items())
        if text
    ]


def _next_number() -> int:
    return (Lesson.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def _give_up_stale() -> None:
    """A worker died over it."""
    since = timezone.now() - timedelta(minutes=STALE_MINUTES)
    waiting = Lesson.objects.filter(state=LessonState.WAITING, asked_at__lt=since)
    waiting.update(state=LessonState.FAILED, done_at=timezone.now())


@transaction.atomic
def _settle(lesson: Lesson, state: LessonState) -> None:
    if state == LessonState.IN_USE:
        Lesson.objects.filter(state=LessonState.IN_USE).update(state=LessonState.REPLACED)
    lesson.state, lesson.done_at = state, timezone.now()
    lesson.save()
    log.audit("lesson.settled", lesson, by=SYSTEM, number=lesson.number, state=state)
