"""Looking things up in the retail data set, calling its tools, and saying what may not have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from django.apps import apps
from django.db import connection

from tests.corpus.assistant import Assistant
from tests.corpus.projection import Record, World, differences, world

PENDING = (
    "cancel_pending_order",
    "modify_pending_order_address",
    "modify_pending_order_payment",
    "modify_pending_order_items",
)
DELIVERED = ("return_delivered_order_items", "exchange_delivered_order_items")
HOME = {"address1": "1 New Road", "address2": "Suite 2", "city": "Austin", "state": "TX", "country": "USA"}
HOME["zip"] = "73301"
NOT_COMPARED = {"people_answeredcall", "people_customertoken", "people_stafftoken", "events_audit"}


def traces() -> dict[str, str]:
    """One digest for each table that a refused write could have touched."""
    tables = [
        model._meta.db_table
        for label in ("orders", "claims", "people", "events")
        for model in apps.get_app_config(label).get_models()
        if model._meta.managed and model._meta.db_table not in NOT_COMPARED
    ]
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) FROM {table} t"
            )
            found[table] = cursor.fetchone()[0]
    return found


class Retail:
    """``expected`` is the world as it should be at the end: change it along with what is done."""

    def __init__(
        self,
        orders: dict[str, Record],
        users: dict[str, Record],
        products: dict[str, Record],
        world: World,
        assistant: Assistant,
    ) -> None:
        self.orders, self.users, self.products = orders, users, products
        self.assistant = assistant
        self.expected = deepcopy(world)

    def find(self, status: str, fits: Callable[[Record, Record], Any] = lambda order, user: True) -> Record:
        """The first order that fits, with its user beside it."""
        for order in self.orders.values():
            user = self.users[order["user_id"]]
            if order["status"] == status and fits(order, user):
                return {**order, "user": user}
        raise AssertionError("The set has no such order.")

    def does(self, tool: str, **kwargs: Any) -> Any:
        response = self.assistant.write(tool, kwargs)
        assert response.status_code < 300, response.content
        return response

    def is_refused(self, status: int, tool: str, **kwargs: Any) -> None:
        self.assistant.call(tool, kwargs)  # whatever it looks up is not a trace of the write
        before = traces()
        response = self.assistant.write(tool, kwargs)
        assert response.status_code == status, response.content
        assert traces() == before

    def order(self, order: Record) -> Record:
        found: Record = self.expected["orders"][order["order_id"]]
        return found

    def is_as_expected(self) -> None:
        assert differences(world(), self.expected) == {}

    def variants(self, item: Record, *, available: bool = True, other: bool = True) -> Iterator[Record]:
        for variant in self.products[item["product_id"]]["variants"].values():
            if variant["available"] == available and (variant["item_id"] != item["item_id"]) == other:
                yield variant

    def variant(self, item: Record, **which: bool) -> Record:
        return next(self.variants(item, **which))


def paid_with(order: Record) -> str:
    name: str = order["payment_history"][0]["payment_method_id"]
    return name


def others(order: Record, user: Record, source: str = "") -> list[str]:
    methods = user["payment_methods"].values()
    return [one["id"] for one in methods if one["id"] != paid_with(order) and source in one["source"]]


def another_product(shop: Retail, item: Record) -> str:
    """An item of it that can be had."""
    far = next(one for key, one in shop.products.items() if key != item["product_id"])
    found: str = next(key for key, variant in far["variants"].items() if variant["available"])
    return found


def foreign_method(shop: Retail, order: Record) -> str:
    owned = order["user"]["payment_methods"]
    known = (name for user in shop.users.values() for name in user["payment_methods"])
    found: str = next(name for name in known if name not in owned)
    return found


def has_variant(shop: Retail, **which: bool) -> Callable[[Record, Record], bool]:
    return lambda order, user: any(True for _one in shop.variants(order["items"][0], **which))


def every_write(shop: Retail, order: Record, method: str) -> dict[str, Record]:
    """Each tool that names an order, with arguments that nothing is wrong with."""
    item = order["items"][0]
    new = next((one["item_id"] for one in shop.variants(item)), item["item_id"])
    number = {"order_id": order["order_id"]}
    swap = {"item_ids": [item["item_id"]], "new_item_ids": [new], "payment_method_id": method}
    return {
        "cancel_pending_order": number | {"reason": "no longer needed"},
        "modify_pending_order_address": number | HOME,
        "modify_pending_order_payment": number | {"payment_method_id": method},
        "modify_pending_order_items": number | swap,
        "return_delivered_order_items": number | {"item_ids": [item["item_id"]], "payment_method_id": method},
        "exchange_delivered_order_items": number | swap,
    }


def items(order: Record, old: list[str], new: list[str], method: str = "") -> Record:
    named = {"order_id": order["order_id"], "item_ids": old, "new_item_ids": new}
    return named | {"payment_method_id": method or paid_with(order)}


def repeated(order: Record) -> list[str]:
    ids = [item["item_id"] for item in order["items"]]
    return [one for one in ids if ids.count(one) > 1]
