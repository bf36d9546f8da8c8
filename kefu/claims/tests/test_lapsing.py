"""Time passes: alarms to us, reminders to customers, and what lapses. Each once, however often the job runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from kefu.claims import goods, lapsing, reviewing
from kefu.claims.clocks import next_mark
from kefu.claims.models import Claim, Policy
from kefu.claims.presets import CN_LAW, EU_14_DAYS
from kefu.claims.tests.desk import BY_HAND, Desk, back_then, now, publish
from kefu.events import log
from kefu.orders.models import Shipment

pytestmark = pytest.mark.django_db


def told(claim: Claim, kind: str) -> list[Any]:
    return [entry.data for entry in log.about(claim.pk) if entry.kind == kind]


@pytest.fixture
def claim(desk: Desk) -> Claim:
    publish(desk.shop, BY_HAND)
    return desk.files(desk.order())


def test_nothing_done_for_ten_and_fifteen_days_raises_an_alarm_each(claim: Claim) -> None:
    start = claim.opened_at
    assert start
    for day, alarms in ((9, []), (10, [10]), (10, [10]), (14, [10]), (15, [10, 15]), (40, [10, 15])):
        lapsing.look(start + timedelta(days=day, minutes=1))
        assert [fact["days"] for fact in told(claim, "claim.overdue")] == alarms
    claim.refresh_from_db()
    assert claim.due_at is None
    assert now(claim) == "under_review"


def test_a_job_that_did_not_run_for_weeks_tells_the_latest_alarm_once(claim: Claim) -> None:
    assert claim.opened_at
    lapsing.look(claim.opened_at + timedelta(days=20))
    lapsing.look(claim.opened_at + timedelta(days=20))
    assert [fact["days"] for fact in told(claim, "claim.overdue")] == [15]


def test_days_run_across_leap_days_and_summer_time(claim: Claim) -> None:
    for start in (datetime(2028, 2, 20, 12, tzinfo=UTC), datetime(2027, 3, 25, 12, tzinfo=UTC)):
        claim.opened_at, claim.received_at = start, None
        assert next_mark(claim, after=None) == start + timedelta(days=10)
        claim.received_at, claim.status = start, "accepted"
        assert next_mark(claim, after=None) == start + timedelta(days=7)
        assert next_mark(claim, after=start + timedelta(days=7)) == start + timedelta(days=10)
        assert next_mark(claim, after=start + timedelta(days=15)) is None


def test_while_the_customer_is_asked_it_is_not_our_time(desk: Desk, claim: Claim) -> None:
    reviewing.request_info(claim, by=desk.agent, words="Which?")
    assert (claim.due_at, claim.answer_by and claim.answer_by > timezone.now()) == (None, True)
    reviewing.provide(claim, by=desk.shop.customer)
    assert claim.due_at is not None
    assert claim.answer_by is None


def test_who_does_not_answer_is_reminded_once_and_then_taken_as_having_withdrawn(
    desk: Desk, claim: Claim
) -> None:
    reviewing.request_info(claim, by=desk.agent, words="Which?")
    assert claim.answer_by
    for days in (3, 2, 1, 1):
        lapsing.look(claim.answer_by - timedelta(days=days))
    assert len(told(claim, "claim.reminded")) == 1
    lapsing.look(claim.answer_by)
    assert now(claim) == "withdrawn"
    lapsing.look(timezone.now() + timedelta(days=60))
    assert claim.steps.filter(action="time_out").count() == 1


def test_goods_that_are_not_sent_let_the_claim_expire(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = desk.files(desk.order())
    assert claim.ship_by == claim.answer_by
    assert claim.ship_by
    lapsing.look(claim.ship_by - timedelta(seconds=1))
    assert now(claim) == "approved"
    lapsing.look(claim.ship_by)
    assert (now(claim), claim.close_reason) == ("expired", "expire")
    assert now(desk.files(claim.order)) == "approved"  # and may be asked for again


def test_the_policys_own_promise_comes_first(desk: Desk) -> None:
    publish(desk.shop, EU_14_DAYS)
    claim = desk.files(desk.order(currency="EUR"))
    reviewing.approve(claim, by=desk.supervisor)
    desk.receives(desk.ships(claim))
    assert claim.received_at and claim.due_at == claim.received_at + timedelta(days=7)
    goods.inspect(claim, by=desk.warehouse)
    assert Policy.objects.count() == 1


def test_silence_after_a_refusal_sends_it_back_and_closes_in_the_end(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = desk.receives(desk.ships(desk.files(desk.order())))
    desk.finds(claim, accepted=0, checklist={"unused": False})
    assert claim.answer_by
    lapsing.look(claim.answer_by)
    assert now(claim) == "returned_to_customer"
    back_then(claim, answer_by=timezone.now())
    lapsing.look(timezone.now())
    assert now(claim) == "closed"


def test_a_carriers_word_completes_what_was_sent(desk: Desk) -> None:
    from kefu.claims import parcels
    from kefu.claims.models import ClaimShipment

    publish(desk.shop, CN_LAW)
    claim = desk.receives(desk.ships(desk.files(desk.order())))
    desk.finds(claim, accepted=0, checklist={"unused": False})
    goods.send_back(claim, by=desk.shop.customer)
    parcels.send(claim, ClaimShipment.Why.BACK, by=desk.warehouse, carrier="sf", tracking_no="SF8")
    lapsing.look(timezone.now())
    assert now(claim) == "returned_to_customer"
    Shipment.objects.filter(tracking_no="SF8").update(delivered_at=timezone.now())
    lapsing.look(timezone.now())
    assert now(claim) == "closed"


def test_a_claim_that_fails_holds_up_no_other_and_is_tried_again(
    desk: Desk, claim: Claim, caplog: pytest.LogCaptureFixture
) -> None:
    """What it says of itself cannot be read: no refusal, but a fault."""
    other = desk.files(desk.order())
    assert claim.pk < other.pk
    sound, later = claim.terms, timezone.now() + timedelta(days=11)
    Claim.objects.filter(pk=claim.pk).update(terms={"clocks": {"answer_days": "soon"}})
    lapsing.look(later)
    assert (len(told(claim, "claim.overdue")), len(told(other, "claim.overdue"))) == (0, 1)
    assert [getattr(record, "claim", "") for record in caplog.records if record.exc_info] == [str(claim.pk)]
    Claim.objects.filter(pk=claim.pk).update(terms=sound)
    lapsing.look(later)
    assert (len(told(claim, "claim.overdue")), len(told(other, "claim.overdue"))) == (1, 1)
