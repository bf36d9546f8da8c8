"""Customers hear of their claims by mail: once for each step that matters, in their language."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kefu.claims import exchanging, filing, goods, reviewing
from kefu.claims.lapsing import look
from kefu.claims.models import Claim
from kefu.claims.tests.conftest import desk as desk
from kefu.claims.tests.conftest import finance as finance
from kefu.claims.tests.conftest import shop as shop
from kefu.claims.tests.conftest import technician as technician
from kefu.claims.tests.conftest import warehouse as warehouse
from kefu.claims.tests.desk import BY_HAND, Desk, publish
from kefu.claims.tests.shop import Shop
from kefu.claims.tests.test_advances import sent_ahead
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.events.log import Entry
from kefu.events.models import Delivery
from kefu.orders.models import Order
from kefu.people import customers
from kefu.people.models import Customer, IdentityKind, Staff
from kefu.portal import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(shop: Shop, lin: Customer) -> Claim:
    publish(shop, BY_HAND)
    customers.claim(lin, IdentityKind.EMAIL, "lin@example.test", by=SYSTEM)
    order = shop.order()
    order.reach_by(email="order@example.test", phone="")
    order.save()
    shop.delivered(order, timezone.now() - timedelta(days=2))
    return filing.submit(filing.draft(shop.asks(order), by=lin), by=lin)


def heard(claim: Claim) -> list[Entry]:
    return log.about(claim.pk)


def told_by_mail() -> list[str]:
    found = Delivery.objects.filter(template__startswith="mail/claim").order_by("created_at")
    return [str(mail.content) for mail in found]


def test_each_step_that_matters_is_told_once(claim: Claim, supervisor: Staff) -> None:
    reviewing.reject(claim, by=supervisor, words="The lamp was used.")
    letters.write(heard(claim))
    letters.write(heard(claim))
    told = told_by_mail()
    assert len(told) == 2
    assert "Under review" in told[0]
    assert "Refused" in told[1] and "The lamp was used." in told[1]
    assert f"/my/claims/{claim.pk}" in told[1]


def test_it_goes_to_the_order_s_address_unless_another_was_proved(claim: Claim, lin: Customer) -> None:
    letters.write(heard(claim))
    assert Delivery.objects.get().recipient == "order@example.test"
    customers.verify(lin, IdentityKind.EMAIL, "lin@example.test", by=SYSTEM)
    reviewing.withdraw(claim, by=lin)
    reviewed = Claim.objects.get(pk=claim.pk)
    assert letters._address(reviewed) == "lin@example.test"


def test_it_is_written_in_the_customer_s_language(claim: Claim, lin: Customer) -> None:
    Customer.objects.filter(pk=lin.pk).update(language="zh-hans")
    letters.write(heard(claim))
    assert "We never ask for your password" not in told_by_mail()[0]


def test_a_reminder_comes_before_the_time_is_over(claim: Claim, supervisor: Staff) -> None:
    reviewing.approve(claim, by=supervisor)
    claim.refresh_from_db()
    assert claim.answer_by is not None
    look(claim.answer_by - timedelta(days=1))
    letters.write(heard(claim))
    assert any("waiting for you" in one for one in told_by_mail())


def test_whoever_kept_both_hears_what_they_owe_and_that_it_was_received(desk: Desk) -> None:
    claim = desk.ships(sent_ahead(desk))
    assert claim.order is not None
    claim.order.reach_by(email="order@example.test", phone="")
    claim.order.save()
    goods.give_up(claim, by=desk.supervisor, words="Nothing came in sixty days.")
    letters.write(heard(claim))
    assert "so the replacement is to be paid" in told_by_mail()[-1]
    exchanging.advance_paid(claim, by=desk.finance, reference="B-77")
    letters.write(heard(claim))
    letters.write(heard(claim))
    told = told_by_mail()
    assert sum("You have paid for the replacement" in mail for mail in told) == 1
    assert "You have paid for the replacement" in told[-1]


def test_nobody_is_written_to_without_an_address(claim: Claim) -> None:
    order = Order.objects.get()
    order.reach_by(email="", phone="")
    order.save()
    letters.write(heard(claim))
    assert not Delivery.objects.exists()
