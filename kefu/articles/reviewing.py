"""Four eyes: an author asks, a publisher publishes or sends back with a word why."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.articles.holding import hold
from kefu.articles.models import Outcome, Review, Stage, Translation
from kefu.events import log
from kefu.people.models import Refused, Staff


@transaction.atomic
def ask(translation: Translation, *, by: Staff) -> None:
    """For a look at what was saved last. Asking again while it waits changes nothing."""
    hold(translation)
    if translation.stage == Stage.REVIEW:
        return
    if translation.latest is None or not translation.latest.body.strip():
        raise Refused(_("There is nothing to review yet: the text is empty."))
    if translation.latest_id == translation.live_id:
        raise Refused(_("What was saved last is published already."))
    Review.objects.create(translation=translation, version=translation.latest, asked_by=by)
    _move_to(Stage.REVIEW, translation)
    log.record("article.review_asked", translation, by=by, version=translation.latest.number)


@transaction.atomic
def send_back(translation: Translation, *, by: Staff, note: str) -> None:
    hold(translation)
    if translation.stage != Stage.REVIEW:
        raise Refused(_("This text does not wait for review any more."))
    if not note.strip():
        raise Refused(_("Say what should change, so that the author can go on."))
    close(translation, Outcome.SENT_BACK, by=by, answer=note.strip())
    _move_to(Stage.WRITING, translation)
    log.record("article.sent_back", translation, by=by)


def close(translation: Translation, outcome: Outcome, *, by: Staff | None, answer: str = "") -> None:
    """Whatever review waits has its answer. For verbs that hold the text."""
    Review.objects.filter(translation=translation, outcome="").update(
        outcome=outcome, answer=answer, answered_by=by, answered_at=timezone.now()
    )


def _move_to(stage: Stage, translation: Translation) -> None:
    translation.stage = stage
    translation.save(update_fields=["stage"])
