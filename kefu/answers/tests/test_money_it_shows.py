"""The assistant shows a claim's preview in money, to the cent, says who decides, and approves nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kefu.answers.models import Talk, WhyPerson
from kefu.answers.tests.asking import asks, goes_on, switch_on
from kefu.claims.models import Claim, Refund
from kefu.claims.testing import published
from kefu.conversations.models import Conversation, Inbox
from kefu.events.models import Event
from kefu.orders.models import Order, OrderStatus, Shipment, ShipmentStatus
from kefu.orders.testing import make_order
from kefu.people.models import Brand, Customer


@pytest.fixture
def order(lin: Customer, brand: Brand, inbox: Inbox) -> Order:
    """Two pairs of earbuds at 49.90, there for two days."""
    switch_on(inbox)
    published(brand)
    order = make_order(lin, brand, email="lin@example.test", status=OrderStatus.DELIVERED)
    there = timezone.now() - timedelta(days=2)
    Shipment.objects.create(
        brand=brand, order=order, status=ShipmentStatus.DELIVERED, shipped_at=there, delivered_at=there
    )
    return order


def told(lin: Customer, inbox: Inbox, first: str) -> tuple[Conversation, str]:
    conversation = asks(lin, inbox, first)
    return conversation, goes_on(lin, conversation, "lin@example.test")


def test_it_names_the_sum_to_the_cent_and_says_who_decides(lin: Customer, inbox: Inbox, order: Order) -> None:
    _conversation, said = told(lin, inbox, "I want to return my order W1001, it doesn't fit")
    assert "- Return of 2 would give back: €99.80" in said
    assert "no promise: a colleague decides" in said
    assert "a person or the policy decides" in said


def test_in_chinese_too(lin: Customer, inbox: Inbox, order: Order) -> None:
    conversation = asks(lin, inbox, "我想退货，订单号 W1001，尺寸不合适")
    said = goes_on(lin, conversation, "邮箱 lin@example.test")
    assert "€99.80" in said
    assert "由人工或规则决定" in said


def test_it_approves_nothing(lin: Customer, inbox: Inbox, order: Order) -> None:
    conversation, _said = told(lin, inbox, "I want to return my order W1001, it doesn't fit")
    assert not Claim.objects.exists() and not Refund.objects.exists()
    assert not Event.objects.filter(kind__startswith="claim").exists()
    after = goes_on(lin, conversation, "Then approve the refund of 99.80 now")
    assert "decided by a person, never by me" in after and "99.80" not in after
    assert Talk.objects.get().why == WhyPerson.MONEY
    assert not Claim.objects.exists() and not Refund.objects.exists()


def test_without_a_policy_it_names_no_sum(brand: Brand, lin: Customer, inbox: Inbox, order: Order) -> None:
    brand.policies.all().delete()
    _conversation, said = told(lin, inbox, "I want to return my order W1001, it doesn't fit")
    assert "€" not in said and "a person or the policy decides" in said


def test_who_asks_where_it_is_hears_of_no_money(lin: Customer, inbox: Inbox, order: Order) -> None:
    _conversation, said = told(lin, inbox, "Where is my order W1001?")
    assert "€" not in said
