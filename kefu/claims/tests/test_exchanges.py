"""One thing for another: at the same price, a cheaper and a dearer one, and when it cannot be had any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from kefu.claims import exchanging, goods, lapsing, parcels
from kefu.claims.models import Adjustment, Claim, ClaimShipment
from kefu.claims.presets import CN_LAW
from kefu.claims.refusals import NotTheirs
from kefu.claims.tests.desk import Desk, back_then, now, publish, refund_of
from kefu.orders.models import PaymentMethod, Shipment, Variant
from kefu.people.models import Refused

pytestmark = pytest.mark.django_db
REPLACEMENT = ClaimShipment.Why.REPLACEMENT
TERMS = replace(
    CN_LAW,
    window=replace(CN_LAW.window, accept_exchanges=True),
    exchange=replace(CN_LAW.exchange, any_method=True),
)


def asked_for(desk: Desk, price: int, method: PaymentMethod | None = None) -> Claim:
    """The lamp for another that costs so much."""
    new = desk.shop.variant(desk.shop.product, f"LAMP-{price}", price=price)
    given = {"refund_to": method} if method else {}
    return desk.files(desk.order(), "exchange", wanted="exchange", new_variant=new, **given)


def gift_card(desk: Desk, balance: int) -> PaymentMethod:
    return PaymentMethod.objects.create(
        customer=desk.shop.customer, kind="gift_card", currency="CNY", balance_minor=balance
    )


def arrives(desk: Desk, claim: Claim) -> None:
    parcels.send(claim, REPLACEMENT, by=desk.warehouse, carrier="sf", tracking_no="SF9")
    exchanging.deliver(claim, by=desk.warehouse)


def test_an_even_exchange_goes_through_without_money(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    claim = desk.takes_in(asked_for(desk, 10_000))
    assert now(claim) == "replacing"
    with pytest.raises(Refused, match="not been sent"):
        exchanging.deliver(claim, by=desk.warehouse)
    arrives(desk, claim)
    assert now(claim) == "delivered"
    exchanging.complete(claim, by=desk.shop.customer)
    assert now(claim) == "completed"
    assert not claim.refunds.exists()


def test_a_cheaper_one_pays_back_the_difference_and_does_not_wait_for_it(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    claim = desk.takes_in(asked_for(desk, 7_500))
    refund = refund_of(claim)
    assert (now(claim), refund.amount_minor, refund.why) == ("replacing", 2_500, "exchange_difference")


def test_a_dearer_one_is_paid_from_the_balance_that_the_customer_chose(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    card = gift_card(desk, 3_000)
    claim = desk.takes_in(asked_for(desk, 12_000, card))
    card.refresh_from_db()
    assert (now(claim), card.balance_minor) == ("replacing", 1_000)
    assert claim.order and claim.order.payments.get(method=card).captured_minor == 2_000


def test_a_dearer_one_waits_until_finance_has_seen_the_money(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    claim = desk.takes_in(asked_for(desk, 12_000, desk.shop.card))
    assert now(claim) == "settling_difference"
    with pytest.raises(Refused, match="not been paid"):
        exchanging.replace(claim, by=desk.finance)
    with pytest.raises(NotTheirs):
        exchanging.difference_paid(claim, by=desk.agent, reference="B-1")
    exchanging.difference_paid(claim, by=desk.finance, reference="B-1")
    owed = Adjustment.objects.get(claim=claim)
    assert (now(claim), owed.amount_minor, owed.reference) == ("replacing", -2_000, "B-1")


@pytest.mark.parametrize(
    ("price", "stands", "asked"),
    [
        (10_000, "settling_difference", 1_500),
        (12_000, "settling_difference", 3_500),
        (9_000, "settling_difference", 500),
    ],
)
def test_what_the_inspection_took_off_is_paid_on_top_before_anything_is_sent(
    desk: Desk, price: int, stands: str, asked: int
) -> None:
    publish(desk.shop, TERMS)
    claim = comes_back_worn(desk, asked_for(desk, price, desk.shop.card))
    assert now(claim) == stands
    assert not claim.refunds.exists()
    assert claim.adjustments.get().amount_minor == -asked
    exchanging.difference_paid(claim, by=desk.finance, reference="B-1")
    assert now(claim) == "replacing"


def test_what_was_taken_off_lessens_what_a_cheaper_one_brings_back(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    refund = refund_of(comes_back_worn(desk, asked_for(desk, 7_500)))
    assert refund.amount_minor == 1_000
    assert {part: sum_ for part, sum_ in refund.breakdown.items() if sum_} == {
        "items": 2_500,
        "deduction": -1_500,
    }


def test_money_after_all_keeps_what_was_taken_off_and_gives_back_what_was_paid_for_it(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    claim = comes_back_worn(desk, asked_for(desk, 12_000, desk.shop.card))
    exchanging.difference_paid(claim, by=desk.finance, reference="B-1")
    exchanging.refund_instead(claim, by=desk.supervisor, words="Sold out")
    assert sum(refund.amount_minor for refund in claim.refunds.all()) == 10_000 - 1_500 + 3_500


def comes_back_worn(desk: Desk, claim: Claim) -> Claim:
    """Taken, with 15.00 off."""
    return desk.finds(desk.receives(desk.ships(claim)), checklist={"unused": False}, deduction_minor=1_500)


def test_what_cannot_be_had_any_more_becomes_money_with_what_was_paid_on_top(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    card = gift_card(desk, 3_000)
    claim = desk.receives(desk.ships(asked_for(desk, 12_000, card)))
    Variant.objects.filter(sku="LAMP-12000").update(available=False)
    desk.finds(claim)
    assert now(claim) == "settling_difference"
    with pytest.raises(Refused, match="not available"):
        exchanging.replace(claim, by=desk.finance)
    with pytest.raises(NotTheirs):
        exchanging.refund_instead(claim, by=desk.agent, words="Gone")
    exchanging.refund_instead(claim, by=desk.supervisor, words="It is sold out")
    assert now(claim) == "refunding"
    assert sum(refund.amount_minor for refund in claim.refunds.all()) == 12_000
    card.refresh_from_db()
    assert card.balance_minor == 3_000


def test_half_of_it_accepted_is_half_of_the_difference(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    cheap = desk.shop.variant(desk.shop.product, "LAMP-C", price=9_000)
    order = desk.order(lines=[desk.shop.line(qty=2)])
    claim = desk.files(order, "exchange", wanted="exchange", new_variant=cheap)
    desk.finds(desk.receives(desk.ships(claim)), accepted=1, checklist={"unused": False})
    assert now(claim) == "replacing"
    assert refund_of(claim).amount_minor == 1_000


def test_nothing_accepted_leaves_the_choice_to_the_customer(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    claim = desk.receives(desk.ships(asked_for(desk, 10_000)))
    desk.finds(claim, accepted=0, checklist={"unused": False}, deduction_minor=1_000)
    goods.accept_deduction(claim, by=desk.shop.customer)
    assert now(claim) == "refunding"
    assert refund_of(claim).amount_minor == 9_000


def test_where_the_policy_trusts_them_the_replacement_leaves_at_once(desk: Desk) -> None:
    publish(desk.shop, replace(TERMS, exchange=replace(TERMS.exchange, advance=True)))
    claim = asked_for(desk, 10_000)
    assert now(claim) == "approved"
    parcels.send(claim, REPLACEMENT, by=desk.warehouse, carrier="sf", tracking_no="SF9")
    Shipment.objects.filter(tracking_no="SF9").update(delivered_at=timezone.now(), status="delivered")
    desk.takes_in(claim)
    assert now(claim) == "delivered"
    assert claim.shipments.filter(why=REPLACEMENT).count() == 1


def test_a_replacement_that_has_not_left_stays_when_nothing_comes(desk: Desk) -> None:
    publish(desk.shop, replace(TERMS, exchange=replace(TERMS.exchange, advance=True)))
    claim = asked_for(desk, 10_000)
    back_then(claim, answer_by=timezone.now() - timedelta(minutes=1))
    lapsing.look(timezone.now())
    assert now(claim) == "expired"
    assert not Adjustment.objects.filter(claim=claim).exists()
    assert claim.shipments.get(why=REPLACEMENT).shipment.status == "cancelled"
