"""What failed for good: jobs and events that were set aside, for an admin to try again or to let go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from kefu.events import log, readers
from kefu.events.actors import Actor
from kefu.events.models import Parked

MOST = 100


@dataclass(frozen=True, slots=True)
class FailedJob:
    """``args`` are ids only, as with all jobs."""

    id: int
    task: str
    args: dict[str, Any]
    attempts: int
    failed_at: datetime | None


_FAILED = """
SELECT j.id, j.task_name, j.args::text::json, j.attempts,
    (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'failed')
FROM procrastinate_jobs j WHERE j.status = 'failed' ORDER BY j.id DESC LIMIT %s
"""
_RETRY = """
SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)
FROM (SELECT id FROM procrastinate_jobs WHERE id = %s AND status = 'failed' FOR UPDATE) failed
"""
_DISCARD = "UPDATE procrastinate_jobs SET status = 'cancelled' WHERE id = %s AND status = 'failed'"


def failed_jobs(limit: int = MOST) -> list[FailedJob]:
    """The latest first."""
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, [limit])
        return [FailedJob(*row) for row in cursor.fetchall()]


def parked_events(limit: int = MOST) -> list[Parked]:
    return list(Parked.objects.order_by("-parked_at")[:limit])


@transaction.atomic
def retry_job(job: int, *, by: Actor) -> bool:
    """Whether it was there to retry; somebody else may have been quicker."""
    return _told(_changed(_RETRY, job), "job.retried", job, by)


@transaction.atomic
def discard_job(job: int, *, by: Actor) -> bool:
    return _told(_changed(_DISCARD, job), "job.discarded", job, by)


def retry_event(parked: Parked, *, by: Actor) -> bool:
    """Whether its reader took it this time; otherwise it stays, with the new reason."""
    worked = readers.try_again(parked)
    log.audit("event.retried", None, by=by, event=parked.event_id, reader=parked.reader, worked=worked)
    return worked


@transaction.atomic
def discard_event(parked: Parked, *, by: Actor) -> bool:
    gone = bool(Parked.objects.filter(pk=parked.pk).delete()[0])
    if gone:
        log.audit("event.discarded", None, by=by, event=parked.event_id, reader=parked.reader)
    return gone


def _changed(statement: str, job: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [job])
        return bool(cursor.rowcount > 0)


def _told(changed: bool, kind: str, job: int, by: Actor) -> bool:
    if changed:
        log.audit(kind, None, by=by, job=job)
    return changed
