"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate import Blueprint

from kefu.claims import lapsing, sending
from kefu.claims.models import Refund
from kefu.events.log import Entry

jobs = Blueprint()


@jobs.task(name="send_refund")
def send_refund(refund: str) -> None:
    sending.send(UUID(refund))


@jobs.task(name="ask_about_refund")
def ask_about_refund(refund: str) -> None:
    sending.ask(UUID(refund))


@jobs.task(name="call_back_refund")
def call_back_refund(refund: str) -> None:
    sending.redirect(Refund.objects.select_related("payment", "order").get(pk=refund), None)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="look_after_refunds", queueing_lock="look_after_refunds")
def look_after_refunds(timestamp: int) -> None:
    now = timezone.now()
    for refund in sending.forgotten(now):
        send_refund.defer(refund=str(refund))
    for refund in sending.due_questions(now):
        ask_about_refund.defer(refund=str(refund))


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="look_after_claims", queueing_lock="look_after_claims")
def look_after_claims(timestamp: int) -> None:
    lapsing.look(timezone.now())


HEARS = frozenset({"refund.queued", "refund.to_call_back"})


def queue_refunds(entries: list[Entry]) -> None:
    """Reader: a job for each refund that may leave, or has to be called back."""
    for entry in entries:
        job = send_refund if entry.kind == "refund.queued" else call_back_refund
        job.defer(refund=str(entry.subject_id))
