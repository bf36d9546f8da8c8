"""What the demo's customers bought: the orders that their conversations are about, and a few to try things on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db.models import Model
from django.utils import timezone

from kefu.demo import cast
from kefu.demo.shop import CARRIER, Shop
from kefu.demo.stories import Story
from kefu.orders.models import (
    LinkedOrder,
    MethodKind,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentMethod,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    TrackingEvent,
    number_key,
)
from kefu.people.models import Customer

# To try the look-up with: number, what was bought, how many days ago.
TO_TRY = {"zh-hans": ("LQ88001", "earbuds", 3), "en": ("LQ88002", "speaker", 9)}
TAIL = "2046"
FRESH = 14
STREETS = {"zh-hans": ("望湖路", "梧桐街", "青石巷"), "en": ("Mill Lane", "Station Road", "Orchard Row")}
COUNTRIES = {"zh-hans": "CN", "en": "DE"}
SEEN = {
    "zh-hans": ("已揽收", "已到达转运中心", "正在派送", "已签收"),
    "en": ("Picked up", "Arrived at the sorting centre", "Out for delivery", "Handed over"),
}
STATUSES = (
    ShipmentStatus.PICKED_UP,
    ShipmentStatus.IN_TRANSIT,
    ShipmentStatus.OUT_FOR_DELIVERY,
    ShipmentStatus.DELIVERED,
)
HOURS = (20, 44, 68, 72)  # after the order, that each of these is seen


@dataclass
class Books:
    """Rows to be stored, a statement for each kind."""

    methods: dict[Customer, PaymentMethod] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    lines: list[OrderLine] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    packed: list[ShipmentLine] = field(default_factory=list)
    seen: list[TrackingEvent] = field(default_factory=list)
    links: list[LinkedOrder] = field(default_factory=list)

    def store(self) -> None:
        kinds: tuple[tuple[type[Model], Iterable[Any]], ...] = (
            (PaymentMethod, self.methods.values()),
            (Order, self.orders),
            (OrderLine, self.lines),
            (Payment, self.payments),
            (Shipment, self.shipments),
            (ShipmentLine, self.packed),
            (TrackingEvent, self.seen),
            (LinkedOrder, self.links),
        )
        for kind, rows in kinds:
            kind._default_manager.bulk_create(rows)


def store(shop: Shop, stories: list[Story], random: Random) -> None:
    """The stories must be stored: their conversations are linked to the orders that they mention."""
    books, now = Books(), timezone.now()
    for story in stories:
        if any("{order}" in line.text for line in story.dialogue.lines):
            placed = story.began - timedelta(days=5)
            order = sell(books, shop, story.customer, story.words, placed, now, random)
            books.links.append(LinkedOrder(conversation_id=story.id, order=order))
    buyers = list({story.customer.pk: story.customer for story in stories}.values())
    for customer in {customer.language: customer for customer in buyers}.values():
        number, key, days = TO_TRY[customer.language]
        words = {"order": number, "model": _model(key), "tracking": f"BF{number}"}
        sell(books, shop, customer, words, now - timedelta(days=days), now, random, tail=TAIL)
    for place, customer in enumerate(random.sample(buyers, FRESH)):
        placed = now - timedelta(hours=random.uniform(1, 19))
        model = random.choice(cast.PRODUCTS).model
        words = {"order": f"LQ{placed:%y%m%d}-{place + 11}", "model": model, "tracking": ""}
        _settle(sell(books, shop, customer, words, placed, now, random), place)
    books.store()


def _model(key: str) -> str:
    return next(one.model for one in cast.EVERY_PRODUCT if one.key == key)


def sell(
    books: Books,
    shop: Shop,
    customer: Customer,
    words: dict[str, str],
    placed: datetime,
    now: datetime,
    random: Random,
    *,
    tail: str = "",
    sku: str = "",
) -> Order:
    """Kept in the books. Of a model one of its variants, or the one that ``sku`` names."""
    seen = sum(placed + timedelta(hours=hours) < now for hours in HOURS)
    order = Order(
        brand=shop.source.brand,
        source=shop.source,
        external_no=words["order"],
        number_key=number_key(words["order"]),
        customer=customer,
        status=_status(seen),
        currency="CNY" if customer.language == "zh-hans" else "EUR",
        placed_at=placed,
        channel="shop",
        country=COUNTRIES[customer.language],
    )
    _address(order, customer, random, tail or f"{random.randrange(10_000):04}")
    books.orders.append(order)
    line = _line(books, shop, order, words["model"], sku, random)
    _pay(books, order, line)
    if seen:
        _send(books, order, line, words["tracking"], seen)
    return order


def _status(seen: int) -> OrderStatus:
    if seen == len(HOURS):
        return OrderStatus.DELIVERED
    return OrderStatus.SHIPPED if seen else OrderStatus.PROCESSING


def _settle(order: Order, place: int) -> None:
    """Of those that have not left yet some are not even begun, and some were called off."""
    if place % 3 == 0:
        order.status = OrderStatus.PENDING
    elif place % 5 == 0:
        order.status, order.cancel_reason = OrderStatus.CANCELLED, "ordered by mistake"
        order.cancelled_at = order.placed_at


def _address(order: Order, customer: Customer, random: Random, tail: str) -> None:
    language = customer.language
    phone = f"139{random.randrange(10_000):04}{tail}" if language == "zh-hans" else f"+49 151 200{tail}"
    order.address = {
        "name": customer.name,
        "line1": f"{random.choice(STREETS[language])} {random.randrange(1, 90)}",
        "city": random.choice(cast.CITIES[language]),
        "country": COUNTRIES[language],
    }
    order.reach_by(email=f"{order.number_key.lower()}@example.com", phone=phone)


def _line(books: Books, shop: Shop, order: Order, model: str, sku: str, random: Random) -> OrderLine:
    key = next(one.key for one in cast.EVERY_PRODUCT if one.model == model)
    product, variant = shop.products[key], random.choice(shop.variants[key])
    variant = next((one for one in shop.variants[key] if one.sku == sku), variant)
    known = next(one for one in cast.EVERY_PRODUCT if one.key == key)
    price = variant.price_minor if order.currency == "CNY" else variant.price_minor // 8
    line = OrderLine(
        order=order,
        position=1,
        product=product,
        variant=variant,
        sku=variant.sku,
        name=known.name.said_in(order.customer.language),
        unit_price_minor=price,
        options=variant.options,
        serials=[f"{model}-{random.randrange(10**7):07}"] if product.serial_tracked else [],
    )
    books.lines.append(line)
    return line


def _pay(books: Books, order: Order, line: OrderLine) -> None:
    chinese = order.currency == "CNY"
    kind = MethodKind.WALLET if chinese else MethodKind.CARD
    method = books.methods.setdefault(
        order.customer,
        PaymentMethod(customer=order.customer, kind=kind, display_tail="" if chinese else "4242"),
    )
    books.payments.append(
        Payment(
            order=order,
            method=method,
            external_id=f"pay-{order.external_no}",
            captured_minor=line.paid_minor,
            currency=order.currency,
            captured_at=order.placed_at,
        )
    )


def _send(books: Books, order: Order, line: OrderLine, tracking_no: str, seen: int) -> None:
    assert order.placed_at
    times = [order.placed_at + timedelta(hours=hours) for hours in HOURS[:seen]]
    shipment = Shipment(
        brand=order.brand,
        order=order,
        carrier=CARRIER,
        tracking_no=tracking_no,
        status=STATUSES[seen - 1],
        shipped_at=times[0],
        delivered_at=times[-1] if seen == len(HOURS) else None,
        delivery_source="carrier" if seen == len(HOURS) else "",
    )
    books.shipments.append(shipment)
    books.packed.append(ShipmentLine(shipment=shipment, order_line=line, qty=line.qty))
    city, words = order.address["city"], SEEN[order.customer.language]
    books.seen += [
        TrackingEvent(
            shipment=shipment,
            external_id=str(place),
            at=at,
            status=STATUSES[place],
            place=city,
            text=words[place],
        )
        for place, at in enumerate(times)
    ]
