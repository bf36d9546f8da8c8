"""Goods come back: announced, counted, looked at, paid for; and what happens when something is not in order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kefu.claims import goods, reviewing
from kefu.claims.goods import Counted, Finding
from kefu.claims.models import Claim, Inspection
from kefu.claims.presets import BRAND_30_DAYS, CN_LAW
from kefu.claims.refusals import NotTheirs
from kefu.claims.tests.desk import BY_HAND, Desk, now, publish, refund_of
from kefu.people.models import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(desk: Desk) -> Claim:
    publish(desk.shop, CN_LAW)
    return desk.files(desk.order(lines=[desk.shop.line(qty=2)]))


def test_a_return_goes_from_the_parcel_to_the_money(desk: Desk, claim: Claim) -> None:
    desk.ships(claim)
    parcel = claim.shipments.get()
    assert (now(claim), parcel.paid_by, parcel.shipment.direction) == ("in_transit", "customer", "inbound")
    desk.receives(claim)
    parcel.shipment.refresh_from_db()
    assert (now(claim), parcel.shipment.status) == ("received", "delivered")
    desk.finds(claim, checklist={"unused": True}, disposition="restock")
    refund = refund_of(claim)
    assert (now(claim), refund.amount_minor, refund.state) == ("refunding", 20_000, "queued")
    assert claim.lines.get().disposition == "restock"


def test_what_is_missing_damaged_or_wrong_is_counted_by_line(desk: Desk, claim: Claim) -> None:
    desk.ships(claim)
    line = claim.lines.get()
    for wrong in (Counted(3), Counted(1, damaged=2), Counted(-1), Counted(0)):
        with pytest.raises(Refused):
            goods.receive(claim, {line.pk: wrong}, by=desk.warehouse)
    goods.receive(claim, {line.pk: Counted(1, damaged=1)}, by=desk.warehouse)
    line.refresh_from_db()
    assert (line.reception, line.qty_received, line.qty_damaged) == ("short", 1, 1)
    desk.finds(claim)
    assert now(claim) == "refunding"
    assert refund_of(claim).amount_minor == 10_000


def test_a_line_of_another_claim_counts_nothing(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    mine, other = desk.files(desk.order()), desk.files(desk.order())
    reviewing.approve(mine, by=desk.supervisor)
    desk.ships(mine)
    with pytest.raises(Refused):
        goods.receive(mine, {other.lines.get().pk: Counted(1)}, by=desk.warehouse)
    assert now(mine) == "in_transit"


def test_only_the_warehouse_receives_and_inspects(desk: Desk, claim: Claim) -> None:
    desk.ships(claim)
    counted = {line.pk: Counted(2) for line in claim.lines.all()}
    others: list[Any] = [desk.agent, desk.supervisor, desk.finance, desk.technician, desk.shop.customer]
    for other in others:
        with pytest.raises(NotTheirs):
            goods.receive(claim, counted, by=other)
    assert now(claim) == "in_transit"


def test_a_deduction_is_confirmed_by_finance_before_money_moves(desk: Desk, claim: Claim) -> None:
    desk.receives(desk.ships(claim))
    finding: dict[str, Any] = {
        "checklist": {"unused": False},
        "deduction_minor": 3_000,
        "deduction_reason": "Scratched",
    }
    desk.finds(claim, **finding)
    assert now(claim) == "partially_accepted"
    with pytest.raises(NotTheirs):
        goods.release(claim, by=desk.agent)
    goods.release(claim, by=desk.finance)
    refund = refund_of(claim)
    assert (now(claim), refund.amount_minor) == ("refunding", 17_000)
    assert refund.breakdown == {
        "items": 20_000,
        "tax": 0,
        "shipping": 0,
        "deduction": -3_000,
        "freight": 0,
    }


def test_what_would_have_been_taken_off_refused_goods_is_not_taken_off_the_others(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = desk.files(desk.order(lines=[desk.shop.line(), desk.shop.line()]))
    desk.receives(desk.ships(claim))
    goods.inspect(claim, by=desk.warehouse)
    fine, broken = claim.lines.all()
    goods.find(claim, fine.pk, Finding(1), by=desk.warehouse)
    offered = Finding(0, {"undamaged": False}, deduction_minor=3_000)
    goods.find(claim, broken.pk, offered, by=desk.warehouse)
    goods.conclude(claim, by=desk.warehouse)
    goods.release(claim, by=desk.finance)
    assert refund_of(claim).amount_minor == 10_000


def test_an_opened_box_is_no_ground_inside_the_right_that_the_law_gives(desk: Desk, claim: Claim) -> None:
    desk.receives(desk.ships(claim))
    goods.inspect(claim, by=desk.warehouse)
    line = claim.lines.get()
    for finding in (
        Finding(0, {"original_packaging": False}),
        Finding(2, {"original_packaging": False, "sealed": False, "unused": True}, deduction_minor=1),
    ):
        with pytest.raises(Refused, match="By law"):
            goods.find(claim, line.pk, finding, by=desk.warehouse)
    goods.find(claim, line.pk, Finding(0, {"original_packaging": False, "unused": False}), by=desk.warehouse)
    assert Inspection.objects.count() == 1


def test_a_promise_without_end_takes_nothing_of_the_right_that_the_law_gives(desk: Desk) -> None:
    publish(desk.shop, replace(BY_HAND, window=replace(BY_HAND.window, days=None)))
    claim = desk.files(desk.order())
    reviewing.approve(claim, by=desk.supervisor)
    desk.receives(desk.ships(claim))
    with pytest.raises(Refused, match="By law"):
        desk.finds(claim, accepted=0, checklist={"original_packaging": False})


def test_beyond_the_law_a_brand_may_ask_for_the_box(desk: Desk) -> None:
    publish(desk.shop, BRAND_30_DAYS)
    declared = {"unused": True, "original_packaging": True, "accessories": True}
    claim = desk.files(desk.order(days_ago=20), condition=declared)
    desk.receives(desk.ships(claim))
    desk.finds(claim, accepted=0, checklist={"original_packaging": False})
    assert now(claim) == "awaiting_customer_decision"


def test_without_a_ground_nothing_is_refused_and_every_line_is_looked_at(desk: Desk, claim: Claim) -> None:
    desk.receives(desk.ships(claim))
    goods.inspect(claim, by=desk.warehouse)
    line = claim.lines.get()
    for wrong in (Finding(1), Finding(3), Finding(2, {"unused": False}, deduction_minor=20_001)):
        with pytest.raises(Refused):
            goods.find(claim, line.pk, wrong, by=desk.warehouse)
    with pytest.raises(Refused, match="every item"):
        goods.conclude(claim, by=desk.warehouse)
    assert now(claim) == "inspecting"


@pytest.fixture
def refused(desk: Desk, claim: Claim) -> Claim:
    desk.receives(desk.ships(claim))
    desk.finds(claim, accepted=0, checklist={"unused": False}, deduction_minor=5_000)
    assert now(claim) == "awaiting_customer_decision"
    return claim


def test_the_customer_takes_the_deduction(desk: Desk, refused: Claim) -> None:
    with pytest.raises(NotTheirs):
        goods.accept_deduction(refused, by=desk.agent)
    goods.accept_deduction(refused, by=desk.shop.customer)
    assert now(refused) == "refunding"
    assert refund_of(refused).amount_minor == 15_000


def test_the_customer_wants_it_back(desk: Desk, refused: Claim) -> None:
    goods.send_back(refused, by=desk.shop.customer)
    goods.close(refused, by=desk.warehouse)
    assert now(refused) == "closed"
    assert not refused.refunds.exists()
    assert now(desk.files(refused.order)) == "approved"  # the goods are the customer's again


def test_a_supervisor_sides_with_the_customer(desk: Desk, refused: Claim) -> None:
    goods.dispute(refused, by=desk.shop.customer, words="It came so")
    with pytest.raises(Refused, match="findings"):
        reviewing.approve(refused, by=desk.supervisor)
    with pytest.raises(Refused, match="findings"):
        reviewing.withdraw(refused, by=desk.shop.customer)
    with pytest.raises(NotTheirs):
        goods.uphold(refused, by=desk.agent, words="Yes")
    goods.uphold(refused, by=desk.supervisor, words="It did come so")
    assert now(refused) == "refunding"
    assert refund_of(refused).amount_minor == 20_000


def test_a_supervisor_sides_with_the_warehouse_once(desk: Desk, refused: Claim) -> None:
    goods.dispute(refused, by=desk.shop.customer, words="It came so")
    goods.confirm_findings(refused, by=desk.supervisor, words="The photos show it")
    assert now(refused) == "awaiting_customer_decision"
    with pytest.raises(Refused, match="second time"):
        goods.dispute(refused, by=desk.shop.customer, words="No!")
    goods.send_back(refused, by=desk.shop.customer)
    assert now(refused) == "returned_to_customer"


def test_a_supervisor_gives_up_on_goods_that_never_come(desk: Desk, claim: Claim) -> None:
    desk.ships(claim)
    with pytest.raises(NotTheirs):
        goods.give_up(claim, by=desk.agent, words="Lost")
    goods.give_up(claim, by=desk.supervisor, words="The carrier lost it")
    assert (now(claim), claim.lines.get().reception) == ("closed", "lost")


def test_where_the_policy_trusts_them_the_money_goes_first_and_not_twice(desk: Desk) -> None:
    publish(desk.shop, replace(CN_LAW, approval=replace(CN_LAW.approval, before_goods=True)))
    claim = desk.ships(desk.files(desk.order()))
    assert refund_of(claim).amount_minor == 10_000
    assert now(claim) == "in_transit"
    desk.finds(desk.receives(claim))
    assert now(claim) == "refunding"
    assert claim.refunds.count() == 1
