"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from uuid import UUID

from procrastinate import Blueprint

from kefu.answers import assistant, gaps, learning, phrasing
from kefu.answers.models import Assistant
from kefu.conversations.models import AuthorKind
from kefu.events.log import Entry

jobs = Blueprint()


@jobs.task(name="learn_intents")
def learn_intents(lesson: str) -> None:
    learning.learn(UUID(lesson))


@jobs.task(name="assist")
def assist(message: int) -> None:
    assistant.answer(message)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="look_after_talks", queueing_lock="look_after_talks")
def look_after_talks(timestamp: int) -> None:
    assistant.look_after()


@jobs.periodic(cron="23 3 * * *")
@jobs.task(name="sweep_phrasings", queueing_lock="sweep_phrasings")
def sweep_phrasings(timestamp: int) -> None:
    phrasing.sweep()


@jobs.periodic(cron="41 2 * * *")
@jobs.task(name="look_for_gaps", queueing_lock="look_for_gaps")
def look_for_gaps(timestamp: int) -> None:
    gaps.look()


def queue_assistant(entries: list[Entry]) -> None:
    """Reader of ``message.posted``: a job for each message of a customer where an assistant is switched on.

    Those of one conversation come one after another.
    """
    said = [
        entry
        for entry in entries
        if entry.actor_kind == AuthorKind.CUSTOMER
        and entry.data.get("kind") == "reply"
        and not entry.data.get("assignee")
    ]
    inboxes = {entry.data["inbox"] for entry in said}
    on = {
        str(pk) for pk in Assistant.objects.filter(is_on=True, inbox__in=inboxes).values_list("pk", flat=True)
    }
    for entry in said:
        if entry.data["inbox"] in on:
            assist.configure(lock=f"talk {entry.subject_id}").defer(message=entry.data["message"])
