"""Staff enter and mark parcels on the order's page and beside a conversation."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from conftest import make_staff
from kefu.conversations.models import Conversation
from kefu.lib.ids import uuid7
from kefu.orders.models import Carrier, Order, OrderSource, Shipment
from kefu.orders.testing import make_order, ship
from kefu.people.models import Brand, Customer, Staff, Team
from kefu.people.roles import Role
from kefu.people.testing import signed_in

FRAGMENT = {"hx-request": "true"}


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    return make_order(lin, brand, status="processing")  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _carrier(brand: Brand) -> None:
    Carrier.objects.get_or_create(code="dhl", defaults={"name": "DHL"})


def english(staff: Staff) -> Client:
    client = signed_in(staff)
    client.cookies["kefu-language"] = "en"
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def adding(order: Order) -> str:
    return f"/console/orders/{order.pk}/shipments"


def marking(shipment: Shipment) -> str:
    return f"/console/orders/{shipment.order_id}/shipments/{shipment.pk}/events"


def parcel(order: Order, **given: Any) -> dict[str, Any]:
    line = order.lines.get()
    packed = {f"qty_{line.pk.hex}": 2}
    return {"key": uuid7(), "carrier": "dhl", "tracking_no": "D1", "status": "picked_up", **packed, **given}


def mark(**given: Any) -> dict[str, Any]:
    return {"key": uuid7(), "status": "delivered", "at": "2026-11-12T10:00", "text": "", **given}


def test_a_parcel_is_added_on_the_orders_page_and_shown_there(mei: Staff, order: Order) -> None:
    client = english(mei)
    assert f'"{adding(order)}"' in text(client.get(f"/console/orders/{order.pk}"))
    given = parcel(order)
    for _twice in range(2):
        assert client.post(adding(order), given)["Location"] == f"/console/orders/{order.pk}"
    page = text(client.get(f"/console/orders/{order.pk}"))
    assert "D1" in page and "Handed to the carrier" in page
    assert f'"{adding(order)}"' not in page  # nothing is left to send
    assert order.shipments.get().entered_by == mei


def test_a_parcel_is_marked_with_its_day_in_the_colleagues_own_time(mei: Staff, order: Order) -> None:
    mei.time_zone = "Asia/Shanghai"
    mei.save()
    shipment, client = ship(order), english(mei)
    assert marking(shipment) in text(client.get(f"/console/orders/{order.pk}"))
    given = mark(text="At the neighbour's")
    for _twice in range(2):
        assert client.post(marking(shipment), given).status_code == 302
    shipment.refresh_from_db()
    assert shipment.delivered_at is not None
    assert shipment.delivered_at.isoformat() == "2026-11-12T02:00:00+00:00"
    assert shipment.events.filter(status="delivered").count() == 1
    assert "At the neighbour&#x27;s" in text(client.get(f"/console/orders/{order.pk}"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"key": ""}, "required"),
        ({"carrier": "nobody"}, "not one of the available choices"),
        ({"status": "delivered"}, "not one of the available choices"),
        ({"tracking_no": "x" * 81}, "at most 80"),
        ({"tracking_no": "a\0"}, "Null characters"),
        ({"qty": 3}, "less than or equal to 2"),
        ({"qty": -1}, "greater than or equal to 0"),
        ({"qty": 0}, "Say what is in it."),
        ({"qty": "two"}, "whole number"),
    ],
)
def test_bad_input_is_named_and_nothing_is_sent(
    given: dict[str, Any], words: str, mei: Staff, order: Order
) -> None:
    if "qty" in given:
        given = {f"qty_{order.lines.get().pk.hex}": given["qty"]}
    answer = english(mei).post(adding(order), parcel(order, **given))
    assert answer.status_code == 200 and words in text(answer)
    assert not order.shipments.exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"status": "cancelled"}, "not one of the available choices"),
        ({"at": "yesterday"}, "valid date"),
        ({"at": "2999-01-01T00:00"}, "still to come"),
        ({"at": "0001-01-01T00:00"}, "before the order was placed"),
        ({"text": "x" * 401}, "at most 400"),
    ],
)
def test_a_mark_that_cannot_be_is_named_and_nothing_moves(
    given: dict[str, str], words: str, mei: Staff, order: Order
) -> None:
    shipment = ship(order)
    answer = english(mei).post(marking(shipment), mark(**given))
    assert answer.status_code == 200 and words in text(answer)
    shipment.refresh_from_db()
    assert shipment.status == "in_transit"


def test_beside_a_conversation_it_is_done_in_a_dialog_and_drawn_anew(
    mei: Staff, order: Order, parcel_question: Conversation
) -> None:
    shipment, client = ship(order), english(mei)
    beside = f"/console/c/{parcel_question.pk}/orders/{order.pk}"
    assert marking(shipment) in text(client.get(beside))
    address = f"{marking(shipment)}?conversation={parcel_question.pk}"
    assert "<dialog" in text(client.get(address, headers=FRAGMENT))
    refused = client.post(address, mark(at="2999-01-01T00:00"), headers=FRAGMENT)
    assert "<dialog" not in text(refused) and "still to come" in text(refused)
    done = client.post(address, mark(), headers=FRAGMENT)
    assert done["HX-Trigger"] == "dialog-close"
    assert f"[data-order-brief='{order.pk}']" in text(done) and "Delivered" in text(done)
    assert f"[data-order-state='{order.pk}']" in text(done)


def test_a_conversation_that_one_does_not_see_is_not_found(
    mei: Staff, omar: Staff, order: Order, parcel_question: Conversation
) -> None:
    for named in (parcel_question.pk, uuid7(), "x"):
        assert english(omar).get(f"{adding(order)}?conversation={named}").status_code == 404
    assert english(mei).get(f"{adding(order)}?conversation={parcel_question.pk}").status_code == 200


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.TECHNICIAN, Role.FINANCE])
def test_other_roles_neither_add_nor_mark(role: Role, support: Team, order: Order) -> None:
    shipment = ship(order)
    order.lines.update(qty=3)
    client = english(make_staff("other", role, support))
    page = text(client.get(f"/console/orders/{order.pk}"))
    assert adding(order) not in page and marking(shipment) not in page
    assert client.post(adding(order), parcel(order)).status_code == 403
    assert client.post(marking(shipment), mark()).status_code == 403
    assert order.shipments.count() == 1


def test_the_warehouse_adds_and_marks(support: Team, order: Order) -> None:
    client = english(make_staff("stores", Role.WAREHOUSE, support))
    assert client.post(adding(order), parcel(order)).status_code == 302
    assert client.post(marking(order.shipments.get()), mark()).status_code == 302


def test_a_stranger_and_another_orders_parcel_are_not_found(
    charlie: Staff, mei: Staff, order: Order, lin: Customer, brand: Brand
) -> None:
    shipment = ship(make_order(lin, brand, "W2"))
    assert english(charlie).post(marking(shipment), mark()).status_code == 404
    assert english(charlie).get(adding(order)).status_code == 404
    mixed = f"{adding(order)}/{shipment.pk}/events"
    assert english(mei).post(mixed, mark()).status_code == 404
    shipment.refresh_from_db()
    assert shipment.status == "in_transit"


def test_the_page_says_what_the_source_makes_of_it(mei: Staff, lin: Customer, brand: Brand) -> None:
    shop = OrderSource.objects.create(brand=brand, kind="shopify", name="Lumo shop")
    told = make_order(lin, brand, "S-1", source=shop)
    by_file = make_order(lin, brand, "F-1")
    client = english(mei)
    assert "“Lumo shop” tells of this order&#x27;s parcels itself" in text(client.get(adding(told))).replace(
        "order's", "order&#x27;s"
    )
    assert "This order comes from “Shop”" in text(client.get(adding(by_file)))


def test_nothing_more_is_said_of_what_has_ended_and_customers_see_no_door(
    mei: Staff, order: Order, lin: Customer
) -> None:
    shipment, client = ship(order), english(mei)
    client.post(marking(shipment), mark(status="returned"))
    assert marking(shipment) not in text(client.get(f"/console/orders/{order.pk}"))
    assert "This parcel can no longer be updated by hand" in text(client.get(marking(shipment)))
    assert client.post(marking(shipment), mark()).status_code == 200
    shipment.refresh_from_db()
    assert shipment.status == "returned"
