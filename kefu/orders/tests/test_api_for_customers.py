"""Programs that talk with customers: the token they are given, and what it opens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from kefu.events.models import Audit, Delivery, Event
from kefu.orders.models import Order, PaymentMethod
from kefu.orders.testing import make_order, ship
from kefu.people import customers, reveals
from kefu.people.models import Brand, Customer, CustomerToken, Identity, IdentityKind, Staff
from kefu.people.roles import Can
from kefu.people.testing import signed_in
from tests.calling import Caller, calling, problem_of

HOME = {"line1": "9 Canal Street", "city": "Rotterdam", "postal_code": "3011 AB", "country": "NL"}


@pytest.fixture
def lin(lin: Customer) -> Customer:
    lin.name, lin.note, lin.address = "Lin Tao", "Calls often.", HOME
    lin.save()
    customers.claim(lin, IdentityKind.EMAIL, "lin@example.com", by=lin)
    return lin


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    return make_order(lin, brand)


@pytest.fixture
def program(supervisor: Staff) -> Caller:
    return calling(supervisor, Can.SPEAK_FOR_CUSTOMERS, Can.SEE_ORDERS)


@pytest.fixture
def assistant(program: Caller, order: Order) -> Caller:
    """Has been told the customer's address."""
    return Caller(told(program, email="LIN@example.com").json()["token"])


def told(program: Caller, **facts: str) -> Any:
    return program.post("/identity/tokens", facts)


@pytest.mark.parametrize(
    "facts",
    [
        {"email": " Lin@Example.com"},
        {"first_name": "lin", "last_name": "TAO", "postal_code": "3011ab"},
    ],
)
def test_whoever_is_recognised_has_a_token_for_an_hour(
    facts: dict[str, str], program: Caller, order: Order, lin: Customer
) -> None:
    response = told(program, **facts)
    given = response.json()
    assert response.status_code == 201
    assert given["customer"] == str(lin.pk)
    lasts = datetime.fromisoformat(given["expires_at"]) - timezone.now()
    assert timedelta(minutes=59) < lasts <= timedelta(hours=1)
    assert Caller(given["token"]).get(f"/customers/{lin.pk}").status_code == 200


@pytest.mark.parametrize(
    "facts",
    [
        {"email": "ada@example.com"},
        {"first_name": "Lin", "last_name": "Tao", "postal_code": "3012AB"},
        {"first_name": "Lin", "last_name": "Ta", "postal_code": "3011AB"},
    ],
)
def test_what_does_not_fit_gives_no_token(facts: dict[str, str], program: Caller, order: Order) -> None:
    assert problem_of(told(program, **facts))["status"] == 404
    assert not CustomerToken.objects.exists()


def test_two_who_fit_give_no_token(program: Caller, order: Order, brand: Brand) -> None:
    twin = Customer.objects.create(name="Lin Tao")
    make_order(twin, brand, "#W2", email="lin@example.com")
    customers.claim(twin, IdentityKind.EMAIL, "lin@example.com", by=twin)
    assert problem_of(told(program, email="lin@example.com"))["status"] == 409
    assert not CustomerToken.objects.exists()


@pytest.mark.parametrize("scopes", [(Can.SEE_ORDERS,), ()])
def test_only_a_token_for_that_gives_tokens(scopes: tuple[Can, ...], supervisor: Staff, order: Order) -> None:
    weak = calling(supervisor, *scopes) if scopes else Caller()
    assert told(weak, email="lin@example.com").status_code in (401, 403)


def test_an_agent_cannot_issue_one(mei: Staff, order: Order) -> None:
    assert told(calling(mei), email="lin@example.com").status_code == 403


def test_another_brands_program_finds_nobody(
    other_brand: Brand, foreign_team: Any, order: Order, charlie: Staff
) -> None:
    Staff.objects.filter(pk=charlie.pk).update(role="supervisor")
    assert told(calling(Staff.objects.get(pk=charlie.pk)), email="lin@example.com").status_code == 404


def test_that_it_was_issued_is_on_record(assistant: Caller, lin: Customer, supervisor: Staff) -> None:
    entry = Audit.objects.get(kind="customer_token.issued")
    assert (entry.actor_id, entry.data["customer"], entry.address) == (
        supervisor.pk,
        str(lin.pk),
        "127.0.0.1",
    )


def test_customers_see_all_about_themselves_and_nothing_that_was_noted(
    assistant: Caller, lin: Customer
) -> None:
    shown = assistant.get(f"/customers/{lin.pk}").json()
    assert (shown["name"], shown["note"], shown["address"]) == ("Lin Tao", "", HOME)
    assert [one["value"] for one in shown["identities"]] == ["lin@example.com"]


def test_colleagues_see_the_town_and_the_rest_on_record(
    supervisor: Staff, mei: Staff, order: Order, lin: Customer
) -> None:
    shown = calling(mei).get(f"/customers/{lin.pk}").json()
    assert (shown["note"], shown["address"]) == ("Calls often.", {"city": "Rotterdam", "country": "NL"})
    assert calling(mei).get(f"/customers/{lin.pk}/address").status_code == 403
    assert calling(supervisor).get(f"/customers/{lin.pk}/address").json() == {"address": HOME}
    assert Audit.objects.get(kind="customer.address_revealed").actor_id == supervisor.pk


def test_looks_by_token_count_with_those_at_pages_and_supervisors_are_told(
    senior: Staff,
    supervisor: Staff,
    assistant: Caller,
    order: Order,
    lin: Customer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """G8: neither the other address nor the page is a second helping."""
    monkeypatch.setattr(reveals, "AN_HOUR", 2)
    token, home, names = calling(senior), f"/customers/{lin.pk}/address", f"/customers/{lin.pk}/identities"
    assert [token.get(one).status_code for one in (home, names)] == [200, 200]
    for path in (home, names, f"/orders/{order.pk}/contact?reason=check"):
        refused = token.get(path)
        assert problem_of(refused)["status"] == 429
        assert refused["Retry-After"] and "lin@example.com" not in refused.content.decode()
    page = signed_in(senior).post(f"/console/orders/{order.pk}/contact", {"reason": "call"}, follow=True)
    assert "lin@example.com" not in page.content.decode()
    assert Audit.objects.filter(kind="customer.address_revealed").count() == 1
    assert Audit.objects.get(kind="contact.too_many_revealed").actor_id == senior.pk
    told = Delivery.objects.filter(template="mail/many_revealed")
    assert supervisor.email in {mail.recipient for mail in told}
    assert calling(supervisor).get(home).status_code == 200
    for _look in range(3):
        assert assistant.get(home).status_code == 200, "one's own is no look at somebody's"


def test_customers_see_their_orders_by_id_and_by_number(assistant: Caller, order: Order) -> None:
    ship(order)
    for ref in (str(order.pk), "W1001", "%23w1001"):
        response = assistant.get(f"/orders/{ref}")
        assert response.json()["id"] == str(order.pk)
        assert response["ETag"] == '"1"'
    assert [one["id"] for one in assistant.get("/orders").json()["items"]] == [str(order.pk)]
    assert assistant.get("/orders/W1001/contact").json()["address"] == order.address


def test_customers_see_how_they_pay_and_what_is_sold(assistant: Caller, lin: Customer, order: Order) -> None:
    method = PaymentMethod.objects.create(customer=lin, kind="card", display_tail="4242")
    shown = assistant.get(f"/customers/{lin.pk}/payment-methods").json()["items"]
    assert [one["id"] for one in shown] == [str(method.pk)]
    assert assistant.get("/products").json()["items"][0]["model_no"] == "LQ-E20"


def test_another_customer_is_not_there(
    assistant: Caller, brand: Brand, supervisor: Staff, lin: Customer
) -> None:
    ada = Customer.objects.create(name="Ada")
    theirs = make_order(ada, brand, "#W7", email="ada@example.com", phone="")
    before = Customer.objects.get(pk=ada.pk).address
    for path in (f"/customers/{ada.pk}", f"/customers/{ada.pk}/orders", f"/customers/{ada.pk}/address"):
        assert problem_of(assistant.get(path))["status"] == 404
    for ref in (theirs.pk, "W7"):
        assert problem_of(assistant.get(f"/orders/{ref}"))["status"] == 404
    assert problem_of(assistant.put(f"/customers/{ada.pk}/address", HOME))["status"] == 404
    assert [one["number"] for one in assistant.get("/orders").json()["items"]] == ["#W1001"]
    assert Customer.objects.get(pk=ada.pk).address == before


def test_what_was_ordered_at_another_brand_is_not_opened(
    assistant: Caller, lin: Customer, other_brand: Brand
) -> None:
    far = make_order(lin, other_brand, "#X1")
    assert problem_of(assistant.get(f"/orders/{far.pk}"))["status"] == 404
    assert len(assistant.get("/orders").json()["items"]) == 1


def test_nothing_else_opens(assistant: Caller, lin: Customer) -> None:
    for path in ("/customers", "/conversations", "/me", f"/customers/{lin.pk}/identities"):
        assert problem_of(assistant.get(path))["status"] == 401


def test_customers_change_where_they_live_and_orders_keep_their_address(
    assistant: Caller, lin: Customer, order: Order
) -> None:
    new = {"line1": "1 New Road", "city": "Utrecht", "country": "NL"}
    assert assistant.put(f"/customers/{lin.pk}/address", new).json()["address"] == new
    assert Customer.objects.get(pk=lin.pk).address == new
    assert Order.objects.get().address == order.address
    fact = Event.objects.get(kind="customer.described")
    assert (fact.actor_id, fact.data) == (lin.pk, {"details": ["address"]})


def test_the_same_address_again_is_no_change(assistant: Caller, lin: Customer) -> None:
    assert assistant.put(f"/customers/{lin.pk}/address", HOME).status_code == 200
    assert not Event.objects.filter(kind="customer.described").exists()


@pytest.mark.parametrize("wrong", [{"line1": " "}, {"city": ""}, {"planet": "Mars"}, {"line1": "a" * 201}])
def test_half_an_address_is_refused(wrong: dict[str, str], assistant: Caller, lin: Customer) -> None:
    assert assistant.put(f"/customers/{lin.pk}/address", HOME | wrong).status_code == 422
    assert Customer.objects.get(pk=lin.pk).address == HOME


def test_an_address_that_is_known_no_more_finds_nobody(program: Caller, assistant: Caller) -> None:
    Identity.objects.all().delete()
    Order.objects.update(email_index=b"")
    assert told(program, email="lin@example.com").status_code == 404
