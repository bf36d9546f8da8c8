"""Until when goods may come back, on the last day and on the day after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kefu.claims.presets import BRAND_30_DAYS, CN_LAW, EU_14_DAYS, ONE_YEAR_LIMITED_WARRANTY, TAU_RETAIL
from kefu.claims.termchoices import LawProfile, WindowStart
from kefu.claims.terms import Terms, Window
from kefu.claims.tests.shop import Shop, ask, clock, verdict
from kefu.hours.models import SpecialDay

BY_LAW, BY_BRAND, TOO_LATE = "pass law", "pass brand_policy", "fail brand_policy"
NO_LAW = replace(CN_LAW, law_profile=LawProfile.NONE)


def with_window(terms: Terms, **changed: object) -> Terms:
    return replace(terms, window=replace(terms.window, **changed))  # type: ignore[arg-type]


def in_time(shop: Shop, terms: Terms, at: str, *, delivered: str, zone: str, **asked: str) -> str:
    shop.brand.time_zone = zone
    order = shop.lamp_delivered(delivered, zone, country=asked.pop("country", ""))
    return verdict(ask(shop.asks(order, **asked), terms, at, zone), "within_the_window")


@pytest.mark.parametrize(
    ("terms", "kind", "reason", "at", "expected"),
    [
        (CN_LAW, "return", "changed_mind", "2026-11-09 23:59:59", BY_LAW),
        (CN_LAW, "return", "changed_mind", "2026-11-10 00:00", TOO_LATE),
        (CN_LAW, "return", "defective", "2026-11-09 23:59:59", BY_LAW),
        (CN_LAW, "return", "defective", "2026-11-10 00:00", TOO_LATE),
        (CN_LAW, "exchange", "changed_mind", "2026-11-09 23:59:59", BY_BRAND),
        (CN_LAW, "exchange", "changed_mind", "2026-11-10 00:00", TOO_LATE),
        (CN_LAW, "exchange", "defective", "2026-11-17 23:59:59", BY_LAW),
        (CN_LAW, "exchange", "defective", "2026-11-18 00:00", TOO_LATE),
        (BRAND_30_DAYS, "return", "changed_mind", "2026-11-09 23:59:59", BY_LAW),
        (BRAND_30_DAYS, "return", "changed_mind", "2026-11-10 00:00", BY_BRAND),
        (BRAND_30_DAYS, "return", "changed_mind", "2026-12-02 23:59:59", BY_BRAND),
        (BRAND_30_DAYS, "return", "changed_mind", "2026-12-03 00:00", TOO_LATE),
    ],
)
def test_days_7_15_and_30_end_at_midnight_where_the_brand_is(
    shop: Shop, terms: Terms, kind: str, reason: str, at: str, expected: str
) -> None:
    where = {"delivered": "2026-11-02 15:00", "zone": "Asia/Shanghai"}
    assert in_time(shop, terms, at, kind=kind, reason=reason, **where) == expected


@pytest.mark.parametrize(
    ("start", "last_second", "over"),
    [
        (WindowStart.DELIVERED_NEXT_DAY, "2026-11-09 23:59:59", "2026-11-10 00:00"),
        (WindowStart.DELIVERED, "2026-11-08 23:59:59", "2026-11-09 00:00"),
        (WindowStart.SHIPPED, "2026-11-06 23:59:59", "2026-11-07 00:00"),
        (WindowStart.ORDERED, "2026-11-05 23:59:59", "2026-11-06 00:00"),
    ],
)
def test_seven_days_are_counted_from_what_the_policy_says(
    shop: Shop, start: WindowStart, last_second: str, over: str
) -> None:
    order = shop.order(placed_at=clock("2026-10-30 23:00"))
    parcel = shop.delivered(order, clock("2026-11-02 15:00"))
    parcel.shipped_at = clock("2026-10-31 08:00")
    parcel.save()
    terms = with_window(NO_LAW, start=start)
    assert verdict(ask(shop.asks(order), terms, last_second), "within_the_window") == BY_BRAND
    assert verdict(ask(shop.asks(order), terms, over), "within_the_window") == TOO_LATE


@pytest.mark.parametrize(
    ("delivered", "last_second", "over"),
    [
        ("2026-11-08 10:00", "2026-11-23 23:59:59", "2026-11-24 00:00"),  # the 22nd is a Sunday
        ("2026-12-11 10:00", "2026-12-28 23:59:59", "2026-12-29 00:00"),  # Christmas, then a weekend
        ("2026-11-10 10:00", "2026-11-24 23:59:59", "2026-11-25 00:00"),  # a Tuesday stays
        ("2026-03-15 10:00", "2026-03-30 23:59:59", "2026-03-31 00:00"),  # summer time begins on the 29th
    ],
)
def test_fourteen_days_in_the_union_give_way_to_the_next_working_day(
    shop: Shop, delivered: str, last_second: str, over: str
) -> None:
    where = {"delivered": delivered, "zone": "Europe/Berlin", "country": "DE"}
    assert in_time(shop, EU_14_DAYS, last_second, **where) == BY_LAW
    assert in_time(shop, EU_14_DAYS, over, **where) == TOO_LATE


@pytest.mark.parametrize(
    ("delivered", "last_second", "over"),
    [
        ("2026-02-07 10:00", "2026-02-14 23:59:59", "2026-02-15 00:00"),  # a Saturday that is worked
        ("2026-02-08 10:00", "2026-02-24 23:59:59", "2026-02-25 00:00"),  # spring festival until the 23rd
        ("2026-11-07 10:00", "2026-11-16 23:59:59", "2026-11-17 00:00"),  # an ordinary Saturday
    ],
)
def test_a_make_up_saturday_is_a_working_day_and_the_spring_festival_is_none(
    shop: Shop, delivered: str, last_second: str, over: str
) -> None:
    terms = with_window(CN_LAW, extend=True)
    where = {"delivered": delivered, "zone": "Asia/Shanghai"}
    assert in_time(shop, terms, last_second, **where) in {BY_LAW, BY_BRAND}
    assert in_time(shop, terms, over, **where) == TOO_LATE


def test_a_day_off_of_the_brand_itself_counts_too(shop: Shop) -> None:
    SpecialDay.objects.create(brand=shop.brand, day="2026-11-09", kind="closed", name="Stocktaking")
    terms = with_window(CN_LAW, extend=True)
    where = {"delivered": "2026-11-02 10:00", "zone": "Asia/Shanghai"}
    assert in_time(shop, terms, "2026-11-10 12:00", **where) == BY_BRAND


@pytest.mark.parametrize(
    ("delivered", "last_second", "over", "zone"),
    [
        ("2026-10-25 12:00", "2026-11-01 23:30", "2026-11-02 00:00", "America/New_York"),  # a day of 25 hours
        ("2026-03-01 12:00", "2026-03-08 23:30", "2026-03-09 00:00", "America/New_York"),  # one of 23
        ("2028-02-22 12:00", "2028-02-29 23:59:59", "2028-03-01 00:00", "Asia/Shanghai"),
        ("2027-02-22 12:00", "2027-03-01 23:59:59", "2027-03-02 00:00", "Asia/Shanghai"),
    ],
)
def test_summer_time_and_a_leap_day_move_no_midnight(
    shop: Shop, delivered: str, last_second: str, over: str, zone: str
) -> None:
    assert in_time(shop, NO_LAW, last_second, delivered=delivered, zone=zone) == BY_BRAND
    assert in_time(shop, NO_LAW, over, delivered=delivered, zone=zone) == TOO_LATE


@pytest.mark.parametrize("terms", [CN_LAW, NO_LAW])
def test_a_parcel_of_which_nobody_knows_when_it_came_is_looked_at_by_a_person(
    shop: Shop, terms: Terms
) -> None:
    order = shop.order()
    shop.delivered(order, None)
    seen = ask(shop.asks(order), terms, "2026-11-03 09:00")
    assert verdict(seen, "within_the_window") == "review data"
    assert seen.outcome == "needs_review"


def test_of_two_parcels_the_later_counts_and_an_undated_one_helps_the_customer(shop: Shop) -> None:
    order = shop.order(shop.line(qty=3))
    line = order.lines.get()
    shop.delivered(order, clock("2026-11-02 15:00"), (line, 1))
    shop.delivered(order, clock("2026-11-05 15:00"), (line, 1))
    asked = shop.asks(order)
    assert verdict(ask(asked, CN_LAW, "2026-11-12 23:00"), "within_the_window") == BY_LAW
    assert verdict(ask(asked, CN_LAW, "2026-11-13 01:00"), "within_the_window") == TOO_LATE
    shop.delivered(order, None, (line, 1))
    assert verdict(ask(asked, CN_LAW, "2026-11-13 01:00"), "within_the_window") == "review data"


def test_a_policy_without_a_window_asks_for_no_date(shop: Shop) -> None:
    order = shop.order(placed_at=None)
    seen = ask(shop.asks(order, reason=""), TAU_RETAIL, "2031-01-01 00:00")
    assert verdict(seen, "within_the_window") == BY_BRAND
    assert seen.outcome == "eligible", seen.verdicts
    assert seen.dates.window_last_day is None


def test_the_law_gives_its_days_also_where_the_brand_gives_none(shop: Shop) -> None:
    order = shop.lamp_delivered("2026-11-02 15:00")
    terms = with_window(CN_LAW, accept_returns=False)
    assert verdict(ask(shop.asks(order), terms, "2026-11-09 12:00"), "within_the_window") == BY_LAW
    assert verdict(ask(shop.asks(order), terms, "2026-11-10 12:00"), "within_the_window") == TOO_LATE
    seen = ask(shop.asks(order, reason="changed_mind"), ONE_YEAR_LIMITED_WARRANTY, "2026-11-03 12:00")
    assert verdict(seen, "within_the_window") == TOO_LATE


def test_a_reason_of_unknown_fault_is_looked_at_where_a_fault_would_give_more_time(shop: Shop) -> None:
    order = shop.lamp_delivered("2026-11-02 15:00")
    terms = replace(CN_LAW, window=Window(days=7, fault_days=30))
    asked = shop.asks(order, reason="other")
    assert verdict(ask(asked, terms, "2026-11-12 12:00"), "within_the_window") == "review brand_policy"
    assert verdict(ask(asked, CN_LAW, "2026-11-12 12:00"), "within_the_window") == TOO_LATE


def test_made_to_order_goods_have_the_days_of_the_brand_but_none_of_the_law(shop: Shop) -> None:
    terms = replace(BRAND_30_DAYS, exclusions=replace(BRAND_30_DAYS.exclusions, flags=()))
    product = shop.sells("ENGRAVED", flags=["custom"])
    order = shop.order(shop.line(shop.variant(product, "ENGRAVED-1")))
    shop.delivered(order, clock("2026-11-02 15:00"))
    seen = ask(shop.asks(order), terms, "2026-11-04 12:00")
    assert verdict(seen, "within_the_window") == BY_BRAND
