"""One customer turns out to be another: orders, claims, units and balances go along, sealed under the other key."""

from __future__ import annotations

import pytest

from kefu.claims import changes, joining
from kefu.claims.models import Claim, OrderChange
from kefu.claims.presets import TAU_RETAIL
from kefu.claims.tests.desk import publish
from kefu.claims.tests.shop import Shop
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.orders.models import Order, PaymentMethod, RegisteredProduct
from kefu.people import customers
from kefu.people.models import Customer

pytestmark = pytest.mark.django_db
HOME = {"line1": "9 Canal Street", "city": "Rotterdam"}


def credit(customer: Customer, amount: int) -> PaymentMethod:
    return PaymentMethod.objects.create(
        customer=customer, kind="store_credit", currency="CNY", balance_minor=amount
    )


def joined(of: Customer, into: Customer) -> None:
    customers.merge(of, into, by=SYSTEM)
    for _ in range(2):
        joining.follow(log.about(of.pk, joining.HEARS))


def test_all_of_it_goes_along_and_can_still_be_read(shop: Shop, lin: Customer) -> None:
    other = Customer.objects.create(name="Lin, signed in")
    publish(shop, TAU_RETAIL)
    order = shop.order(status="pending")
    order.reach_by(email="lin@example.test", phone="13912345678")
    order.address = HOME
    order.save()
    changes.change_address(order, {"line1": "2 Quay", "city": "Delft"}, by=lin)
    claim = shop.claimed(order.lines.get(), 1, 100)
    unit = RegisteredProduct.objects.create(product=shop.product, serial="SN", customer=lin)
    joined(lin, other)
    order = Order.objects.get()
    assert (order.customer, order.email, order.address["line1"]) == (other, "lin@example.test", "2 Quay")
    assert "9 Canal Street" in str(OrderChange.objects.get().address_text)
    assert Claim.objects.get(pk=claim.pk).customer == other
    assert RegisteredProduct.objects.get(pk=unit.pk).customer == other
    shop.card.refresh_from_db()
    assert shop.card.customer == other


def test_two_balances_become_one_once(shop: Shop, lin: Customer) -> None:
    other = Customer.objects.create(name="Lin, signed in")
    first, second = credit(lin, 300), credit(other, 50)
    joined(lin, other)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.balance_minor, second.balance_minor) == (0, 350)
