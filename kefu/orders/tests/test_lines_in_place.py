"""What was sent here in place of something, and what its buyer agreed to: kept whatever sources report, shown as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kefu.orders import showing
from kefu.orders.incoming import IncomingLine, IncomingOrder, IncomingPart, IncomingShipment
from kefu.orders.mapping import mapping_of
from kefu.orders.models import Order, OrderLine, OrderSource, Shipment, ShipmentLine
from kefu.orders.testing import make_order
from kefu.orders.tests.test_in_the_console import english
from kefu.orders.tests.test_taking_orders import counts, order, taken
from kefu.people.models import Brand, Customer, Staff

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LAMP, BULB = order().lines
BLACK = IncomingLine(external_id="l9", sku="LAMP-K", name="Lamp, black", unit_price_minor=25000)


@pytest.fixture
def source(brand: Brand) -> OrderSource:
    return OrderSource.objects.create(brand=brand, kind="file", name="Shop")


@pytest.fixture
def black(source: OrderSource) -> OrderLine:
    """Came in place of the lamp, with a parcel of its own."""
    taken(source, order())
    held = Order.objects.get()
    lamp = held.lines.get(sku="LAMP-W")
    line = OrderLine.objects.create(
        order=held, position=3, sku="LAMP-K", name="Lamp, black", unit_price_minor=19900, replaces=lamp
    )
    parcel = Shipment.objects.create(brand=held.brand, order=held, tracking_no="SF9", status="delivered")
    ShipmentLine.objects.create(shipment=parcel, order_line=line, qty=1)
    return line


def told(*lines: IncomingLine, **changes: Any) -> IncomingOrder:
    return order(lines=lines, **changes)


def skus() -> list[str]:
    return [line.sku for line in OrderLine.objects.order_by("position")]


@pytest.mark.parametrize(
    ("report", "afterwards"),
    [
        (told(LAMP, BULB), ["LAMP-W", "BULB", "LAMP-K"]),
        (told(LAMP, BULB, status="delivered"), ["LAMP-W", "BULB", "LAMP-K"]),
        (told(LAMP, replace(BULB, qty=1)), ["LAMP-W", "BULB", "LAMP-K"]),
        (told(LAMP), ["LAMP-W", "LAMP-K"]),
        (told(BULB), ["LAMP-W", "BULB", "LAMP-K"]),
        (
            told(LAMP, BULB, IncomingLine(name="Cable", sku="CABLE", unit_price_minor=100)),
            ["LAMP-W", "BULB", "LAMP-K", "CABLE"],
        ),
        (told(LAMP, BULB, BLACK), ["LAMP-W", "BULB", "LAMP-K"]),
        (told(BULB, BLACK), ["LAMP-W", "BULB", "LAMP-K"]),
    ],
)
def test_no_report_removes_what_came_in_place_of_something_or_has_it_twice(
    source: OrderSource, black: OrderLine, report: IncomingOrder, afterwards: list[str]
) -> None:
    assert not taken(source, report).bad
    assert skus() == afterwards
    assert counts(taken(source, report)) == (0, 0, 1, 0)
    assert skus() == afterwards
    assert OrderLine.objects.get(replaces__sku="LAMP-W").pk == black.pk


def test_what_the_shop_enters_for_it_is_the_same_line_at_what_was_paid(
    source: OrderSource, black: OrderLine
) -> None:
    box = IncomingShipment(tracking_no="SF9", status="delivered", parts=(IncomingPart(external_id="l9"),))
    taken(source, told(LAMP, BULB, replace(BLACK, serials=("SN-9",)), shipments=(box,)))
    black.refresh_from_db()
    assert (black.external_id, black.paid_minor, black.serials) == ("l9", 19900, ["SN-9"])
    assert [(one.shipment.tracking_no, one.qty) for one in black.shipped.all()] == [("SF9", 1)]
    (shown,) = showing.full([Order.objects.get()])
    assert shown.total_minor == 19900 + 2 * 2950


def test_what_the_buyer_agreed_to_is_kept_with_the_line_and_may_be_told_later(source: OrderSource) -> None:
    agreed = replace(LAMP, acknowledged=("hygiene_sealed", "sku"), acknowledged_at=NOON)
    taken(source, told(LAMP, BULB))
    assert OrderLine.objects.get(sku="LAMP-W").acknowledged == []
    assert counts(taken(source, told(agreed, BULB))) == (0, 1, 0, 0)
    line = OrderLine.objects.get(sku="LAMP-W")
    assert (line.acknowledged, line.acknowledged_at) == (["hygiene_sealed", "sku"], NOON)
    assert counts(taken(source, told(agreed, BULB))) == (0, 0, 1, 0)


def test_nobody_can_agree_to_what_we_do_not_know(source: OrderSource) -> None:
    (bad,) = taken(source, told(replace(LAMP, acknowledged=("everything",)))).bad
    assert "“everything” is not one of" in bad.reason
    assert not Order.objects.exists()


def test_a_mapping_says_where_it_stands_and_what_the_shops_word_means() -> None:
    line: dict[str, object] = {"name": "商品", "price": "单价", "acknowledged_at": "同意时间"}
    line |= {"acknowledged": {"from": "不退确认", "values": {"是": "sku,category", "否": ""}}}
    mapping = mapping_of({"currency": "CNY", "orders": {"number": "订单号", "lines": line}})
    row = {"订单号": "1", "商品": "耳机", "单价": "99", "不退确认": "是", "同意时间": "2026-05-01T12:00:00Z"}
    read = mapping.read("orders", row, line=1)
    assert isinstance(read, IncomingOrder)
    assert read.lines[0].acknowledged == ("sku", "category")
    assert read.lines[0].acknowledged_at == NOON
    unsaid = mapping.read("orders", row | {"不退确认": "否", "同意时间": ""}, line=1)
    assert isinstance(unsaid, IncomingOrder)
    assert (unsaid.lines[0].acknowledged, unsaid.lines[0].acknowledged_at) == ((), None)


def test_the_desk_sees_both_on_the_page_of_the_order(mei: Staff, lin: Customer, brand: Brand) -> None:
    held = make_order(lin, brand)
    line = held.lines.get()
    held.lines.update(acknowledged=["hygiene_sealed"], acknowledged_at=NOON)
    held.lines.create(position=2, name="Drift earbuds, white", unit_price_minor=4990, replaces=line)
    page = english(mei).get(f"/console/orders/{held.pk}").content.decode()
    assert "Replacement for Drift earbuds" in page
    assert "Sealed for hygiene" in page
    assert page.count("104.80") == 1  # 2 × 49.90 and the shipping, once
