"""Parcels by hand through the API: as on the page, once for each key, and only on what was seen."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import make_staff
from kefu.orders.models import Carrier, Order, Shipment
from kefu.orders.testing import make_order, ship
from kefu.people import customer_tokens
from kefu.people.models import Brand, Customer, Staff, StaffToken, Team
from kefu.people.roles import Can, Role
from tests.calling import Caller, calling, problem_of, token_of

DELIVERED = {"status": "delivered", "at": "2026-11-12T10:00:00+08:00", "text": "At the gate"}


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    Carrier.objects.get_or_create(code="dhl", defaults={"name": "DHL", "also": ["DHL Express"]})
    return make_order(lin, brand, status="processing")  # type: ignore[arg-type]


def adding(order: Order) -> str:
    return f"/orders/{order.pk}/shipments"


def marking(shipment: Shipment) -> str:
    return f"/orders/{shipment.order_id}/shipments/{shipment.pk}/events"


def test_a_parcel_is_added_and_listed_with_the_orders_version(mei: Staff, order: Order) -> None:
    api, line = calling(mei), order.lines.get()
    given = {"carrier": "dhl", "tracking_no": "D1", "lines": [{"line": str(line.pk), "qty": 1}]}
    answer = api.post(f"/orders/{order.external_no.lstrip('#')}/shipments", given, If_Match='"1"')
    shown = answer.json()
    assert (answer.status_code, answer["ETag"]) == (201, '"2"')
    assert (shown["carrier"], shown["status"], shown["lines"]) == ("dhl", "created", given["lines"])
    assert "picked_up" in shown["allowed"] and "cancelled" in shown["allowed"]
    listed = api.get(adding(order))
    assert (listed["ETag"], [one["id"] for one in listed.json()["items"]]) == ('"2"', [shown["id"]])
    assert api.get(f"/orders/{order.pk}").json()["shipments"] == listed.json()["items"]


def test_one_item_named_twice_is_in_it_twice(mei: Staff, order: Order) -> None:
    line = {"line": str(order.lines.get().pk), "qty": 1}
    assert calling(mei).post(adding(order), {"lines": [line, line]}).json()["lines"][0]["qty"] == 2
    over = calling(mei).post(adding(order), {"lines": [line]})
    assert problem_of(over)["errors"][0]["field"] == "lines"


def test_a_parcel_is_marked_and_the_last_word_on_its_day_counts(mei: Staff, order: Order) -> None:
    shipment = ship(order)
    answer = calling(mei).post(marking(shipment), DELIVERED)
    shown = answer.json()
    assert (answer.status_code, shown["delivered_at"]) == (201, "2026-11-12T02:00:00Z")
    assert (shown["delivery_source"], shown["allowed"]) == ("staff", ["delivered", "returned"])
    assert shown["events"][-1]["text"] == "At the gate"
    again = calling(mei).post(marking(shipment), DELIVERED | {"at": "2026-11-13T10:00:00Z"})
    assert again.json()["delivered_at"] == "2026-11-13T10:00:00Z"


def test_a_step_that_is_not_possible_is_told_with_those_that_are(mei: Staff, order: Order) -> None:
    shipment = ship(order)
    calling(mei).post(marking(shipment), DELIVERED)
    problem = problem_of(calling(mei).post(marking(shipment), {"status": "in_transit"}))
    assert (problem["status"], problem["allowed"]) == (409, ["delivered", "returned"])
    back = Shipment.objects.create(brand=order.brand, order=order, direction="inbound")
    problem = problem_of(calling(mei).post(marking(back), {"status": "delivered"}))
    assert (problem["status"], problem["allowed"]) == (409, [])


def test_the_same_key_has_one_effect_and_another_body_is_refused(mei: Staff, order: Order) -> None:
    api, body = calling(mei), {"lines": [{"line": str(order.lines.get().pk), "qty": 1}]}
    first = api.post(adding(order), body, Idempotency_Key="k1")
    again = api.post(adding(order), body, Idempotency_Key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert api.post(adding(order), {"tracking_no": "D9"}, Idempotency_Key="k1").status_code == 422
    assert order.shipments.count() == 1


def test_what_one_has_not_seen_is_not_changed(mei: Staff, order: Order) -> None:
    shipment, api = ship(order), calling(mei)
    for stale in ('"9"', "x", '"0"'):
        assert problem_of(api.post(adding(order), {}, If_Match=stale))["status"] == 412
        assert problem_of(api.post(marking(shipment), DELIVERED, If_Match=stale))["status"] == 412
    assert api.post(marking(shipment), DELIVERED, If_Match='"1"')["ETag"] == '"2"'
    assert order.shipments.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"carrier": "Nobody's"}, "carrier"),
        ({"status": "delivered"}, "status"),
        ({"status": "flying"}, "status"),
        ({"lines": []}, "lines"),
        ({"lines": [{"line": "x", "qty": 1}]}, "lines.0.line"),
        ({"lines": [{"line": "0192e8b0-0000-7000-8000-000000000000", "qty": 1}]}, "lines"),
        ({"lines": [{"line": "0192e8b0-0000-7000-8000-000000000000", "qty": 0}]}, "lines.0.qty"),
        ({"tracking_no": "a\0"}, "tracking_no"),
        ({"note": "x"}, "note"),
    ],
)
def test_bad_input_is_named(given: dict[str, Any], field: str, mei: Staff, order: Order) -> None:
    problem = problem_of(calling(mei).post(adding(order), given))
    assert (problem["status"], problem["errors"][0]["field"]) == (422, field)
    assert not order.shipments.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"status": "delivered", "at": "2999-01-01T00:00:00Z"}, "at"),
        ({"status": "delivered", "at": "0001-01-01T00:00:00Z"}, "at"),
        ({"status": "delivered", "at": "9999-12-31T23:59:59-12:00"}, "at"),
        ({"status": "delivered", "text": "x" * 401}, "text"),
        ({}, "status"),
    ],
)
def test_a_bad_mark_is_named(given: dict[str, Any], field: str, mei: Staff, order: Order) -> None:
    shipment = ship(order)
    problem = problem_of(calling(mei).post(marking(shipment), given))
    assert (problem["status"], problem["errors"][0]["field"]) == (422, field)
    assert shipment.events.count() == 2


def test_strangers_other_roles_and_narrow_tokens_do_nothing(
    charlie: Staff, mei: Staff, support: Team, order: Order, lin: Customer, supervisor: Staff
) -> None:
    shipment = ship(order)
    other = ship(make_order(lin, order.brand, "W2"))
    finance = make_staff("till", Role.FINANCE, support)
    token = StaffToken.objects.get(token_hash__isnull=False, staff=_issuing(supervisor))
    hers = Caller(customer_tokens.issue(lin, through=token)[1])
    refused = [
        (Caller(), 401),
        (calling(charlie), 404),
        (calling(finance), 403),
        (calling(mei, Can.SEE_ORDERS), 403),
        (calling(mei, Can.SEND_PARCELS), 403),
        (hers, 401),
    ]
    for api, status in refused:
        assert api.post(adding(order), {}).status_code == status
        assert api.post(marking(shipment), DELIVERED).status_code == status
    mixed = f"/orders/{order.pk}/shipments/{other.pk}/events"
    assert calling(mei).post(mixed, DELIVERED).status_code == 404
    shipment.refresh_from_db()
    assert (shipment.status, order.shipments.count()) == ("in_transit", 1)


def _issuing(staff: Staff) -> Staff:
    token_of(staff)
    return staff
