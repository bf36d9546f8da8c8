"""A deadline is the first moment that is too late; people are told the day before it, by the brand's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone

from kefu.claims import dates, refunding, reviewing
from kefu.claims.presets import CN_LAW
from kefu.claims.templatetags.claims import last_day
from kefu.claims.tests.desk import BY_HAND, Desk, publish, refund_of
from kefu.claims.tests.shop import clock
from kefu.hours.calendar import Calendar
from kefu.lib.money import Money
from kefu.people.models import Brand


@pytest.mark.parametrize(
    ("zone", "received", "told"),
    [
        ("Asia/Shanghai", "2026-11-22 23:59", "2026-11-29"),
        ("America/Los_Angeles", "2026-11-22 00:00", "2026-11-29"),  # there it is already the 23rd in UTC
        ("America/Los_Angeles", "2026-10-30 20:00", "2026-11-06"),  # winter time on 1 November
        ("America/Los_Angeles", "2027-03-07 23:30", "2027-03-14"),  # told is the day of summer time
        ("Europe/Berlin", "2026-10-18 12:00", "2026-10-25"),  # the day with 25 hours
        ("Europe/Berlin", "2026-03-22 12:00", "2026-03-29"),  # the day with 23
        ("America/Santiago", "2026-08-29 12:00", "2026-09-05"),  # the midnight after it does not exist
        ("Pacific/Kiritimati", "2026-11-22 01:00", "2026-11-29"),
        ("Pacific/Pago_Pago", "2028-02-22 23:00", "2028-02-29"),
    ],
)
def test_the_seventh_day_is_told_wherever_the_brand_is(zone: str, received: str, told: str) -> None:
    over = dates.refund_by(CN_LAW, Calendar(ZoneInfo(zone)), clock(received, zone))
    assert last_day(over, Brand(time_zone=zone)) == told
    assert last_day(over.astimezone(UTC), Brand(time_zone=zone)) == told


def test_who_looks_and_from_where_changes_nothing() -> None:
    over = clock("2026-11-30 00:00", "America/Los_Angeles")
    shown = Template("{% load claims %}{{ over|last_day:brand }}")
    brand = Brand(time_zone="America/Los_Angeles")
    for zone in ("Asia/Shanghai", "America/New_York", "UTC"):
        with timezone.override(zone):
            assert shown.render(Context({"over": over, "brand": brand})) == "2026-11-29"


def test_a_deadline_within_a_day_is_told_as_that_day() -> None:
    brand = Brand(time_zone="Europe/Berlin")
    assert last_day(clock("2026-11-22 18:00", "Europe/Berlin"), brand) == "2026-11-22"


def promised(start: datetime | None, brand: Brand) -> date:
    assert start is not None
    days = BY_HAND.clocks.refund_within_days
    return start.astimezone(ZoneInfo(brand.time_zone)).date() + timedelta(days=days)


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles"])
def test_a_refund_is_due_when_it_was_promised(desk: Desk, zone: str) -> None:
    """Counted from the goods; where none come back, from the approval."""
    brand = desk.shop.brand
    Brand.objects.update(time_zone=zone)
    brand.refresh_from_db()
    publish(desk.shop, BY_HAND)
    sent, alone = desk.files(desk.order()), desk.files(desk.order(), "refund_only", reason="not_arrived")
    for claim in (sent, alone):
        reviewing.approve(claim, by=desk.supervisor)
    desk.takes_in(sent)
    for claim, start in ((sent, "received_at"), (alone, "approved_at")):
        claim.refresh_from_db()
        expected = refund_of(claim).expected_by
        assert expected is not None
        assert last_day(expected, brand) == str(promised(getattr(claim, start), brand))


@pytest.mark.django_db
def test_money_that_belongs_to_no_claim_is_promised_for_no_day(desk: Desk) -> None:
    order = desk.order()
    refunding.give(order, Money(100, "CNY"), by=desk.finance)
    assert order.refunds.get().expected_by is None
