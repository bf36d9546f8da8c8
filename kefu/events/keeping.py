"""Housekeeping of the log: next months' partitions, months that nobody needs any more, jobs whose worker died."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection
from django.utils import timezone
from procrastinate import App
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from kefu.events.models import Delivery, DeliveryState

MONTHS_AHEAD = 3
KEPT_DAYS = 400
DELIVERIES_KEPT_DAYS = 30
MOST_DEATHS = 5

logger = logging.getLogger(__name__)


def keep_the_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT events_make_partitions(%s)", [MONTHS_AHEAD])
        cursor.execute("SELECT events_drop_before(%s)", [timezone.now() - timedelta(days=KEPT_DAYS)])
    old = timezone.now() - timedelta(days=DELIVERIES_KEPT_DAYS)
    Delivery.objects.filter(state=DeliveryState.SENT, sent_at__lt=old).delete()
    Delivery.objects.filter(state=DeliveryState.FAILED, created_at__lt=old).delete()


async def take_over_stalled(app: App, *, quiet_seconds: float) -> None:
    """Give jobs of a worker that no longer shows a heartbeat to the living; one that killed five workers is parked.

    Where the same is queued once more already (by ``queueing_lock``), that one does it; the dead one is let go, for
    it would hold its lock for ever.
    """
    await app.job_manager.prune_stalled_workers(quiet_seconds)
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=quiet_seconds):
        if job.attempts + 1 >= MOST_DEATHS:
            logger.error("a job was parked: its workers died", extra={"job": job.id, "task": job.task_name})
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
            continue
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            await app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=True)
