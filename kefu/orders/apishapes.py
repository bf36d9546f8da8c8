"""What programs are shown of products, orders and parcels, field by field. Amounts are whole minor units."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from pydantic import BaseModel, Field

from kefu.conversations.api.shapes import Named
from kefu.orders.apiparcelshapes import ShipmentShown
from kefu.orders.models import (
    MethodKind,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentMethod,
    Product,
    Variant,
)
from kefu.orders.showing import Contact, total_minor
from kefu.web.paging import Page


class LineShown(BaseModel):
    id: UUID
    external_id: str = Field(description="The shop's own id of the item.")
    sku: str
    name: str = Field(examples=["Drift 2 earbuds"])
    product: UUID | None
    variant: UUID | None
    qty: int
    unit_price_minor: int = Field(examples=[4990])
    discount_minor: int = Field(description="Of the whole row.")
    tax_minor: int = Field(description="Of the whole row.")
    paid_minor: int = Field(description="For the whole row, discounts and taxes reckoned in.")
    options: dict[str, Any]
    serials: list[str]
    replaces: UUID | None = Field(
        description="The item that this was sent in place of, and with which it was paid: no total counts both."
    )
    acknowledged: list[str] = Field(
        description="Exclusions from the right to return that the buyer agreed to when buying.",
        examples=[["hygiene_sealed"]],
    )
    acknowledged_at: datetime | None

    @classmethod
    def of(cls, line: OrderLine) -> LineShown:
        return cls(
            id=line.pk,
            external_id=line.external_id,
            sku=line.sku,
            name=line.name,
            product=line.product_id,
            variant=line.variant_id,
            qty=line.qty,
            unit_price_minor=line.unit_price_minor,
            discount_minor=line.discount_minor,
            tax_minor=line.tax_minor,
            paid_minor=line.paid_minor,
            options=line.options,
            serials=line.serials,
            replaces=line.replaces_id,
            acknowledged=line.acknowledged,
            acknowledged_at=line.acknowledged_at,
        )


class PaymentShown(BaseModel):
    """What was captured, and by what means; never what the provider calls it."""

    id: UUID
    method: UUID
    kind: MethodKind
    captured_minor: int
    returned_minor: int = Field(description="Given back, or on its way back.")
    currency: str
    captured_at: datetime | None

    @classmethod
    def of(cls, payment: Payment) -> PaymentShown:
        return cls(
            id=payment.pk,
            method=payment.method_id,
            kind=MethodKind(payment.method.kind),
            captured_minor=payment.captured_minor,
            returned_minor=payment.returned_minor,
            currency=payment.currency,
            captured_at=payment.captured_at,
        )


class ContactShown(BaseModel):
    name: str = Field(examples=["L***"])
    address: str
    email: str
    phone: str

    @classmethod
    def of(cls, contact: Contact) -> ContactShown:
        return cls(name=contact.name, address=contact.address, email=contact.email, phone=contact.phone)


class FullContactShown(BaseModel):
    address: dict[str, str] = Field(
        description="name, line1, line2, city, region, postal_code, country, phone: as many as are known."
    )
    email: str
    phone: str

    @classmethod
    def of(cls, order: Order) -> FullContactShown:
        return cls(address=order.address, email=order.email or "", phone=order.phone or "")


class OrderShown(BaseModel):
    id: UUID
    number: str = Field(description="As the shop writes it.", examples=["#W2611340"])
    version: int = Field(description="Grows with every change; also sent as ETag.")
    status: OrderStatus
    brand: UUID
    source: UUID
    customer: Named
    currency: str = Field(examples=["CNY"])
    shipping_minor: int
    total_minor: int
    placed_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str
    channel: str
    country: str
    contact: ContactShown = Field(description="Masked. In full only under …/contact.")
    lines: list[LineShown]
    shipments: list[ShipmentShown]
    payments: list[PaymentShown]

    @classmethod
    def of(cls, order: Order) -> OrderShown:
        lines = list(order.lines.all())
        return cls(
            id=order.pk,
            number=order.external_no,
            version=order.version,
            status=OrderStatus(order.status),
            brand=order.brand_id,
            source=order.source_id,
            customer=Named(id=order.customer_id, name=order.customer.name),
            currency=order.currency,
            shipping_minor=order.shipping_minor,
            total_minor=total_minor(order, lines),
            placed_at=order.placed_at,
            cancelled_at=order.cancelled_at,
            cancel_reason=order.cancel_reason,
            channel=order.channel,
            country=order.country,
            contact=ContactShown.of(Contact.masked(order)),
            lines=[LineShown.of(line) for line in lines],
            shipments=[ShipmentShown.of(one) for one in _in_order(order.shipments.all())],
            payments=[PaymentShown.of(payment) for payment in _in_order(order.payments.all())],
        )

    @staticmethod
    def rows(orders: QuerySet[Order]) -> QuerySet[Order]:
        """With everything that is shown, whatever the number of orders."""
        return orders.select_related("customer").prefetch_related(
            "lines", "shipments__lines", "shipments__events", "payments__method"
        )


def _in_order(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row.pk)


class VariantShown(BaseModel):
    id: UUID
    sku: str
    options: dict[str, Any]
    price_minor: int
    currency: str
    available: bool

    @classmethod
    def of(cls, variant: Variant) -> VariantShown:
        return cls(
            id=variant.pk,
            sku=variant.sku,
            options=variant.options,
            price_minor=variant.price_minor,
            currency=variant.currency,
            available=variant.available,
        )


class ProductShown(BaseModel):
    id: UUID
    external_id: str = Field(description="The shop's own id.")
    brand: UUID
    model_no: str = Field(examples=["LQ-E20"])
    name: str
    category: str
    flags: list[str] = Field(examples=[["hygiene_sealed"]])
    serial_tracked: bool
    warranty_months: int | None = Field(description="Null: as the policy says.")
    warranty_parts: dict[str, int] = Field(description="Months by part, where they differ.")
    variants: list[VariantShown]

    @classmethod
    def of(cls, product: Product) -> ProductShown:
        return cls(
            id=product.pk,
            external_id=product.external_id,
            brand=product.brand_id,
            model_no=product.model_no,
            name=product.name,
            category=product.category,
            flags=product.flags,
            serial_tracked=product.serial_tracked,
            warranty_months=product.warranty_months,
            warranty_parts=product.warranty_parts,
            variants=[VariantShown.of(variant) for variant in _in_order(product.variants.all())],
        )


class MethodShown(BaseModel):
    """A customer's way to pay: enough to name it, nothing to pay with."""

    id: UUID
    external_id: str
    kind: MethodKind
    label: str
    display_tail: str = Field(description="The last four digits.")
    currency: str
    balance_minor: int | None = Field(description="Of gift cards and store credit.")

    @classmethod
    def of(cls, method: PaymentMethod) -> MethodShown:
        return cls(
            id=method.pk,
            external_id=method.external_id,
            kind=MethodKind(method.kind),
            label=method.label,
            display_tail=method.display_tail,
            currency=method.currency,
            balance_minor=method.balance_minor,
        )


class CustomerTokenShown(BaseModel):
    customer: UUID
    token: str = Field(description="Told only here.", examples=["kefuc_…"])
    expires_at: datetime


class AddressShown(BaseModel):
    address: dict[str, str] = Field(
        description="name, line1, line2, city, region, postal_code, country, phone: as many as are known."
    )


class MethodsShown(BaseModel):
    items: list[MethodShown]


class OrderPage(Page[OrderShown]):
    pass


class ProductPage(Page[ProductShown]):
    pass
