from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conftest import begin, make_staff
from kefu.conversations.models import Conversation, Inbox
from kefu.events.models import Audit, Delivery
from kefu.orders import linking, offering, views
from kefu.orders.models import LinkedOrder, Order, OrderStatus
from kefu.orders.offering import Section
from kefu.orders.showing import Action
from kefu.orders.testing import PLACED, make_order, make_source, ship
from kefu.people import customers, reveals
from kefu.people.models import Brand, Customer, IdentityKind, Staff, Team
from kefu.people.roles import Role
from kefu.people.testing import signed_in
from tests.calling import calling, problem_of

FRAGMENT = {"hx-request": "true"}
SECRETS = ("9 Canal Street", "lin@example.com", "139 1234")


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    order = make_order(lin, brand)
    ship(order)
    return order


def english(staff: Staff) -> Client:
    client = signed_in(staff)
    client.cookies["kefu-language"] = "en"
    return client


def text_of(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


# -- the list


def test_the_list_shows_the_latest_first_and_goes_on_behind_the_last_one(
    mei: Staff, lin: Customer, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PAGE", 2)
    for day in range(4):
        make_order(lin, brand, f"N-{day}", placed_at=PLACED + timedelta(days=day))
    make_order(lin, brand, "NO-DATE", placed_at=None)
    client, address, seen = english(mei), "/console/orders/", []
    for _page in range(3):
        page = text_of(client, address)
        seen.append([number for number in ("NO-DATE", "N-3", "N-2", "N-1", "N-0") if f">{number}<" in page])
        older = page.partition('rel="next" href="')[2].partition('"')[0]
        address = f"/console/orders/{older.replace('&amp;', '&')}"
    assert seen == [["NO-DATE", "N-3"], ["N-2", "N-1"], ["N-0"]]
    assert older == ""


def test_a_place_that_we_did_not_name_is_the_first_page(mei: Staff, order: Order) -> None:
    for odd in ("x", "a:b", "\0"):
        assert "#W1001" in text_of(english(mei), "/console/orders/", **{"from": odd})


@pytest.mark.parametrize(
    "asked",
    ["w1001", "#W1001", "LIN@example.com", "+86 139 1234 5678", "13912345678", "lin", "proved@x.example"],
)
def test_an_order_is_found_by_number_contact_and_name(
    asked: str, mei: Staff, order: Order, brand: Brand
) -> None:
    make_order(Customer.objects.create(name="Ada"), brand, "B-7", email="ada@example.com", phone="")
    customers.claim(order.customer, IdentityKind.EMAIL, "proved@x.example", by=mei)
    page = text_of(english(mei), "/console/orders/", q=asked)
    assert "#W1001" in page and "B-7" not in page


@pytest.mark.parametrize("asked", ["5678", "lin@example", "%", "_", "'", "a" * 500, "\0", "@"])
def test_what_is_only_nearly_right_finds_nothing(asked: str, mei: Staff, order: Order) -> None:
    assert "#W1001" not in text_of(english(mei), "/console/orders/", q=asked)


def test_each_brand_has_its_list_and_a_search_goes_through_all(
    admin: Staff, order: Order, other_brand: Brand, lin: Customer
) -> None:
    make_order(lin, other_brand, "B-7")
    client = english(admin)
    assert "B-7" not in text_of(client, "/console/orders/")
    assert "B-7" in text_of(client, "/console/orders/", brand="other")
    found = text_of(client, "/console/orders/", q="lin")
    assert "B-7" in found and "#W1001" in found and ">Other<" in found


def test_the_list_takes_the_same_number_of_queries_for_many_orders(
    mei: Staff, order: Order, brand: Brand
) -> None:
    client = english(mei)
    few = _queries(client, "/console/orders/")
    for place in range(12):
        make_order(Customer.objects.create(name=f"C{place}"), brand, f"N-{place}")
    assert _queries(client, "/console/orders/") == few <= 9


def _queries(client: Client, address: str) -> int:
    text_of(client, address)  # the session's first use is noted
    with CaptureQueriesContext(connection) as asked:
        text_of(client, address)
    return len(asked)


# -- one order


def test_an_order_is_shown_masked_with_what_was_paid_and_its_parcels(mei: Staff, order: Order) -> None:
    page = text_of(english(mei), f"/console/orders/{order.pk}")
    assert "#W1001" in page and "Breda" in page and "SN-SECRET-1" in page
    assert [secret for secret in SECRETS if secret in page] == []
    assert "Show in full" not in page


def test_contact_is_shown_in_full_to_who_may_and_that_is_kept(
    mei: Staff, senior: Staff, order: Order
) -> None:
    address = f"/console/orders/{order.pk}/contact"
    assert english(mei).post(address).status_code == 403
    assert not Audit.objects.filter(kind="order.contact_revealed").exists()
    for headers in ({}, FRAGMENT):
        page = english(senior).post(address, {"reason": "call"}, headers=headers).content.decode()
        assert all(secret in page for secret in SECRETS)
    kept = Audit.objects.filter(kind="order.contact_revealed")
    assert {(one.actor_id, one.subject_id, one.address) for one in kept} == {
        (senior.pk, order.pk, "127.0.0.1")
    }
    assert [one.data for one in kept] == [{"reason": "call"}] * 2


@pytest.mark.parametrize("reason", ["", "curiosity"])
def test_without_a_reason_contact_stays_masked(senior: Staff, order: Order, reason: str) -> None:
    """G8"""
    address, said = f"/console/orders/{order.pk}/contact", {"reason": reason}
    for headers in ({}, FRAGMENT):
        page = english(senior).post(address, said, headers=headers, follow=True).content.decode()
        assert "Choose why you need it." in page
        assert not any(secret in page for secret in SECRETS)
    assert not Audit.objects.filter(kind="order.contact_revealed").exists()


def test_whoever_reads_too_many_is_stopped_and_supervisors_are_told_once(
    senior: Staff, supervisor: Staff, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G8: pages and the API count together."""
    monkeypatch.setattr(reveals, "AN_HOUR", 2)
    address, said = f"/console/orders/{order.pk}/contact", {"reason": "call"}
    assert calling(senior).get(f"/orders/{order.pk}/contact?reason=check").status_code == 200
    assert SECRETS[0] in english(senior).post(address, said).content.decode()
    for _try in range(3):
        page = english(senior).post(address, said, headers=FRAGMENT).content.decode()
        assert "ask a supervisor" in page
        assert not any(secret in page for secret in SECRETS)
    assert problem_of(calling(senior).get(f"/orders/{order.pk}/contact?reason=check"))["status"] == 429
    assert Audit.objects.filter(kind="order.contact_revealed").count() == 2
    assert Audit.objects.get(kind="contact.too_many_revealed").actor_id == senior.pk
    told = Delivery.objects.filter(template="mail/many_revealed")
    assert supervisor.email in {mail.recipient for mail in told}
    assert senior.email not in {mail.recipient for mail in told}
    assert len(told) == len({mail.recipient for mail in told})
    assert SECRETS[0] in english(supervisor).post(address, said).content.decode()


def test_conversations_about_it_are_those_that_one_may_see(
    mei: Staff, omar: Staff, order: Order, parcel_question: Conversation
) -> None:
    linking.link(order, parcel_question, by=mei)
    address = f"/console/orders/{order.pk}"
    assert parcel_question.public_number in text_of(english(mei), address)
    assert parcel_question.public_number not in text_of(english(omar), address)


def test_an_order_page_takes_the_same_number_of_queries_for_many_parcels(mei: Staff, order: Order) -> None:
    client, address = english(mei), f"/console/orders/{order.pk}"
    few = _queries(client, address)
    for place in range(5):
        ship(order, f"T{place}")
    assert _queries(client, address) == few <= 42


# -- beside a conversation


def test_a_customers_orders_stand_beside_their_conversation(
    mei: Staff, order: Order, parcel_question: Conversation, brand: Brand, other_brand: Brand, lin: Customer
) -> None:
    make_order(lin, brand, "OLD-1", placed_at=PLACED - timedelta(days=90), status=OrderStatus.DELIVERED)
    make_order(lin, other_brand, "FAR-1")
    make_order(Customer.objects.create(name="Ada"), brand, "ADA-1")
    page = text_of(english(mei), f"/console/c/{parcel_question.pk}/")
    assert page.index("#W1001") < page.index("OLD-1")
    assert "FAR-1" not in page and "ADA-1" not in page


def test_what_the_conversation_is_about_comes_first_whoever_ordered_it(
    mei: Staff, order: Order, parcel_question: Conversation, brand: Brand
) -> None:
    theirs = make_order(
        Customer.objects.create(name="Ada"), brand, "ADA-1", placed_at=PLACED - timedelta(days=400)
    )
    linking.link(theirs, parcel_question, by=mei)
    page = text_of(english(mei), f"/console/c/{parcel_question.pk}/")
    assert page.index("ADA-1") < page.index("#W1001")


def test_opened_it_tells_items_and_parcels(mei: Staff, order: Order, parcel_question: Conversation) -> None:
    page = text_of(english(mei), f"/console/c/{parcel_question.pk}/orders/{order.pk}")
    assert "Drift earbuds" in page and "SF1234567890" in page and "Breda" in page
    assert [secret for secret in SECRETS if secret in page] == []


def test_an_order_is_searched_linked_and_taken_away_again(
    mei: Staff, parcel_question: Conversation, brand: Brand
) -> None:
    theirs = make_order(Customer.objects.create(name="Ada"), brand, "ADA-1")
    client, at = english(mei), f"/console/c/{parcel_question.pk}/orders"
    assert "ADA-1" in text_of(client, at, q="ada-1")
    assert client.post(f"{at}/{theirs.pk}/link").status_code == 302
    assert client.post(f"{at}/{theirs.pk}/link", headers=FRAGMENT).status_code == 200
    assert LinkedOrder.objects.get().linked_by == mei
    client.post(f"{at}/{theirs.pk}/link", {"_method": "DELETE"})
    assert not LinkedOrder.objects.exists()


def test_an_order_of_another_brand_is_neither_found_nor_linked(
    mei: Staff, admin: Staff, parcel_question: Conversation, other_brand: Brand, lin: Customer
) -> None:
    theirs, at = make_order(lin, other_brand, "FAR-1"), f"/console/c/{parcel_question.pk}/orders"
    assert english(mei).get(f"{at}/{theirs.pk}").status_code == 404
    assert english(mei).post(f"{at}/{theirs.pk}/link").status_code == 404
    client = english(admin)
    assert "FAR-1" not in text_of(client, at, q="FAR-1")
    client.post(f"{at}/{theirs.pk}/link")
    assert not LinkedOrder.objects.exists()


def test_the_pane_costs_the_same_for_many_orders(
    mei: Staff, order: Order, parcel_question: Conversation, brand: Brand, lin: Customer
) -> None:
    client, address = english(mei), f"/console/c/{parcel_question.pk}/"
    few = _queries(client, address)
    for place in range(6):
        ship(make_order(lin, brand, f"N-{place}"), f"T{place}")
    assert _queries(client, address) == few


# -- who has no business here


ADDRESSES: list[Callable[[Order, Conversation], str]] = [
    lambda order, _talk: f"/console/orders/{order.pk}",
    lambda order, talk: f"/console/c/{talk.pk}/orders/{order.pk}",
    lambda _order, talk: f"/console/c/{talk.pk}/orders",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stranger_finds_nothing(
    address: Callable[[Order, Conversation], str], charlie: Staff, order: Order, parcel_question: Conversation
) -> None:
    assert english(charlie).get(address(order, parcel_question)).status_code == 404
    assert Client().get(address(order, parcel_question)).status_code == 302
    assert "#W1001" not in text_of(english(charlie), "/console/orders/", q="W1001")


def test_those_who_only_look_link_nothing(
    auditor: Staff, order: Order, parcel_question: Conversation
) -> None:
    client, at = english(auditor), f"/console/c/{parcel_question.pk}/orders/{order.pk}"
    assert "It is about this order" not in text_of(client, at)
    assert client.post(f"{at}/link").status_code == 403


def test_the_warehouse_sees_orders_and_no_contact(support: Team, order: Order) -> None:
    client = english(make_staff("stores", Role.WAREHOUSE, support))
    assert "#W1001" in text_of(client, "/console/orders/")
    assert client.post(f"/console/orders/{order.pk}/contact").status_code == 403


def test_two_shops_of_a_brand_may_count_alike(mei: Staff, order: Order, brand: Brand, lin: Customer) -> None:
    make_order(lin, brand, source=make_source(brand, "Market"))
    assert text_of(english(mei), "/console/orders/", q="W1001").count(">#W1001<") == 2


def test_an_order_that_holds_markup_shows_it_as_text(mei: Staff, inbox: Inbox, brand: Brand) -> None:
    wild = "<img src=x onerror=alert(1)>"
    buyer = Customer.objects.create(name=wild)
    order, talk = make_order(buyer, brand, wild), begin(buyer, inbox)
    order.lines.update(name=wild)
    ship(order, wild)
    for address in (
        *(make(order, talk) for make in ADDRESSES[:2]),
        f"/console/c/{talk.pk}/",
        "/console/orders/",
    ):
        assert "<img src=x" not in text_of(english(mei), address)


def test_what_may_be_done_with_each_item_and_what_was_asked_for_stand_beside_it(
    mei: Staff, order: Order, parcel_question: Conversation
) -> None:
    """Told by a room further down, which is named in ``kefu.reactions``."""
    line = order.lines.get()
    told = {line.pk: [Action("Return", why="possible"), Action("Exchange", href="/exchange")]}
    section = Section("claims", "Claims", "orders/contact.html", lambda _order, _agent: {})
    hidden = Section("secret", "Secret", "orders/contact.html", lambda _order, _agent: None)
    with (
        mock.patch.object(offering, "OFFERS", [lambda _order, _agent: told]),
        mock.patch.object(offering, "SECTIONS", [section, hidden]),
    ):
        page = text_of(english(mei), f"/console/orders/{order.pk}")
        pane = text_of(english(mei), f"/console/c/{parcel_question.pk}/orders/{order.pk}")
    for shown in (page, pane):
        assert "Return: possible" in shown and 'href="/exchange"' in shown
    assert 'id="section-claims"' in page and "Secret" not in page
