from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import make_staff
from kefu.conversations.models import Conversation
from kefu.events.models import Audit
from kefu.orders.models import MethodKind, Order, OrderStatus, Payment, PaymentMethod
from kefu.orders.testing import make_order, make_product, make_source, ship
from kefu.people import customers
from kefu.people.models import Brand, Customer, IdentityKind, Staff, Team
from kefu.people.roles import Role
from tests.calling import Caller, calling, problem_of


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    order = make_order(lin, brand)
    ship(order)
    method = PaymentMethod.objects.create(
        customer=lin, kind=MethodKind.CARD, external_id="card_1", display_tail="4242", provider_ref="pi_1"
    )
    Payment.objects.create(order=order, method=method, captured_minor=10480, currency="EUR")
    return order


def numbers(api: Caller, path: str = "/orders", **asked: Any) -> list[str]:
    return [one["number"] for one in api.get(path, asked).json()["items"]]


@pytest.mark.parametrize("ref", ["{id}", "W1001", "w1001", "%23W1001"])
def test_an_order_is_there_by_id_and_by_number_with_its_version(ref: str, mei: Staff, order: Order) -> None:
    answer = calling(mei).get(f"/orders/{ref.format(id=order.pk)}")
    shown = answer.json()
    assert (answer.status_code, answer["ETag"], shown["version"]) == (200, '"1"', 1)
    assert (shown["number"], shown["total_minor"], shown["currency"]) == ("#W1001", 10480, "EUR")
    assert [line["paid_minor"] for line in shown["lines"]] == [9980]
    assert [event["place"] for event in shown["shipments"][0]["events"]] == ["Venlo", "Breda"]
    assert shown["payments"][0]["captured_minor"] == 10480
    assert "pi_1" not in answer.content.decode()


def test_a_number_of_two_shops_asks_for_the_id(mei: Staff, order: Order, brand: Brand, lin: Customer) -> None:
    make_order(lin, brand, source=make_source(brand, "Market"))
    assert problem_of(calling(mei).get("/orders/W1001"))["status"] == 409
    assert calling(mei).get(f"/orders/{order.pk}").status_code == 200
    assert numbers(calling(mei), number="w1001") == ["#W1001", "#W1001"]


def test_lists_are_narrowed_by_what_is_asked(mei: Staff, order: Order, brand: Brand, lin: Customer) -> None:
    other = Customer.objects.create(name="Ada")
    make_order(other, brand, "B-7", email="ada@example.com", status=OrderStatus.PENDING, placed_at=None)
    api = calling(mei)
    assert numbers(api) == ["B-7", "#W1001"]
    assert numbers(api, status="pending") == ["B-7"]
    assert numbers(api, email=" ADA@example.com ") == ["B-7"]
    assert numbers(api, customer=str(lin.pk)) == ["#W1001"]
    assert numbers(api, placed_after="2026-11-10T00:00:00Z") == ["#W1001"]
    assert numbers(api, placed_before="2026-11-10T00:00:00Z") == []
    assert numbers(api, number="nothing") == []


def test_pages_go_on_where_the_last_one_ended(mei: Staff, brand: Brand, lin: Customer) -> None:
    for place in range(5):
        make_order(lin, brand, f"N{place}")
    api = calling(mei)
    first = api.get("/orders", {"limit": 2}).json()
    second = api.get("/orders", {"limit": 2, "cursor": first["next"]}).json()
    assert [one["number"] for one in first["items"] + second["items"]] == ["N4", "N3", "N2", "N1"]


def test_a_list_takes_the_same_number_of_queries_for_many_orders(
    mei: Staff, order: Order, brand: Brand, lin: Customer
) -> None:
    api = calling(mei)
    api.get("/orders")  # the first use of a token is noted
    with CaptureQueriesContext(connection) as one:
        api.get("/orders")
    for place in range(5):
        ship(make_order(lin, brand, f"N{place}"), f"T{place}")
    with CaptureQueriesContext(connection) as six:
        api.get("/orders")
    assert len(six) == len(one)


def test_contact_details_are_masked_until_someone_with_the_right_asks_and_that_is_kept(
    mei: Staff, senior: Staff, order: Order
) -> None:
    text = calling(mei).get("/orders/W1001").content.decode()
    assert not [secret for secret in ("Lin Tao", "Canal", "lin@", "139 1234") if secret in text]
    assert problem_of(calling(mei).get("/orders/W1001/contact"))["status"] == 403
    assert problem_of(calling(senior, "see contact").get("/orders/W1001/contact"))["status"] == 403
    assert not Audit.objects.filter(kind="order.contact_revealed").exists()
    for query in ("", "?reason=", "?reason=curiosity"):
        assert problem_of(calling(senior).get(f"/orders/W1001/contact{query}"))["status"] == 422
    full = calling(senior).get("/orders/W1001/contact?reason=call").json()
    assert (full["address"]["line1"], full["email"]) == ("9 Canal Street", "lin@example.com")
    kept = Audit.objects.get(kind="order.contact_revealed")
    assert (kept.actor_id, kept.subject_id, kept.address) == (senior.pk, order.pk, "127.0.0.1")


def test_whoever_has_no_business_here_finds_nothing(charlie: Staff, order: Order, lin: Customer) -> None:
    api, product = calling(charlie), make_product(order.brand)
    paths = [f"/orders/{order.pk}", "/orders/W1001", "/orders/W1001/contact", f"/products/{product.pk}"]
    paths += [f"/customers/{lin.pk}/orders", f"/customers/{lin.pk}/payment-methods", "/products/LQ-E20"]
    assert {api.get(path).status_code for path in paths} == {403, 404}
    assert api.get("/orders").json()["items"] == api.get("/products").json()["items"] == []
    for body in ({"email": "lin@example.com"}, {"first_name": "L", "last_name": "T", "postal_code": "1"}):
        assert problem_of(api.post("/identity/lookup", body))["status"] == 404
    assert problem_of(Caller().get("/orders"))["status"] == 401


@pytest.mark.parametrize(
    "ref", ["W9999", "0", "%00", "01a202f4-15ac-7300-a4c0-81795c8bb50b", "a" * 81, "%2e%2e"]
)
def test_what_does_not_exist_is_not_found(ref: str, mei: Staff, order: Order) -> None:
    for what in ("orders", "products"):
        assert calling(mei).get(f"/{what}/{ref}").status_code in {404, 422}


def test_a_customers_orders_are_also_those_of_an_address_that_they_proved(
    mei: Staff, order: Order, parcel_question: Conversation, brand: Brand
) -> None:
    guest = make_order(Customer.objects.create(), brand, "G-1", email="proved@example.com")
    lin, api = order.customer, calling(mei)
    customers.claim(lin, IdentityKind.EMAIL, "proved@example.com", by=lin)
    assert numbers(api, f"/customers/{lin.pk}/orders") == ["#W1001"], "saying so is not proving"
    customers.verify(lin, IdentityKind.EMAIL, "proved@example.com", by=lin)
    assert numbers(api, f"/customers/{lin.pk}/orders") == [guest.external_no, "#W1001"]


def test_how_a_customer_pays_is_shown_without_what_one_could_pay_with(mei: Staff, order: Order) -> None:
    answer = calling(mei).get(f"/customers/{order.customer_id}/payment-methods")
    (method,) = answer.json()["items"]
    assert (method["external_id"], method["kind"], method["display_tail"]) == ("card_1", "card", "4242")
    assert "pi_1" not in answer.content.decode()


def test_products_are_there_by_id_by_the_shops_id_and_by_model(
    mei: Staff, brand: Brand, other_brand: Brand
) -> None:
    product = make_product(brand)
    make_product(other_brand, "XX-1", "Other thing")
    api = calling(mei)
    assert [one["name"] for one in api.get("/products").json()["items"]] == ["Drift earbuds"]
    assert [one["name"] for one in api.get("/products", {"name": "drift"}).json()["items"]] == [
        "Drift earbuds"
    ]
    for ref in (product.pk, "p-LQ-E20", "LQ-E20"):
        shown = api.get(f"/products/{ref}").json()
        assert (shown["id"], shown["variants"][0]["price_minor"]) == (str(product.pk), 4990)


# -- who is it


@pytest.fixture
def known(order: Order) -> Customer:
    lin = order.customer
    lin.name, lin.address = "Lin Tao", {"postal_code": "3011 AB"}
    lin.save()
    customers.claim(lin, IdentityKind.EMAIL, "lin@home.example", by=lin)
    return lin


@pytest.mark.parametrize(
    "asked",
    [
        {"email": "LIN@home.example"},
        {"email": "lin@example.com"},
        {"first_name": "lin", "last_name": "TAO", "postal_code": "3011ab"},
    ],
)
def test_a_customer_is_looked_up_exactly_and_that_is_kept(
    asked: dict[str, str], mei: Staff, known: Customer
) -> None:
    answer = calling(mei).post("/identity/lookup", asked)
    assert (answer.status_code, answer.json()["id"]) == (200, str(known.pk))
    assert "lin@home" not in answer.content.decode()
    kept = Audit.objects.get(kind="customer.looked_up")
    assert (kept.actor_id, kept.subject_id) == (mei.pk, known.pk)


@pytest.mark.parametrize(
    "asked",
    [
        {"email": "lin@home.exampl"},
        {"email": "%"},
        {"first_name": "Li", "last_name": "Tao", "postal_code": "3011 AB"},
        {"first_name": "Lin", "last_name": "%", "postal_code": "3011 AB"},
        {"first_name": "Lin", "last_name": "Tao", "postal_code": "3011 AC"},
    ],
)
def test_what_is_nearly_right_finds_nobody(asked: dict[str, str], mei: Staff, known: Customer) -> None:
    assert calling(mei).post("/identity/lookup", asked).status_code in {404, 422}
    assert not Audit.objects.filter(kind="customer.looked_up").exists()


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"first_name": "Lin"},
        {"email": " "},
        {"email": "a@b.c", "first_name": "L", "last_name": "T", "postal_code": "1"},
    ],
)
def test_it_must_be_an_address_or_a_name_and_a_postal_code(asked: dict[str, str], mei: Staff) -> None:
    assert problem_of(calling(mei).post("/identity/lookup", asked))["status"] == 422


def test_whoever_proved_the_address_is_meant_and_several_who_said_it_are_not_guessed_at(
    mei: Staff, known: Customer
) -> None:
    other = Customer.objects.create(name="Other")
    customers.claim(other, IdentityKind.EMAIL, "lin@home.example", by=other)
    asked = {"email": "lin@home.example"}
    assert problem_of(calling(mei).post("/identity/lookup", asked))["status"] == 409
    customers.verify(known, IdentityKind.EMAIL, "lin@home.example", by=known)
    assert calling(mei).post("/identity/lookup", asked).json()["id"] == str(known.pk)


def test_the_auditor_sees_orders_of_every_brand(auditor: Staff, order: Order) -> None:
    assert numbers(calling(auditor)) == ["#W1001"]


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.TECHNICIAN, Role.FINANCE])
def test_those_who_handle_goods_and_money_see_orders(role: Role, support: Team, order: Order) -> None:
    assert numbers(calling(make_staff("someone", role, support))) == ["#W1001"]
