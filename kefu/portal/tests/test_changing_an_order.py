"""Before an order is sent its customer changes address, items and payment; afterwards nobody does."""

from __future__ import annotations

import pytest
from django.test import Client

from kefu.claims.presets import TAU_RETAIL
from kefu.claims.tests.conftest import shop as shop
from kefu.claims.tests.desk import publish
from kefu.claims.tests.shop import Shop
from kefu.orders.models import Order, PaymentMethod
from kefu.people.models import Customer
from kefu.portal.tests.test_claims_of_a_customer import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(shop: Shop) -> Order:
    publish(shop, TAU_RETAIL)
    shop.variant(shop.product, "LAMP-1-B", 12_000, options={"colour": "black"})
    return shop.order(status="pending")


@pytest.fixture
def mine(lin: Customer) -> Client:
    return browser(lin)


def test_the_order_page_leads_to_the_changes(mine: Client, order: Order) -> None:
    assert f"/my/orders/{order.pk}/change" in mine.get(f"/my/orders/{order.pk}").content.decode()
    page = mine.get(f"/my/orders/{order.pk}/change").content.decode()
    assert "Street and number" in page and "black" in page and "Pay with" in page


def test_another_address(mine: Client, order: Order) -> None:
    answer = mine.post(f"/my/orders/{order.pk}/address", {"line1": "2 Quay", "city": "Delft"})
    assert answer.status_code == 302
    order = Order.objects.get(pk=order.pk)
    assert (order.address["line1"], order.version) == ("2 Quay", 2)


def test_another_variant_and_the_difference(mine: Client, order: Order, shop: Shop) -> None:
    line = order.lines.get()
    said = {f"line_{line.pk}": "LAMP-1-B", "settle_with": str(shop.card.pk)}
    assert mine.post(f"/my/orders/{order.pk}/items", said).status_code == 302
    line.refresh_from_db()
    assert (line.sku, order.payments.count()) == ("LAMP-1-B", 2)
    again = mine.post(f"/my/orders/{order.pk}/items", said)
    assert again.status_code == 422


def test_another_way_to_pay(mine: Client, order: Order, lin: Customer) -> None:
    card = PaymentMethod.objects.create(
        customer=lin, kind="gift_card", currency="CNY", balance_minor=50_000, display_tail="0001"
    )
    said = {"payment_method": str(card.pk)}
    assert mine.post(f"/my/orders/{order.pk}/payment", said).status_code == 302
    card.refresh_from_db()
    assert card.balance_minor == 40_000


@pytest.mark.parametrize(
    ("door", "said", "sentence"),
    [
        ("address", {"line1": "", "city": "Delft"}, "This field is required"),
        ("items", {}, "This field is required"),
        ("payment", {"payment_method": "nothing"}, "Select a valid choice"),
    ],
)
def test_what_is_missing_is_said(
    mine: Client, order: Order, door: str, said: dict[str, str], sentence: str
) -> None:
    answer = mine.post(f"/my/orders/{order.pk}/{door}", said)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not order.changes.exists()


def test_what_has_left_is_not_changed(mine: Client, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(status="shipped")
    assert "can no longer be changed here" in mine.get(f"/my/orders/{order.pk}/change").content.decode()
    assert mine.post(f"/my/orders/{order.pk}/address", {"line1": "2", "city": "D"}).status_code == 422


@pytest.mark.parametrize("door", ["change", "address", "items", "payment"])
def test_strangers_and_second_facts_change_nothing(order: Order, door: str) -> None:
    order.reach_by(email="lin@example.test", phone="")
    order.save()
    named = browser()
    named.post("/orders/", {"number": order.external_no, "fact": "lin@example.test"})
    stranger = browser(Customer.objects.create(name="Charlie"))
    path = f"/my/orders/{order.pk}/{door}"
    ask = stranger.get if door == "change" else stranger.post
    assert ask(path).status_code == 404
    ask = named.get if door == "change" else named.post
    assert ask(path).status_code in {302, 401}
    assert not order.changes.exists()
