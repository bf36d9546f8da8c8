"""The data set's tools, as a program does the same through the REST API: it proves who it talks with, then acts as them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tests.calling import Caller
from tests.corpus.projection import ADDRESS, Record

WRITES = (
    "cancel_pending_order",
    "modify_pending_order_address",
    "modify_pending_order_payment",
    "modify_pending_order_items",
    "modify_user_address",
    "return_delivered_order_items",
    "exchange_delivered_order_items",
)
Call = tuple[str, str, Record]


class Assistant:
    """``program`` may issue customers' tokens; ``orders`` and ``users`` are the set's, to know whose an order is."""

    def __init__(self, program: Caller, orders: dict[str, Record], users: dict[str, Record]) -> None:
        self._program, self._orders, self._users = program, orders, users
        self._known: dict[str, tuple[Caller, str]] = {}

    def speaking_for(self, user: str) -> tuple[Caller, str]:
        """The customer's own token, had by their e-mail address, and their id here."""
        if user not in self._known:
            given = self._program.post("/identity/tokens", {"email": self._users[user]["email"]}).json()
            self._known[user] = Caller(given["token"]), given["customer"]
        return self._known[user]

    def owner(self, kwargs: Record) -> str:
        """Whose token it takes; anybody's for what is nobody's."""
        found = self._orders.get(kwargs.get("order_id", ""), {}).get("user_id") or kwargs.get("user_id", "")
        return found if found in self._users else next(iter(self._users))

    def read(self, name: str, kwargs: Record) -> Any:
        """None for tools that are no look-up of the desk's."""
        if name in ("find_user_id_by_email", "find_user_id_by_name_zip"):
            facts = {"postal_code" if key == "zip" else key: value for key, value in kwargs.items()}
            return self._program.post("/identity/lookup", facts)
        if name == "list_all_product_types":
            return self._program.get("/products", {"limit": 100})
        if name == "get_product_details":
            return self._program.get(f"/products/{kwargs['product_id']}")
        if name == "get_order_details":
            api, _customer = self.speaking_for(self.owner(kwargs))
            return api.get(f"/orders/{quote(kwargs['order_id'], safe='')}")
        if name == "get_user_details":
            api, customer = self.speaking_for(self.owner(kwargs))
            return api.get(f"/customers/{customer if kwargs['user_id'] in self._users else uuid4()}")
        return None

    def write(self, name: str, kwargs: Record, *, as_: str | None = None, **headers: str) -> Any:
        """``as_``: with the token of another customer than the one whose order it is."""
        method, path, body = self.call(name, kwargs)
        api, _customer = self.speaking_for(as_ or self.owner(kwargs))
        return api.send(method, path, body, **headers)

    def call(self, name: str, kwargs: Record) -> Call:
        forms: dict[str, Callable[[Record], Call]] = {
            "cancel_pending_order": self._cancel,
            "modify_pending_order_address": self._shipping_address,
            "modify_pending_order_payment": self._payment,
            "modify_pending_order_items": self._items,
            "modify_user_address": self._address,
            "return_delivered_order_items": self._return,
            "exchange_delivered_order_items": self._exchange,
        }
        return forms[name](kwargs)

    # -- each tool

    def _cancel(self, kwargs: Record) -> Call:
        return "POST", _of_order(kwargs, "cancellations"), {"reason": kwargs["reason"].replace(" ", "_")}

    def _shipping_address(self, kwargs: Record) -> Call:
        return "PUT", _of_order(kwargs, "shipping-address"), _address(kwargs)

    def _payment(self, kwargs: Record) -> Call:
        return "POST", _of_order(kwargs, "payment-change"), {"payment_method": self._method(kwargs)}

    def _items(self, kwargs: Record) -> Call:
        body = {"lines": self._pairs(kwargs), "settle_with": self._method(kwargs)}
        return "POST", _of_order(kwargs, "item-changes"), body

    def _address(self, kwargs: Record) -> Call:
        customer = self.speaking_for(kwargs["user_id"])[1] if kwargs["user_id"] in self._users else uuid4()
        return "PUT", f"/customers/{customer}/address", _address(kwargs)

    def _return(self, kwargs: Record) -> Call:
        lines = [{"order_line": line} for line in self._lines(kwargs)]
        body = {"kind": "return", "order": kwargs["order_id"], "lines": lines}
        return "POST", "/claims", body | {"refund_to": self._method(kwargs)}

    def _exchange(self, kwargs: Record) -> Call:
        body = {"kind": "exchange", "order": kwargs["order_id"], "lines": self._pairs(kwargs)}
        return "POST", "/claims", body | {"settle_with": self._method(kwargs)}

    # -- ids of the set as the desk's own

    def _pairs(self, kwargs: Record) -> list[Record]:
        """Of lists of unequal length some pair is half, and left so."""
        pairs = zip_longest(self._lines(kwargs), kwargs["new_item_ids"])
        return [
            {key: value for key, value in (("order_line", line), ("new_sku", sku)) if value is not None}
            for line, sku in pairs
        ]

    def _lines(self, kwargs: Record) -> list[str]:
        """Items as a multiset, by position. What is named more often than it was ordered is the same row again."""
        api, _customer = self.speaking_for(self.owner(kwargs))
        shown = api.get(f"/orders/{quote(kwargs['order_id'], safe='')}").json()
        free: dict[str, list[str]] = {}
        for line in shown.get("lines", []):
            free.setdefault(line["sku"], []).append(line["id"])
        found = []
        for item in kwargs["item_ids"]:
            rows = free.get(item) or [str(uuid4())]
            found.append(rows.pop(0) if len(rows) > 1 else rows[0])
        return found

    def _method(self, kwargs: Record) -> str:
        api, customer = self.speaking_for(self.owner(kwargs))
        shown = api.get(f"/customers/{customer}/payment-methods").json()["items"]
        ids = {method["external_id"]: method["id"] for method in shown}
        return str(ids.get(kwargs["payment_method_id"]) or uuid4())


def _of_order(kwargs: Record, noun: str) -> str:
    return f"/orders/{quote(kwargs['order_id'], safe='')}/{noun}"


def _address(kwargs: Record) -> Record:
    found = {ours: kwargs[theirs] for theirs, ours in ADDRESS.items()}
    return found | {"country": {"USA": "US"}.get(found["country"], found["country"])}
