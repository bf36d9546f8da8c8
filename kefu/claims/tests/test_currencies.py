"""H2: money of one currency never lands on, or comes from, a balance of another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kefu.claims import finance, paying, refunding, reviewing, sending
from kefu.claims.models import Adjustment
from kefu.claims.models.claims import Destination
from kefu.claims.refusals import NotEligible
from kefu.claims.tests.desk import BY_HAND, Desk, publish, refund_of
from kefu.claims.tests.shop import ask
from kefu.orders.models import PaymentMethod
from kefu.people.models import Refused

ANYWHERE = replace(BY_HAND, money=replace(BY_HAND.money, destinations=tuple(Destination)))


def card_in(desk: Desk, currency: str) -> PaymentMethod:
    return PaymentMethod.objects.create(
        customer=desk.shop.customer,
        kind="gift_card",
        currency=currency,
        balance_minor=50_000,
        external_id=f"card-{currency}",
    )


def test_a_refund_goes_to_a_gift_card_of_its_own_currency_only(desk: Desk) -> None:
    publish(desk.shop, ANYWHERE)
    order, dollars = desk.order(), card_in(desk, "USD")
    with pytest.raises(NotEligible):
        desk.files(order, destination="gift_card", refund_to=dollars)
    claim = desk.files(order, destination="gift_card", refund_to=card_in(desk, "CNY"))
    assert claim.status == "under_review"


def test_a_gift_card_of_another_currency_is_no_place_for_the_money(desk: Desk) -> None:
    order, _dollars = desk.order(), card_in(desk, "USD")
    seen = ask(desk.shop.asks(order), ANYWHERE, "2026-11-22 10:00")
    assert "gift_card" not in seen.destinations
    card_in(desk, "CNY")
    assert "gift_card" in ask(desk.shop.asks(order), ANYWHERE, "2026-11-22 10:00").destinations


def test_a_difference_is_not_paid_from_a_balance_of_another_currency(desk: Desk) -> None:
    publish(desk.shop, ANYWHERE)
    order, dear = desk.order(), desk.shop.variant(desk.shop.product, "DEAR", 30_000)
    line = desk.shop.wants(order.lines.get(), wanted="exchange", new_variant=dear)
    with pytest.raises(NotEligible):
        desk.files(order, "exchange", lines=[line], refund_to=card_in(desk, "USD"))
    claim = desk.files(order, "exchange", lines=[line], refund_to=card_in(desk, "CNY"))
    assert claim.status == "under_review"


def test_what_is_owed_is_not_taken_from_a_balance_of_another_currency(desk: Desk) -> None:
    publish(desk.shop, ANYWHERE)
    claim, dollars = desk.files(desk.order()), card_in(desk, "USD")
    owes = Adjustment.objects.create(claim=claim, amount_minor=-100, why="paid_repair", method=dollars)
    assert not paying.pay(claim, owes)
    dollars.refresh_from_db()
    assert dollars.balance_minor == 50_000


def test_finance_sends_no_money_to_a_gift_card_of_another_currency(desk: Desk) -> None:
    publish(desk.shop, ANYWHERE)
    claim, dollars = desk.files(desk.order()), card_in(desk, "USD")
    reviewing.approve(claim, by=desk.supervisor)
    desk.takes_in(claim)
    refund = refund_of(claim)
    sending.send(refund.pk)
    finance.not_paid_by_hand(refund, by=desk.finance)
    with pytest.raises(Refused):
        finance.change_destination(
            refund, Destination.GIFT_CARD, by=desk.finance, consent="Agreed by phone.", method=dollars
        )
    with pytest.raises(Refused):
        refunding.Target.to(Destination.GIFT_CARD, desk.shop.customer, "CNY", dollars)
    dollars.refresh_from_db()
    assert dollars.balance_minor == 50_000
