"""A shop to try terms on: an order, its parcels, and what somebody asks of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kefu.claims.machines import Kind
from kefu.claims.models import Claim, ClaimLine, Status
from kefu.claims.preview import Asked, AskedLine, Preview, preview
from kefu.claims.terms import Terms
from kefu.orders.models import (
    Order,
    OrderLine,
    OrderSource,
    Payment,
    PaymentMethod,
    Product,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    Variant,
)
from kefu.people.models import Brand, Customer

SHANGHAI = ZoneInfo("Asia/Shanghai")


def clock(text: str, zone: str = "Asia/Shanghai") -> datetime:
    """What a clock on a wall there shows: ``2026-11-20 09:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


class Shop:
    """Sells lamps at 100.00 yuan (``self.lamp``), paid by card."""

    def __init__(self, brand: Brand, customer: Customer) -> None:
        self.brand, self.customer = brand, customer
        self.source = OrderSource.objects.get_or_create(brand=brand, name="Shop", defaults={"kind": "file"})[
            0
        ]
        self.card = PaymentMethod.objects.create(customer=customer, kind="card", display_tail="4242")
        self.product = self.sells("LAMP-1")
        self.lamp = self.variant(self.product, "LAMP-1-W")

    def sells(self, model_no: str, **fields: Any) -> Product:
        given = {"name": model_no, **fields}
        return Product.objects.get_or_create(brand=self.brand, model_no=model_no, defaults=given)[0]

    def variant(self, product: Product, sku: str, price: int = 10_000, **fields: Any) -> Variant:
        given = {"product": product, "price_minor": price, "currency": "CNY", **fields}
        return Variant.objects.get_or_create(brand=self.brand, sku=sku, defaults=given)[0]

    def order(self, *lines: OrderLine, status: str = "delivered", shipping: int = 0, **fields: Any) -> Order:
        """One lamp unless lines are given; paid by card to the last fen."""
        given: dict[str, Any] = {"currency": "CNY", "placed_at": clock("2026-10-30 12:00"), **fields}
        number = f"W{Order.objects.count() + 1}"
        order = Order.objects.create(
            brand=self.brand,
            source=self.source,
            external_no=number,
            number_key=number,
            customer=self.customer,
            status=status,
            shipping_minor=shipping,
            **given,
        )
        for position, line in enumerate(lines or [self.line()]):
            line.order, line.position = order, position
            line.save()
        captured = sum(line.paid_minor for line in order.lines.all()) + shipping
        Payment.objects.create(
            order=order, method=self.card, captured_minor=captured, currency=order.currency
        )
        return order

    def line(self, variant: Variant | None = None, **fields: Any) -> OrderLine:
        variant = variant or self.lamp
        given = {"qty": 1, "unit_price_minor": variant.price_minor, **fields}
        return OrderLine(product=variant.product, variant=variant, sku=variant.sku, name=variant.sku, **given)

    def delivered(self, order: Order, at: datetime | None, *lines: tuple[OrderLine, int]) -> Shipment:
        """A parcel with these lines; with none, nothing is said of what is in it."""
        parcel = Shipment.objects.create(
            brand=self.brand, order=order, status=ShipmentStatus.DELIVERED, delivered_at=at, shipped_at=at
        )
        for line, qty in lines:
            ShipmentLine.objects.create(shipment=parcel, order_line=line, qty=qty)
        return parcel

    def lamp_delivered(self, at: str, zone: str = "Asia/Shanghai", **fields: Any) -> Order:
        order = self.order(**fields)
        self.delivered(order, clock(at, zone))
        return order

    def asks(self, order: Order | None, kind: str = "return", **fields: Any) -> Asked:
        """For all of the order, because the customer changed their mind, unless told otherwise."""
        asked = {name: fields.pop(name) for name in ("destination", "refund_to", "channel") if name in fields}
        lines = fields.pop("lines", None)
        if lines is None:
            lines = [self.wants(line, **fields) for line in order.lines.all()] if order else []
        return Asked(kind, self.brand, self.customer, order, tuple(lines), **asked)

    def wants(self, line: OrderLine, **fields: Any) -> AskedLine:
        given = {"qty": line.qty, "reason": "changed_mind", **fields}
        return AskedLine(order_line=line, **given)

    def claimed(
        self,
        line: OrderLine,
        qty: int,
        amount: int,
        kind: str = Kind.RETURN,
        status: str = Status.APPROVED,
        **fields: Any,
    ) -> Claim:
        claim = Claim.objects.create(
            kind=kind, brand=self.brand, customer=self.customer, order=line.order, status=status
        )
        ClaimLine.objects.create(claim=claim, order_line=line, qty=qty, amount_minor=amount, **fields)
        return claim


def verdict(seen: Preview, rule: str) -> str:
    """The outcome of one rule, and its basis: "fail brand_policy"; "" where it had no say."""
    found = [f"{one.outcome} {one.basis}" for one in seen.verdicts if one.rule == rule]
    return found[0] if found else ""


def ask(asked: Asked, terms: Terms, at: str | datetime, zone: str = "Asia/Shanghai") -> Preview:
    return preview(asked, at=clock(at, zone) if isinstance(at, str) else at, terms=terms)
