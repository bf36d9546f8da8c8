"""Orders a second that an import takes in: from a kept file, by a mapping, to rows with events and sealed addresses.

The same file again must cost little, since shops tell the same over and over.
"""

from __future__ import annotations

import json
import time
from typing import Any

from bench.figure import Figure
from bench.ground import ground

ORDERS = 5_000
AT_LEAST = 160  # 100,000 orders within ten minutes
MAPPING: dict[str, Any] = {
    "currency": "EUR",
    "orders": {
        "number": "no",
        "status": "status",
        "placed_at": "placed",
        "customer": {"id": "buyer.id", "name": "buyer.name"},
        "email": "buyer.mail",
        "phone": "buyer.phone",
        "address": {"name": "buyer.name", "line1": "to.street", "city": "to.city", "country": "to.country"},
        "lines": {"each": "items", "id": "id", "sku": "sku", "name": "name", "qty": "qty", "price": "price"},
        "payments": {
            "id": "paid.id",
            "amount": "paid.sum",
            "method": {"kind": "paid.how", "last_four": "paid.tail"},
        },
        "shipments": {"tracking_no": "parcel", "carrier": {"const": "sf"}, "status": {"const": "in_transit"}},
    },
}


def measure(size: int = ORDERS) -> Figure:
    with ground("bench_imports") as where:
        where.adopt()
        parts = {
            "new": _rate(size, "processing"),
            "again, as they were": _rate(size, "processing"),
            "again, each changed": _rate(size, "shipped"),
        }
    return Figure(
        "imports",
        parts["new"],
        "orders/s",
        size=size,
        limit=f"at least {AT_LEAST} orders/s",
        met=parts["new"] >= AT_LEAST,
        parts={name: rate for name, rate in parts.items() if name != "new"},
    )


def _rate(size: int, status: str) -> float:
    """One import from its first byte to its last commit."""
    from kefu.orders import importing

    run = _begun(json.dumps([_order(number, status) for number in range(size)]).encode())
    began = time.perf_counter()
    importing.go_on(run)
    seconds = time.perf_counter() - began
    if (run.done, run.bad, run.state) != (size, 0, "done"):
        raise SystemExit(f"the import took {run.done} of {size} orders, {run.bad} of them bad: {run.problem}")
    return round(size / seconds, 1)


def _begun(content: bytes) -> Any:
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from kefu.orders.models import ImportRun, OrderSource
    from kefu.people.models import Brand

    brand, _made = Brand.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    source, _made = OrderSource.objects.get_or_create(
        brand=brand, name="Shop", defaults={"kind": "file", "mapping": MAPPING}
    )
    return ImportRun.objects.create(
        source=source, file=default_storage.save("imports/bench", ContentFile(content))
    )


def _order(number: int, status: str) -> dict[str, Any]:
    """Two lines, one payment, one parcel; every third customer orders a second time."""
    buyer = number - number % 3 // 2
    return {
        "no": f"B-{number:07}",
        "status": status,
        "placed": "2026-05-01T12:00:00Z",
        "buyer": {
            "id": f"u{buyer}",
            "name": f"Customer {buyer}",
            "mail": f"customer{buyer}@example.test",
            "phone": f"+3161{buyer:07}",
        },
        "to": {"street": f"{number} Canal Street", "city": "Rotterdam", "country": "NL"},
        "items": [
            {"id": f"{number}-1", "sku": f"S-{number % 500}", "name": "Lamp", "qty": 1, "price": "19.95"},
            {"id": f"{number}-2", "sku": f"S-{number % 499}", "name": "Bulb", "qty": 2, "price": "2.50"},
        ],
        "paid": {"id": f"p{number}", "sum": "24.95", "how": "card", "tail": f"{buyer % 10_000:04}"},
        "parcel": f"SF{number:09}",
    }
