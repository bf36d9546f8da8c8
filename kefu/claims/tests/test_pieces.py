"""H1 H2: however a request is cut into pieces, no more goes back and nobody decides on more than at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db.models import Sum

from kefu.claims import cancelling, changes, finance, goods, reviewing, sending
from kefu.claims.models import Claim, Refund
from kefu.claims.presets import CN_LAW, TAU_RETAIL
from kefu.claims.refusals import AboveLimit, NotEligible
from kefu.claims.terms import Terms
from kefu.claims.tests.desk import BY_HAND, STRICT, Desk, now, publish, refund_of
from kefu.claims.tests.shop import Shop
from kefu.events.models import Audit
from kefu.orders.models import Order, OrderLine
from kefu.people.models import Refused, Staff

ASKING_NO_PROOF = replace(BY_HAND, reasons=tuple(replace(one, evidence=()) for one in BY_HAND.reasons))
TRUSTING = replace(BY_HAND, approval=replace(BY_HAND.approval, before_goods=True))


def part_of_the_price(terms: Terms) -> str:
    """A reason for which a person sets the amount."""
    return next(one.code for one in terms.reasons if not one.whole and "refund_only" in one.kinds)


def given_back() -> int:
    return Refund.objects.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def two_lamps_and_a_dear_one(desk: Desk) -> tuple[Order, OrderLine]:
    dear = desk.shop.variant(desk.shop.product, "DEAR", 30_000)
    order = desk.order(lines=[desk.shop.line(qty=2), desk.shop.line(dear)])
    return order, order.lines.get(sku=desk.shop.lamp.sku)


@pytest.mark.parametrize("first", ["all of one", "a part of one"])
def test_a_row_named_twice_gives_back_no_more_than_was_paid_for_it(desk: Desk, first: str) -> None:
    publish(desk.shop, ASKING_NO_PROOF)
    order, lamps = two_lamps_and_a_dear_one(desk)
    whole = next(one.code for one in BY_HAND.reasons if one.whole and "refund_only" in one.kinds)
    part = part_of_the_price(BY_HAND)
    reasons = [whole if first == "all of one" else part, part]
    lines = [desk.shop.wants(lamps, qty=1, reason=reason) for reason in reasons]
    claim = desk.files(order, "refund_only", lines=lines)
    with pytest.raises(Refused):
        reviewing.approve(claim, by=desk.supervisor, amount_minor=lamps.paid_minor + 1)
    reviewing.approve(claim, by=desk.supervisor, amount_minor=lamps.paid_minor)
    assert given_back() == lamps.paid_minor


def test_what_was_paid_before_the_goods_were_lost_is_not_asked_for_again(desk: Desk) -> None:
    publish(desk.shop, TRUSTING)
    order, lamps = two_lamps_and_a_dear_one(desk)
    lost = desk.files(order, lines=[desk.shop.wants(lamps)])
    reviewing.approve(lost, by=desk.supervisor)
    desk.ships(lost)
    goods.give_up(lost, by=desk.supervisor, words="It never came.")
    assert given_back() == lamps.paid_minor
    with pytest.raises(NotEligible):
        desk.files(order, lines=[desk.shop.wants(lamps)])


def test_goods_that_were_lost_before_any_money_went_can_be_asked_for_again(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    order = desk.order()
    lost = desk.files(order)
    reviewing.approve(lost, by=desk.supervisor)
    desk.ships(lost)
    goods.give_up(lost, by=desk.supervisor, words="It never came.")
    assert now(desk.files(order)) == "under_review"


# -- before an order is sent


def half_cancelled(desk: Desk) -> Order:
    """Two lamps, of which one was cancelled and paid back."""
    publish(desk.shop, TAU_RETAIL)
    order = desk.shop.order(desk.shop.line(qty=2), status="pending")
    line = desk.shop.wants(order.lines.get(), qty=1, reason=_no_longer_needed())
    claim = desk.files(order, "cancellation", lines=[line])
    sending.send(refund_of(claim).pk)
    finance.paid_by_hand(refund_of(claim), "B-1", by=desk.finance)
    assert now(claim) == "completed"
    return order


def _no_longer_needed() -> str:
    return next(one.code for one in TAU_RETAIL.reasons if "cancellation" in one.kinds)


def test_a_row_of_which_something_was_cancelled_is_not_changed_for_a_cheaper_one(
    desk: Desk, shop: Shop
) -> None:
    order = half_cancelled(desk)
    shop.variant(shop.product, "CHEAP", 5_000)
    swap = changes.Swap(order.lines.get().pk, "CHEAP")
    with pytest.raises(Refused):
        changes.change_items(order, [swap], settle_with=shop.card.pk, by=shop.customer)
    assert given_back() == 10_000


def test_the_rest_of_an_order_is_cancelled_after_a_part_of_it(desk: Desk, shop: Shop) -> None:
    order = half_cancelled(desk)
    by = shop.customer
    rest = cancelling.cancel(order, reason=_no_longer_needed(), customer=by, channel="portal", by=by)
    assert rest.lines.get().qty == 1
    order.refresh_from_db()
    assert (order.status, given_back()) == ("cancelled", 20_000)
    with pytest.raises(NotEligible):
        cancelling.cancel(order, reason=_no_longer_needed(), customer=by, channel="portal", by=by)


# -- limits


def entered(desk: Desk, order: Order, by: Staff) -> Claim:
    line = desk.shop.wants(order.lines.get(), qty=1, reason=part_of_the_price(STRICT))
    return desk.files(order, "refund_only", by=by, lines=[line])


def test_an_agents_limit_holds_for_all_that_they_approve_of_one_order(desk: Desk) -> None:
    publish(desk.shop, STRICT)
    order = desk.order(lines=[desk.shop.line(qty=2)])
    reviewing.approve(entered(desk, order, desk.agent), by=desk.agent, amount_minor=3_000)
    reviewing.approve(entered(desk, order, desk.agent), by=desk.agent, amount_minor=2_000)
    third = entered(desk, order, desk.agent)
    with pytest.raises(AboveLimit):
        reviewing.approve(third, by=desk.agent, amount_minor=1)
    assert Audit.objects.filter(kind="claim.limit_refused").count() == 1
    reviewing.approve(third, by=desk.supervisor, amount_minor=1)
    assert given_back() == 5_001


def test_another_order_begins_a_sum_of_its_own(desk: Desk) -> None:
    publish(desk.shop, STRICT)
    for _ in range(2):
        claim = entered(desk, desk.order(), desk.agent)
        reviewing.approve(claim, by=desk.agent, amount_minor=5_000)
    assert given_back() == 10_000


def test_whoever_enters_and_approves_needs_a_second_one_for_the_sum_as_well(desk: Desk) -> None:
    publish(desk.shop, STRICT)
    dear = desk.shop.variant(desk.shop.product, "DEAR", 30_000)
    order = desk.order(lines=[desk.shop.line(dear)])
    first = entered(desk, order, desk.supervisor)
    reviewing.approve(first, by=desk.supervisor, amount_minor=20_000)
    with pytest.raises(AboveLimit):
        reviewing.approve(entered(desk, order, desk.supervisor), by=desk.supervisor, amount_minor=1)


def one_lamp_of(desk: Desk, order: Order) -> Claim:
    lamp = order.lines.get()
    return desk.files(order, lines=[desk.shop.wants(lamp, qty=1)])


UP_TO_TWO = replace(CN_LAW, approval=replace(CN_LAW.approval, automatic_up_to={"CNY": 20_000}))


def test_what_passes_by_itself_is_weighed_with_what_passed_of_the_same_order_before(desk: Desk) -> None:
    publish(desk.shop, UP_TO_TWO)
    order = desk.order(lines=[desk.shop.line(qty=3)])
    pieces = [one_lamp_of(desk, order) for _ in range(3)]
    assert [now(claim) for claim in pieces] == ["approved", "approved", "under_review"]
    assert now(one_lamp_of(desk, desk.order())) == "approved"


def test_what_was_withdrawn_or_let_pass_by_a_person_weighs_nothing(desk: Desk) -> None:
    publish(desk.shop, UP_TO_TWO)
    order = desk.order(lines=[desk.shop.line(qty=4)])
    withdrawn, _passed = one_lamp_of(desk, order), one_lamp_of(desk, order)
    reviewing.withdraw(withdrawn, by=desk.shop.customer)
    assert now(one_lamp_of(desk, order)) == "approved"
    third = one_lamp_of(desk, order)
    assert now(third) == "under_review"
    reviewing.approve(third, by=desk.supervisor)
    another = desk.order(lines=[desk.shop.line(qty=4)])
    by_a_person = desk.files(another, lines=[desk.shop.wants(another.lines.get(), qty=3)])
    reviewing.approve(by_a_person, by=desk.supervisor)
    assert now(one_lamp_of(desk, another)) == "approved"
