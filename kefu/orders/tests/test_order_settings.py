"""Those who manage orders open sources, write mappings, upload files and care for products; others meet nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from kefu.events.models import Audit
from kefu.orders import importing, managing
from kefu.orders.models import ImportRun, Order, OrderSource, Product, TrackingService
from kefu.people.models import Brand, Staff
from kefu.people.testing import signed_in

SOURCES = "/console/settings/order-sources/"
MAPPING = {
    "currency": "EUR",
    "orders": {
        "number": "no",
        "lines": {"each": "@rows", "sku": "sku", "name": "name", "price": "price"},
    },
}
TABLE = b"no,sku,name,price\nA-1,S,Lamp,10\nA-2,S,Lamp,x\n"


@pytest.fixture(autouse=True)
def _files_of_its_own(settings: Settings, tmp_path: Any) -> None:
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path)},
    }
    settings.STORAGES = settings.STORAGES | {"default": storage}


@pytest.fixture
def source(brand: Brand) -> OrderSource:
    return OrderSource.objects.create(brand=brand, kind="file", name="Shop", mapping=MAPPING)


@pytest.fixture
def browser(supervisor: Staff) -> Client:
    return signed_in(supervisor)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_an_agent_and_one_of_another_brand_have_no_business_here(
    mei: Staff, charlie: Staff, source: OrderSource
) -> None:
    assert signed_in(mei).get(SOURCES).status_code == 403
    charlie.role = "supervisor"
    charlie.save()
    theirs = signed_in(charlie)
    assert str(source.pk) not in text(theirs.get(SOURCES))
    assert theirs.get(f"{SOURCES}{source.pk}/").status_code == 404
    run = source.runs.create()
    assert theirs.get(f"/console/settings/imports/{run.pk}/").status_code == 404


def test_a_source_is_opened_in_two_steps(browser: Client, brand: Brand) -> None:
    assert "WooCommerce" in text(browser.get(f"{SOURCES}new/"))
    form = {"brand": brand.pk, "name": "Shop", "address": "", "token": "T"}
    answer = browser.post(f"{SOURCES}new/?kind=rest", form)
    source = OrderSource.objects.get()
    assert answer["Location"] == f"{SOURCES}{source.pk}/mapping/"
    assert (source.kind, source.secrets, "orders" in source.mapping) == ("rest", {"token": "T"}, True)
    assert Audit.objects.get().kind == "order_source.opened"
    again = browser.post(f"{SOURCES}new/?kind=rest", form)
    assert "already has one with that name" in text(again)


def test_an_address_inside_our_own_network_is_refused(browser: Client, brand: Brand) -> None:
    """B1"""
    form = {"brand": brand.pk, "name": "Shop", "address": "http://127.0.0.1:5432/"}
    answer = browser.post(f"{SOURCES}new/?kind=shopify", form)
    assert "cannot be reached from here" in text(answer)
    assert OrderSource.objects.count() == 0


def test_a_brand_of_others_cannot_be_chosen(browser: Client, other_brand: Brand) -> None:
    browser.post(f"{SOURCES}new/?kind=file", {"brand": other_brand.pk, "name": "Shop"})
    assert OrderSource.objects.count() == 0


def test_keys_that_are_left_empty_stay_and_are_never_shown(browser: Client, brand: Brand) -> None:
    source = OrderSource(brand=brand, kind="woocommerce", name="Shop")
    source.secrets = {"key": "ck_1", "secret": "cs_1"}
    source.save()
    form = {"name": "The shop", "address": "https://93.184.216.34/", "key": "", "secret": "cs_2"}
    browser.post(f"{SOURCES}{source.pk}/connection/", form)
    source.refresh_from_db()
    assert (source.name, source.secrets) == ("The shop", {"key": "ck_1", "secret": "cs_2"})
    page = text(browser.get(f"{SOURCES}{source.pk}/connection/"))
    assert f"/api/v1/order-sources/{source.pk}/woocommerce" in page
    assert "ck_1" not in page
    assert "cs_2" not in page
    assert "cs_2" not in json.dumps(list(Audit.objects.values_list("data", flat=True)))


def test_another_address_is_another_shop_and_is_read_from_the_beginning(
    brand: Brand, supervisor: Staff
) -> None:
    source = OrderSource.objects.create(
        brand=brand, kind="rest", name="Shop", address="https://93.184.216.34/", cursor={"next": "9"}
    )
    managing.change_source(source, name="Shop", address=source.address, secrets={}, by=supervisor)
    assert source.cursor == {"next": "9"}
    managing.change_source(source, name="Shop", address="https://93.184.216.35/", secrets={}, by=supervisor)
    source.refresh_from_db()
    assert source.cursor == {}


def test_a_secret_is_shown_once(browser: Client, brand: Brand, source: OrderSource) -> None:
    rest = OrderSource.objects.create(brand=brand, kind="rest", name="Rest", mapping=MAPPING)
    shown = text(browser.post(f"{SOURCES}{rest.pk}/secret"))
    rest.refresh_from_db()
    assert rest.secrets["secret"] in shown
    assert rest.secrets["secret"] not in text(browser.get(f"{SOURCES}{rest.pk}/connection/"))
    assert browser.post(f"{SOURCES}{source.pk}/secret").status_code == 404


def test_a_mapping_is_checked_tried_on_a_sample_and_saved(browser: Client, source: OrderSource) -> None:
    address = f"{SOURCES}{source.pk}/mapping/"
    wrong = text(browser.post(address, {"document": '{"orders": {"nummer": "no"}}', "act": "save"}))
    assert "there is no “nummer”" in wrong
    assert "This is not JSON" in text(browser.post(address, {"document": "{", "act": "check"}))
    assert "This is not JSON" in text(browser.post(address, {"document": "[" * 50_000, "act": "check"}))
    changed = {**MAPPING, "currency": "USD"}
    tried = {"document": json.dumps(changed), "act": "check", "what": "orders", "sample": TABLE.decode()}
    page = text(browser.post(address, tried))
    assert "“x” is not an amount" in page
    assert "&quot;unit_price_minor&quot;: 1000" in page
    source.refresh_from_db()
    assert source.mapping == MAPPING
    browser.post(address, {**tried, "act": "save"})
    source.refresh_from_db()
    assert source.mapping == changed


def test_a_sample_is_shown_as_text(browser: Client, source: OrderSource) -> None:
    sample = "no,sku,name,price\n<script>alert(1)</script>,S,<img src=x>,1\n"
    form = {"document": json.dumps(MAPPING), "act": "check", "what": "orders", "sample": sample}
    page = text(browser.post(f"{SOURCES}{source.pk}/mapping/", form))
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def upload(browser: Client, source: OrderSource, content: bytes = TABLE, what: str = "orders") -> Any:
    file = SimpleUploadedFile("orders.csv", content)
    return browser.post(f"{SOURCES}{source.pk}/", {"what": what, "file": file})


def worked_off(run: ImportRun) -> ImportRun:
    importing.go_on(ImportRun.objects.get(pk=run.pk))
    run.refresh_from_db()
    return run


def test_a_file_is_checked_first_and_then_imported(browser: Client, source: OrderSource) -> None:
    answer = upload(browser, source)
    run = ImportRun.objects.get()
    page = f"/console/settings/imports/{run.pk}/"
    assert answer["Location"] == page
    assert 'hx-trigger="every 2s"' in text(browser.get(page))
    worked_off(run)
    shown = text(browser.get(page, headers={"HX-Request": "true"}))
    assert "<html" not in shown
    assert "hx-trigger" not in shown
    assert "orders.lines.price: “x” is not an amount." in shown
    assert Order.objects.count() == 0
    table = b"".join(browser.get(f"{page}download/bad-rows.csv")).decode()
    assert table.splitlines()[1] == "3,A-2,orders.lines.price: “x” is not an amount."
    answer = browser.post(f"{page}import")
    real = ImportRun.objects.exclude(pk=run.pk).get()
    assert answer["Location"] == f"/console/settings/imports/{real.pk}/"
    assert worked_off(real).created == 1
    browser.post(f"{page}import")
    assert ImportRun.objects.count() == 2
    assert "A-1" not in text(browser.get(f"{SOURCES}{source.pk}/"))


def test_what_cannot_be_uploaded_is_said(browser: Client, source: OrderSource) -> None:
    assert upload(browser, source, what="customers").status_code == 200
    assert browser.post(f"{SOURCES}{source.pk}/", {"what": "orders"}).status_code == 200
    assert ImportRun.objects.count() == 0
    stopped = worked_off(ImportRun.objects.get(pk=upload(browser, source, b"")["Location"].split("/")[-2]))
    assert (stopped.state, stopped.problem) == ("stopped", "The file is empty.")
    page = text(browser.get(f"/console/settings/imports/{stopped.pk}/"))
    assert "The file is empty." in page
    assert "Go on" in page


def test_a_shop_is_asked_at_once_when_somebody_wants_it(
    browser: Client, brand: Brand, source: OrderSource
) -> None:
    shop = OrderSource.objects.create(brand=brand, kind="shopify", name="S", address="https://shop.example")
    browser.post(f"{SOURCES}{shop.pk}/pull")
    browser.post(f"{SOURCES}{shop.pk}/pull")
    browser.post(f"{SOURCES}{source.pk}/pull")
    job = ProcrastinateJob.objects.get(task_name="orders:pull_orders")
    assert (job.args, job.lock) == ({"source": str(shop.pk)}, f"import {shop.pk}")


def test_a_source_is_turned_off_and_on(browser: Client, source: OrderSource) -> None:
    for on, active in (("no", False), ("yes", True)):
        browser.post(f"{SOURCES}{source.pk}/service", {"on": on})
        source.refresh_from_db()
        assert source.is_active is active


# -- products

PRODUCTS = "/console/settings/products/"
FILLED = {
    "name": "Lamp",
    "model_no": "L-1",
    "flags": ["final_sale"],
    "warranty_months": "24",
    "parts": "Battery: 12\n电池：6",
    "manuals": "Quick start https://www.example.com/q.pdf",
    "faults": "Will not charge: clean the contacts",
}


def test_a_product_is_entered_by_hand_and_changed(browser: Client, brand: Brand) -> None:
    browser.post(f"{PRODUCTS}new/", {"brand": brand.pk, **FILLED})
    product = Product.objects.get()
    assert (product.flags, product.warranty_months) == (["final_sale"], 24)
    assert product.warranty_parts == {"Battery": 12, "电池": 6}
    assert product.manuals == [{"title": "Quick start", "url": "https://www.example.com/q.pdf"}]
    assert product.known_faults == [{"fault": "Will not charge", "advice": "clean the contacts"}]
    page = text(browser.get(f"{PRODUCTS}{product.pk}/"))
    assert "Battery: 12" in page
    browser.post(
        f"{PRODUCTS}{product.pk}/", {**FILLED, "name": "Desk lamp", "warranty_months": "", "flags": []}
    )
    product.refresh_from_db()
    assert (product.name, product.warranty_months, product.flags) == ("Desk lamp", None, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"parts": "Battery: soon"},
        {"parts": "Battery: 9999"},
        {"manuals": "Quick start javascript:alert(1)"},
        {"manuals": "https://only.example/"},
        {"warranty_months": "-1"},
        {"flags": ["eaten"]},
        {"name": ""},
    ],
)
def test_a_product_that_is_described_wrongly_is_refused(
    browser: Client, brand: Brand, wrong: dict[str, Any]
) -> None:
    assert browser.post(f"{PRODUCTS}new/", {"brand": brand.pk, **FILLED, **wrong}).status_code == 200
    assert Product.objects.count() == 0


def test_what_a_shop_tells_of_a_product_is_not_changed_by_hand(browser: Client, brand: Brand) -> None:
    product = Product.objects.create(brand=brand, external_id="77", model_no="77", name="Lamp")
    browser.post(f"{PRODUCTS}{product.pk}/", {**FILLED, "name": "Mine"})
    product.refresh_from_db()
    assert (product.name, product.model_no, product.warranty_months) == ("Lamp", "77", 24)


def test_products_are_found_by_name_model_and_sku(browser: Client, brand: Brand) -> None:
    lamp = Product.objects.create(brand=brand, model_no="L-1", name="Desk lamp")
    Product.objects.create(brand=brand, model_no="C-1", name="Chair")
    lamp.variants.create(brand=brand, sku="SKU-9", price_minor=1, currency="EUR")
    for query in ("lamp", "l-1", "sku-9"):
        page = text(browser.get(PRODUCTS, {"q": query}))
        assert "Desk lamp" in page
        assert "Chair" not in page
    assert browser.get(PRODUCTS, {"q": "\0", "from": "٣"}).status_code == 200


def test_the_list_of_products_makes_the_same_queries_however_long_it_is(
    browser: Client, brand: Brand, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        Product.objects.create(brand=brand, model_no=f"M-{number}", name=f"Product {number:02}")
    with django_assert_max_num_queries(12):
        page = text(browser.get(PRODUCTS))
    assert "Product 49" in page
    assert "Product 50" not in page
    assert "Product 50" in text(browser.get(PRODUCTS, {"from": "50"}))


# -- tracking

TRACKING = "/console/settings/tracking/"


def test_a_tracking_service_is_opened_and_its_keys_are_kept(browser: Client, brand: Brand) -> None:
    answer = browser.post(
        f"{TRACKING}new/?kind=kuaidi100", {"brand": brand.pk, "name": "K", "customer": "C", "key": "KEY"}
    )
    service = TrackingService.objects.get()
    assert answer["Location"] == f"{TRACKING}{service.pk}/"
    assert (service.secrets["customer"], len(service.secrets["salt"])) == ("C", 16)
    browser.post(f"{TRACKING}{service.pk}/", {"name": "K2", "customer": "", "key": "NEW"})
    service.refresh_from_db()
    assert (service.name, service.secrets["customer"], service.secrets["key"]) == ("K2", "C", "NEW")
    page = text(browser.get(f"{TRACKING}{service.pk}/"))
    assert "KEY" not in page
    assert service.secrets["salt"] not in page
    assert browser.post(f"{TRACKING}{service.pk}/secret").status_code == 404
    assert browser.get(f"{TRACKING}new/?kind=pigeon").status_code == 404


def test_the_secret_of_a_webhook_is_shown_once(browser: Client, brand: Brand) -> None:
    browser.post(f"{TRACKING}new/?kind=webhook", {"brand": brand.pk, "name": "W"})
    service = TrackingService.objects.get()
    shown = text(browser.post(f"{TRACKING}{service.pk}/secret"))
    service.refresh_from_db()
    assert service.secrets["secret"] in shown
    assert service.secrets["secret"] not in text(browser.get(f"{TRACKING}{service.pk}/"))
    browser.post(f"{TRACKING}{service.pk}/switch", {"on": "no"})
    service.refresh_from_db()
    assert not service.is_active
