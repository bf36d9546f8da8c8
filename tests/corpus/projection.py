"""The desk's rows as the retail data set would write them, for comparing: everything, in a handful of queries.

Amounts are whole cents on both sides, since the set's own sums carry noise; lists whose order means nothing are sorted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from kefu.claims.machines import ENDED, Kind
from kefu.claims.models import Changed, Claim, OrderChange, Refund
from kefu.orders.models import (
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentMethod,
    ReportedRefund,
    ShipmentLine,
)
from kefu.orders.models.shipments import Direction
from kefu.people.models import Customer, Identity, IdentityKind

Record = dict[str, Any]
World = dict[str, dict[str, Record]]

STATUS = {OrderStatus.PROCESSING: "processed"}
REQUESTED = {Kind.RETURN: "return requested", Kind.EXCHANGE: "exchange requested"}
ADDRESS = {
    "address1": "line1",
    "address2": "line2",
    "city": "city",
    "country": "country",
    "state": "region",
    "zip": "postal_code",
}
COUNTRY = {"US": "USA"}
SORTED = ("return_items", "exchange_items", "exchange_new_items")


# -- as the set says it


def told(orders: dict[str, Record], users: dict[str, Record]) -> World:
    """What the set says, in the form of ``world``."""
    return {
        "orders": {number: told_order(order) for number, order in orders.items()},
        "users": {user: told_user(record) for user, record in users.items()},
    }


def told_order(order: Record) -> Record:
    found = {
        **order,
        "items": [{**item, "price": cents(item["price"])} for item in order["items"]],
        "payment_history": [{**row, "amount": cents(row["amount"])} for row in order["payment_history"]],
        "fulfillments": _parcels((one["tracking_id"], one["item_ids"]) for one in order["fulfillments"]),
    }
    if "exchange_price_difference" in order:
        found["exchange_price_difference"] = cents(order["exchange_price_difference"])
    return found | {name: sorted(order[name]) for name in SORTED if name in order}


def told_user(user: Record) -> Record:
    """Of users only address and balances can change."""
    methods = user["payment_methods"].values()
    balances = {one["id"]: cents(one["balance"]) for one in methods if "balance" in one}
    return {"address": user["address"], "balances": balances}


def cents(amount: Any) -> int:
    return round(Decimal(str(amount)) * 100)


def _parcels(parcels: Iterable[tuple[list[str], list[str]]]) -> list[Record]:
    return [{"tracking_id": numbers, "item_ids": sorted(items)} for numbers, items in parcels]


def differences(one: World, other: World) -> dict[str, Any]:
    """By record and field; empty where all is the same."""
    found: dict[str, Any] = {}
    for name in one:
        for key in one[name].keys() | other[name].keys():
            mine, theirs = one[name].get(key, {}), other[name].get(key, {})
            for field in mine.keys() | theirs.keys():
                if mine.get(field) != theirs.get(field):
                    found[f"{key}.{field}"] = (mine.get(field), theirs.get(field))
    return found


# -- as the desk has it


def world() -> World:
    return {"orders": _orders(), "users": _users()}


def _users() -> dict[str, Record]:
    balances: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    for method in PaymentMethod.objects.filter(balance_minor__isnull=False):
        balances[method.customer_id][method.external_id] = method.balance_minor or 0
    names = _user_names()
    return {
        names[customer.pk]: {"address": _address(customer.address), "balances": balances[customer.pk]}
        for customer in Customer.objects.filter(pk__in=names)
    }


def _user_names() -> dict[UUID, str]:
    known = Identity.objects.filter(kind=IdentityKind.USER).select_related("customer")
    return {one.customer_id: str(one.value) for one in known}


def _orders() -> dict[str, Record]:
    names, lines, parcels, money = _user_names(), _lines(), _shipped(), _money()
    claims, changed = _claims(), set(_items_changed())
    found = {}
    for order in Order.objects.select_related("customer"):
        record: Record = {
            "order_id": order.external_no,
            "user_id": names[order.customer_id],
            "address": _address(order.address),
            "items": lines[order.pk],
            "fulfillments": parcels[order.pk],
            "status": STATUS.get(OrderStatus(order.status), order.status),
            "payment_history": money[order.pk],
        }
        if order.cancel_reason:
            record["cancel_reason"] = order.cancel_reason.replace("_", " ")
        if order.pk in changed:
            record["status"] += " (item modified)"
        found[order.external_no] = record | claims.get(order.pk, {})
    return found


def _address(address: dict[str, str]) -> Record:
    found = {theirs: address.get(ours, "") for theirs, ours in ADDRESS.items()}
    return found | {"country": COUNTRY.get(found["country"], found["country"])}


def _lines() -> dict[UUID, list[Record]]:
    found: defaultdict[UUID, list[Record]] = defaultdict(list)
    for line in OrderLine.objects.select_related("product").order_by("order", "position"):
        assert line.product is not None
        assert (line.qty, line.discount_minor, line.tax_minor) == (1, 0, 0)
        item = {"name": line.name, "product_id": line.product.external_id, "item_id": line.sku}
        found[line.order_id].append(item | {"price": line.paid_minor, "options": line.options})
    return found


def _shipped() -> dict[UUID, list[Record]]:
    parts: defaultdict[tuple[UUID, UUID, str], list[str]] = defaultdict(list)
    packed = ShipmentLine.objects.filter(shipment__direction=Direction.OUTBOUND)
    for one in packed.select_related("shipment", "order_line").order_by("shipment"):
        key = (one.order_line.order_id, one.shipment_id, one.shipment.tracking_no)
        parts[key].append(one.order_line.sku)
    found: defaultdict[UUID, list[Record]] = defaultdict(list)
    for (order, _shipment, number), items in parts.items():
        found[order] += _parcels([([number], items)])
    return found


def _money() -> dict[UUID, list[Record]]:
    """Payments and refunds as they were written, those of nothing too. Ids grow with time."""
    rows: list[tuple[UUID, UUID, str, int, str]] = []
    for payment in Payment.objects.select_related("method"):
        rows.append(
            (payment.pk, payment.order_id, "payment", payment.captured_minor, payment.method.external_id)
        )
    for reported in ReportedRefund.objects.select_related("payment__method"):
        paid = reported.payment
        rows.append((reported.pk, paid.order_id, "refund", reported.amount_minor, paid.method.external_id))
    for refund in Refund.objects.select_related("to_method", "payment__method"):
        method = refund.to_method or refund.payment.method
        rows.append((refund.pk, refund.order_id, "refund", refund.amount_minor, method.external_id))
    found: defaultdict[UUID, list[Record]] = defaultdict(list)
    for _pk, order, kind, amount, name in sorted(rows):
        found[order].append({"transaction_type": kind, "amount": amount, "payment_method_id": name})
    return found


def _items_changed() -> Iterable[UUID]:
    return OrderChange.objects.filter(what=Changed.ITEMS).values_list("order", flat=True)


def _claims() -> dict[UUID, Record]:
    live = Claim.objects.filter(kind__in=list(REQUESTED)).exclude(status__in=ENDED)
    known = live.select_related("refund_to").prefetch_related("lines__order_line", "lines__new_variant")
    found: dict[UUID, Record] = {}
    for claim in known:
        assert claim.order_id is not None and claim.order_id not in found
        found[claim.order_id] = _requested(claim)
    return found


def _requested(claim: Claim) -> Record:
    kind = Kind(claim.kind)
    old = sorted(line.order_line.sku for line in claim.lines.all() if line.order_line)
    method = claim.refund_to.external_id if claim.refund_to else ""
    if kind == Kind.RETURN:
        return {
            "status": REQUESTED[kind],
            "return_items": old,
            "return_payment_method_id": method,
        }
    return {
        "status": REQUESTED[kind],
        "exchange_items": old,
        "exchange_new_items": sorted(line.new_variant.sku for line in claim.lines.all() if line.new_variant),
        "exchange_payment_method_id": method,
        "exchange_price_difference": claim.reckoning["difference"],
    }
