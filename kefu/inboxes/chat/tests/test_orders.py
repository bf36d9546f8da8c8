from __future__ import annotations

from dataclasses import replace
from unittest import mock

import pytest
from django.db import DatabaseError

from kefu.conversations.models import Conversation, Inbox
from kefu.inboxes.chat.models import Visitor
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.chat.tests.chatting import Browser
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import NAME, ORDER_NUMBER, Topic
from kefu.lib.ids import uuid7
from kefu.orders import networks
from kefu.orders.models import LinkedOrder, Order
from kefu.orders.testing import make_order, make_source, ship
from kefu.people import customers
from kefu.people.models import Brand, Customer, IdentityKind

RIGHT = {"number": "w1001", "fact": "5678"}


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    order = make_order(lin, brand)
    ship(order)
    return order


def proved(browser: Browser, customer: Customer) -> None:
    """As a proof of identity leaves it."""
    Visitor.objects.update(customer=customer, verified_at="2026-11-20T10:00:00Z")


def found(browser: Browser) -> dict[str, str]:
    """What the chat gives back to talk about the order."""
    answer = browser.post("orders/look-up", RIGHT).json()
    return {"id": answer["orders"][0]["id"], "ticket": answer["ticket"]}


def test_an_order_is_looked_up_by_number_and_fact_and_shown_masked(browser: Browser, order: Order) -> None:
    answer = browser.post("orders/look-up", RIGHT)
    (shown,) = answer.json()["orders"]
    assert (shown["number"], shown["label"], shown["total"]) == ("#W1001", "On its way", "€104.80")
    assert [seen["note"] for seen in shown["parcels"][0]["seen"]] == ["Breda", "Venlo"]
    assert shown["goes_to"] == "L*** *** Rotterdam Netherlands"
    text = answer.content.decode()
    assert not [secret for secret in ("Lin Tao", "Canal", "lin@", "1234 5678", "SN-SECRET") if secret in text]


def test_each_item_says_what_may_be_done_with_it(browser: Browser, order: Order) -> None:
    Order.objects.update(status="pending")
    order.shipments.all().delete()
    (shown,) = browser.post("orders/look-up", RIGHT).json()["orders"]
    assert shown["lines"][0]["may"] == ["Cancellation: possible"]


def test_a_wrong_number_and_a_wrong_fact_are_answered_alike(browser: Browser, order: Order) -> None:
    answers = [
        browser.post("orders/look-up", {"number": number, "fact": fact})
        for number, fact in (("W1001", "0000"), ("W9999", "0000"), ("W9999", "5678"), ("", ""))
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert len({(answer.json()["title"], answer.json()["detail"]) for answer in answers}) == 1


def test_misses_are_counted_together_with_those_of_the_page(browser: Browser, order: Order) -> None:
    for guess in range(5):
        browser.post("orders/look-up", {"number": "W1001", "fact": f"000{guess}"})
    answer = browser.post("orders/look-up", RIGHT)
    assert answer.status_code == 429 and "too many attempts" in answer.json()["detail"]


def test_when_nothing_can_be_counted_nothing_is_looked_up(browser: Browser, order: Order) -> None:
    with mock.patch("kefu.database.limits._hit", side_effect=DatabaseError):
        assert browser.post("orders/look-up", RIGHT).status_code == 429


def test_without_a_chat_there_is_no_look_up(inbox: Inbox, order: Order) -> None:
    assert Browser(inbox).post("orders/look-up", RIGHT).status_code == 401
    assert Browser(inbox).get("orders").status_code == 401


def test_the_chat_says_whether_the_brand_has_orders(browser: Browser, brand: Brand) -> None:
    assert browser.state()["has_orders"] is False
    make_source(brand)
    assert browser.state()["has_orders"] is True


# -- one's own


def test_who_has_proved_who_they_are_sees_all_their_orders(
    browser: Browser, order: Order, brand: Brand, other_brand: Brand
) -> None:
    guest = make_order(Customer.objects.create(), brand, "G-1", email="proved@example.com")
    make_order(order.customer, other_brand, "FAR-1")
    customers.verify(order.customer, IdentityKind.EMAIL, "proved@example.com", by=order.customer)
    proved(browser, order.customer)
    shown = browser.get("orders").json()["orders"]
    assert {one["number"] for one in shown} == {"#W1001", guest.external_no}


def test_who_has_not_sees_none(browser: Browser, order: Order) -> None:
    Visitor.objects.update(customer=order.customer)
    assert browser.get("orders").json() == {"orders": []}


# -- talking about it


def test_a_conversation_begins_about_the_order_with_its_number(browser: Browser, order: Order) -> None:
    answer = browser.asks("It is scratched", order=found(browser))
    assert answer.status_code == 201
    talk = Conversation.objects.get(pk=answer.json()["id"])
    assert talk.fields["order_number"] == "#W1001"
    link = LinkedOrder.objects.get(conversation=talk)
    assert (link.order_id, link.linked_by) == (order.pk, None)


def test_a_form_that_asks_for_the_number_takes_it_from_the_order(
    browser: Browser, inbox: Inbox, order: Order
) -> None:
    needed = replace(ORDER_NUMBER, required=True)
    ChatSettings(topics=(Topic("order", Words("订单", "Order"), (NAME, needed)),)).save(inbox)
    answer = browser.asks(
        "Where is it?", topic="order", fields={"order_number": "#W1001"}, order=found(browser)
    )
    assert answer.status_code == 201
    assert Conversation.objects.get().fields["order_number"] == "#W1001"


def test_sent_twice_it_is_one_conversation_and_one_link(browser: Browser, order: Order) -> None:
    asked = {"client_id": str(uuid7()), "order": found(browser)}
    first, second = (browser.asks("It is scratched", **asked) for _again in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert LinkedOrder.objects.count() == 1


def test_a_conversation_that_is_going_on_turns_out_to_be_about_it(browser: Browser, order: Order) -> None:
    talk = browser.asks("A question").json()["id"]
    assert browser.post(f"conversations/{talk}/order", found(browser)).status_code == 204
    assert LinkedOrder.objects.get(conversation=talk).order == order


def test_ones_own_order_needs_no_ticket(browser: Browser, order: Order) -> None:
    proved(browser, order.customer)
    talk = browser.asks("A question", order={"id": str(order.pk)}).json()["id"]
    assert LinkedOrder.objects.get(conversation=talk).order == order


@pytest.mark.parametrize("ticket", ["", "made:up:ticket", None])
def test_an_order_that_one_may_not_see_is_not_linked(
    ticket: str | None, browser: Browser, order: Order
) -> None:
    named = {"id": str(order.pk)} | ({"ticket": ticket} if ticket is not None else {})
    talk = browser.asks("A question", order=named)
    assert talk.status_code == 201, "what they wrote is not lost"
    assert browser.post(f"conversations/{talk.json()['id']}/order", named).status_code == 404
    assert not LinkedOrder.objects.exists()


def test_a_ticket_opens_nothing_in_another_browser(browser: Browser, stranger: Browser, order: Order) -> None:
    talk = stranger.asks("A question").json()["id"]
    assert stranger.post(f"conversations/{talk}/order", found(browser)).status_code == 404
    own = browser.asks("Another").json()["id"]
    assert stranger.post(f"conversations/{own}/order", found(stranger)).status_code == 404
    assert not LinkedOrder.objects.exists()


@pytest.mark.parametrize("odd", ["x", [], 1, {"id": 1}, {"id": "x"}, {"id": str(uuid7()), "ticket": 1}])
def test_what_cannot_be_read_is_refused_and_changes_nothing(
    odd: object, browser: Browser, order: Order
) -> None:
    assert browser.asks("A question", order=odd).status_code == (201 if odd == [] else 422)
    assert browser.post("orders/look-up", {"number": odd, "fact": odd}).status_code == 422
    assert not LinkedOrder.objects.exists()


def test_the_network_a_chat_was_begun_from_is_known_to_those_who_look_up_in_it(browser: Browser) -> None:
    browser.asks("Where is my order?")
    assert networks.of(Conversation.objects.get().pk) == networks.key("127.0.0.1")
