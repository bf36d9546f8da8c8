"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import transaction
from procrastinate import Blueprint
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from kefu.conversations.models import Inbox
from kefu.inboxes import answers_by_mail
from kefu.inboxes.email import continuing, sending, taking

jobs = Blueprint()


@jobs.task(name="empty_outbox")
def empty_outbox(inbox: str) -> None:
    home = Inbox.objects.select_related("brand").get(pk=inbox)
    continuing.withdraw_what_was_read(home)
    again = sending.empty(home)
    if again is not None:
        empty_soon(UUID(inbox), seconds=int(again))


@jobs.task(name="take_mails")
def take_mails(inbox: str) -> None:
    taking.take_waiting(UUID(inbox))


@jobs.periodic(cron="* * * * *")
@jobs.task(name="look_after_mail", queueing_lock="look_after_mail")
def look_after_mail(timestamp: int) -> None:
    """What waits for its time, and what a job that was lost left behind."""
    for inbox in sending.waiting_inboxes():
        empty_soon(inbox)
    for inbox in taking.waiting_inboxes():
        take_soon(inbox)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="go_on_by_mail", queueing_lock="go_on_by_mail")
def go_on_by_mail(timestamp: int) -> None:
    answers_by_mail.go_on_with_those_who_left()


def empty_soon(inbox: UUID, *, seconds: int = 0) -> None:
    """One after another for each mailbox; one that waits already will find what was written meanwhile."""
    _one_each(empty_outbox, f"outbox {inbox}", inbox, seconds)


def take_soon(inbox: UUID) -> None:
    _one_each(take_mails, f"mails {inbox}", inbox, 0)


def _one_each(task: Task[Any, Any, Any], name: str, inbox: UUID, seconds: int) -> None:
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.configure(lock=name, queueing_lock=name, schedule_in={"seconds": seconds}).defer(
            inbox=str(inbox)
        )
