"""Kuaidi100 is asked as it wants to be asked, and believed when it signs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client
from pytest_django import Settings

from kefu.orders import asking, kuaidi100
from kefu.orders.models import Carrier, Shipment, TrackingService
from kefu.orders.testing import make_order
from kefu.orders.tests.stand_in import Asked, StandIn, stand_in
from kefu.people.models import Brand, Customer

RESULT = {
    "message": "ok",
    "nu": "SF1",
    "com": "shunfeng",
    "status": "200",
    "state": "3",
    "data": [
        {
            "time": "2026-05-03 10:11:12",
            "ftime": "2026-05-03 10:11:12",
            "context": "已签收",
            "statusCode": "301",
        },
        {
            "time": "2026-05-03 08:00:00",
            "ftime": "2026-05-03 08:00:00",
            "context": "派件中",
            "statusCode": "5",
        },
        {"time": "2026-05-01 20:00:00", "context": "已揽收", "statusCode": "103", "areaName": "上海,浦东"},
        {"context": "没有时间"},
        "nonsense",
    ],
}


@pytest.fixture
def service(brand: Brand, settings: Settings) -> Iterator[TrackingService]:
    settings.KEFU_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    made = TrackingService(brand=brand, kind="kuaidi100", name="Kuaidi100")
    made.secrets = {"customer": "CUSTOMER", "key": "KEY", "salt": "SALT"}
    made.save()
    yield made


@pytest.fixture
def shop(service: TrackingService) -> Iterator[StandIn]:
    with stand_in() as its:
        TrackingService.objects.update(address=its.url)
        service.refresh_from_db()
        yield its


@pytest.fixture
def shipment(lin: Customer, brand: Brand) -> Shipment:
    order = make_order(lin, brand, phone="+86 138 0000 1234")
    return Shipment.objects.create(brand=brand, order=order, carrier="shunfeng", tracking_no="SF1")


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def form(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(asked.body).items()}


def push(service: TrackingService, told: Any, *, salt: str = "SALT") -> Any:
    param = json.dumps({"status": "polling", "lastResult": told}, ensure_ascii=False)
    return Client().post(
        f"/api/v1/tracking/{service.pk}/kuaidi100", {"sign": md5(param + salt), "param": param}
    )


def test_what_it_answers_moves_the_parcel(
    service: TrackingService, shop: StandIn, shipment: Shipment
) -> None:
    Carrier.objects.update_or_create(code="shunfeng", defaults={"name": "顺丰", "phone_tail_needed": False})
    shop.answer = lambda asked: (200, RESULT)
    assert kuaidi100.ask(service, shipment)
    shipment.refresh_from_db()
    assert (shipment.status, shipment.delivered_at) == (
        "delivered",
        datetime(2026, 5, 3, 2, 11, 12, tzinfo=UTC),
    )
    assert list(shipment.events.values_list("status", "place")) == [
        ("picked_up", "上海,浦东"),
        ("out_for_delivery", ""),
        ("delivered", ""),
    ]
    sent = form(shop.asked[0])
    assert shop.asked[0].path == "/poll/query.do"
    assert sent["sign"] == md5(sent["param"] + "KEY" + "CUSTOMER")
    assert json.loads(sent["param"])["phone"] == ""


def test_the_phone_is_told_to_carriers_that_need_it_and_only_its_tail(
    service: TrackingService, shop: StandIn, shipment: Shipment
) -> None:
    Carrier.objects.update_or_create(code="shunfeng", defaults={"name": "顺丰", "phone_tail_needed": True})
    shop.answer = lambda asked: (200, RESULT)
    kuaidi100.ask(service, shipment)
    assert json.loads(form(shop.asked[0])["param"])["phone"] == "1234"


def test_a_number_is_asked_for_once_in_half_an_hour_whichever_order_it_is_of(
    service: TrackingService, shop: StandIn, shipment: Shipment, brand: Brand
) -> None:
    shop.answer = lambda asked: (200, {**RESULT, "data": []})
    twin = Shipment.objects.create(brand=brand, carrier="shunfeng", tracking_no="SF1")
    assert [kuaidi100.ask(service, one) for one in (shipment, shipment, twin)] == [False, False, False]
    assert len(shop.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"result": False, "returnCode": "500", "message": "查询无结果"}),
        (500, b"x"),
        (200, b"<html>"),
        (200, []),
    ],
)
def test_a_refusal_changes_nothing(
    service: TrackingService, shop: StandIn, shipment: Shipment, answer: tuple[int, Any]
) -> None:
    shop.answer = lambda asked: answer
    with pytest.raises(kuaidi100.NoAnswer):
        kuaidi100.ask(service, shipment)
    assert shipment.events.count() == 0


def test_new_parcels_are_subscribed_to_and_asked_for_only_where_that_failed(
    service: TrackingService, shop: StandIn, shipment: Shipment, brand: Brand
) -> None:
    other = Shipment.objects.create(brand=brand, carrier="unknown", tracking_no="X1")
    Shipment.objects.create(brand=brand, carrier="sf", tracking_no="OLD", status="delivered")

    def answer(asked: Asked) -> tuple[int, Any]:
        known = "shunfeng" in asked.body
        return 200, {"result": known, "returnCode": "200" if known else "700", "message": "?"}

    shop.answer = answer
    asking.ask_for_due(service)
    asking.ask_for_due(service)
    assert [asked.path for asked in shop.asked] == ["/poll", "/poll"]
    param = json.loads(form(shop.asked[0])["param"])
    assert param["parameters"]["callbackurl"].endswith(f"/api/v1/tracking/{service.pk}/kuaidi100")
    assert param["parameters"]["salt"] == "SALT"
    shipment.refresh_from_db()
    other.refresh_from_db()
    assert shipment.watched_at is not None
    assert (other.watched_at, other.asked_at is None) == (None, False)
    Shipment.objects.update(asked_at=datetime(2026, 1, 1, tzinfo=UTC))
    shop.answer = lambda asked: (200, {**RESULT, "nu": "X1"})
    assert asking.ask_for_due(service) == 1
    assert shop.asked[-1].path == "/poll/query.do"


def test_what_it_tells_by_itself_is_believed_once_it_is_signed(
    service: TrackingService, shipment: Shipment
) -> None:
    answer = push(service, RESULT)
    assert answer.json() == {"result": True, "returnCode": "200", "message": "成功"}
    shipment.refresh_from_db()
    assert shipment.status == "delivered"
    push(service, RESULT)
    assert shipment.events.count() == 3


def test_a_wrong_signature_another_brands_parcel_and_nonsense_change_nothing(
    service: TrackingService, shipment: Shipment, other_brand: Brand
) -> None:
    assert push(service, RESULT, salt="guess").status_code == 404
    TrackingService.objects.update(brand=other_brand)
    assert push(service, RESULT).status_code == 200
    shipment.refresh_from_db()
    assert shipment.status == "created"
    assert push(service, [1]).status_code == 200
    broken = {"param": "{", "sign": md5("{SALT")}
    assert Client().post(f"/api/v1/tracking/{service.pk}/kuaidi100", broken).status_code == 400


def test_a_service_without_a_salt_believes_nobody(service: TrackingService, shipment: Shipment) -> None:
    service.secrets = {"customer": "C", "key": "K"}
    service.save()
    assert push(service, RESULT, salt="").status_code == 404


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("0", "in_transit"),
        ("14", "exception"),
        ("304", "delivered"),
        ("501", "ready_for_pickup"),
        ("4", "returned"),
        ("99", "in_transit"),
    ],
)
def test_its_states_become_ours(code: str, status: str) -> None:
    assert kuaidi100._status(code) == status
