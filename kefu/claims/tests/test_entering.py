"""A colleague enters a claim for a customer: the answer first, then the claim, and nothing in between."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conftest import begin
from kefu.claims.models import Claim
from kefu.claims.models.claims import Destination
from kefu.claims.presets import CN_LAW
from kefu.claims.tests.desk import BY_HAND, Desk, publish
from kefu.conversations.models import Inbox
from kefu.orders.models import Order, PaymentMethod
from kefu.people.models import Customer, Staff
from kefu.people.testing import signed_in

pytestmark = pytest.mark.django_db
RETURN: dict[str, Any] = {"qty_0": "1", "reason_0": "changed_mind", "destination": "original"}


@pytest.fixture(autouse=True)
def _policy(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)


def address(order: Order, kind: str = "return", **given: Any) -> str:
    return f"{reverse('new-claim')}?{urlencode({'order': order.pk, 'kind': kind, **given})}"


def ask(staff: Staff, order: Order, kind: str = "return", *, to: Any = None, **given: Any) -> Any:
    return signed_in(staff).post(address(order, kind, **(to or {})), given)


def enter(staff: Staff, order: Order, kind: str = "return", *, to: Any = None, **given: Any) -> Any:
    """Looked at first, then with what was seen."""
    seen = ask(staff, order, kind, to=to, **given).context["digest"]
    return ask(staff, order, kind, to=to, seen=seen, **given)


def test_looking_shows_the_answer_and_the_money_and_creates_nothing(desk: Desk) -> None:
    order = desk.order(lines=[desk.shop.line(qty=2)])
    shown = ask(desk.agent, order, **RETURN).content.decode()
    assert "Eligible" in shown
    assert "CN¥100.00" in shown
    assert not Claim.objects.exists()


def test_what_was_looked_at_is_entered_in_the_customers_name(desk: Desk) -> None:
    order = desk.order(lines=[desk.shop.line(qty=2)])
    answer = enter(desk.agent, order, **RETURN, words_0="Too bright")
    claim = Claim.objects.get()
    assert answer["Location"] == reverse("claim", args=[claim.pk])
    assert (claim.customer, claim.entered_by, claim.channel) == (desk.shop.customer, desk.agent, "desk")
    assert (claim.status, claim.lines.get().reason_text) == ("under_review", "Too bright")


def test_what_was_changed_after_the_answer_is_answered_again(desk: Desk) -> None:
    order = desk.order(lines=[desk.shop.line(qty=2)])
    seen = ask(desk.agent, order, **RETURN).context["digest"]
    again = ask(desk.agent, order, **RETURN | {"qty_0": "2", "seen": seen})
    assert again.status_code == 200
    assert "CN¥200.00" in again.content.decode()
    assert not Claim.objects.exists()


def test_entered_twice_the_second_finds_nothing_left(desk: Desk) -> None:
    order = desk.order()
    seen = ask(desk.agent, order, **RETURN).context["digest"]
    codes = [ask(desk.agent, order, **RETURN, seen=seen).status_code for _ in range(2)]
    assert codes == [302, 409]
    assert Claim.objects.count() == 1


def test_needed_evidence_comes_with_it_or_nothing_is_entered(desk: Desk, photo: bytes) -> None:
    order = desk.order()
    broken = RETURN | {"reason_0": "defective"}
    refused = enter(desk.agent, order, **broken)
    assert refused.status_code == 409
    assert "Please add: Photo." in refused.content.decode()
    assert not Claim.objects.exists()
    shot = SimpleUploadedFile("lamp.jpg", photo, "image/jpeg")
    seen = ask(desk.agent, order, **broken).context["digest"]
    answer = ask(desk.agent, order, **broken, **{"seen": seen, "evidence-photo": shot})
    assert answer.status_code == 302
    assert Claim.objects.get().evidence.get().kind == "photo"


def test_what_the_policy_does_not_give_is_entered_and_refused_by_it(desk: Desk) -> None:
    order = desk.order(days_ago=60)
    shown = ask(desk.agent, order, **RETURN).content.decode()
    assert "Not eligible" in shown
    assert "The deadline was" in shown
    enter(desk.agent, order, **RETURN)
    assert Claim.objects.get().status == "rejected"


def test_what_the_order_does_not_bear_offers_no_button(desk: Desk) -> None:
    order = desk.order(status="shipped")
    order.shipments.all().delete()
    shown = ask(desk.agent, order, **RETURN)
    assert shown.context["impossible"]
    assert 'name="seen"' not in shown.content.decode()
    assert enter(desk.agent, order, **RETURN).status_code == 409


def test_an_exchange_names_the_new_item_and_the_difference(desk: Desk) -> None:
    dearer = desk.shop.variant(desk.shop.product, "LAMP-1-B", 12_000)
    order = desk.order()
    given = {"qty_0": "1", "reason_0": "changed_mind", "new_0": str(dearer.pk), "condition_unused": "yes"}
    assert "CN¥20.00" in ask(desk.agent, order, "exchange", **given).content.decode()
    enter(desk.agent, order, "exchange", **given)
    line = Claim.objects.get().lines.get()
    assert (line.new_variant, line.wanted, line.condition) == (dearer, "exchange", {"unused": True})


def test_money_may_go_to_a_gift_card_where_the_policy_says_so(desk: Desk) -> None:
    money = replace(CN_LAW.money, destinations=(Destination.ORIGINAL, Destination.GIFT_CARD))
    publish(desk.shop, replace(BY_HAND, money=money))
    card = PaymentMethod.objects.create(
        customer=desk.shop.customer, kind="gift_card", currency="CNY", balance_minor=0, display_tail="7777"
    )
    enter(desk.agent, desk.order(), **RETURN | {"destination": str(card.pk)})
    claim = Claim.objects.get()
    assert (claim.destination, claim.refund_to) == ("gift_card", card)


def test_it_belongs_to_the_conversation_that_one_came_from(
    desk: Desk, inbox: Inbox, other_inbox: Inbox, lin: Customer
) -> None:
    order = desk.order()
    talk = begin(lin, inbox)
    enter(desk.agent, order, to={"conversation": talk.pk}, **RETURN)
    assert Claim.objects.get().conversation == talk
    stranger = begin(Customer.objects.create(name="Another"), inbox)
    for other in (stranger, begin(lin, other_inbox)):
        Claim.objects.all().delete()
        enter(desk.agent, order, to={"conversation": other.pk}, **RETURN)
        assert Claim.objects.get().conversation is None


def test_only_those_who_handle_claims_enter_them_and_only_for_orders_they_see(
    desk: Desk, charlie: Staff
) -> None:
    order = desk.order()
    assert Client().get(address(order)).status_code == 302
    for staff in (desk.warehouse, desk.finance):
        assert signed_in(staff).get(address(order)).status_code == 403
    assert signed_in(charlie).get(address(order)).status_code == 404
    assert ask(charlie, order, **RETURN).status_code == 404
    assert not Claim.objects.exists()


def test_odd_input_is_answered_with_the_form(desk: Desk) -> None:
    order = desk.order()
    browser = signed_in(desk.agent)
    for odd in (
        {},
        {"qty_0": "0"},
        {"qty_0": "²"},
        {"qty_0": "9"},
        {"qty_0": "1", "reason_0": "none"},
        {"qty_0": "-1"},
    ):
        assert browser.post(address(order), odd).status_code == 200, odd
    for kind in ("x", "cancellation", ""):
        assert browser.get(address(order, kind)).status_code == 200, kind
    assert browser.get(address(order, line="x", conversation="²")).status_code == 200
    assert browser.get(reverse("new-claim"), {"order": "x"}).status_code == 404
    cancelled = desk.shop.order(status="cancelled")
    assert browser.get(address(cancelled))["Location"] == reverse("console-order", args=[cancelled.pk])


def test_ways_there_stand_at_the_order_and_beside_the_conversation(
    desk: Desk, inbox: Inbox, lin: Customer
) -> None:
    order = desk.order()
    claim = desk.files(desk.order())
    talk = begin(lin, inbox)
    there = reverse("new-claim")
    at_order = signed_in(desk.agent).get(reverse("console-order", args=[order.pk])).content.decode()
    assert f"{there}?order={order.pk}&amp;kind=return&amp;line={order.lines.get().pk}" in at_order
    beside = signed_in(desk.agent).get(reverse("conversation", args=[talk.pk])).content.decode()
    assert reverse("claim", args=[claim.pk]) in beside
    assert f"{there}?order={order.pk}&amp;conversation={talk.pk}" in beside
    assert (
        there not in signed_in(desk.finance).get(reverse("console-order", args=[order.pk])).content.decode()
    )
