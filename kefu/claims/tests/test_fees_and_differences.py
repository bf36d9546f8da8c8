"""What is beside the price: fees, freight, what sending cost, the difference of an exchange, and limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kefu.claims.asked import Preview
from kefu.claims.models import Refund
from kefu.claims.presets import BRAND_30_DAYS, CN_LAW, EU_14_DAYS
from kefu.claims.termchoices import LawProfile, PriceDifference
from kefu.claims.terms import Exchange, Terms
from kefu.claims.tests.shop import Shop, ask, clock, verdict
from kefu.orders.models import Payment, PaymentMethod

IN_TIME, LATER = "2026-11-04 09:00", "2026-11-20 09:00"
DELIVERED = "2026-11-02 15:00"


def with_fee(terms: Terms, basis_points: int = 1000) -> Terms:
    return replace(terms, money=replace(terms.money, restocking_fee_bp=basis_points))


def test_a_restocking_fee_is_never_taken_inside_the_right_of_the_law(shop: Shop) -> None:
    asked = shop.asks(shop.lamp_delivered(DELIVERED))
    terms = with_fee(BRAND_30_DAYS)
    assert ask(asked, terms, IN_TIME).money.deduction == 0
    later = ask(asked, terms, LATER)
    assert (later.money.deduction, later.money.total) == (-1000, 9000)
    assert later.lines[0].deduction == -1000


def test_a_restocking_fee_is_never_taken_for_what_is_our_fault_nor_from_an_exchange(shop: Shop) -> None:
    order = shop.lamp_delivered(DELIVERED)
    terms = with_fee(replace(BRAND_30_DAYS, law_profile=LawProfile.NONE))
    assert ask(shop.asks(order, reason="defective"), terms, LATER).money.deduction == 0
    swapped = shop.asks(order, kind="exchange", new_variant=shop.lamp)
    assert ask(swapped, terms, LATER).money.total == 0
    assert ask(shop.asks(order), terms, LATER).money.deduction == -1000


@pytest.mark.parametrize(
    ("reason", "payer", "freight"),
    [
        ("changed_mind", "customer", -1200),
        ("other", "customer", -1200),
        ("defective", "merchant", 0),
        ("damaged", "merchant", 0),
        ("wrong_item", "merchant", 0),
    ],
)
def test_who_is_at_fault_pays_the_freight(shop: Shop, reason: str, payer: str, freight: int) -> None:
    terms = replace(CN_LAW, money=replace(CN_LAW.money, label_fee={"CNY": 1200}))
    seen = ask(shop.asks(shop.lamp_delivered(DELIVERED), reason=reason), terms, IN_TIME)
    assert (seen.freight_payer, seen.money.freight) == (payer, freight)
    assert seen.money.total == 10_000 + freight
    assert f"freight.{payer}" in seen.prepare


def test_one_faulty_thing_in_the_parcel_makes_the_freight_ours(shop: Shop) -> None:
    order = shop.order(shop.line(), shop.line())
    shop.delivered(order, clock(DELIVERED))
    one, other = order.lines.all()
    terms = replace(CN_LAW, money=replace(CN_LAW.money, label_fee={"CNY": 1200}))
    asked = shop.asks(order, lines=[shop.wants(one), shop.wants(other, reason="damaged")])
    seen = ask(asked, terms, IN_TIME)
    assert (seen.freight_payer, seen.money.freight) == ("merchant", 0)


def test_a_label_never_costs_more_than_what_comes_back_and_only_in_its_own_currency(shop: Shop) -> None:
    cheap = shop.order(shop.line(unit_price_minor=300))
    shop.delivered(cheap, clock(DELIVERED))
    terms = replace(CN_LAW, money=replace(CN_LAW.money, label_fee={"CNY": 1200}))
    assert ask(shop.asks(cheap), terms, IN_TIME).money.total == 0
    in_dollars = replace(CN_LAW, money=replace(CN_LAW.money, label_fee={"USD": 1200}))
    assert ask(shop.asks(cheap), in_dollars, IN_TIME).money.total == 300


# -- what sending the order out cost


def test_in_the_union_the_whole_order_brings_its_shipping_back_and_a_part_of_it_does_not(shop: Shop) -> None:
    order = shop.order(shop.line(qty=2), shipping=990)
    shop.delivered(order, clock(DELIVERED))
    whole, part = shop.asks(order), shop.asks(order, qty=1)
    assert ask(whole, EU_14_DAYS, IN_TIME).money.shipping == 990
    assert ask(whole, EU_14_DAYS, IN_TIME).money.total == 20_990
    assert ask(part, EU_14_DAYS, IN_TIME).money.shipping == 0
    assert ask(whole, CN_LAW, IN_TIME).money.shipping == 0
    assert ask(shop.asks(order, reason="defective"), CN_LAW, IN_TIME).money.shipping == 990


def test_shipping_comes_back_with_the_last_part_and_only_once(shop: Shop) -> None:
    order = shop.order(shop.line(qty=2), shipping=990)
    shop.delivered(order, clock(DELIVERED))
    shop.claimed(order.lines.get(), 1, 10_000)
    asked = shop.asks(order, qty=1)
    assert ask(asked, EU_14_DAYS, IN_TIME).money.shipping == 990
    refund = Refund.objects.create(
        order=order,
        payment=order.payments.get(),
        amount_minor=400,
        currency="CNY",
        breakdown={"shipping": 400},
        provider="manual",
        request_no="1",
    )
    assert ask(asked, EU_14_DAYS, IN_TIME).money.shipping == 590
    Refund.objects.filter(pk=refund.pk).update(state="cancelled")
    assert ask(asked, EU_14_DAYS, IN_TIME).money.shipping == 990


def test_an_order_of_which_something_was_exchanged_is_not_given_back_whole(shop: Shop) -> None:
    order = shop.order(shop.line(qty=2), shipping=990)
    shop.delivered(order, clock(DELIVERED))
    shop.claimed(order.lines.get(), 1, 10_000, kind="exchange")
    assert ask(shop.asks(order, qty=1), EU_14_DAYS, IN_TIME).money.shipping == 0


def test_a_cancelled_order_gives_all_of_it_back(shop: Shop) -> None:
    order = shop.order(shop.line(qty=2, discount_minor=1, tax_minor=2), status="pending", shipping=990)
    seen = ask(shop.asks(order, kind="cancellation", reason="no_longer_needed"), CN_LAW, IN_TIME)
    assert seen.outcome == "eligible", seen.verdicts
    assert seen.money.as_dict() == {
        "items": 19_999,
        "tax": 2,
        "shipping": 990,
        "deduction": 0,
        "freight": 0,
    }
    assert seen.money.total == order.payments.get().captured_minor


# -- exchange


def exchanged(shop: Shop, price: int, terms: Terms = CN_LAW, **asked: Any) -> Preview:
    new = shop.variant(shop.product, f"LAMP-{price}", price)
    order = shop.lamp_delivered(DELIVERED)
    return ask(shop.asks(order, kind="exchange", new_variant=new, **asked), terms, IN_TIME)


def test_a_dearer_item_costs_the_difference_and_a_cheaper_one_brings_it_back(shop: Shop) -> None:
    dearer, cheaper = exchanged(shop, 12_500), exchanged(shop, 7_001)
    assert (dearer.money.difference, dearer.money.total) == (2_500, 0)
    assert "means_for_difference" in dearer.prepare
    assert (cheaper.money.difference, cheaper.money.total, cheaper.money.items) == (-2_999, 2_999, 2_999)
    assert (cheaper.lines[0].new_price, cheaper.lines[0].amount) == (7_001, 10_000)


def test_a_faulty_item_replaced_by_the_same_costs_nothing_more_though_its_price_rose(shop: Shop) -> None:
    order = shop.lamp_delivered(DELIVERED)
    shop.lamp.price_minor = 15_000
    shop.lamp.save()
    faulty = shop.asks(order, kind="exchange", new_variant=shop.lamp, reason="defective")
    wished = shop.asks(order, kind="exchange", new_variant=shop.lamp)
    assert ask(faulty, CN_LAW, IN_TIME).money.difference == 0
    assert ask(wished, CN_LAW, IN_TIME).money.difference == 5_000


def test_where_only_the_same_price_is_allowed_another_is_refused(shop: Shop) -> None:
    terms = replace(CN_LAW, exchange=Exchange(price_difference=PriceDifference.EQUAL_ONLY))
    assert verdict(exchanged(shop, 10_000, terms), "price_allowed") == "pass data"
    assert verdict(exchanged(shop, 10_001, terms), "price_allowed") == "fail data"


def test_a_gift_card_must_be_worth_the_difference(shop: Shop) -> None:
    card = PaymentMethod.objects.create(
        customer=shop.customer, kind="gift_card", balance_minor=2_500, currency="CNY"
    )
    assert verdict(exchanged(shop, 12_500, refund_to=card), "difference_can_be_paid") == "pass data"
    assert verdict(exchanged(shop, 12_501, refund_to=card), "difference_can_be_paid") == "fail data"


# -- limits


def test_what_is_worth_more_than_the_limit_or_in_another_currency_waits_for_a_person(shop: Shop) -> None:
    order = shop.lamp_delivered(DELIVERED)
    for limit, automatic in (({"CNY": 10_000}, True), ({"CNY": 9_999}, False), ({"EUR": 10**9}, False)):
        terms = replace(CN_LAW, approval=replace(CN_LAW.approval, automatic_up_to=limit))
        seen = ask(shop.asks(order), terms, IN_TIME)
        assert (seen.outcome, seen.automatic) == ("eligible", automatic)
        swapped = ask(shop.asks(order, kind="exchange", new_variant=shop.lamp), terms, IN_TIME)
        assert swapped.automatic is automatic


def test_more_than_was_paid_is_looked_at_by_a_person(shop: Shop) -> None:
    order = shop.lamp_delivered(DELIVERED)
    assert verdict(ask(shop.asks(order), CN_LAW, IN_TIME), "payments_cover_it") == "pass data"
    Payment.objects.update(returned_minor=1)
    assert verdict(ask(shop.asks(order), CN_LAW, IN_TIME), "payments_cover_it") == "review data"
