"""Registering a unit by its serial number, so that warranty can be asked for without an order."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.events import log
from kefu.events.actors import Actor
from kefu.orders.models import Order, OrderLine, Product, RegisteredProduct
from kefu.orders.models.registered import Proof
from kefu.people.models import Brand, Customer, Refused

LONGEST_SERIAL = 80


def serial_key(serial: str) -> str:
    """As people type it and as it is printed: without spaces, in capitals."""
    return "".join(serial.split()).upper()[:LONGEST_SERIAL]


def register(
    customer: Customer, product: Product, serial: str, *, purchased_at: date | None, by: Actor
) -> RegisteredProduct:
    """Once for a unit; the same customer's again is the same. Our own order record goes before what is stated."""
    serial = serial_key(serial)
    _refuse_what_cannot_be(product, serial, purchased_at)
    line = _sold_to(customer, product, serial)
    unit = RegisteredProduct(
        product=product,
        serial=serial,
        customer=customer,
        order_line=line,
        purchased_at=_bought_on(line) or purchased_at,
        warranty_start=line.warranty_start if line else None,
        proof=Proof.ORDER if line else Proof.STATED,
    )
    try:
        with transaction.atomic():
            unit.save()
            log.record("product.registered", unit, by=by, product=product.pk, customer=customer.pk)
    except IntegrityError:
        return _known(customer, product, serial)
    return unit


def find(brand: Brand, serial: str) -> list[RegisteredProduct]:
    """Whoever holds it; two products may number alike."""
    units = RegisteredProduct.objects.filter(product__brand=brand, serial=serial_key(serial))
    return list(units.select_related("product__brand", "order_line__order").order_by("created_at")[:5])


def sold(brand: Brand, serial: str) -> OrderLine | None:
    """The line of an order that this unit left with."""
    lines = OrderLine.objects.filter(left_with(serial), order__brand=brand)
    return lines.select_related("order", "product__brand").order_by("-order__placed_at").first()


def left_with(serial: str) -> Q:
    """Of lines of orders: this unit was among them. Shops report it as it is printed."""
    return Q(serials__contains=[serial.strip()]) | Q(serials__contains=[serial_key(serial)])


def model_named(brand: Brand, said: str) -> Product | None:
    """As it is printed on the product, or by its name."""
    products = Product.objects.filter(brand=brand).select_related("brand")
    by_number = products.filter(model_no__iexact=said.strip()).first()
    return by_number or products.filter(name__iexact=said.strip()).first()


def _refuse_what_cannot_be(product: Product, serial: str, purchased_at: date | None) -> None:
    if not serial:
        raise Refused(_("Please enter the serial number. It is on the product or its box."))
    today = timezone.now().astimezone(ZoneInfo(product.brand.time_zone)).date()
    if purchased_at is not None and purchased_at > today:
        raise Refused(_("The purchase date is in the future."))


def _sold_to(customer: Customer, product: Product, serial: str) -> OrderLine | None:
    theirs = Order.objects.of(customer)
    lines = OrderLine.objects.filter(left_with(serial), order__in=theirs, product=product)
    return lines.select_related("order__brand").first()


def _bought_on(line: OrderLine | None) -> date | None:
    if line is None or line.order.placed_at is None:
        return None
    return line.order.placed_at.astimezone(ZoneInfo(line.order.brand.time_zone)).date()


def _known(customer: Customer, product: Product, serial: str) -> RegisteredProduct:
    unit = RegisteredProduct.objects.get(product=product, serial=serial)
    if unit.customer_id != customer.pk:
        raise Refused(_("This unit is registered to someone else. If it is yours, tell us in the chat."))
    return unit
