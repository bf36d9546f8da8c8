"""Orders pulled from shops: page after page, from where the last pull ended, and read as each shop writes them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from kefu.orders.models import ImportRun, Order, OrderLine, OrderSource, Payment, Product, Shipment, Variant
from kefu.orders.sources import kinds, pulling, shopify, woocommerce
from kefu.orders.tests.stand_in import Asked, StandIn, stand_in
from kefu.people.models import Brand, Identity

RECORDED = Path(__file__).parent / "recorded"
MAPPING = {
    "currency": "EUR",
    "pull": {"cursor": "after", "next": "paging.next", "since": "changed_since", "size": "limit"},
    "orders": {
        "rows": {"at": "orders"},
        "number": "no",
        "lines": {"each": "items", "sku": "sku", "name": "name", "price": "price"},
    },
}


@pytest.fixture
def shop(settings: Settings) -> Iterator[StandIn]:
    settings.KEFU_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    with stand_in() as its:
        yield its


def source(brand: Brand, kind: str, shop: StandIn, **secrets: str) -> OrderSource:
    made = OrderSource(brand=brand, kind=kind, name=kind, address=shop.url, mapping=MAPPING)
    made.secrets = secrets
    made.save()
    return made


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text())


def pull(source: OrderSource) -> ImportRun | None:
    """The orders' part of it."""
    runs = kinds.pull(OrderSource.objects.select_related("brand").get(pk=source.pk))
    return next((run for run in runs if run.what == "orders"), None)


NO_PRODUCTS = {
    "data": {
        "shop": {"currencyCode": "EUR"},
        "products": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []},
    }
}


def shopify_orders(answer: Callable[[Asked], tuple[int, Any]]) -> Callable[[Asked], tuple[int, Any]]:
    return lambda asked: (200, NO_PRODUCTS) if "query Products" in asked.body else answer(asked)


def woo_orders(answer: Callable[[Asked], tuple[int, Any]]) -> Callable[[Asked], tuple[int, Any]]:
    return lambda asked: (200, []) if "/products" in asked.path else answer(asked)


def about_orders(shop: StandIn) -> list[Asked]:
    return [
        asked for asked in shop.asked if "query Products" not in asked.body and "/products" not in asked.path
    ]


def asked_for(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}


# -- any shop with a REST interface


def told(number: str, price: str = "10.00") -> dict[str, Any]:
    return {"no": number, "items": [{"sku": "S", "name": "Lamp", "price": price}]}


def test_pages_are_followed_and_the_next_pull_begins_where_this_one_did(brand: Brand, shop: StandIn) -> None:
    pages = {None: ([told("1"), told("2")], "p2"), "p2": ([told("3"), told("4", "x")], None)}

    def answer(asked: Asked) -> tuple[int, Any]:
        rows, following = pages[asked_for(asked).get("after")]
        return 200, {"orders": rows, "paging": {"next": following}}

    shop.answer = answer
    its = source(brand, "rest", shop, token="T")
    run = pull(its)
    assert run is not None
    assert (run.state, run.done, run.created, run.bad) == ("done", 4, 3, 1)
    assert list(run.bad_rows.values_list("key", "reason")) == [
        ("2", "orders.lines.price: “x” is not an amount.")
    ]
    assert [asked_for(asked).get("changed_since") for asked in shop.asked] == [None, None]
    assert shop.asked[0].headers["Authorization"] == "Bearer T"
    assert asked_for(shop.asked[0])["limit"] == "200"
    pages[None] = ([], None)
    assert pull(its) is None  # nothing new leaves no trace
    assert asked_for(shop.asked[-1])["changed_since"] > "2026"
    assert ImportRun.objects.count() == 1


def test_a_pull_that_breaks_off_goes_on_behind_the_last_page_it_stored(brand: Brand, shop: StandIn) -> None:
    broken = {"p2": True}

    def answer(asked: Asked) -> tuple[int, Any]:
        place = asked_for(asked).get("after")
        if place == "p2" and broken.pop("p2", False):
            return 503, {}
        rows, following = ([told("1")], "p2") if place is None else ([told("2")], None)
        return 200, {"orders": rows, "paging": {"next": following}}

    shop.answer = answer
    its = source(brand, "rest", shop)
    first = pull(its)
    assert first is not None
    assert (first.state, first.created, first.problem) == (
        "stopped",
        1,
        "The shop answered with an error (503).",
    )
    second = pull(its)
    assert second is not None
    assert (second.state, second.created, second.unchanged) == ("done", 1, 0)
    assert asked_for(shop.asked[-1])["after"] == "p2"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((401, {}), "The shop does not accept our token."),
        ((429, {}), "The shop asks us to wait; the next pull continues."),
        ((404, {}), "There is nothing at the shop's address."),
        ((200, b"<html>"), "The shop's answer is not JSON."),
        ((200, {"orders": 5}), "There is no list of rows at “orders”."),
        ((200, b"[" * 100_000), "The shop's answer is not JSON."),
        ((200, b" " * (pulling.MOST_BYTES + 1)), "The shop did not answer in time."),
    ],
)
def test_a_shop_that_fails_is_one_line_however_often_it_is_asked(
    brand: Brand, shop: StandIn, answer: tuple[int, Any], sentence: str
) -> None:
    shop.answer = lambda asked: answer
    its = source(brand, "rest", shop)
    for _again in range(2):
        pull(its)
    run = ImportRun.objects.get()
    assert (run.state, run.problem) == ("stopped", sentence)


def test_an_address_inside_our_own_network_is_not_asked(
    brand: Brand, shop: StandIn, settings: Settings
) -> None:
    """B1"""
    settings.KEFU_OUTBOUND_NETWORKS = []
    pull(source(brand, "rest", shop))
    assert ImportRun.objects.get().problem == "The shop's address cannot be reached from here."
    assert shop.asked == []


def test_a_cursor_that_only_moves_on_is_kept(brand: Brand, shop: StandIn) -> None:
    its = source(brand, "rest", shop)
    its.mapping = {**MAPPING, "pull": {"cursor": "after", "next": "paging.next"}}
    its.save()
    rows = [[told("1")], [told("2")], []]
    shop.answer = lambda asked: (
        200,
        {"orders": rows[int(asked_for(asked).get("after", 0))], "paging": {"next": "2"}},
    )
    pull(its)
    pull(its)
    assert [asked_for(asked).get("after") for asked in shop.asked] == [None, "2", "2"]


def test_a_worker_that_died_leaves_a_run_that_the_next_one_closes(brand: Brand, shop: StandIn) -> None:
    its = source(brand, "rest", shop)
    left = ImportRun.objects.create(source=its, state="running")
    shop.answer = lambda asked: (200, {"orders": []})
    pull(its)
    left.refresh_from_db()
    assert left.state == "stopped"


def test_only_shops_that_are_on_and_have_an_address_are_pulled_from(brand: Brand, shop: StandIn) -> None:
    cases: dict[str, dict[str, Any]] = {"pulled": {}, "pushes": {"address": ""}, "off": {"is_active": False}}
    for name, changes in cases.items():
        given: dict[str, Any] = {"brand": brand, "kind": "rest", "name": name, "address": shop.url, **changes}
        OrderSource.objects.create(**given)
    OrderSource.objects.create(brand=brand, kind="file", name="files", address=shop.url)
    assert [each.name for each in kinds.pullable()] == ["pulled"]


# -- Shopify


def test_an_order_of_shopify_is_read_whole(brand: Brand, shop: StandIn) -> None:
    shop.answer = shopify_orders(lambda asked: (200, recorded("shopify-orders.json")))
    its = source(brand, "shopify", shop, token="shpat")
    run = pull(its)
    assert run is not None
    assert (run.state, run.created, run.bad) == ("done", 3, 0)
    order = Order.objects.get(external_no="#1001")
    assert (order.status, order.currency, order.shipping_minor) == ("delivered", "EUR", 495)
    assert order.placed_at == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert (order.address["city"], order.address["country"], order.country) == ("Rotterdam", "NL", "NL")
    assert [(line.sku, line.qty, line.paid_minor, line.options) for line in order.lines.all()] == [
        ("LAMP-W", 2, 2 * 1999 - 400, {"Colour": "White"}),
        ("", 1, 500, {}),
    ]
    assert [line.acknowledged for line in order.lines.all()] == [["final_sale"], []]
    payment = order.payments.get()
    assert (payment.captured_minor, payment.returned_minor, payment.method.display_tail) == (
        4593,
        1000,
        "4242",
    )
    shipment = order.shipments.get()
    assert (shipment.status, shipment.tracking_no, shipment.carrier) == ("delivered", "3SABC", "PostNL")
    assert shipment.delivered_at == datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    assert list(shipment.events.values_list("status", flat=True)) == ["in_transit", "delivered"]
    assert Identity.objects.get(kind="user", customer=order.customer).value == "5550001"
    assert {other.external_no: other.status for other in Order.objects.exclude(pk=order.pk)} == {
        "#1002": "cancelled",
        "#1003": "processing",
    }


def test_shopify_is_asked_by_what_changed_since(brand: Brand, shop: StandIn) -> None:
    first = recorded("shopify-orders.json")
    last = json.loads(json.dumps(first))
    first["data"]["orders"]["pageInfo"] = {"hasNextPage": True, "endCursor": "abc"}
    last["data"]["orders"]["nodes"] = []
    answers = iter([first, last, last])
    shop.answer = shopify_orders(lambda asked: (200, next(answers)))
    its = source(brand, "shopify", shop, token="shpat")
    pull(its)
    pull(its)
    asked = [json.loads(each.body)["variables"] for each in about_orders(shop)]
    assert [each["after"] for each in asked] == [None, "abc", None]
    assert "query" not in asked[0]
    assert asked[2]["query"].startswith("updated_at:>='20")
    assert shop.asked[0].headers["X-Shopify-Access-Token"] == "shpat"
    assert shop.asked[0].path == f"/admin/api/{shopify.VERSION}/graphql.json"


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        (
            [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
            "The shop asks us to wait; the next pull continues.",
        ),
        (
            [{"message": "Access denied for orders field."}],
            "The shop answered: Access denied for orders field.",
        ),
        ("[API] Invalid API key", "The shop answered: ?"),
    ],
)
def test_what_shopify_refuses_is_told(brand: Brand, shop: StandIn, errors: Any, sentence: str) -> None:
    shop.answer = lambda asked: (200, {"errors": errors})
    pull(source(brand, "shopify", shop))
    assert ImportRun.objects.get().problem == sentence


def test_an_order_that_shopify_says_has_changed_is_asked_for(brand: Brand, shop: StandIn) -> None:
    node = recorded("shopify-orders.json")["data"]["orders"]["nodes"][0]
    shop.answer = lambda asked: (200, {"data": {"order": node}})
    its = source(brand, "shopify", shop)
    kinds.fetch(its, "450001")
    assert json.loads(shop.asked[0].body)["variables"] == {"id": "gid://shopify/Order/450001"}
    assert Order.objects.get().external_no == "#1001"
    shop.answer = lambda asked: (200, {"data": {"order": None}})
    kinds.fetch(its, "1")
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "broken", [{}, {"name": "#9"}, {"name": "#9", "currencyCode": "EUR", "lineItems": 5}]
)
def test_an_order_in_another_form_is_named_and_harms_no_other(
    brand: Brand, shop: StandIn, broken: dict[str, Any]
) -> None:
    told = recorded("shopify-orders.json")
    told["data"]["orders"]["nodes"].insert(0, broken)
    shop.answer = shopify_orders(lambda asked: (200, told))
    run = pull(source(brand, "shopify", shop))
    assert run is not None
    assert (run.created, run.bad) == (3, 1)
    assert run.bad_rows.get().key == broken.get("name", "")


# -- WooCommerce


def test_an_order_of_woocommerce_is_read_whole(brand: Brand, shop: StandIn) -> None:
    shop.answer = woo_orders(lambda asked: (200, recorded("woocommerce-orders.json")))
    its = source(brand, "woocommerce", shop, key="ck", secret="cs")
    run = pull(its)
    assert run is not None
    assert (run.state, run.created, run.bad) == ("done", 3, 0)
    order = Order.objects.get(external_no="727")
    assert (order.status, order.currency, order.shipping_minor) == ("shipped", "USD", 1000)
    assert order.placed_at == datetime(2026, 3, 22, 19, 28, 2, tzinfo=UTC)
    assert [(line.sku, line.qty, line.unit_price_minor, line.paid_minor) for line in order.lines.all()] == [
        ("PREMIUM", 3, 334, 600 + 45),
        ("22", 1, 2000, 2000),
    ]
    assert order.lines.all()[0].options == {"Color": "Black"}
    assert [line.acknowledged for line in order.lines.all()] == [["hygiene_sealed"], []]
    payment = order.payments.get()
    assert (payment.captured_minor, payment.returned_minor, payment.method.kind) == (3645, 1000, "wallet")
    shipment = order.shipments.get()
    assert (shipment.tracking_no, shipment.carrier) == ("9400", "usps")
    assert {other.external_no: other.status for other in Order.objects.exclude(pk=order.pk)} == {
        "728": "cancelled",
        "729": "pending",
    }
    assert Payment.objects.filter(order__external_no="729").count() == 0
    assert Shipment.objects.count() == 1
    basic = base64.b64encode(b"ck:cs").decode()
    assert about_orders(shop)[0].headers["Authorization"] == f"Basic {basic}"
    assert asked_for(about_orders(shop)[0])["orderby"] == "modified"


def test_woocommerce_is_followed_by_the_moment_of_the_last_change(
    brand: Brand, shop: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(woocommerce, "SIZE", 2)
    base = recorded("woocommerce-orders.json")[0]
    moments = ["2026-03-01T10:00:00", "2026-03-01T10:00:00", "2026-03-01T10:00:00", "2026-03-02T10:00:00"]
    orders = [
        {**base, "id": number, "number": str(number), "date_modified_gmt": moment}
        for number, moment in enumerate(moments, 1)
    ]

    def answer(asked: Asked) -> tuple[int, Any]:
        said = asked_for(asked)
        newer = [each for each in orders if each["date_modified_gmt"] > said.get("modified_after", "")]
        start = (int(said["page"]) - 1) * 2
        return 200, newer[start : start + 2]

    shop.answer = woo_orders(answer)
    its = source(brand, "woocommerce", shop)
    pull(its)
    assert Order.objects.count() == 4
    said = [
        (asked_for(asked).get("modified_after"), asked_for(asked)["page"]) for asked in about_orders(shop)
    ]
    assert said == [
        (None, "1"),
        ("2026-03-01T09:59:59", "1"),
        ("2026-03-01T09:59:59", "2"),
        ("2026-03-02T09:59:59", "1"),
    ]


@pytest.mark.parametrize("kind", ["rest", "shopify", "woocommerce"])
def test_the_key_never_goes_out_unencrypted(
    brand: Brand, shop: StandIn, settings: Settings, kind: str
) -> None:
    settings.KEFU_OUTBOUND_NETWORKS = ["10.0.0.0/8"]
    pull(source(brand, kind, shop, key="ck", secret="cs", token="T"))
    assert "https://" in ImportRun.objects.get().problem
    assert shop.asked == []


def test_what_is_no_order_yet_is_passed_over() -> None:
    assert woocommerce.found({"id": 1, "status": "checkout-draft"}) is None
    found = woocommerce.found([1])
    assert found is not None
    assert found.problems


# -- what they sell


def test_what_is_sold_at_shopify_comes_before_the_orders_that_name_it(brand: Brand, shop: StandIn) -> None:
    variants: list[dict[str, Any]] = [
        {"id": "gid://shopify/ProductVariant/1", "sku": "LAMP-W", "price": "19.99", "availableForSale": True},
        {
            "id": "gid://shopify/ProductVariant/2",
            "sku": "LAMP-W",
            "price": "21.00",
            "availableForSale": False,
        },
        {"id": "gid://shopify/ProductVariant/3", "sku": None, "price": "9", "availableForSale": True},
    ]
    colours = [{**one, "selectedOptions": [{"name": "Colour", "value": str(one["id"])}]} for one in variants]
    product: dict[str, Any] = {"id": "gid://shopify/Product/700", "title": "Lamp", "productType": "Light"}
    told = json.loads(json.dumps(NO_PRODUCTS))
    told["data"]["products"]["nodes"] = [
        {**product, "variants": {"nodes": colours}},
        {"id": "gid://shopify/Product/8"},
    ]
    orders = recorded("shopify-orders.json")
    shop.answer = lambda asked: (200, told if "query Products" in asked.body else orders)
    runs = kinds.pull(source(brand, "shopify", shop))
    assert [(run.what, run.created, run.bad) for run in runs] == [("products", 1, 1), ("orders", 3, 0)]
    lamp = Product.objects.get()
    assert (lamp.external_id, lamp.name, lamp.category) == ("700", "Lamp", "Light")
    assert list(lamp.variants.order_by("sku").values_list("sku", "price_minor", "available")) == [
        ("2", 2100, False),
        ("3", 900, True),
        ("LAMP-W", 1999, True),
    ]
    assert set(OrderLine.objects.filter(sku="LAMP-W").values_list("product", flat=True)) == {lamp.pk}


def test_what_is_sold_at_woocommerce_comes_with_its_variations(brand: Brand, shop: StandIn) -> None:
    simple: dict[str, Any] = {
        "id": 22,
        "name": "Ship Your Idea",
        "status": "publish",
        "sku": "",
        "price": "20.00",
    }
    varied: dict[str, Any] = {
        "id": 93,
        "name": "Woo Single",
        "status": "publish",
        "sku": "PREMIUM",
        "variations": [12, 13],
    }
    dated: dict[str, Any] = {"date_modified_gmt": "2026-03-01T10:00:00", "categories": [{"name": "Music"}]}
    variations = [
        {"id": 12, "sku": "PREMIUM", "price": "3.34", "attributes": [{"name": "Color", "option": "Black"}]},
        {"id": 13, "sku": "PREMIUM", "price": "3.50", "stock_status": "outofstock"},
    ]
    answers: dict[str, Any] = {
        "/products/93/variations": variations,
        "/data/currencies/current": {"code": "USD"},
        "/products?": [{**simple, **dated}, {**varied, **dated}, {"id": 5, "variations": []}],
        "/orders?": recorded("woocommerce-orders.json"),
    }
    shop.answer = lambda asked: (200, next(told for part, told in answers.items() if part in asked.path))
    runs = kinds.pull(source(brand, "woocommerce", shop))
    assert [(run.what, run.created, run.bad) for run in runs] == [("products", 2, 1), ("orders", 3, 0)]
    assert list(Variant.objects.order_by("sku").values_list("sku", "price_minor", "available")) == [
        ("13", 350, False),
        ("22", 2000, True),
        ("PREMIUM", 334, True),
    ]
    assert OrderLine.objects.filter(variant=None).count() == 0
