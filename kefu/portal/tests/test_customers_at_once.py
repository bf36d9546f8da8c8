"""A phone and a computer, or an impatient finger: the same asked twice in one moment has one effect."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from kefu.claims.models import Claim, ProviderAccount
from kefu.claims.presets import TAU_RETAIL
from kefu.claims.tests.desk import BY_HAND, publish
from kefu.claims.tests.shop import Shop
from kefu.conversations.models import Conversation, Inbox, Message
from kefu.orders.models import Order, RegisteredProduct
from kefu.people.models import Brand, Customer, Staff
from kefu.portal.tests.test_claims_of_a_customer import applied, browser

pytestmark = pytest.mark.usefixtures("committed")
AT_ONCE = 4


@pytest.fixture
def shop(committed: None, brand: Brand, lin: Customer) -> Shop:
    return Shop(brand, lin)


def all_at_once(ask: Callable[[int], int]) -> list[int]:
    """The status of each answer, in order of size."""

    def one(place: int) -> int:
        try:
            return ask(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(one, range(AT_ONCE)))


def delivered(shop: Shop) -> Order:
    publish(shop, BY_HAND)
    order = shop.order()
    shop.delivered(order, timezone.now() - timedelta(days=2))
    return order


def test_a_claim_is_handed_in_once(shop: Shop, lin: Customer) -> None:
    claim = applied(browser(lin), delivered(shop))
    browsers = [browser(lin) for _ in range(AT_ONCE)]
    path = f"/my/claims/{claim.pk}/submission"
    assert all_at_once(lambda place: browsers[place].post(path).status_code) == [302, 422, 422, 422]
    assert claim.steps.filter(action="submit").count() == 1


def test_two_claims_for_the_same_item_cannot_both_be_handed_in(shop: Shop, lin: Customer) -> None:
    order = delivered(shop)
    claims = [applied(browser(lin), order) for _ in range(AT_ONCE)]
    browsers = [browser(lin) for _ in range(AT_ONCE)]
    answers = all_at_once(
        lambda place: browsers[place].post(f"/my/claims/{claims[place].pk}/submission").status_code
    )
    assert answers == [302, 422, 422, 422]
    assert Claim.objects.exclude(status="draft").count() == 1


def test_words_sent_twice_are_said_once_in_one_conversation(shop: Shop, lin: Customer, inbox: Inbox) -> None:
    claim = applied(browser(lin), delivered(shop))
    browser(lin).post(f"/my/claims/{claim.pk}/submission")
    browsers = [browser(lin) for _ in range(AT_ONCE)]
    said = {"client_id": str(uuid4()), "words": "It is the white one"}
    path = f"/my/claims/{claim.pk}/messages"
    assert all_at_once(lambda place: browsers[place].post(path, said).status_code) == [302] * AT_ONCE
    assert (Message.objects.count(), Conversation.objects.count()) == (1, 1)


def test_a_unit_is_registered_once(shop: Shop, lin: Customer) -> None:
    browsers = [browser(lin) for _ in range(AT_ONCE)]
    said = {"model": "LAMP-1", "serial": "SN1", "purchased_at": "2026-01-01"}
    path = f"/b/{shop.brand.slug}/warranty/registration"
    assert all_at_once(lambda place: browsers[place].post(path, said).status_code) == [302] * AT_ONCE
    assert RegisteredProduct.objects.count() == 1


def test_items_of_an_order_are_changed_once(shop: Shop, lin: Customer) -> None:
    publish(shop, TAU_RETAIL)
    shop.variant(shop.product, "LAMP-1-B", 12_000)
    order = shop.order(status="pending")
    browsers = [browser(lin) for _ in range(AT_ONCE)]
    said = {f"line_{order.lines.get().pk}": "LAMP-1-B", "settle_with": str(shop.card.pk)}
    path = f"/my/orders/{order.pk}/items"
    assert all_at_once(lambda place: browsers[place].post(path, said).status_code) == [302, 422, 422, 422]
    assert order.payments.count() == 2


def test_an_account_with_a_provider_is_opened_once(brand: Brand, admin: Staff) -> None:
    browsers = [Client() for _ in range(AT_ONCE)]
    for each in browsers:
        each.force_login(admin)
    path = f"/console/settings/providers/new/{brand.pk}/stripe"
    said = {"secret_key": "sk_1", "base_url": "https://api.stripe.com"}
    assert all_at_once(lambda place: browsers[place].post(path, said).status_code) == [302, 422, 422, 422]
    assert ProviderAccount.objects.count() == 1
