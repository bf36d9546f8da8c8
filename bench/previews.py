"""Eligibility previews a second: one process asks, order after order, what may be sent back and for how much.

Beside it the same statements alone, sent by a bare cursor: what the database itself takes of the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any

from bench.figure import Figure, spread
from bench.ground import ground

ORDERS, SECONDS, WARM = 2_000, 6.0, 50
EVERY_CLAIMED = 4
BAR_MS = 50.0


def measure(size: int = ORDERS) -> Figure:
    with ground("previews") as where:
        where.adopt()
        asked = _furnish(size)
        statements = _statements(asked[0])
        previews, times = _rate(_preview, cycle(asked), SECONDS)
        bare, _times = _rate(_replay, cycle([statements]), SECONDS / 2)
    told = spread(times)
    return Figure(
        figure="previews",
        value=round(previews, 1),
        unit="previews/s",
        ratio=round(previews / bare, 2),
        size=size,
        limit=f"p95 at most {BAR_MS:.0f} ms; beside: its statements alone",
        met=told["p95_ms"] <= BAR_MS,
        parts={"statements each": len(statements), "the statements alone, a second": round(bare, 1)},
        **told,
    )


def _rate(do: Callable[[Any], object], items: Iterator[Any], seconds: float) -> tuple[float, list[float]]:
    """How many a second, and how long each took in milliseconds."""
    for _ in range(WARM):
        do(next(items))
    times: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        do(next(items))
        times.append((time.perf_counter() - began) * 1000)
    return 1000 * len(times) / sum(times), times


def _preview(asked: Any) -> object:
    from django.utils import timezone

    from kefu.claims.preview import preview

    return preview(asked, at=timezone.now())


def _statements(asked: Any) -> list[tuple[str, Any]]:
    """What one preview asks the database."""
    from django.db import connection

    seen: list[tuple[str, Any]] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        _preview(asked)
    return seen


def _replay(statements: list[tuple[str, Any]]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            cursor.fetchall()


def _furnish(size: int) -> list[Any]:
    """Delivered orders of one to five lines, some of them claimed before, under a policy of the brand."""
    from kefu.claims import policies
    from kefu.claims.asked import Asked, AskedLine
    from kefu.claims.presets import BRAND_30_DAYS
    from kefu.orders.models import OrderSource
    from kefu.people.models import Brand, Customer, Staff

    brand = Brand.objects.create(name="Bench", slug="bench")
    admin = Staff.objects.create(email="admin@bench.test", name="Admin", role="admin")
    policies.publish(policies.draft(brand, name="Returns", terms=BRAND_30_DAYS, by=admin), by=admin)
    customers = Customer.objects.bulk_create(Customer(name=f"Customer {n}") for n in range(50))
    source = OrderSource.objects.create(brand=brand, name="Shop", kind="file")
    found = []
    for number, customer in zip(range(size), cycle(customers), strict=False):
        order, lines = _order(brand, source, customer, number)
        wanted = tuple(AskedLine(order_line=line, reason="changed_mind") for line in lines)
        found.append(Asked("return", brand, customer, order, wanted))
    return found


def _order(brand: Any, source: Any, customer: Any, number: int) -> tuple[Any, list[Any]]:
    from django.utils import timezone

    from kefu.claims.models import Claim, ClaimLine
    from kefu.orders.models import Order, OrderLine, Payment, PaymentMethod, Product, Shipment, ShipmentLine

    came = timezone.now() - timedelta(days=number % 40)
    order = Order.objects.create(
        brand=brand,
        source=source,
        external_no=str(number),
        number_key=str(number),
        customer=customer,
        status="delivered",
        currency="CNY",
        placed_at=came - timedelta(days=3),
    )
    product, _made = Product.objects.get_or_create(brand=brand, model_no=f"P{number % 60}")
    lines = OrderLine.objects.bulk_create(
        OrderLine(order=order, position=place, product=product, name="Lamp", qty=2, unit_price_minor=9_999)
        for place in range(number % 5 + 1)
    )
    parcel = Shipment.objects.create(brand=brand, order=order, status="delivered", delivered_at=came)
    ShipmentLine.objects.bulk_create(ShipmentLine(shipment=parcel, order_line=line, qty=2) for line in lines)
    card, _made = PaymentMethod.objects.get_or_create(customer=customer, kind="card")
    Payment.objects.create(order=order, method=card, captured_minor=19_998 * len(lines), currency="CNY")
    if number % EVERY_CLAIMED == 0:
        claim = Claim.objects.create(
            kind="return", brand=brand, customer=customer, order=order, status="approved"
        )
        ClaimLine.objects.create(claim=claim, order_line=lines[0], qty=1, amount_minor=9_999)
    return order, lines
