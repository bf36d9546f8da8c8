"""What a customer changes before shipment: the money to the smallest unit, and every refusal without a trace."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connections
from django.utils import timezone

from kefu.claims import changes
from kefu.claims.changes import Swap
from kefu.claims.machines import Status
from kefu.claims.models import Claim, OrderChange, Policy, Refund, RefundState
from kefu.claims.models.claims import Destination
from kefu.claims.presets import TAU_RETAIL
from kefu.claims.preview import preview
from kefu.claims.refusals import Incomplete, Stale
from kefu.claims.termchoices import PriceDifference
from kefu.claims.terms import BeforeShipment, Exchange, MoneyTerms
from kefu.claims.testing import published
from kefu.claims.tests.shop import Shop
from kefu.events.models import Event
from kefu.orders.models import (
    CreditEntry,
    MethodKind,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentMethod,
    Variant,
)
from kefu.people.models import Brand, Customer, Refused

ADDRESS = {"line1": "1 New Road", "city": "Suzhou", "region": "Jiangsu", "postal_code": "215000"}


@pytest.fixture
def policy(brand: Brand) -> Policy:
    return published(brand)


@pytest.fixture
def order(shop: Shop, policy: Policy) -> Order:
    """Two lamps, a row each, not sent yet, 200.00 yuan by card."""
    return shop.order(shop.line(), shop.line(), status="pending")


@pytest.fixture
def black(shop: Shop) -> Variant:
    return shop.variant(shop.product, "LAMP-1-B", 12_500)


@pytest.fixture
def cheap(shop: Shop) -> Variant:
    return shop.variant(shop.product, "LAMP-1-C", 7_999)


@pytest.fixture
def gift_card(lin: Customer) -> PaymentMethod:
    return stored(lin, 30_000)


def stored(customer: Customer, balance: int, currency: str = "CNY") -> PaymentMethod:
    return PaymentMethod.objects.create(
        customer=customer, kind=MethodKind.GIFT_CARD, currency=currency, balance_minor=balance
    )


def wallet(customer: Customer) -> PaymentMethod:
    return PaymentMethod.objects.create(customer=customer, kind=MethodKind.WALLET, label="paypal")


def first(order: Order) -> OrderLine:
    line = order.lines.first()
    assert line is not None
    return line


def everything() -> dict[str, list[Any]]:
    return {
        model.__name__: sorted(map(str, model._base_manager.values_list()))
        for label in ("orders", "claims", "events")
        for model in apps.get_app_config(label).get_models()
        if model._meta.managed
    }


def refused(act: Callable[[], Any]) -> Refused:
    """What was said; and nothing is there that was not before."""
    before = everything()
    with pytest.raises(Refused) as told:
        act()
    assert everything() == before
    assert str(told.value)
    return told.value


def swapped(order: Order, variant: Variant, method: PaymentMethod, **more: Any) -> OrderChange:
    swaps = [Swap(first(order).pk, variant.sku)]
    return changes.change_items(order, swaps, settle_with=method.pk, by=order.customer, **more)


def field_of(problem: Refused) -> str:
    assert isinstance(problem, Incomplete)
    return next(iter(problem.problems))


# -- address


def test_a_new_address_replaces_the_old_one_which_is_kept_sealed(order: Order, lin: Customer) -> None:
    order.address = {"name": "Lin", "phone": "139", "line1": "Old Road 9", "city": "Wuxi", "country": "CN"}
    order.save()
    change = changes.change_address(order, ADDRESS, by=lin)
    stored = Order.objects.get()
    assert stored.address == {"name": "Lin", "phone": "139"} | ADDRESS
    assert (stored.version, change.version) == (2, 2)
    kept = OrderChange.objects.get()
    assert kept.address_before["line1"] == "Old Road 9"
    assert (kept.actor_kind, kept.actor_id) == ("customer", lin.pk)
    raw = OrderChange.objects.values_list("address_text", flat=True).get()
    assert "Old Road" not in str(raw)


def test_the_country_follows_the_address(order: Order, lin: Customer) -> None:
    changes.change_address(order, ADDRESS | {"country": "de"}, by=lin)
    assert Order.objects.get().country == "DE"


def test_a_change_is_one_fact_without_the_address(order: Order, lin: Customer) -> None:
    changes.change_address(order, ADDRESS, by=lin)
    fact = Event.objects.get(kind="order.changed_address")
    assert (fact.subject_id, fact.actor_id, fact.data["version"]) == (order.pk, lin.pk, 2)
    assert "New Road" not in str(fact.data)


@pytest.mark.parametrize("part", ["line1", "city"])
def test_an_address_without_street_or_town_is_refused(part: str, order: Order, lin: Customer) -> None:
    problem = refused(lambda: changes.change_address(order, ADDRESS | {part: "  "}, by=lin))
    assert field_of(problem) == part


# -- items


def test_what_costs_more_is_paid_with_the_method_named(
    order: Order, black: Variant, gift_card: PaymentMethod
) -> None:
    change = swapped(order, black, gift_card)
    line = first(order)
    assert (line.sku, line.unit_price_minor, line.options) == (black.sku, 12_500, black.options)
    assert [payment.captured_minor for payment in order.payments.order_by("id")] == [20_000, 2_500]
    gift_card.refresh_from_db()
    assert gift_card.balance_minor == 27_500
    assert (change.amount_minor, change.method, not order.refunds.exists()) == (2_500, gift_card, True)
    assert Event.objects.filter(kind="payment.taken").count() == 1


def test_a_card_owes_the_difference_and_the_shop_hears_of_it(
    order: Order, black: Variant, shop: Shop
) -> None:
    swapped(order, black, shop.card)
    due = Event.objects.get(kind="payment.due")
    assert (due.data["amount"], due.data["method"]) == (2_500, str(shop.card.pk))
    assert order.payments.order_by("-id")[0].captured_at is None


def test_what_costs_less_goes_back_to_the_method_that_was_paid_with(
    order: Order, cheap: Variant, shop: Shop
) -> None:
    change = swapped(order, cheap, shop.card)
    refund = order.refunds.get()
    assert (refund.amount_minor, refund.destination, refund.to_method) == (2_001, "original", None)
    assert refund.state == RefundState.QUEUED
    assert order.payments.get().returned_minor == 2_001
    assert (change.amount_minor, change.after["refunds"]) == (-2_001, [str(refund.pk)])


def test_what_costs_less_is_on_a_gift_card_at_once(
    order: Order, cheap: Variant, gift_card: PaymentMethod
) -> None:
    swapped(order, cheap, gift_card)
    gift_card.refresh_from_db()
    assert gift_card.balance_minor == 32_001
    assert order.refunds.get().state == RefundState.SUCCEEDED


def test_what_goes_to_a_method_that_did_not_pay_is_paid_by_hand(
    order: Order, cheap: Variant, lin: Customer
) -> None:
    paypal = wallet(lin)
    swapped(order, cheap, paypal)
    refund = order.refunds.get()
    assert (refund.destination, refund.to_method, refund.provider) == ("bank", paypal, "manual")


def test_no_difference_is_a_row_of_nothing(order: Order, shop: Shop) -> None:
    same_price = shop.variant(shop.product, "LAMP-1-G")
    swapped(order, same_price, shop.card)
    refund = order.refunds.get()
    assert (refund.amount_minor, refund.state) == (0, RefundState.SUCCEEDED)
    assert order.payments.get().returned_minor == 0


def test_the_same_item_again_costs_what_was_paid_whatever_it_costs_today(shop: Shop, policy: Policy) -> None:
    order = shop.order(shop.line(discount_minor=1_000, tax_minor=300), status="pending")
    Variant.objects.update(price_minor=99_900)
    swapped(order, shop.lamp, shop.card)
    assert (first(order).paid_minor, order.refunds.get().amount_minor) == (9_300, 0)


def test_the_difference_is_today_s_price_less_what_was_paid_for_the_whole_row(
    shop: Shop, black: Variant, policy: Policy
) -> None:
    order = shop.order(shop.line(qty=2, discount_minor=1_000, tax_minor=300), status="pending")
    change = swapped(order, black, shop.card)
    assert change.amount_minor == 2 * 12_500 - 19_300
    assert first(order).paid_minor == 25_000


def test_several_rows_of_the_same_article_change_each_for_itself(
    order: Order, black: Variant, cheap: Variant, shop: Shop
) -> None:
    one, two = order.lines.all()
    swaps = [Swap(two.pk, black.sku), Swap(one.pk, cheap.sku)]
    change = changes.change_items(order, swaps, settle_with=shop.card.pk, by=order.customer)
    assert [line.sku for line in order.lines.all()] == [cheap.sku, black.sku]
    assert change.amount_minor == 2_500 - 2_001
    assert [row["sku"] for row in change.before["lines"]] == ["LAMP-1-W"] * 2
    assert [row["paid_minor"] for row in change.after["lines"]] == [12_500, 7_999]


def test_a_gift_card_must_bear_the_sum_and_not_each_difference(
    order: Order, black: Variant, cheap: Variant, lin: Customer
) -> None:
    one, two = order.lines.all()
    swaps = [Swap(one.pk, black.sku), Swap(two.pk, cheap.sku)]
    just = stored(lin, 499)
    changes.change_items(order, swaps, settle_with=just.pk, by=lin)
    just.refresh_from_db()
    assert just.balance_minor == 0


def test_a_gift_card_that_holds_too_little_is_refused(order: Order, black: Variant, lin: Customer) -> None:
    short = stored(lin, 2_499)
    assert field_of(refused(lambda: swapped(order, black, short))) == "settle_with"
    assert not CreditEntry.objects.exists()


@pytest.mark.parametrize(
    "why", ["unknown", "other product", "not available", "other currency", "other brand"]
)
def test_what_is_not_to_be_had_instead_is_refused(
    why: str, order: Order, shop: Shop, other_brand: Brand, lin: Customer
) -> None:
    variants: dict[str, Callable[[], Variant]] = {
        "unknown": lambda: Variant(sku="NOWHERE"),
        "other product": lambda: shop.variant(shop.sells("FAN"), "FAN-W"),
        "not available": lambda: shop.variant(shop.product, "GONE", available=False),
        "other currency": lambda: shop.variant(shop.product, "EURO", currency="EUR"),
        "other brand": lambda: _of_brand(other_brand, lin),
    }
    variant = variants[why]()
    assert field_of(refused(lambda: swapped(order, variant, shop.card))) == "lines.0.new_sku"


def _of_brand(brand: Brand, customer: Customer) -> Variant:
    there = Shop(brand, customer)
    return there.variant(there.sells("FAR"), "FAR-W")


def test_an_item_that_is_gone_is_refused_also_when_it_is_the_same_again(order: Order, shop: Shop) -> None:
    Variant.objects.filter(pk=shop.lamp.pk).update(available=False)
    assert field_of(refused(lambda: swapped(order, shop.lamp, shop.card))) == "lines.0.new_sku"


def test_more_of_an_item_than_was_ordered_is_refused(order: Order, black: Variant, shop: Shop) -> None:
    pk = first(order).pk
    foreign = first(shop.order(status="pending")).pk
    for lines in ([pk, pk], [foreign], [uuid4()], [pk, foreign]):
        swaps = [Swap(line, black.sku) for line in lines]
        problem = refused(
            lambda swaps=swaps: changes.change_items(  # type: ignore[misc]
                order, swaps, settle_with=shop.card.pk, by=order.customer
            )
        )
        assert field_of(problem) == f"lines.{len(lines) - 1}.order_line"


def test_changing_no_item_is_refused(order: Order, shop: Shop) -> None:
    problem = refused(lambda: changes.change_items(order, [], settle_with=shop.card.pk, by=order.customer))
    assert field_of(problem) == "lines"


def test_somebody_else_s_method_is_none_of_the_customer_s(order: Order, black: Variant) -> None:
    theirs = wallet(Customer.objects.create(name="Charlie"))
    assert field_of(refused(lambda: swapped(order, black, theirs))) == "settle_with"
    assert field_of(refused(lambda: pay(order, theirs))) == "payment_method"


def test_a_gift_card_of_another_currency_and_points_are_no_way_to_pay(
    order: Order, black: Variant, lin: Customer
) -> None:
    points = PaymentMethod.objects.create(customer=lin, kind=MethodKind.POINTS)
    for method in (stored(lin, 90_000, "EUR"), points):
        assert field_of(refused(lambda method=method: swapped(order, black, method))) == "settle_with"  # type: ignore[misc]


def test_more_cannot_go_back_than_is_left_of_what_was_paid(order: Order, cheap: Variant, shop: Shop) -> None:
    order.payments.get().reserve(18_500)
    assert "left" in str(refused(lambda: swapped(order, cheap, shop.card)))


# -- payment


def pay(order: Order, method: PaymentMethod, **more: Any) -> OrderChange:
    return changes.change_payment(order, method.pk, by=order.customer, **more)


def test_the_new_method_pays_all_and_the_old_one_gets_all_back(
    order: Order, gift_card: PaymentMethod, shop: Shop
) -> None:
    change = pay(order, gift_card)
    old, new = order.payments.order_by("id")
    assert (old.left_minor, new.left_minor, new.method) == (0, 20_000, gift_card)
    refund = order.refunds.get()
    assert (refund.payment, refund.amount_minor, refund.destination) == (old, 20_000, "original")
    gift_card.refresh_from_db()
    assert gift_card.balance_minor == 10_000
    assert change.before == {"payment": str(old.pk), "method": str(shop.card.pk)}
    assert Order.objects.get().status == OrderStatus.PENDING


def test_a_gift_card_that_paid_has_its_money_back_at_once(
    shop: Shop, policy: Policy, gift_card: PaymentMethod
) -> None:
    card, shop.card = shop.card, gift_card
    order = shop.order(status="pending")
    pay(order, card)
    gift_card.refresh_from_db()
    assert gift_card.balance_minor == 40_000
    assert order.refunds.get().state == RefundState.SUCCEEDED


def test_the_same_method_again_is_refused(order: Order, shop: Shop) -> None:
    assert field_of(refused(lambda: pay(order, shop.card))) == "payment_method"


def test_a_gift_card_must_bear_the_whole_order(order: Order, lin: Customer) -> None:
    short = stored(lin, 19_999)
    assert field_of(refused(lambda: pay(order, short))) == "payment_method"


def test_the_payment_is_changed_once(order: Order, lin: Customer, gift_card: PaymentMethod) -> None:
    pay(order, wallet(lin))
    problem = refused(lambda: pay(order, gift_card))
    assert not isinstance(problem, Incomplete)


@pytest.mark.parametrize("how", ["in two parts", "part of it went back", "never"])
def test_an_order_that_was_not_paid_in_one_go_keeps_its_payment(
    how: str, order: Order, shop: Shop, lin: Customer
) -> None:
    payment, paypal = order.payments.get(), wallet(lin)
    if how == "in two parts":
        Payment.objects.create(order=order, method=shop.card, captured_minor=1, currency="CNY")
    elif how == "part of it went back":
        payment.reserve(1)
    else:
        payment.delete()
    assert "one single payment" in str(refused(lambda: pay(order, paypal)))


# -- may it be changed at all

Change = Callable[[Order, Shop], Any]
CHANGES: dict[str, Change] = {
    "address": lambda order, shop: changes.change_address(order, ADDRESS, by=order.customer),
    "items": lambda order, shop: swapped(order, shop.lamp, shop.card),
    "payment": lambda order, shop: pay(order, PaymentMethod.objects.get(kind="wallet")),
}
each = pytest.mark.parametrize("name", sorted(CHANGES))


@each
@pytest.mark.parametrize("status", [one for one in OrderStatus if one != OrderStatus.PENDING])
def test_what_is_being_prepared_or_is_gone_is_not_changed(
    status: OrderStatus, name: str, order: Order, shop: Shop, lin: Customer
) -> None:
    wallet(lin)
    Order.objects.update(status=status)
    problem = refused(lambda: CHANGES[name](order, shop))
    assert "no longer" in str(problem) and not isinstance(problem, Incomplete)


@each
def test_after_its_items_were_changed_an_order_stays_as_it_is(
    name: str, order: Order, black: Variant, shop: Shop, lin: Customer
) -> None:
    wallet(lin)
    swapped(order, black, shop.card)
    assert "no longer" in str(refused(lambda: CHANGES[name](order, shop)))


def test_nor_is_it_cancelled_then(order: Order, black: Variant, shop: Shop) -> None:
    asked = shop.asks(order, "cancellation", reason="no_longer_needed")
    assert not preview(asked, at=timezone.now()).refused_by
    swapped(order, black, shop.card)
    refusals = preview(asked, at=timezone.now()).refused_by
    assert [one.rule for one in refusals] == ["items_not_changed"]


def test_a_policy_may_let_items_be_changed_again(order: Order, black: Variant, shop: Shop) -> None:
    published(order.brand, replace(TAU_RETAIL, before_shipment=BeforeShipment()))
    swapped(order, black, shop.card)
    swapped(order, shop.lamp, shop.card)
    assert (first(order).sku, order.changes.count()) == (shop.lamp.sku, 2)
    changes.change_address(order, ADDRESS, by=order.customer)


@each
def test_what_the_policy_does_not_offer_is_refused(
    name: str, order: Order, shop: Shop, lin: Customer
) -> None:
    wallet(lin)
    allowed: dict[str, bool] = {f"change_{name}": False}
    published(order.brand, replace(TAU_RETAIL, before_shipment=BeforeShipment(**allowed)))  # type: ignore[arg-type]
    assert "write to us" in str(refused(lambda: CHANGES[name](order, shop)))


@each
def test_without_a_policy_nothing_is_offered(name: str, order: Order, shop: Shop, lin: Customer) -> None:
    wallet(lin)
    Policy.objects.all().delete()
    assert "write to us" in str(refused(lambda: CHANGES[name](order, shop)))


@each
def test_the_policy_says_until_when(name: str, order: Order, shop: Shop, lin: Customer) -> None:
    wallet(lin)
    until_packed = BeforeShipment(change_while=(OrderStatus.PENDING, OrderStatus.PROCESSING))
    published(order.brand, replace(TAU_RETAIL, before_shipment=until_packed))
    Order.objects.update(status=OrderStatus.PROCESSING)
    CHANGES[name](order, shop)
    assert OrderChange.objects.get().what == name


@each
def test_while_a_request_about_the_order_is_open_it_is_not_changed(
    name: str, order: Order, shop: Shop, lin: Customer
) -> None:
    wallet(lin)
    claim = shop.claimed(first(order), 1, 10_000, "cancellation", Status.UNDER_REVIEW)
    assert "Withdraw" in str(refused(lambda: CHANGES[name](order, shop)))
    Claim.objects.filter(pk=claim.pk).update(status=Status.WITHDRAWN)
    CHANGES[name](order, shop)


def test_a_policy_may_refuse_the_same_item_and_another_price(
    order: Order, black: Variant, shop: Shop
) -> None:
    published(order.brand, replace(TAU_RETAIL, exchange=Exchange(same_item_again=False)))
    assert field_of(refused(lambda: swapped(order, shop.lamp, shop.card))) == "lines.0.new_sku"
    equal = Exchange(price_difference=PriceDifference.EQUAL_ONLY)
    published(order.brand, replace(TAU_RETAIL, exchange=equal))
    assert "same price" in str(refused(lambda: swapped(order, black, shop.card)))


def test_money_back_goes_only_where_the_policy_sends_refunds(
    order: Order, cheap: Variant, gift_card: PaymentMethod, lin: Customer, shop: Shop
) -> None:
    original = replace(TAU_RETAIL, exchange=Exchange(), money=MoneyTerms())
    published(order.brand, original)
    for method in (gift_card, wallet(lin)):
        assert field_of(refused(lambda method=method: swapped(order, cheap, method))) == "settle_with"  # type: ignore[misc]
    both = MoneyTerms(destinations=(Destination.ORIGINAL, Destination.GIFT_CARD))
    published(order.brand, replace(original, money=both))
    swapped(order, cheap, gift_card)
    assert order.refunds.get().to_method == gift_card


@each
def test_an_order_that_has_moved_on_is_not_changed_by_who_saw_it_before(
    name: str, order: Order, shop: Shop, lin: Customer
) -> None:
    wallet(lin)
    changes.change_address(order, ADDRESS, by=lin, version=1)
    acts: dict[str, Callable[[], Any]] = {
        "address": lambda: changes.change_address(order, ADDRESS, by=lin, version=1),
        "items": lambda: swapped(order, shop.lamp, shop.card, version=1),
        "payment": lambda: pay(order, PaymentMethod.objects.get(kind="wallet"), version=1),
    }
    assert isinstance(refused(acts[name]), Stale)


# -- two at once


def together(*acts: Callable[[], Any]) -> list[str]:
    """What became of each: "done", or the sentence of its refusal."""
    start, told = threading.Barrier(len(acts)), []

    def run(act: Callable[[], Any]) -> None:
        start.wait()
        try:
            act()
            told.append("done")
        except Refused as problem:
            told.append(str(problem))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return told


def test_of_two_who_change_the_items_at_once_one_is_refused(
    committed: None, order: Order, black: Variant, cheap: Variant, shop: Shop
) -> None:
    def take(variant: Variant) -> Any:
        return swapped(Order.objects.get(pk=order.pk), variant, shop.card)

    told = together(*[lambda variant=variant: take(variant) for variant in (black, cheap)] * 2)
    assert told.count("done") == 1
    assert (OrderChange.objects.count(), Refund.objects.count() + Payment.objects.count()) == (1, 2)


def test_a_gift_card_that_pays_for_two_orders_at_once_pays_for_one(
    committed: None, shop: Shop, policy: Policy, lin: Customer
) -> None:
    orders = [shop.order(status="pending") for _ in range(3)]
    card = stored(lin, 10_000)
    told = together(*[lambda order=order: pay(Order.objects.get(pk=order.pk), card) for order in orders])
    card.refresh_from_db()
    assert (told.count("done"), card.balance_minor) == (1, 0)
    assert Payment.objects.filter(method=card).count() == 1


def test_money_that_goes_back_and_forth_between_two_gift_cards_at_once_arrives(
    committed: None, shop: Shop, policy: Policy, lin: Customer
) -> None:
    one, two = stored(lin, 50_000), stored(lin, 50_000)
    orders = []
    for number in range(6):
        shop.card = (one, two)[number % 2]
        orders.append((shop.order(status="pending"), (two, one)[number % 2]))
    told = together(
        *[lambda order=order, card=card: pay(Order.objects.get(pk=order.pk), card) for order, card in orders]
    )
    assert told == ["done"] * 6
    balances = PaymentMethod.objects.filter(kind="gift_card").values_list("balance_minor", flat=True)
    assert list(balances) == [50_000, 50_000]
