"""What goes back, to the smallest unit, over one claim and over many."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.claims.case import Taken
from kefu.claims.presets import CN_LAW
from kefu.claims.preview import preview
from kefu.claims.reckoning import share_of
from kefu.claims.tests.shop import Shop, ask, clock, verdict
from kefu.lib.money import shares
from kefu.orders.models import OrderLine

IN_TIME = "2026-11-04 09:00"
DELIVERED = "2026-11-02 15:00"


@st.composite
def lines(draw: st.DrawFn) -> OrderLine:
    qty = draw(st.integers(1, 40))
    price = draw(st.integers(0, 2_000_000))
    discount = draw(st.integers(0, qty * price))
    return OrderLine(
        qty=qty, unit_price_minor=price, discount_minor=discount, tax_minor=draw(st.integers(0, 900_000))
    )


@given(lines(), st.data())
def test_however_a_line_is_taken_apart_its_parts_add_up_to_what_was_paid(
    line: OrderLine, data: st.DataObject
) -> None:
    taken, items_back, tax_back = Taken(), 0, 0
    while taken.qty < line.qty:
        qty = data.draw(st.integers(1, line.qty - taken.qty))
        items, tax = share_of(line, qty, taken)
        assert items >= 0
        assert 0 <= tax <= line.tax_minor
        items_back, tax_back = items_back + items, tax_back + tax
        taken = taken.with_(Taken(qty, items + tax))
    assert tax_back == line.tax_minor
    assert items_back == line.paid_minor - line.tax_minor


@given(lines(), st.data())
def test_a_claim_taken_back_leaves_its_part_to_the_others(line: OrderLine, data: st.DataObject) -> None:
    """Three claims, the first of which is withdrawn before the last: what is given back is still all, and no more."""
    first = data.draw(st.integers(1, line.qty))
    second = data.draw(st.integers(0, line.qty - first))
    share = share_of(line, first, Taken())
    kept = share_of(line, second, Taken(first, sum(share))) if second else (0, 0)
    rest = share_of(line, line.qty - second, Taken(second, sum(kept)))
    assert sum(kept) + sum(rest) == line.paid_minor


@given(lines(), st.integers(1, 40))
def test_one_part_never_differs_from_its_fair_share_by_more_than_one_unit(line: OrderLine, qty: int) -> None:
    qty = min(qty, line.qty)
    assert abs(sum(share_of(line, qty, Taken())) * line.qty - line.paid_minor * qty) < line.qty
    assert sum(share_of(line, qty, Taken())) in {
        shares(line.paid_minor, [qty, line.qty - qty])[0] if qty < line.qty else line.paid_minor
    }


def test_three_lamps_for_100_yuan_come_back_one_by_one_without_losing_a_fen(shop: Shop) -> None:
    order = shop.order(shop.line(qty=3, unit_price_minor=4000, discount_minor=2000))
    shop.delivered(order, clock(DELIVERED))
    line, back = order.lines.get(), []
    for _ in range(3):
        seen = ask(shop.asks(order, qty=1), CN_LAW, IN_TIME)
        back.append(seen.money.total)
        shop.claimed(line, 1, seen.money.total)
    assert sorted(back, reverse=True) == [3334, 3333, 3333]
    assert sum(back) == line.paid_minor
    assert verdict(ask(shop.asks(order, qty=1), CN_LAW, IN_TIME), "quantity_left") == "fail data"


def test_the_same_line_named_twice_in_one_claim_is_taken_once(shop: Shop) -> None:
    order = shop.order(shop.line(qty=3, unit_price_minor=3333, tax_minor=1))
    shop.delivered(order, clock(DELIVERED))
    line = order.lines.get()
    seen = ask(shop.asks(order, lines=[shop.wants(line, qty=1), shop.wants(line, qty=2)]), CN_LAW, IN_TIME)
    assert seen.money.total == 10_000 == sum(money.amount for money in seen.lines)
    assert seen.money.tax == 1
    seen = ask(shop.asks(order, lines=[shop.wants(line, qty=2), shop.wants(line, qty=2)]), CN_LAW, IN_TIME)
    assert verdict(seen, "quantity_left") == "pass data"
    assert [one.outcome for one in seen.verdicts if one.rule == "quantity_left"] == ["pass", "fail"]


@pytest.mark.parametrize(
    ("status", "kept", "left"),
    [
        ("approved", {}, 1),
        ("completed", {"acceptance": "accepted", "qty_accepted": 2}, 1),
        ("completed", {"acceptance": "accepted", "qty_accepted": 1}, 2),
        ("inspecting", {"acceptance": "accepted", "qty_accepted": 1}, 1),
        ("withdrawn", {}, 3),
        ("rejected", {}, 3),
        ("expired", {}, 3),
        ("closed", {}, 3),
        ("draft", {}, 3),
    ],
)
def test_what_earlier_claims_took_is_gone_and_what_they_left_is_there(
    shop: Shop, status: str, kept: dict[str, Any], left: int
) -> None:
    order = shop.order(shop.line(qty=3))
    shop.delivered(order, clock(DELIVERED))
    shop.claimed(order.lines.get(), 2, 20_000, status=status, **kept)
    assert verdict(ask(shop.asks(order, qty=left), CN_LAW, IN_TIME), "quantity_left") == "pass data"
    assert verdict(ask(shop.asks(order, qty=left + 1), CN_LAW, IN_TIME), "quantity_left") == "fail data"
    assert ask(shop.asks(order, qty=left), CN_LAW, IN_TIME).money.total == left * 10_000


def test_a_price_corrected_earlier_is_not_given_back_again_with_the_goods(shop: Shop) -> None:
    order = shop.lamp_delivered(DELIVERED)
    shop.claimed(order.lines.get(), 1, 1500, kind="refund_only", reason="price_correction")
    seen = ask(shop.asks(order), CN_LAW, IN_TIME)
    assert verdict(seen, "quantity_left") == "pass data"
    assert seen.money.total == 8500


def test_the_claim_that_is_asked_about_again_does_not_stand_in_its_own_way(shop: Shop) -> None:
    order = shop.lamp_delivered(DELIVERED)
    claim = shop.claimed(order.lines.get(), 1, 10_000)
    asked = shop.asks(order)
    assert verdict(ask(asked, CN_LAW, IN_TIME), "quantity_left") == "fail data"
    again = preview(asked, at=clock(IN_TIME), terms=CN_LAW, except_claim=claim)
    assert verdict(again, "quantity_left") == "pass data"
