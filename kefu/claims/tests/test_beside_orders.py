"""A colleague who looks at an order reads what may be asked for with each item, and what was."""

from __future__ import annotations

import pytest

from kefu.claims.models import Claim
from kefu.orders.models import Order, OrderStatus
from kefu.orders.testing import make_order
from kefu.people.models import Brand, Customer, Staff
from kefu.people.testing import signed_in


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    return make_order(lin, brand, status=OrderStatus.PENDING)


def page_of(staff: Staff, order: Order) -> str:
    client = signed_in(staff)
    client.cookies["kefu-language"] = "en"
    return client.get(f"/console/orders/{order.pk}").content.decode()


def test_before_it_is_sent_it_may_be_called_off_and_who_may_enter_that_is_led_there(
    mei: Staff, auditor: Staff, order: Order
) -> None:
    assert "Cancellation: possible" in page_of(auditor, order)
    asked = f"order={order.pk}&amp;kind=cancellation&amp;line={order.lines.get().pk}"
    assert asked in page_of(mei, order) and asked not in page_of(auditor, order)


def test_afterwards_each_kind_says_whether_and_why_not(auditor: Staff, order: Order) -> None:
    Order.objects.update(status=OrderStatus.DELIVERED)
    page = page_of(auditor, order)
    assert "Return, Exchange, Refund without return, Warranty: possible" in page
    assert "Cancellation" not in page


def test_what_was_asked_for_is_listed_with_its_number(mei: Staff, order: Order) -> None:
    assert "None so far." in page_of(mei, order)
    claim = Claim.objects.create(
        kind="return", brand=order.brand, customer=order.customer, order=order, status="submitted"
    )
    claim.refresh_from_db()
    assert claim.public_number in page_of(mei, order)


def test_a_draft_is_its_customers_alone(mei: Staff, order: Order) -> None:
    Claim.objects.create(
        kind="return", brand=order.brand, customer=order.customer, order=order, status="draft"
    )
    assert "None so far." in page_of(mei, order)
