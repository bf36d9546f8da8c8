"""What whoever sent a form has in hand: a number, when to expect an answer, and where to see it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation

from kefu.events import deliveries
from kefu.events.models import Delivery
from kefu.hours.telling import hours_of
from kefu.inboxes.form import following
from kefu.inboxes.form.models import Submission


def told(submission: Submission) -> dict[str, Any]:
    """The facts of a receipt, for the page and the mail alike; in the language of the moment."""
    conversation, schedule = submission.conversation, submission.inbox.schedule
    zone = schedule.time_zone if schedule else "UTC"
    return {
        "number": conversation.public_number,
        "brand_name": conversation.brand.name,
        "expected": _on_the_wall(submission.expected_at, zone),
        "hours": hours_of(schedule) if schedule else [],
        "zone": zone,
    }


def mail(submission: Submission, *, to: str) -> None:
    """It repeats nothing that was written: a form can be filled in with anybody's address."""
    with translation.override(submission.language):
        deliveries.queue(
            template="mail/form_receipt",
            to=to,
            key=_key(submission),
            language=submission.language,
            context=told(submission) | {"action_url": following.link(submission, by=following.By.MAIL)},
        )


def is_mailed(submission: Submission) -> bool:
    return Delivery.objects.filter(key=_key(submission)).exists()


def _key(submission: Submission) -> str:
    return f"form-receipt:{submission.pk}"


def _on_the_wall(moment: datetime | None, zone: str) -> datetime | None:
    """By the clock of the desk, which the receipt names."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if moment else None
