"""The retail data set comes in whole, to the cent, and coming again changes nothing."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from kefu.orders.models import (
    CreditEntry,
    Order,
    OrderLine,
    OrderSource,
    Payment,
    PaymentMethod,
    Product,
    ReportedRefund,
    Shipment,
    ShipmentLine,
    Variant,
)
from kefu.people.models import Brand, Customer, Identity
from tests.corpus import retail

pytestmark = pytest.mark.skipif(not retail.FOLDER.is_dir(), reason="the retail data set is not here")


@pytest.fixture
def world(brand: Brand) -> OrderSource:
    return retail.whole_world(brand)


def cents(amount: Any) -> int:
    return round(Decimal(str(amount)) * 100)


def test_everything_is_there_once(world: OrderSource) -> None:
    assert Customer.objects.count() == 500
    assert Product.objects.count() == 50
    assert Variant.objects.count() == 591
    assert Variant.objects.filter(available=True).count() == 379
    assert Order.objects.count() == 1000
    assert OrderLine.objects.count() == 2978
    assert OrderLine.objects.filter(variant=None).count() == 0
    assert Counter(Order.objects.values_list("status", flat=True)) == {
        "pending": 423,
        "delivered": 373,
        "processing": 102,
        "cancelled": 102,
    }
    assert Counter(PaymentMethod.objects.values_list("kind", flat=True)) == {
        "card": 239,
        "gift_card": 234,
        "wallet": 222,
    }


def test_every_order_is_to_the_cent_and_in_its_own_words(world: OrderSource) -> None:
    stored = {
        order.external_no: order for order in Order.objects.prefetch_related("lines", "payments__method")
    }
    for number, told in retail.load("orders.json").items():
        order = stored[number]
        lines = [(line.sku, line.unit_price_minor, line.qty, line.options) for line in order.lines.all()]
        assert lines == [(one["item_id"], cents(one["price"]), 1, one["options"]) for one in told["items"]]
        paid = [each for each in told["payment_history"] if each["transaction_type"] == "payment"]
        assert [(each.captured_minor, each.method.external_id) for each in order.payments.all()] == [
            (cents(each["amount"]), each["payment_method_id"]) for each in paid
        ]
        assert (order.currency, order.placed_at, order.country) == ("USD", None, "US")


def test_an_orders_address_is_its_own(world: OrderSource) -> None:
    orders = retail.load("orders.json")
    for order in Order.objects.select_related("customer")[:50]:
        told = orders[order.external_no]["address"]
        assert order.address["line1"] == told["address1"]
        assert order.address["postal_code"] == told["zip"]


def test_orders_belong_to_the_customers_of_the_set(world: OrderSource) -> None:
    accounts = {
        one.customer_id: str(one.value)
        for one in Identity.objects.filter(kind="user").select_related("customer")
    }
    owners = {order.external_no: accounts[order.customer_id] for order in Order.objects.all()}
    assert owners == {number: told["user_id"] for number, told in retail.load("orders.json").items()}


def test_cancelled_orders_have_their_money_back(world: OrderSource) -> None:
    assert ReportedRefund.objects.count() == 102
    for payment in Payment.objects.select_related("order"):
        back = payment.captured_minor if payment.order.status == "cancelled" else 0
        assert payment.returned_minor == back
    assert set(ReportedRefund.objects.values_list("payment__order__status", flat=True)) == {"cancelled"}


def test_gift_cards_hold_what_the_set_says(world: OrderSource) -> None:
    told = {
        method["id"]: cents(method["balance"])
        for user in retail.load("users.json").values()
        for method in user["payment_methods"].values()
        if method["source"] == "gift_card"
    }
    cards = PaymentMethod.objects.filter(kind="gift_card")
    assert dict(cards.values_list("external_id", "balance_minor")) == told


def test_parcels_hold_what_was_sent(world: OrderSource) -> None:
    told = [parcel for order in retail.load("orders.json").values() for parcel in order["fulfillments"]]
    numbers = {number for parcel in told for number in parcel["tracking_id"]}
    assert set(Shipment.objects.values_list("tracking_no", flat=True)) == numbers
    assert ShipmentLine.objects.count() == sum(len(parcel["item_ids"]) for parcel in told)


def test_coming_again_changes_nothing(world: OrderSource) -> None:
    def everything() -> list[Any]:
        tables: tuple[Any, ...] = (Customer, Identity, Order, OrderLine, Payment, PaymentMethod, CreditEntry)
        tables += (ReportedRefund, Shipment, ShipmentLine, Product, Variant)
        return [sorted(map(repr, table._default_manager.values_list())) for table in tables]

    before = everything()
    runs = [retail.imported(world, what) for what in retail.FILES]
    assert [(run.created, run.changed, run.unchanged, run.bad) for run in runs] == [
        (0, 0, 50, 0),
        (0, 0, 500, 0),
        (0, 0, 1000, 0),
    ]
    assert everything() == before


def test_a_dry_run_stores_nothing(brand: Brand) -> None:
    run = retail.imported(retail.source_of(brand), "orders", dry=True)
    assert (run.created, run.bad) == (1000, 0)
    assert Order.objects.count() == 0
