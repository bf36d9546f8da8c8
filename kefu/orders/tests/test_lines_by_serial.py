"""A unit is found by its serial number however many lines the brand has sold."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kefu.orders import registering
from kefu.orders.models import Order, OrderLine
from kefu.orders.testing import make_order
from kefu.people.models import Brand, Customer

ORDERS, LINES = 200, 500
SOLD = """
    INSERT INTO orders_orderline (id, order_id, product_id, position, external_id, sku, name, qty, unit_price_minor,
        discount_minor, tax_minor, options, serials, acknowledged)
    SELECT gen_random_uuid(), o.id, (SELECT product_id FROM orders_orderline LIMIT 1), nth, '', 'LAMP', 'Lamp', 1, 100, 0, 0, '{}',
        jsonb_build_array(o.external_no || '-' || nth), '[]'
    FROM orders_order o, generate_series(100, 99 + %s) AS nth
"""


@pytest.fixture
def many(committed: None, lin: Customer, brand: Brand) -> Order:
    """A hundred thousand lines of one brand; the one that is looked for is of the first order. Committed, since only the
    owner of a table may have it analysed.
    """
    first = make_order(lin, brand, "#W0")
    rest = [
        Order(
            brand=brand,
            source=first.source,
            customer=lin,
            external_no=f"W{number}",
            number_key=f"W{number}",
            placed_at=first.placed_at,
            currency="EUR",
        )
        for number in range(1, ORDERS)
    ]
    Order.objects.bulk_create(rest)
    with connection.cursor() as db:
        db.execute(SOLD, [LINES])
    with psycopg.connect(os.environ["KEFU_DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("ANALYZE orders_order, orders_orderline, orders_product, people_brand")
    return first


def plan_of(look: Callable[[], Any]) -> str:
    """Of the question that names a serial number."""
    with CaptureQueriesContext(connection) as asked:
        look()
    (question,) = (query["sql"] for query in asked.captured_queries if "@>" in query["sql"])
    with connection.cursor() as db:
        db.execute(f"EXPLAIN {question}")
        return "\n".join(row[0] for row in db.fetchall())


def test_a_serial_number_among_a_hundred_thousand_lines_is_found_by_its_index(
    many: Order, brand: Brand, lin: Customer
) -> None:
    assert OrderLine.objects.count() > ORDERS * LINES
    found = registering.sold(brand, " w7-321 ")
    assert found is not None and found.serials == ["W7-321"]
    plan = plan_of(lambda: registering.sold(brand, "W7-321"))
    assert "Bitmap Index Scan on line_with_serial" in plan, plan
    own = plan_of(lambda: registering.register(lin, line_product(many), "W7-321", purchased_at=None, by=lin))
    assert "Bitmap Index Scan on line_with_serial" in own, own


def line_product(order: Order) -> Any:
    return order.lines.select_related("product__brand").get(position=1).product
