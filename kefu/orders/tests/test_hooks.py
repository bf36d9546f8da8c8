"""H3 H4: Shops and carriers call us: whoever cannot sign meets "not found", and what is signed is believed once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from kefu.orders import hooks, signing
from kefu.orders.models import Order, OrderSource, Shipment, TrackingService
from kefu.orders.testing import make_order
from kefu.people.models import Brand, Customer

MAPPING = {
    "currency": "EUR",
    "orders": {
        "number": "no",
        "updated_at": "changed",
        "address": {"line1": "street"},
        "lines": {"each": "items", "sku": "sku", "name": "name", "price": "price"},
    },
}
ORDER = {"no": "A-1", "items": [{"sku": "S", "name": "Lamp", "price": "10.00"}]}


@pytest.fixture
def source(brand: Brand) -> OrderSource:
    made = OrderSource(brand=brand, kind="rest", name="Shop", mapping=MAPPING)
    made.secrets = {"secret": "shared"}
    made.save()
    return made


@pytest.fixture
def carrier(brand: Brand) -> TrackingService:
    made = TrackingService(brand=brand, kind="webhook", name="Carrier")
    made.secrets = {"secret": "shared"}
    made.save()
    return made


def send(
    path: str, told: Any, *, secret: str = "shared", at: int | None = None, header: str | None = None
) -> Any:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    headers = {signing.HEADER: signing.sign(secret, body, at=at) if header is None else header}
    headers["Accept-Language"] = "en"
    return Client().post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def push(source: OrderSource, told: Any, **how: Any) -> Any:
    return send(f"order-sources/{source.pk}/orders", told, **how)


def test_orders_that_are_pushed_are_taken_and_bad_ones_are_named(source: OrderSource) -> None:
    answer = push(
        source, [ORDER, {"no": "A-2", "items": [{"name": "x", "price": "y"}]}, {"no": "A-3", "items": []}]
    )
    assert answer.status_code == 200
    assert answer.json() == {
        "created": 1,
        "changed": 0,
        "unchanged": 0,
        "repeated": False,
        "bad": [
            {"row": 2, "reason": "orders.lines.price: “y” is not an amount."},
            {"row": 3, "reason": "The order has no lines."},
        ],
    }
    assert Order.objects.get().brand == source.brand


def test_half_a_character_harms_neither_its_order_nor_its_neighbours(source: OrderSource) -> None:
    """JSON can say it, and nothing can keep it."""
    torn = {"no": "A-2", "items": [{"sku": "S", "name": "La\ud800mp\0", "price": "10.00"}]}
    unread = {"no": "A-3", "items": [{"name": "x", "price": "\udfff"}]}
    assert push(source, [ORDER, torn, unread]).json()["created"] == 2
    assert Order.objects.get(external_no="A-2").lines.get().name == "Lamp"


def test_the_very_same_delivery_again_has_no_effect(source: OrderSource) -> None:
    """Or whoever listened in could put an old address back."""
    now = int(time.time())
    old, new = {**ORDER, "street": "old"}, {**ORDER, "street": "new"}
    push(source, [old], at=now)
    push(source, [new], at=now)
    assert push(source, [old], at=now).json()["repeated"]
    body = json.dumps([old]).encode()
    dressed_up = signing.sign("shared", body, at=now) + ",v1=more,x=y"
    assert push(source, body, header=dressed_up).json()["repeated"]
    assert Order.objects.get().address == {"line1": "new"}


def test_a_delivery_that_failed_may_come_again(source: OrderSource, monkeypatch: pytest.MonkeyPatch) -> None:
    now = int(time.time())
    OrderSource.objects.update(mapping={})
    assert push(source, [ORDER], at=now).status_code == 422
    OrderSource.objects.update(mapping=MAPPING)
    assert push(source, [ORDER], at=now).json()["created"] == 1


@pytest.mark.parametrize("off", [-301, 301])
def test_what_was_signed_too_long_ago_or_too_far_ahead_is_not_believed(source: OrderSource, off: int) -> None:
    assert push(source, [ORDER], at=int(time.time()) + off).status_code == 404


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "nonsense",
        "v1=abc",
        "t=99999999999999999999,v1=00",
        "t=1e9,v1=00",
        "t=١,v1=é",
        "t=1,v1=" + "0" * 64,
    ],
)
def test_nonsense_for_a_signature_is_not_believed(source: OrderSource, header: str) -> None:
    assert push(source, [ORDER], header=header).status_code == 404


def test_a_stranger_another_source_and_one_that_is_off_are_not_found(
    source: OrderSource, brand: Brand
) -> None:
    assert push(source, [ORDER], secret="guess").status_code == 404
    assert send(f"order-sources/{uuid4()}/orders", [ORDER]).status_code == 404
    assert send(f"order-sources/{source.pk}/secrets", [ORDER]).status_code == 404
    silent = OrderSource.objects.create(brand=brand, kind="rest", name="No secret", mapping=MAPPING)
    assert push(silent, [ORDER], secret="").status_code == 404
    OrderSource.objects.update(is_active=False)
    assert push(source, [ORDER]).status_code == 404
    assert Order.objects.count() == 0


def test_two_signatures_while_a_secret_is_changed(source: OrderSource) -> None:
    body = json.dumps([ORDER]).encode()
    moment = int(time.time())
    old, new = (signing.sign(secret, body, at=moment).partition(",")[2] for secret in ("old", "shared"))
    assert push(source, body, header=f"t={moment},{old},{new}").json()["created"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'"text"', 422),
        (b"[" * 100_000, 400),
        (b"[]" + b" " * hooks.MOST_BYTES, 413),
        (b"[1]", 200),
    ],
)
def test_bodies_that_cannot_be_read_are_refused(source: OrderSource, body: bytes, status: int) -> None:
    assert push(source, body).status_code == status
    assert Order.objects.count() == 0


def test_too_many_at_once_are_refused(source: OrderSource) -> None:
    assert push(source, [{"no": str(number), "items": []} for number in range(201)]).status_code == 422


def test_only_posting_is_offered(source: OrderSource) -> None:
    assert Client().get(f"/api/v1/order-sources/{source.pk}/orders").status_code == 405


def test_whoever_tries_signatures_is_slowed_down(
    source: OrderSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "WRONG_A_MINUTE", 2)
    answers = [push(source, [ORDER], secret=f"guess {number}").status_code for number in range(3)]
    assert answers == [404, 404, 429]
    assert push(source, [ORDER]).status_code == 200  # whoever can sign is not


def test_whoever_knows_an_address_uses_up_nothing_of_those_who_can_sign(
    source: OrderSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H3 H7"""
    monkeypatch.setattr(hooks, "CALLS_A_MINUTE", 2)
    assert {push(source, [ORDER], secret="guess").status_code for _try in range(4)} == {404}
    assert {push(source, b" " * (hooks.MOST_BYTES + 1)).status_code for _try in range(2)} == {413}
    assert [push(source, [ORDER], at=int(time.time()) + off).status_code for off in range(3)] == [
        200,
        200,
        429,
    ]


def test_bodies_that_are_too_large_are_counted_like_wrong_signatures(
    source: OrderSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "WRONG_A_MINUTE", 2)
    answers = [push(source, b" " * (hooks.MOST_BYTES + 1)).status_code for _try in range(3)]
    assert answers == [413, 413, 429]


def test_the_pace_of_one_source_is_not_that_of_another(
    source: OrderSource, carrier: TrackingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "CALLS_A_MINUTE", 1)
    assert [push(source, [ORDER]).status_code for _try in range(2)] == [200, 429]
    assert send(f"tracking/{carrier.pk}/events", {"events": []}).status_code == 422


# -- shops that only say that something changed


def shop(brand: Brand, kind: str) -> OrderSource:
    made = OrderSource(brand=brand, kind=kind, name=kind, address="https://shop.example")
    made.secrets = {"webhook_secret": "hush"}
    made.save()
    return made


def in_base64(body: bytes, secret: str = "hush") -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def fetching() -> list[tuple[str, str]]:
    jobs = ProcrastinateJob.objects.filter(task_name="orders:fetch_order").order_by("id")
    return [(job.args["source"], job.args["external_id"]) for job in jobs]


@pytest.mark.parametrize(
    ("kind", "signature", "topic_header", "topic", "told"),
    [
        ("shopify", "X-Shopify-Hmac-Sha256", "X-Shopify-Topic", "orders/updated", {"id": 77}),
        ("shopify", "X-Shopify-Hmac-Sha256", "X-Shopify-Topic", "refunds/create", {"id": 5, "order_id": 77}),
        ("woocommerce", "X-WC-Webhook-Signature", "X-WC-Webhook-Topic", "order.updated", {"id": 77}),
    ],
)
def test_a_shops_notice_lets_one_order_be_asked_for_however_often_it_comes(
    brand: Brand, kind: str, signature: str, topic_header: str, topic: str, told: Any
) -> None:
    source, body = shop(brand, kind), json.dumps(told).encode()

    def notice(signed: str, said: bytes = body, about: str = topic) -> int:
        headers = {signature: signed, topic_header: about}
        address = f"/api/v1/order-sources/{source.pk}/{kind}"
        return Client().post(address, said, content_type="application/json", headers=headers).status_code

    assert [notice(in_base64(body)) for _again in range(3)] == [200, 200, 200]
    assert fetching() == [(str(source.pk), "77")]
    assert notice(in_base64(body, "guess")) == 404
    assert notice("") == 404
    odd = json.dumps({"id": "78; DROP"}).encode()
    assert notice(in_base64(odd), odd) == 200
    assert notice(in_base64(body), body, "customers/redact") == 200
    assert len(fetching()) == 1


def test_woocommerce_looks_whether_somebody_is_there(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    source = shop(brand, "woocommerce")
    ping = Client().post(f"/api/v1/order-sources/{source.pk}/woocommerce", {"webhook_id": "4"})
    assert ping.status_code == 404  # a form with boundaries is not what it sends
    form = {"content_type": "application/x-www-form-urlencoded"}
    address = f"/api/v1/order-sources/{source.pk}/woocommerce"
    assert Client().post(address, b"webhook_id=4", **form).status_code == 200  # type: ignore[arg-type]
    assert fetching() == []
    monkeypatch.setattr(hooks, "WRONG_A_MINUTE", 0)
    assert Client().post(address, b"webhook_id=4", **form).status_code == 429  # type: ignore[arg-type]


# -- carriers


def test_tracking_that_is_pushed_moves_the_brands_parcels_and_no_others(
    carrier: TrackingService, lin: Customer, brand: Brand, other_brand: Brand
) -> None:
    order = make_order(lin, brand)
    mine = Shipment.objects.create(brand=brand, order=order, tracking_no="SF1")
    foreign = Shipment.objects.create(brand=other_brand, tracking_no="SF1")
    event = {"id": "1", "tracking_no": "SF1", "at": "2026-05-01T12:00:00Z", "status": "delivery_failed"}
    unknown = {**event, "tracking_no": "NOBODY"}
    assert send(f"tracking/{carrier.pk}/events", {"events": [event, unknown]}).json() == {"parcels": 1}
    assert send(f"tracking/{carrier.pk}/events", {"events": [event]}).json() == {"parcels": 0}
    mine.refresh_from_db()
    foreign.refresh_from_db()
    assert (mine.status, foreign.status) == ("exception", "created")
    assert send(f"tracking/{carrier.pk}/events", {"events": [event]}, secret="guess").status_code == 404


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"events": []},
        {"events": "x"},
        {"events": [1]},
        {"events": [{"id": "1", "tracking_no": "SF1", "at": "never", "status": "delivered"}]},
        {"events": [{"id": "1", "tracking_no": "SF1", "at": "2026-05-01", "status": "eaten"}]},
        {"events": [{"tracking_no": "SF1", "at": "2026-05-01", "status": "delivered"}]},
        {"events": [{"id": {}, "tracking_no": [], "at": {}, "status": 5}]},
    ],
)
def test_tracking_that_cannot_be_read_is_refused_whole(carrier: TrackingService, told: Any) -> None:
    answer = send(f"tracking/{carrier.pk}/events", told)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_half_a_character_in_what_a_carrier_says_is_left_out(carrier: TrackingService) -> None:
    Shipment.objects.create(brand=carrier.brand, carrier="sf", tracking_no="SF1")
    event = {"id": "e\ud800", "tracking_no": "SF1", "at": "2026-05-01T12:00:00Z", "status": "in_transit"}
    answer = send(f"tracking/{carrier.pk}/events", event | {"text": "Left \udfffthe hub\0"})
    assert answer.json() == {"parcels": 1}
    assert Shipment.objects.get().events.get().text == "Left the hub"
