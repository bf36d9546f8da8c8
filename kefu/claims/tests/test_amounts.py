"""What would come back, told before anybody has asked: to the cent what a claim for it is then reckoned at."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kefu.claims import owed
from kefu.claims.amounts import Amounts, amounts, parts
from kefu.claims.machines import Kind
from kefu.claims.models import Claim, Policy, Refund
from kefu.claims.presets import CN_LAW
from kefu.claims.termchoices import ShippingBack
from kefu.claims.tests.desk import Desk, publish
from kefu.events.models import Event
from kefu.orders.models import Order, Payment

DEAR = replace(
    CN_LAW,
    money=replace(
        CN_LAW.money, shipping_back=ShippingBack.WHOLE_ORDER, label_fee={"CNY": 800}, restocking_fee_bp=0
    ),
)


def told(order: Order) -> Amounts:
    found = amounts(order, order.customer, at=timezone.now())
    assert found is not None
    return found


def test_each_item_and_everything_together_are_reckoned_as_a_claim_for_them_is(desk: Desk) -> None:
    publish(desk.shop, DEAR)
    lines = [desk.shop.line(qty=3, discount_minor=1), desk.shop.line(qty=1, unit_price_minor=1_999)]
    order = desk.order(lines=lines, shipping=1_200)
    found = told(order)
    first, second = order.lines.order_by("position")
    assert found.kind == Kind.RETURN
    assert [found.of[line.pk][0] for line in (first, second)] == [3, 1]
    assert found.of[second.pk][1].total == 1_999 - 800
    assert found.together is not None
    assert found.together.total == 29_999 + 1_999 + 1_200 - 800
    assert [amount for _name, amount in parts(found.together)][-2:] == [1_200, -800]
    claim = desk.files(order)
    assert owed.value(claim).minor == found.together.total


def test_what_was_given_back_before_is_not_told_again(desk: Desk) -> None:
    publish(desk.shop, DEAR)
    order = desk.order(lines=[desk.shop.line(qty=3)])
    line = order.lines.get()
    desk.shop.claimed(line, 2, 20_000)
    qty, money = told(order).of[line.pk]
    assert (qty, money.items + money.tax) == (1, 10_000)
    desk.shop.claimed(line, 1, 10_000)
    assert amounts(order, order.customer, at=timezone.now()) is None


def test_more_than_is_left_of_the_payment_is_not_told(desk: Desk) -> None:
    publish(desk.shop, DEAR)
    order = desk.order()
    Payment.objects.update(captured_minor=9_000)
    assert amounts(order, order.customer, at=timezone.now()) is None
    Payment.objects.all().delete()
    assert told(order).of.keys() == {order.lines.get().pk}  # what a shop did not tell is not nothing


def test_before_it_leaves_all_of_it_comes_back(desk: Desk) -> None:
    publish(desk.shop, DEAR)
    order = desk.shop.order(status="pending", shipping=1_200)
    found = told(order)
    assert (found.kind, found.together) == (Kind.CANCELLATION, None)
    assert found.of[order.lines.get().pk][1].total == 11_200


def test_nothing_is_told_where_no_policy_says_so_or_it_is_too_late(desk: Desk) -> None:
    Policy.objects.all().delete()
    order = desk.order()
    assert amounts(order, order.customer, at=timezone.now()) is None
    publish(desk.shop, replace(DEAR, window=replace(DEAR.window, accept_returns=False)))
    assert amounts(desk.order(status="cancelled"), order.customer, at=timezone.now()) is None


def test_telling_creates_nothing(desk: Desk) -> None:
    publish(desk.shop, DEAR)
    order = desk.order()
    before = Event.objects.count()
    with CaptureQueriesContext(connection) as asked:
        told(order)
    assert not [query["sql"] for query in asked if not query["sql"].startswith("SELECT")]
    assert (Claim.objects.count(), Refund.objects.count(), Event.objects.count()) == (0, 0, before)


@pytest.mark.parametrize("lines", [1, 4])
def test_the_queries_grow_with_what_is_told_and_no_more(desk: Desk, lines: int) -> None:
    publish(desk.shop, DEAR)
    order = desk.order(lines=[desk.shop.line(qty=1) for _each in range(lines)])
    with CaptureQueriesContext(connection) as asked:
        told(order)
    assert len(asked) <= 1 + 16 * (lines + 2)
