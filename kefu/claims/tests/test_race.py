"""Many at once on one payment: never more goes back than was captured, and what is refused leaves nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.db.models import Sum

from kefu.claims import evidencing, exchanging, filing, refunding, reviewing
from kefu.claims.models import Claim, Refund
from kefu.claims.presets import CN_LAW
from kefu.claims.refusals import Illegal, NotEligible
from kefu.claims.tests.desk import BY_HAND, AskedLine, Desk, publish, uploaded
from kefu.claims.tests.test_advances import kept
from kefu.lib.money import Money
from kefu.orders.models import Order, OrderLine, Payment, RegisteredProduct
from kefu.people.models import Refused, Staff

THREADS, EACH = 50, 200


@pytest.fixture
def there(committed: None, request: pytest.FixtureRequest) -> Desk:
    found: Desk = request.getfixturevalue("desk")
    return found


def at_once(work: Any, many: int) -> list[Any]:
    def alone(place: int) -> Any:
        try:
            return work(place)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(alone, range(many)))


def test_fifty_colleagues_give_back_two_hundred_times_each_from_one_payment(
    there: Desk, finance: Staff
) -> None:
    order = there.shop.order()
    captured = Payment.objects.get(order=order).captured_minor
    most = captured // 7

    def give(_place: int) -> int:
        mine = Order.objects.get(pk=order.pk)
        given = 0
        for _ in range(EACH):
            try:
                refunding.give(mine, Money(7, "CNY"), by=finance)
                given += 1
            except Refused:
                if Payment.objects.get(order=order).left_minor >= 7:
                    raise
        return given

    given = at_once(give, THREADS)
    payment = Payment.objects.get(order=order)
    assert sum(given) == most == Refund.objects.count()
    assert Refund.objects.aggregate(sum=Sum("amount_minor"))["sum"] == payment.returned_minor == most * 7
    assert payment.returned_minor <= captured


def test_of_many_who_claim_the_same_unit_one_gets_it(there: Desk) -> None:
    publish(there.shop, CN_LAW)
    order = there.order()
    asked = there.shop.asks(order)
    drafts = [filing.draft(asked, by=there.shop.customer).pk for _ in range(12)]

    def submit(place: int) -> str:
        claim = Claim.objects.get(pk=drafts[place])
        try:
            filing.submit(claim, by=claim.customer)
        except NotEligible:
            return "refused"
        return "taken"

    assert sorted(at_once(submit, 12)) == ["refused"] * 11 + ["taken"]
    assert Claim.objects.exclude(status="draft").count() == 1


def test_of_two_who_decide_at_once_one_does(there: Desk, supervisor: Staff) -> None:
    publish(there.shop, BY_HAND)
    claims = [there.files(there.shop.order(status="pending"), "cancellation", reason="no_longer_needed")]

    def decide(place: int) -> str:
        claim = Claim.objects.get(pk=claims[0].pk)
        try:
            if place % 2:
                reviewing.approve(claim, by=supervisor)
            else:
                reviewing.reject(claim, by=supervisor, words="No")
        except Illegal:
            return "late"
        return "done"

    assert sorted(at_once(decide, 8)) == ["done"] + ["late"] * 7
    claim = Claim.objects.get()
    assert claim.steps.count() == claim.steps_taken
    assert claim.refunds.count() == (0 if claim.status == "rejected" else 1)
    assert OrderLine.objects.count() == 1


def test_of_several_who_record_and_waive_it_at_once_one_does(there: Desk) -> None:
    claim = kept(there)

    def settle(place: int) -> bool:
        mine = Claim.objects.get(pk=claim.pk)
        try:
            if place % 2:
                exchanging.advance_paid(mine, by=there.finance, reference=f"B-{place}")
            else:
                exchanging.waive_advance(mine, by=there.supervisor, words="Kind")
        except Refused:
            return False
        return True

    assert sorted(at_once(settle, 8)) == [False] * 7 + [True]
    paid = claim.adjustments.get().state == "paid"
    assert Payment.objects.filter(order=claim.order).count() == 1 + paid


def test_of_several_claims_for_one_unit_handed_in_at_once_one_is_taken(there: Desk) -> None:
    publish(there.shop, CN_LAW)
    customer = there.shop.customer
    unit = RegisteredProduct.objects.create(product=there.shop.product, serial="SN-1", customer=customer)
    line = AskedLine(registered=unit, reason="fault", wanted="repair")
    drafts = [filing.draft(there.shop.asks(None, "warranty", lines=[line]), by=customer) for _ in range(6)]
    for claim in drafts:
        evidencing.hand_in(claim, uploaded(customer), "photo", by=customer)

    def hand_in(place: int) -> bool:
        try:
            filing.submit(Claim.objects.get(pk=drafts[place].pk), by=customer)
        except NotEligible:
            return False
        return True

    assert at_once(hand_in, len(drafts)).count(True) == 1
    assert Claim.objects.exclude(status="draft").count() == 1
