"""Changing and cancelling an order before shipment, through the API: answers, status codes, repeats, versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from kefu.claims.models import Claim, OrderChange, Refund
from kefu.claims.presets import TAU_RETAIL
from kefu.claims.terms import Approval
from kefu.claims.testing import published
from kefu.claims.tests.shop import Shop
from kefu.orders.models import Order, OrderStatus, Payment, PaymentMethod
from kefu.people import customer_tokens
from kefu.people.models import Brand, Customer, Staff, StaffToken
from kefu.people.roles import Can
from tests.calling import EVERYTHING, Caller, calling, problem_of

ADDRESS = {"line1": "1 New Road", "city": "Suzhou", "country": "CN"}


@pytest.fixture
def order(shop: Shop, brand: Brand) -> Order:
    published(brand)
    shop.variant(shop.product, "LAMP-1-B", 12_500)
    return shop.order(status="pending")


@pytest.fixture
def paypal(lin: Customer) -> PaymentMethod:
    return PaymentMethod.objects.create(customer=lin, kind="wallet", label="paypal")


def speaking_for(customer: Customer, staff: Staff) -> Caller:
    program, _secret = StaffToken.issue(
        staff=staff, name="Assistant", scopes=list(EVERYTHING), lasts=timedelta(days=1)
    )
    return Caller(customer_tokens.issue(customer, through=program)[1])


@pytest.fixture
def assistant(lin: Customer, supervisor: Staff) -> Caller:
    return speaking_for(lin, supervisor)


def swap(order: Order, settle_with: PaymentMethod, sku: str = "LAMP-1-B") -> dict[str, Any]:
    lines = [{"order_line": str(order.lines.get().pk), "new_sku": sku}]
    return {"lines": lines, "settle_with": str(settle_with.pk)}


CALLS: dict[str, tuple[str, str, Any]] = {
    "address": ("PUT", "shipping-address", lambda order, method: ADDRESS),
    "items": ("POST", "item-changes", swap),
    "payment": ("POST", "payment-change", lambda order, method: {"payment_method": str(method.pk)}),
    "cancellation": ("POST", "cancellations", lambda order, method: {"reason": "no_longer_needed"}),
}
each = pytest.mark.parametrize("name", sorted(CALLS))


def call(api: Caller, name: str, order: Order, method: PaymentMethod, **headers: str) -> Any:
    verb, path, body = CALLS[name]
    return api.send(verb, f"/orders/{order.pk}/{path}", body(order, method), **headers)


def everything() -> list[Any]:
    models = (Order, OrderChange, Payment, Refund, Claim, PaymentMethod)
    return [sorted(map(str, model._base_manager.values_list())) for model in models]


def test_the_address_comes_back_with_the_order(
    assistant: Caller, order: Order, paypal: PaymentMethod
) -> None:
    response = call(assistant, "address", order, paypal)
    assert (response.status_code, response["ETag"], response.json()["version"]) == (200, '"2"', 2)
    assert assistant.get(f"/orders/{order.pk}/contact").json()["address"] == ADDRESS


def test_a_change_of_items_tells_what_is_paid(assistant: Caller, order: Order, paypal: PaymentMethod) -> None:
    response = call(assistant, "items", order, paypal)
    told = response.json()
    assert (response.status_code, response["ETag"]) == (201, '"2"')
    assert (told["what"], told["amount_minor"], told["refunds"]) == ("items", 2_500, [])
    assert assistant.get(f"/orders/{order.pk}").json()["lines"][0]["sku"] == "LAMP-1-B"


def test_a_change_of_payment_tells_what_goes_back(
    assistant: Caller, order: Order, paypal: PaymentMethod
) -> None:
    told = call(assistant, "payment", order, paypal).json()
    (refund,) = told["refunds"]
    assert (told["amount_minor"], refund["amount_minor"], refund["state"]) == (10_000, 10_000, "queued")


def test_a_cancellation_is_a_claim_that_the_policy_approves(
    assistant: Caller, order: Order, paypal: PaymentMethod
) -> None:
    response = call(assistant, "cancellation", order, paypal)
    told = response.json()
    assert (response.status_code, told["status"]) == (201, "refunding")
    assert [refund["amount_minor"] for refund in told["refunds"]] == [10_000]
    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == (OrderStatus.CANCELLED, "no_longer_needed")
    claim = Claim.objects.get()
    assert (claim.customer, claim.channel, claim.public_number) == (order.customer, "api", told["number"])


@each
def test_a_colleague_does_it_on_the_customers_behalf(
    name: str, mei: Staff, order: Order, paypal: PaymentMethod
) -> None:
    assert call(calling(mei), name, order, paypal).status_code in (200, 201)
    change = OrderChange.objects.first()
    assert change is None or (change.actor_kind, change.actor_id) == ("staff", mei.pk)


@each
def test_a_stranger_meets_nothing(
    name: str, charlie: Staff, supervisor: Staff, auditor: Staff, order: Order, paypal: PaymentMethod
) -> None:
    before = everything()
    ada = Customer.objects.create(name="Ada")
    for api, status in (
        (Caller(), 401),
        (calling(charlie), 404),
        (speaking_for(ada, supervisor), 404),
        (calling(auditor), 403),
        (calling(supervisor, Can.SEE_ORDERS), 403),
    ):
        assert problem_of(call(api, name, order, paypal))["status"] == status
    assert everything() == before


@each
def test_an_order_that_has_left_is_409(
    name: str, assistant: Caller, order: Order, paypal: PaymentMethod
) -> None:
    for status in ("processing", "delivered", "cancelled"):
        Order.objects.update(status=status)
        before = everything()
        assert problem_of(call(assistant, name, order, paypal))["status"] == 409
        assert everything() == before


@each
def test_an_order_that_is_not_there_is_404(
    name: str, assistant: Caller, order: Order, paypal: PaymentMethod
) -> None:
    verb, path, body = CALLS[name]
    for ref in (uuid4(), "W404", order.lines.get().pk):
        response = assistant.send(verb, f"/orders/{ref}/{path}", body(order, paypal))
        assert problem_of(response)["status"] == 404


WRONG: list[tuple[str, Any, str]] = [
    ("address", {"line1": "", "city": "Suzhou"}, "line1"),
    ("items", {"lines": []}, "lines"),
    ("items", {"settle_with": str(uuid4())}, "settle_with"),
    ("items", {"lines": [{"order_line": str(uuid4()), "new_sku": "LAMP-1-B"}]}, "lines.0.order_line"),
    ("payment", {"payment_method": str(uuid4())}, "payment_method"),
    ("cancellation", {"reason": "too expensive"}, "lines.0.reason"),
    ("cancellation", {}, "reason"),
]


@pytest.mark.parametrize(("name", "body", "field"), WRONG)
def test_what_was_asked_wrongly_is_422_with_the_field(
    name: str, body: Any, field: str, assistant: Caller, order: Order, paypal: PaymentMethod
) -> None:
    verb, path, right = CALLS[name]
    whole = {**right(order, paypal), **body} if body else {}
    before = everything()
    told = problem_of(assistant.send(verb, f"/orders/{order.pk}/{path}", whole))
    assert (told["status"], told["errors"][0]["field"]) == (422, field)
    assert told["errors"][0]["message"]
    assert everything() == before


def test_how_the_order_stands_is_told_before_what_was_asked_wrongly(assistant: Caller, order: Order) -> None:
    Order.objects.update(status="processing")
    wrong: dict[str, Any] = {"payment_method": str(uuid4())}
    assert assistant.post(f"/orders/{order.pk}/payment-change", wrong).status_code == 409
    assert assistant.post(f"/orders/{order.pk}/cancellations", {"reason": "too expensive"}).status_code == 409


@each
def test_the_same_call_again_has_the_same_answer_and_no_effect(
    name: str, assistant: Caller, order: Order, paypal: PaymentMethod
) -> None:
    first = call(assistant, name, order, paypal, Idempotency_Key="once")
    after = everything()
    again = call(assistant, name, order, paypal, Idempotency_Key="once")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert everything() == after


@each
def test_whoever_names_a_version_changes_only_that_one(
    name: str, assistant: Caller, order: Order, paypal: PaymentMethod
) -> None:
    before = everything()
    for seen in ('"2"', '"0"', 'W/"1"', "1", "nonsense"):
        assert problem_of(call(assistant, name, order, paypal, If_Match=seen))["status"] == 412
    assert everything() == before
    seen = assistant.get(f"/orders/{order.pk}")["ETag"]
    assert call(assistant, name, order, paypal, If_Match=seen).status_code in (200, 201)


@each
def test_any_version_is_any_version(
    name: str, assistant: Caller, order: Order, paypal: PaymentMethod
) -> None:
    assert call(assistant, name, order, paypal, If_Match="*").status_code in (200, 201)


def test_where_a_person_decides_the_cancellation_waits_and_nothing_else_is_changed_meanwhile(
    assistant: Caller, order: Order, paypal: PaymentMethod
) -> None:
    published(order.brand, replace(TAU_RETAIL, approval=Approval(automatic=False)))
    assert call(assistant, "cancellation", order, paypal).json()["status"] == "under_review"
    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING
    for name in ("address", "items", "payment"):
        assert call(assistant, name, order, paypal).status_code == 409
