"""When each side has to do something: whole days where the brand is, the same in the preview and in the claim."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kefu.claims import dates
from kefu.claims.presets import CN_LAW, EU_14_DAYS, TAU_RETAIL
from kefu.claims.preview import preview
from kefu.claims.terms import Terms
from kefu.claims.tests.desk import Desk, publish
from kefu.claims.tests.shop import clock
from kefu.hours.calendar import Calendar

SHANGHAI, BERLIN = Calendar(ZoneInfo("Asia/Shanghai")), Calendar(ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("received", "over"),
    [
        ("2026-11-22 00:00", "2026-11-30 00:00"),
        ("2026-11-22 23:59", "2026-11-30 00:00"),
        ("2028-02-25 12:00", "2028-03-04 00:00"),
    ],
)
def test_money_is_paid_back_by_the_end_of_the_seventh_day_after_the_goods_came(
    received: str, over: str
) -> None:
    assert dates.refund_by(CN_LAW, SHANGHAI, clock(received)) == clock(over)


@pytest.mark.parametrize(
    ("approved", "over"),
    [
        ("2026-10-20 23:30", "2026-11-04 00:00"),  # winter time begins on the 25th
        ("2026-03-20 23:30", "2026-04-04 00:00"),  # summer time on the 29th
    ],
)
def test_a_change_of_the_clocks_moves_no_deadline(approved: str, over: str) -> None:
    at = clock(approved, "Europe/Berlin")
    assert dates.ship_by(EU_14_DAYS, BERLIN, at) == clock(over, "Europe/Berlin")


def test_somebody_looks_on_the_tenth_and_the_fifteenth_day_before_it_counts_as_delay() -> None:
    received = clock("2026-11-01 12:00")
    assert dates.alarms(CN_LAW, SHANGHAI, received) == [
        clock("2026-11-11 00:00"),
        clock("2026-11-16 00:00"),
    ]
    assert dates.alarms(TAU_RETAIL, SHANGHAI, received) == []


@pytest.mark.parametrize(
    ("rule", "terms", "days"),
    [
        (dates.inspect_by, CN_LAW, 3),
        (dates.answer_by, CN_LAW, 14),
        (dates.appeal_by, CN_LAW, 15),
        (dates.ship_by, CN_LAW, 7),
        (dates.refund_by, EU_14_DAYS, 14),
    ],
)
def test_each_clock_has_the_days_of_the_terms(rule: object, terms: Terms, days: int) -> None:
    at = clock("2026-11-01 12:00")
    assert callable(rule)
    found = rule(terms, SHANGHAI, at)
    assert isinstance(found, datetime)
    assert found == clock("2026-11-02 00:00") + timedelta(days=days)


def test_a_claim_must_leave_when_its_preview_said(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    order = desk.order()
    claim = desk.files(order)
    assert claim.approved_at is not None
    seen = preview(desk.shop.asks(order), at=claim.approved_at, terms=CN_LAW, except_claim=claim)
    assert claim.ship_by == seen.dates.ship_by
