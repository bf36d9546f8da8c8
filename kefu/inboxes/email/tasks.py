"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.db import transaction
from procrastinate import Blueprint
from procrastinate.exceptions import AlreadyEnqueued

from kefu.conversations.models import Inbox
from kefu.inboxes.email import sending

jobs = Blueprint()


@jobs.task(name="empty_outbox")
def empty_outbox(inbox: str) -> None:
    again = sending.empty(Inbox.objects.select_related("brand").get(pk=inbox))
    if again is not None:
        empty_soon(UUID(inbox), seconds=int(again))


@jobs.periodic(cron="* * * * *")
@jobs.task(name="look_after_outboxes", queueing_lock="look_after_outboxes")
def look_after_outboxes(timestamp: int) -> None:
    """What waits for its time, and what a job that was lost left behind."""
    for inbox in sending.waiting_inboxes():
        empty_soon(inbox)


def empty_soon(inbox: UUID, *, seconds: int = 0) -> None:
    """One after another for each mailbox; one that waits already will find what was written meanwhile."""
    name = f"outbox {inbox}"
    with suppress(AlreadyEnqueued), transaction.atomic():
        empty_outbox.configure(lock=name, queueing_lock=name, schedule_in={"seconds": seconds}).defer(
            inbox=str(inbox)
        )
