from __future__ import annotations

import threading

import pytest
from django.db import connection, connections

from kefu.events import failures, log, readers
from kefu.events.actors import Actor
from kefu.events.log import Entry, Subject
from kefu.events.models import Audit, Parked
from kefu.events.readers import Reader


def _failed_job() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts)"
            " VALUES ('default', 'events:send_delivery', '{\"delivery\": \"x\"}', 'failed', 8) RETURNING id"
        )
        row = cursor.fetchone()
    assert row
    return int(row[0])


def _status(job: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [job])
        row = cursor.fetchone()
    return str(row[0]) if row else "gone"


def test_a_failed_job_is_listed_with_its_ids(admin: Actor) -> None:
    job = _failed_job()
    (listed,) = failures.failed_jobs()
    assert (listed.id, listed.task, listed.args, listed.attempts) == (
        job,
        "events:send_delivery",
        {"delivery": "x"},
        8,
    )


def test_a_failed_job_runs_again_once(admin: Actor) -> None:
    job = _failed_job()
    assert failures.retry_job(job, by=admin)
    assert _status(job) == "todo"
    assert not failures.retry_job(job, by=admin)
    assert [audit.kind for audit in Audit.objects.all()] == ["job.retried"]


def test_a_failed_job_is_let_go_once(admin: Actor) -> None:
    job = _failed_job()
    assert failures.discard_job(job, by=admin)
    assert failures.failed_jobs() == []
    assert not failures.discard_job(job, by=admin)
    assert not failures.retry_job(job, by=admin)


@pytest.mark.usefixtures("committed")
def test_two_who_retry_at_once_start_it_once(admin: Actor) -> None:
    job, outcomes = _failed_job(), []

    def retry() -> None:
        outcomes.append(failures.retry_job(job, by=admin))
        connections.close_all()

    threads = [threading.Thread(target=retry) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]


@pytest.fixture
def moody_reader(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Takes nothing until its mood is good."""
    mood = {"good": False}

    def react(entries: list[Entry]) -> None:
        if not mood["good"]:
            raise ValueError("not today")

    monkeypatch.setitem(readers.known, "moody", Reader("moody", frozenset({"conversation.started"}), react))
    return mood


def _parked(conversation: Subject) -> Parked:
    event = log.about(conversation.pk)[0]
    return Parked.objects.create(reader="moody", event_id=event.id, kind=event.kind, error="first")


def test_an_event_that_fails_again_stays_with_the_new_reason(
    parcel_question: Subject, admin: Actor, moody_reader: dict[str, bool]
) -> None:
    parked = _parked(parcel_question)
    assert not failures.retry_event(parked, by=admin)
    (kept,) = failures.parked_events()
    assert (kept.attempts, kept.error) == (2, "ValueError: not today")


def test_an_event_that_works_is_gone(
    parcel_question: Subject, admin: Actor, moody_reader: dict[str, bool]
) -> None:
    parked = _parked(parcel_question)
    moody_reader["good"] = True
    assert failures.retry_event(parked, by=admin)
    assert failures.parked_events() == []


def test_an_event_that_somebody_else_has_tried_meanwhile_is_gone_too(
    parcel_question: Subject, admin: Actor, moody_reader: dict[str, bool]
) -> None:
    parked = _parked(parcel_question)
    moody_reader["good"] = True
    assert failures.retry_event(Parked.objects.get(pk=parked.pk), by=admin)
    assert failures.retry_event(parked, by=admin)


def test_an_event_is_let_go_once(
    parcel_question: Subject, admin: Actor, moody_reader: dict[str, bool]
) -> None:
    parked = _parked(parcel_question)
    assert failures.discard_event(parked, by=admin)
    assert not failures.discard_event(parked, by=admin)
    assert [audit.kind for audit in Audit.objects.all()] == ["event.discarded"]
