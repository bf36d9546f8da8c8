"""From the log to the provider: readers queue, jobs send, and what was forgotten is looked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from kefu.claims import tasks
from kefu.claims.models import Refund
from kefu.claims.presets import CN_LAW
from kefu.claims.tests.desk import Desk, publish, refund_of
from kefu.events import log, readers
from kefu.reactions import readers as all_readers

pytestmark = pytest.mark.django_db


def queued(name: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [name])
        return [row[0] if isinstance(row[0], str) else str(row[0]) for row in cursor.fetchall()]


@pytest.fixture
def refund(desk: Desk) -> Refund:
    publish(desk.shop, CN_LAW)
    claim = desk.files(desk.shop.order(status="pending"), "cancellation", reason="no_longer_needed")
    return refund_of(claim)


def test_the_desk_has_a_reader_for_refunds_that_queues_their_jobs(refund: Refund) -> None:
    (mine,) = [one for one in all_readers() if one.react is tasks.queue_refunds]
    heard = [entry for entry in log.about(refund.pk) if entry.kind in mine.hears]
    assert [entry.kind for entry in heard] == ["refund.queued"]
    assert isinstance(mine, readers.Reader)
    mine.react(heard)
    (job,) = queued("claims:send_refund")
    assert str(refund.pk) in job
    tasks.send_refund(refund=str(refund.pk))
    refund.refresh_from_db()
    assert refund.state == "processing"


def test_every_minute_what_was_forgotten_is_sent_and_what_is_open_is_asked_about(refund: Refund) -> None:
    tasks.look_after_refunds(timestamp=0)
    assert queued("claims:send_refund") == []
    Refund.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    tasks.look_after_refunds(timestamp=0)
    assert len(queued("claims:send_refund")) == 1
    assert queued("claims:ask_about_refund") == []
    Refund.objects.update(state="unknown", next_try_at=timezone.now() - timedelta(seconds=1))
    tasks.look_after_refunds(timestamp=0)
    assert len(queued("claims:ask_about_refund")) == 1
    tasks.ask_about_refund(refund=str(refund.pk))
    refund.refresh_from_db()
    assert refund.state == "processing"


def test_claims_are_looked_after_by_a_job(desk: Desk, refund: Refund) -> None:
    publish(desk.shop, CN_LAW)
    claim = desk.files(desk.order())
    type(claim).objects.filter(pk=claim.pk).update(answer_by=timezone.now() - timedelta(seconds=1))
    tasks.look_after_claims(timestamp=0)
    claim.refresh_from_db()
    assert claim.status == "expired"
