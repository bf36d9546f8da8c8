"""Until when a unit is covered, by its dates, its parts, its repairs and the law."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.claims.models import Claim, ClaimLine, Repair
from kefu.claims.presets import CN_LAW, EU_14_DAYS, ONE_YEAR_LIMITED_WARRANTY
from kefu.claims.preview import Asked, AskedLine
from kefu.claims.termchoices import WarrantyStart
from kefu.claims.terms import Terms, WarrantyTerms
from kefu.claims.tests.shop import Shop, ask, clock, verdict
from kefu.claims.warranty import Cover, add_months, cover, restart
from kefu.orders.models import Product, RegisteredProduct

BOUGHT = date(2025, 11, 22)


def warranty_of(terms: Terms, **changed: Any) -> Terms:
    return replace(terms, warranty=replace(terms.warranty, **changed))


@pytest.fixture
def lamp(shop: Shop) -> Product:
    return shop.product


@pytest.fixture
def unit(shop: Shop) -> RegisteredProduct:
    return RegisteredProduct.objects.create(
        product=shop.product, serial="SN1", customer=shop.customer, purchased_at=BOUGHT
    )


def covered(product: Product, at: str = "2026-11-22 12:00", terms: Terms = CN_LAW, **known: Any) -> Cover:
    known.setdefault("purchased_at", None if "registered" in known else BOUGHT)
    return cover(product, at=clock(at), terms=terms, **known)


def until(found: Cover) -> str:
    return f"{found.state} {found.why} {found.covered_until}"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-22 23:59:59", "covered term 2026-11-22"),
        ("2026-11-23 00:00", "expired term 2026-11-22"),
    ],
)
def test_a_year_ends_with_the_day_of_the_same_date(lamp: Product, at: str, expected: str) -> None:
    assert until(covered(lamp, at)) == expected


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 22), 0, date(2026, 11, 22)),
    ],
)
def test_a_month_that_is_too_short_ends_with_its_last_day(start: date, months: int, last: date) -> None:
    assert add_months(start, months) == last


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 120), st.integers(0, 120))
def test_a_longer_term_never_ends_earlier(start: date, months: int, more: int) -> None:
    assert start <= add_months(start, months) <= add_months(start, months + more)
    assert add_months(start, months).day in {start.day, *range(28, start.day)}


def test_the_term_is_the_products_own_then_the_policys_and_that_of_a_part_before_both(
    shop: Shop, lamp: Product
) -> None:
    own = shop.sells("LAMP-2", warranty_months=24, warranty_parts={"battery": 6})
    assert covered(lamp).covered_until == date(2026, 11, 22)
    assert covered(own).covered_until == date(2027, 11, 22)
    assert until(covered(own, part="battery")) == "expired term 2026-05-22"
    assert covered(own, part="shade").covered_until == date(2027, 11, 22)
    parts = warranty_of(CN_LAW, parts={"motor": 36, "battery": 12})
    assert covered(own, terms=parts, part="motor").covered_until == date(2028, 11, 22)
    assert covered(own, terms=parts, part="battery").covered_until == date(2026, 5, 22)


def test_it_begins_as_the_policy_says_and_a_start_of_its_own_goes_first(
    lamp: Product, unit: RegisteredProduct
) -> None:
    by_delivery = warranty_of(CN_LAW, start=WarrantyStart.DELIVERED)
    came: dict[str, Any] = {"delivered_at": date(2025, 11, 30)}
    assert covered(lamp, terms=by_delivery, **came).covered_until == date(2026, 11, 30)
    assert covered(lamp, terms=CN_LAW, **came).covered_until == date(2026, 11, 22)
    assert covered(lamp, terms=CN_LAW, purchased_at=None, **came).covered_until == date(2026, 11, 30)
    unit.warranty_start = date(2026, 6, 1)
    assert covered(lamp, registered=unit, purchased_at=BOUGHT).covered_until == date(2027, 6, 1)


def test_without_any_date_nobody_can_say(lamp: Product) -> None:
    assert until(covered(lamp, purchased_at=None)) == "unknown no_date None"


def test_consumables_and_what_has_no_term_are_not_covered(shop: Shop) -> None:
    filters = shop.sells("FILTER", flags=["consumable"])
    assert until(covered(filters)) == "not_covered consumable None"
    assert covered(filters, terms=warranty_of(CN_LAW, consumables=True)).state == "covered"
    assert until(covered(shop.sells("GIFT", warranty_months=0))) == "not_covered no_term None"


def test_the_laws_two_years_outlast_a_shorter_promise(shop: Shop, lamp: Product) -> None:
    short = warranty_of(EU_14_DAYS, months=12)
    assert until(covered(lamp, "2026-11-22 12:00", short)) == "covered law 2027-11-22"
    assert covered(lamp, "2026-11-22 12:00", short).article == "2019/771 10"
    assert until(covered(lamp, "2027-11-23 12:00", short)) == "expired law 2027-11-22"
    filters = shop.sells("FILTER", flags=["consumable"])
    assert covered(filters, terms=short).why == "law"
    longer = warranty_of(EU_14_DAYS, months=36)
    assert until(covered(lamp, "2028-11-22 12:00", longer)) == "covered term 2028-11-22"
    assert until(covered(lamp, terms=ONE_YEAR_LIMITED_WARRANTY)) == "covered term 2026-11-22"


@pytest.mark.parametrize(
    ("terms", "at", "proves"),
    [
        (CN_LAW, "2026-05-22 12:00", True),
        (CN_LAW, "2026-05-23 12:00", False),
        (EU_14_DAYS, "2026-11-22 12:00", True),
        (EU_14_DAYS, "2026-11-23 12:00", False),
        (ONE_YEAR_LIMITED_WARRANTY, "2025-11-23 12:00", False),
    ],
)
def test_early_on_the_seller_has_to_prove_that_there_is_no_fault(
    lamp: Product, terms: Terms, at: str, proves: bool
) -> None:
    assert covered(lamp, at, terms).seller_proves is proves


def held(shop: Shop, unit: RegisteredProduct, since: str, until: str | None) -> None:
    claim = Claim.objects.create(
        kind="warranty", brand=shop.brand, customer=shop.customer, status="repairing"
    )
    ClaimLine.objects.create(claim=claim, registered=unit)
    ended: datetime | None = clock(until) if until else None
    Repair.objects.create(claim=claim, held_from=clock(since), held_until=ended)


def test_the_clock_stands_still_while_we_hold_the_unit(
    shop: Shop, lamp: Product, unit: RegisteredProduct
) -> None:
    unit.paused_days = 10
    unit.save()
    assert covered(lamp, registered=unit).covered_until == date(2026, 12, 2)
    held(shop, unit, "2026-11-17 12:00", None)
    now = covered(lamp, registered=unit)
    assert (now.covered_until, now.paused_days) == (date(2026, 12, 7), 15)
    assert covered(lamp, terms=warranty_of(CN_LAW, pauses=False), registered=unit).covered_until == date(
        2026, 11, 22
    )


@pytest.mark.parametrize(("repairs", "due"), [(0, False), (1, False), (2, True), (3, True)])
def test_two_repairs_open_the_way_to_another_unit_or_the_money(
    lamp: Product, unit: RegisteredProduct, repairs: int, due: bool
) -> None:
    unit.repairs = repairs
    found = covered(lamp, registered=unit)
    assert (found.repairs, found.swap_due) == (repairs, due)
    late = covered(lamp, "2026-11-23 12:00", registered=unit)
    assert (late.state, late.swap_due) == ("expired", False)


@pytest.mark.parametrize(("back", "due"), [("2026-09-30 12:00", False), ("2026-10-01 12:00", True)])
def test_a_repair_of_more_than_thirty_days_opens_it_too(
    shop: Shop, lamp: Product, unit: RegisteredProduct, back: str, due: bool
) -> None:
    held(shop, unit, "2026-08-31 12:00", back)
    assert covered(lamp, registered=unit).swap_due is due


def test_a_replacement_begins_a_term_of_its_own(lamp: Product, unit: RegisteredProduct) -> None:
    unit.paused_days, unit.repairs = 12, 2
    unit.save()
    restart(unit, on=date(2026, 11, 1), terms=CN_LAW)
    unit.refresh_from_db()
    found = covered(lamp, registered=unit)
    assert (found.covered_until, found.repairs, found.swap_due) == (date(2027, 11, 1), 0, False)


def test_where_the_terms_say_so_a_replacement_only_takes_over_the_rest(
    lamp: Product, unit: RegisteredProduct
) -> None:
    rest = warranty_of(CN_LAW, restarts=False)
    unit.warranty_start = BOUGHT
    restart(unit, on=date(2026, 11, 1), terms=rest)
    assert covered(lamp, terms=rest, registered=unit).covered_until == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("bought", "terms", "expected"),
    [
        (date(2026, 1, 1), CN_LAW, "pass brand_policy"),
        (date(2025, 1, 1), CN_LAW, "fail brand_policy"),
        (date(2025, 1, 1), warranty_of(EU_14_DAYS, months=6), "pass law"),
        (None, CN_LAW, "review data"),
    ],
)
def test_a_preview_says_whether_the_unit_is_covered(
    shop: Shop, unit: RegisteredProduct, bought: date | None, terms: Terms, expected: str
) -> None:
    unit.purchased_at = bought
    asked = Asked("warranty", shop.brand, shop.customer, None, (AskedLine(registered=unit, reason="fault"),))
    seen = ask(asked, terms, "2026-11-22 12:00")
    assert verdict(seen, "unit_covered") == expected
    assert seen.money.total == 0
    assert seen.evidence == [("photo",)]
    assert "proof_of_purchase" in seen.prepare


@pytest.mark.parametrize(
    ("proof", "field"),
    [("order", "order_record"), ("invoice", "invoice"), ("receipt", "receipt"), ("stated", "serial")],
)
def test_what_proves_the_purchase_is_said_by_the_policy(
    shop: Shop, unit: RegisteredProduct, proof: str, field: str
) -> None:
    unit.proof = proof
    asked = Asked("warranty", shop.brand, shop.customer, None, (AskedLine(registered=unit, reason="fault"),))
    without: dict[str, Any] = {field: False}
    strict = replace(CN_LAW, proof=replace(CN_LAW.proof, **without))
    at = "2026-01-05 12:00"
    assert verdict(ask(asked, CN_LAW, at), "purchase_proved") == "pass brand_policy"
    assert verdict(ask(asked, strict, at), "purchase_proved") == "review brand_policy"
    assert ask(asked, strict, at).outcome == "needs_review"


def test_an_order_line_is_covered_by_the_dates_of_its_order(shop: Shop) -> None:
    order = shop.lamp_delivered("2026-01-05 12:00", placed_at=clock("2026-01-02 12:00"))
    asked = shop.asks(order, kind="warranty", reason="fault")
    assert verdict(ask(asked, CN_LAW, "2027-01-02 12:00"), "unit_covered") == "pass brand_policy"
    assert verdict(ask(asked, CN_LAW, "2027-01-03 12:00"), "unit_covered") == "fail brand_policy"
    delivered = replace(CN_LAW, warranty=WarrantyTerms(start=WarrantyStart.DELIVERED))
    assert verdict(ask(asked, delivered, "2027-01-05 12:00"), "unit_covered") == "pass brand_policy"
