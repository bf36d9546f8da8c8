"""For tests of every room: a shop's order with its parcel, as an import leaves them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from kefu.orders.models import (
    Carrier,
    Order,
    OrderLine,
    OrderSource,
    OrderStatus,
    Product,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    SourceKind,
    TrackingEvent,
    Variant,
)
from kefu.people.models import Brand, Customer

PLACED = datetime(2026, 11, 10, 9, 30, tzinfo=UTC)
ADDRESS = {"name": "Lin Tao", "line1": "9 Canal Street", "city": "Rotterdam", "country": "NL"}


def make_source(brand: Brand, name: str = "Shop") -> OrderSource:
    return OrderSource.objects.get_or_create(brand=brand, name=name, defaults={"kind": SourceKind.FILE})[0]


def make_product(brand: Brand, model_no: str = "LQ-E20", name: str = "Drift earbuds") -> Product:
    product, made = Product.objects.get_or_create(
        brand=brand, model_no=model_no, defaults={"name": name, "external_id": f"p-{model_no}"}
    )
    if made:
        Variant.objects.create(
            brand=brand, product=product, sku=f"{model_no}-B", price_minor=4990, currency="EUR"
        )
    return product


def make_order(
    customer: Customer,
    brand: Brand,
    number: str = "#W1001",
    *,
    email: str = "lin@example.com",
    phone: str = "+86 139 1234 5678",
    source: OrderSource | None = None,
    status: OrderStatus = OrderStatus.SHIPPED,
    **fields: Any,
) -> Order:
    """Earbuds, two of them, not shipped yet: see ``ship``."""
    order = Order(
        brand=brand,
        source=source or make_source(brand),
        external_no=number,
        number_key=number.lstrip("#").upper(),
        customer=customer,
        status=status,
        currency="EUR",
        shipping_minor=500,
        **{"placed_at": PLACED, **fields},
    )
    order.address = ADDRESS
    order.reach_by(email=email, phone=phone)
    order.save()
    product = make_product(brand)
    OrderLine.objects.create(
        order=order,
        position=1,
        product=product,
        variant=product.variants.first(),
        sku=f"{product.model_no}-B",
        name=product.name,
        qty=2,
        unit_price_minor=4990,
        options={"colour": "black"},
        serials=["SN-SECRET-1"],
    )
    return order


def ship(order: Order, tracking_no: str = "SF1234567890") -> Shipment:
    Carrier.objects.get_or_create(
        code="sf", defaults={"name": "SF Express", "tracking_url": "https://sf.example/track/{number}"}
    )
    shipment = Shipment.objects.create(
        brand=order.brand,
        order=order,
        carrier="sf",
        tracking_no=tracking_no,
        status=ShipmentStatus.IN_TRANSIT,
        shipped_at=PLACED + timedelta(days=1),
    )
    for line in order.lines.all():
        ShipmentLine.objects.create(shipment=shipment, order_line=line, qty=line.qty)
    for hours, status, place in (
        (24, ShipmentStatus.PICKED_UP, "Venlo"),
        (40, ShipmentStatus.IN_TRANSIT, "Breda"),
    ):
        TrackingEvent.objects.create(
            shipment=shipment,
            external_id=f"{tracking_no}-{hours}",
            at=PLACED + timedelta(hours=hours),
            status=status,
            place=place,
        )
    return shipment
