"""Fault 20: a job that cannot be done ends where an admin sees it, one that kills its worker is parked, others go on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from kefu.events import deliveries, failures
from kefu.events.models import Delivery, DeliveryState
from kefu.people.models import Staff
from tests.house import ROOT

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("committed")]

# A worker as ``kefu worker`` runs it, which besides knows a job that raises and one that kills; a dead worker is
# noticed after a second and a half instead of twenty.
WORKER = """
import os, signal
os.environ["DJANGO_SETTINGS_MODULE"] = "kefu.settings"
import django
django.setup()
from procrastinate import Blueprint
from procrastinate.contrib.django import app
from kefu.events import worker

jobs = Blueprint()

@jobs.task(name="raises")
def raises():
    raise ValueError("canary-of-a-job")

@jobs.task(name="notes")
def notes():
    pass

@jobs.task(name="kills")
def kills():
    os.kill(os.getpid(), signal.SIGKILL)

app.add_tasks_from(jobs, namespace="poison")
worker.HEARTBEAT_SECONDS, worker.QUIET_SECONDS = 0.3, 1.5
worker.run()
"""
SUPERVISOR = """
import os, sys
from kefu.lib.processes import Program, Supervisor
sys.exit(Supervisor([Program("worker", [sys.executable, sys.argv[1]], os.environ)]).run())
"""


@contextmanager
def worker(folder: Path) -> Iterator[None]:
    (folder / "worker.py").write_text(WORKER)
    environment = os.environ | {"KEFU_PROCESS": "worker", "PYTHONPATH": str(ROOT)}
    with (folder / "worker.log").open("wb") as log:
        running = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, str(folder / "worker.py")],
            cwd=ROOT,
            env=environment,
            stderr=log,
        )
        try:
            yield
        finally:
            running.terminate()
            running.wait(timeout=60)


def test_poison_jobs_end_in_the_list_and_block_nobody(tmp_path: Path, admin: Staff) -> None:
    raising, killing = _defer("poison:raises"), _defer("poison:kills")
    mail = deliveries.queue(
        template="mail/chat_code",
        to="lin@example.test",
        key="good",
        language="en",
        context={"code": "1", "brand_name": "Lumo"},
    )
    with worker(tmp_path):
        _wait(lambda: {job.id for job in failures.failed_jobs()} == {raising, killing}, 90)
        _wait(lambda: Delivery.objects.get(pk=mail.pk).state == DeliveryState.SENT, 90)
    parked = next(job for job in failures.failed_jobs() if job.id == killing)
    assert parked.attempts <= 5
    assert (tmp_path / "worker.log").read_text().count("SIGKILL") == 5
    assert "canary-of-a-job" not in str(failures.failed_jobs())
    assert failures.retry_job(raising, by=admin)
    assert [job.id for job in failures.failed_jobs()] == [killing]


def test_what_a_dead_worker_held_gives_way_to_the_same_queued_after_it(tmp_path: Path) -> None:
    """It held the lock that its successor and a stranger wait for; the successor's queueing lock bars its return."""
    dead = _defer("poison:notes", lock="one", queueing_lock="same")
    lost = _defer("poison:notes", lock="two")
    with connection.cursor() as db:
        db.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id IN (%s, %s)", [dead, lost])
    after = [_defer("poison:notes", lock="one", queueing_lock="same"), _defer("poison:notes", lock="one")]
    with worker(tmp_path):
        _wait(lambda: _states([lost, *after]) == ["succeeded"] * 3, 60)
    assert _states([dead]) == []
    assert failures.failed_jobs() == []


def _states(jobs: list[int]) -> list[str]:
    with connection.cursor() as db:
        db.execute("SELECT status::text FROM procrastinate_jobs WHERE id = ANY(%s)", [jobs])
        return [state for (state,) in db.fetchall()]


def _defer(task: str, **locks: str) -> int:
    return int(app.configure_task(task, allow_unknown=True, **locks).defer())


def _wait(true: Callable[[], Any], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.2)
        connection.close()
    assert true()
