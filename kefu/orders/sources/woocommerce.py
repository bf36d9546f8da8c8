"""WooCommerce, by its REST API v3. https://woocommerce.github.io/woocommerce-rest-api-docs/

``address`` is the shop's own. Secrets: ``key`` and ``secret`` of a REST key that may read, sent as HTTP Basic and so
only over https; ``webhook_secret``, with which it signs its notices.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from kefu.lib.money import NotMoney, minor_units
from kefu.orders.incoming import (
    BadRow,
    IncomingCustomer,
    IncomingLine,
    IncomingMethod,
    IncomingOrder,
    IncomingPayment,
    IncomingRefund,
    IncomingShipment,
)
from kefu.orders.models import MethodKind, OrderSource, OrderStatus, ShipmentStatus
from kefu.orders.sources.acknowledged import acknowledged
from kefu.orders.sources.pulling import Found, Page, ShopFailed, ask, fetch_soon

SIZE = 50
TRACKING = "_wc_shipment_tracking_items"  # of the Shipment Tracking extension
UNFINISHED = ("checkout-draft", "auto-draft", "trash")
STATUSES = {
    "pending": OrderStatus.PENDING,
    "on-hold": OrderStatus.PENDING,
    "processing": OrderStatus.PROCESSING,
    "shipped": OrderStatus.SHIPPED,
    "completed": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
    "cancelled": OrderStatus.CANCELLED,
    "failed": OrderStatus.CANCELLED,
}
METHODS = {
    "bacs": MethodKind.BANK,
    "cod": MethodKind.COD,
    "cheque": MethodKind.BANK,
    "paypal": MethodKind.WALLET,
    "ppcp-gateway": MethodKind.WALLET,
    "alipay": MethodKind.WALLET,
    "wechat": MethodKind.WALLET,
}


def page_of(source: OrderSource, cursor: dict[str, Any]) -> Page:
    """By the moment of the last change, which moves on with every page: numbered pages would skip an order whenever
    another one changes between two of them.
    """
    orders, following, more = changed_since(source, "orders", cursor)
    return Page([one for order in orders if (one := found(order))], following, more)


def changed_since(
    source: OrderSource, what: str, cursor: dict[str, Any]
) -> tuple[list[Any], dict[str, Any], bool]:
    """A page of it, where the next one begins, and whether there is one."""
    asked: dict[str, Any] = {"orderby": "modified", "order": "asc", "per_page": SIZE, "dates_are_gmt": "true"}
    since, number = cursor.get("since"), cursor.get("page", 1)
    asked |= {"page": number} | ({"modified_after": since} if since else {})
    rows = get(source, f"{what}?{urlencode(asked)}")
    if not isinstance(rows, list):
        raise ShopFailed(_("The shop's answer is not a list."))
    more = len(rows) >= SIZE
    return rows, _following(rows, since, number, more), more


def _following(rows: list[Any], since: str | None, number: int, more: bool) -> dict[str, Any]:
    last = max((str(one.get("date_modified_gmt", "")) for one in rows if isinstance(one, dict)), default="")
    reached = _second_before(last) or since
    if more and reached == since:
        return {"since": since, "page": number + 1}  # more than a page changed within one second
    return {"since": reached} if reached else {}


def _second_before(moment: str) -> str | None:
    """``modified_after`` leaves out the second that it names."""
    try:
        return (datetime.fromisoformat(moment) - timedelta(seconds=1)).isoformat(timespec="seconds")
    except ValueError:
        return None


def fetch(source: OrderSource, external_id: str) -> Found | None:
    order = get(source, f"orders/{external_id}")
    return found(order) if isinstance(order, dict) else None


def noticed(source: OrderSource, topic: str, body: Any) -> None:
    """A webhook: order.created, order.updated, order.restored."""
    number = body.get("id") if isinstance(body, dict) else None
    if isinstance(number, int) and topic.startswith("order.") and topic != "order.deleted":
        fetch_soon(source, str(number))


def get(source: OrderSource, path: str) -> Any:
    keys = f"{source.secrets.get('key', '')}:{source.secrets.get('secret', '')}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(keys.encode()).decode()}",
        "Accept": "application/json",
    }
    return ask("GET", f"{source.address.rstrip('/')}/wp-json/wc/v3/{path}", headers=headers)


# -- what an order is in the normal form


def found(order: Any) -> Found | None:
    """None for what is no order yet, or no longer."""
    number = str(order.get("number") or order.get("id") or "") if isinstance(order, dict) else ""
    try:
        if order["status"] in UNFINISHED:
            return None
        return Found(number, _order(order))
    except (BadRow, NotMoney, KeyError, TypeError, ValueError, AttributeError) as problem:
        return Found(
            number, problems=(_("It is not in the form that was expected (%s).") % type(problem).__name__,)
        )


def _order(order: dict[str, Any]) -> IncomingOrder:
    code, billing = order["currency"], order.get("billing") or {}
    cancelled = _status(order) == OrderStatus.CANCELLED
    return IncomingOrder(
        external_no=str(order.get("number") or order["id"]),
        currency=code,
        customer=_customer(order, billing),
        status=_status(order),
        email=billing.get("email") or "",
        phone=billing.get("phone") or "",
        address=_address(order.get("shipping") or {}) or _address(billing),
        lines=tuple(_lines(order, code)),
        shipping_minor=_minor(order.get("shipping_total"), code) + _minor(order.get("shipping_tax"), code),
        placed_at=_moment(order["date_created_gmt"]),
        cancelled_at=_moment(order["date_modified_gmt"]) if cancelled else None,
        channel=(order.get("created_via") or "")[:20],
        reported_at=_moment(order["date_modified_gmt"]),
        payments=tuple(_payments(order, code)),
        refunds=tuple(_refunds(order, code)),
        shipments=tuple(_shipments(order)),
    )


def _customer(order: dict[str, Any], billing: dict[str, Any]) -> IncomingCustomer:
    name = " ".join(part for part in (billing.get("first_name"), billing.get("last_name")) if part)
    account = order.get("customer_id") or 0
    return IncomingCustomer(user_id=str(account) if account else "", name=name)


def _address(told: dict[str, Any]) -> dict[str, str]:
    names = {"line1": "address_1", "line2": "address_2", "city": "city", "region": "state"}
    names |= {"postal_code": "postcode", "country": "country", "phone": "phone"}
    address = {name: told[its] for name, its in names.items() if told.get(its)}
    person = " ".join(part for part in (told.get("first_name"), told.get("last_name")) if part)
    return {"name": person, **address} if address.get("line1") else {}


def _status(order: dict[str, Any]) -> str:
    """Refunded says nothing of where the goods are: they were sent if the order was ever completed."""
    if order["status"] == "refunded":
        return OrderStatus.SHIPPED if order.get("date_completed_gmt") else OrderStatus.CANCELLED
    return STATUSES.get(order["status"], OrderStatus.PROCESSING)


def _lines(order: dict[str, Any], code: str) -> Iterable[IncomingLine]:
    """Its amounts are for the whole row; a price that cannot be divided is rounded up, and the rest is a discount."""
    for one in order["line_items"]:
        qty = int(one["quantity"]) or 1
        total = _minor(one["total"], code)
        unit = max(-(-_minor(one["subtotal"], code) // qty), -(-total // qty))
        yield IncomingLine(
            external_id=str(one["id"]),
            sku=one.get("sku") or str(one.get("variation_id") or one.get("product_id") or ""),
            product=str(one.get("product_id") or ""),
            name=one["name"],
            qty=qty,
            unit_price_minor=unit,
            discount_minor=unit * qty - total,
            tax_minor=_minor(one.get("total_tax"), code),
            options=dict(_options(one.get("meta_data") or [])),
            acknowledged=acknowledged(one.get("meta_data")),
        )


def _options(metas: Iterable[Any]) -> Iterable[tuple[str, str]]:
    """Keys with an underline before them are the shop's own affair."""
    for meta in metas:
        key, value = str(meta.get("display_key") or meta.get("key") or ""), meta.get("display_value")
        if key and not str(meta.get("key", "")).startswith("_") and isinstance(value, str):
            yield key[:80], value[:200]


def _payments(order: dict[str, Any], code: str) -> Iterable[IncomingPayment]:
    if order.get("date_paid_gmt"):
        yield IncomingPayment(
            external_id=order.get("transaction_id") or f"order {order['id']}",
            amount_minor=_minor(order["total"], code),
            method=_method(order),
            captured_at=_moment(order["date_paid_gmt"]),
        )


def _method(order: dict[str, Any]) -> IncomingMethod:
    name = order.get("payment_method") or ""
    kind = next((kind for start, kind in METHODS.items() if name.startswith(start)), MethodKind.CARD)
    return IncomingMethod(kind=kind, provider=name[:20], label=(order.get("payment_method_title") or "")[:40])


def _refunds(order: dict[str, Any], code: str) -> Iterable[IncomingRefund]:
    """Of an order that was never paid there is nothing that could go back."""
    if order.get("date_paid_gmt"):
        for one in order.get("refunds") or []:
            yield IncomingRefund(external_id=str(one["id"]), amount_minor=abs(_minor(one["total"], code)))


def _shipments(order: dict[str, Any]) -> Iterable[IncomingShipment]:
    for meta in order.get("meta_data") or []:
        if meta.get("key") == TRACKING and isinstance(meta.get("value"), list):
            for one in meta["value"]:
                sent = str(one.get("date_shipped") or "")
                yield IncomingShipment(
                    tracking_no=str(one.get("tracking_number") or ""),
                    carrier=str(one.get("tracking_provider") or one.get("custom_tracking_provider") or ""),
                    status=ShipmentStatus.PICKED_UP,
                    shipped_at=datetime.fromtimestamp(int(sent), UTC) if sent.isdigit() else None,
                )


def _minor(amount: Any, code: str) -> int:
    return minor_units(amount or 0, code)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
