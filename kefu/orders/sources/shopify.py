"""Shopify, by its GraphQL Admin API. https://shopify.dev/docs/api/admin-graphql

``address`` is the shop's (https://name.myshopify.com). Secrets: ``token`` (of a custom app with read_orders, and
read_all_orders for those older than 60 days) and ``webhook_secret``, with which Shopify signs its notices.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.lib.money import NotMoney, minor_units
from kefu.orders.incoming import (
    BadRow,
    IncomingCustomer,
    IncomingLine,
    IncomingMethod,
    IncomingOrder,
    IncomingPart,
    IncomingPayment,
    IncomingRefund,
    IncomingShipment,
    IncomingTracking,
)
from kefu.orders.models import MethodKind, OrderSource, OrderStatus, ShipmentStatus
from kefu.orders.sources.acknowledged import acknowledged
from kefu.orders.sources.pulling import Found, Page, ShopFailed, ask, fetch_soon

VERSION = "2026-10"
SIZE = 20
OVERLAP = timedelta(minutes=5)
MONEY = "{ shopMoney { amount } }"
ORDER = f"""
  id name email phone currencyCode taxesIncluded processedAt updatedAt cancelledAt cancelReason sourceName
  displayFulfillmentStatus
  totalShippingPriceSet {MONEY}
  customer {{ id displayName locale }}
  shippingAddress {{ name address1 address2 city province zip countryCodeV2 phone }}
  lineItems(first: 100) {{ nodes {{
    id sku name currentQuantity quantity originalUnitPriceSet {MONEY}
    discountAllocations {{ allocatedAmountSet {MONEY} }}
    taxLines {{ priceSet {MONEY} }}
    product {{ id }} variant {{ id selectedOptions {{ name value }} }}
    customAttributes {{ key value }}
  }} }}
  fulfillments(first: 25) {{
    id displayStatus createdAt deliveredAt
    trackingInfo(first: 1) {{ company number }}
    fulfillmentLineItems(first: 100) {{ nodes {{ quantity lineItem {{ id }} }} }}
    events(first: 50) {{ nodes {{ id status happenedAt city message }} }}
  }}
  transactions(first: 50) {{
    id kind status gateway processedAt amountSet {MONEY} parentTransaction {{ id }}
    paymentDetails {{ ... on CardPaymentDetails {{ company number }} }}
  }}
"""
PAGE = f"""query Orders($first: Int!, $after: String, $query: String) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    pageInfo {{ hasNextPage endCursor }} nodes {{ {ORDER} }}
  }}
}}"""
ONE = f"query Order($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}"
SEEN = {
    "LABEL_PURCHASED": ShipmentStatus.LABEL_READY,
    "LABEL_PRINTED": ShipmentStatus.LABEL_READY,
    "CONFIRMED": ShipmentStatus.CREATED,
    "CARRIER_PICKED_UP": ShipmentStatus.PICKED_UP,
    "FULFILLED": ShipmentStatus.PICKED_UP,
    "MARKED_AS_FULFILLED": ShipmentStatus.PICKED_UP,
    "SUBMITTED": ShipmentStatus.CREATED,
    "IN_TRANSIT": ShipmentStatus.IN_TRANSIT,
    "OUT_FOR_DELIVERY": ShipmentStatus.OUT_FOR_DELIVERY,
    "READY_FOR_PICKUP": ShipmentStatus.READY_FOR_PICKUP,
    "PICKED_UP": ShipmentStatus.DELIVERED,  # by the customer, at the shop
    "DELIVERED": ShipmentStatus.DELIVERED,
    "DELAYED": ShipmentStatus.DELAYED,
    "ATTEMPTED_DELIVERY": ShipmentStatus.EXCEPTION,
    "NOT_DELIVERED": ShipmentStatus.EXCEPTION,
    "FAILURE": ShipmentStatus.EXCEPTION,
    "CANCELED": ShipmentStatus.CANCELLED,
}
PAID = ("SALE", "CAPTURE")


def page_of(source: OrderSource, cursor: dict[str, Any]) -> Page:
    began = cursor.get("began") or timezone.now().isoformat()
    orders = query(source, PAGE, asked_since(cursor))["orders"]
    following = following_of(orders["pageInfo"], cursor, began)
    return Page([found(order) for order in orders["nodes"]], following, orders["pageInfo"]["hasNextPage"])


def asked_since(cursor: dict[str, Any]) -> dict[str, Any]:
    """The variables of a page: what changed since the last pull began."""
    since = {"query": f"updated_at:>='{cursor['since']}'"} if "since" in cursor else {}
    return {"first": SIZE, "after": cursor.get("after"), **since}


def following_of(info: dict[str, Any], cursor: dict[str, Any], began: str) -> dict[str, Any]:
    if info["hasNextPage"]:
        return {**cursor, "after": info["endCursor"], "began": began}
    since = datetime.fromisoformat(began) - OVERLAP
    return {"since": since.strftime("%Y-%m-%dT%H:%M:%SZ")}


def fetch(source: OrderSource, external_id: str) -> Found | None:
    """None when the shop no longer has it."""
    order = query(source, ONE, {"id": f"gid://shopify/Order/{external_id}"})["order"]
    return found(order) if order else None


def noticed(source: OrderSource, topic: str, body: Any) -> None:
    """A webhook: orders/…, refunds/create or fulfillments/…; what matters is which order it is about."""
    field = "id" if topic.startswith("orders/") else "order_id"
    number = body.get(field) if isinstance(body, dict) else None
    if isinstance(number, int) and topic.partition("/")[0] in ("orders", "refunds", "fulfillments"):
        fetch_soon(source, str(number))


def query(source: OrderSource, question: str, variables: dict[str, Any]) -> dict[str, Any]:
    answer = ask(
        "POST",
        f"{source.address.rstrip('/')}/admin/api/{VERSION}/graphql.json",
        headers={
            "Content-Type": "application/json",
            "X-Shopify-Access-Token": source.secrets.get("token", ""),
        },
        content=json.dumps({"query": question, "variables": variables}).encode(),
    )
    if not isinstance(answer, dict) or answer.get("errors") or not isinstance(answer.get("data"), dict):
        raise ShopFailed(_refusal(answer))
    data: dict[str, Any] = answer["data"]
    return data


def _refusal(answer: Any) -> str:
    """It answers 200 whatever went wrong."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    extensions = first.get("extensions")
    if isinstance(extensions, dict) and extensions.get("code") == "THROTTLED":
        return _("The shop asks us to wait; the next pull continues.")
    return _("The shop answered: %s") % str(first.get("message") or "?")[:200]


# -- what an order is in the normal form


def found(order: dict[str, Any]) -> Found:
    number = str(order.get("name") or "")
    try:
        return Found(number, _order(order))
    except (BadRow, NotMoney, KeyError, TypeError, ValueError, AttributeError) as problem:
        return Found(
            number, problems=(_("It is not in the form that was expected (%s).") % type(problem).__name__,)
        )


def _order(order: dict[str, Any]) -> IncomingOrder:
    code = order["currencyCode"]
    shipments = tuple(_shipment(one) for one in order["fulfillments"])
    address = _address(order.get("shippingAddress") or {})
    return IncomingOrder(
        external_no=order["name"],
        currency=code,
        customer=_customer(order),
        status=_status(order, shipments),
        email=order.get("email") or "",
        phone=order.get("phone") or "",
        address=address,
        lines=tuple(_lines(order, code)),
        shipping_minor=_minor(order["totalShippingPriceSet"], code),
        placed_at=_moment(order["processedAt"]),
        cancelled_at=_moment(order.get("cancelledAt")),
        cancel_reason=(order.get("cancelReason") or "").lower(),
        channel=order.get("sourceName") or "",
        reported_at=_moment(order["updatedAt"]),
        payments=tuple(_payments(order, code)),
        refunds=tuple(_refunds(order, code)),
        shipments=shipments,
    )


def _customer(order: dict[str, Any]) -> IncomingCustomer:
    customer = order.get("customer") or {}
    return IncomingCustomer(
        user_id=id_of(customer.get("id")),
        name=customer.get("displayName") or "",
        language={"zh": "zh-hans", "en": "en"}.get((customer.get("locale") or "")[:2], ""),
    )


def _address(told: dict[str, Any]) -> dict[str, str]:
    names = {"name": "name", "line1": "address1", "line2": "address2", "city": "city", "region": "province"}
    names |= {"postal_code": "zip", "country": "countryCodeV2", "phone": "phone"}
    return {name: told[its] for name, its in names.items() if told.get(its)}


def _lines(order: dict[str, Any], code: str) -> Iterable[IncomingLine]:
    """What was taken out of the order before it was sent has a current quantity of nothing, and is no line of it;
    what came back after a refund has so too, but was paid and sent.
    """
    for one in order["lineItems"]["nodes"]:
        taxes = [] if order.get("taxesIncluded") else one["taxLines"]
        yield IncomingLine(
            external_id=id_of(one["id"]),
            sku=one.get("sku") or id_of((one.get("variant") or {}).get("id")),
            product=id_of((one.get("product") or {}).get("id")),
            name=one["name"],
            qty=one["quantity"],
            unit_price_minor=_minor(one["originalUnitPriceSet"], code),
            discount_minor=sum(
                _minor(each["allocatedAmountSet"], code) for each in one["discountAllocations"]
            ),
            tax_minor=sum(_minor(each["priceSet"], code) for each in taxes),
            options={
                each["name"]: each["value"] for each in (one.get("variant") or {}).get("selectedOptions", [])
            },
            acknowledged=acknowledged(one.get("customAttributes")),
        )


def _shipment(one: dict[str, Any]) -> IncomingShipment:
    tracking = (one.get("trackingInfo") or [{}])[0]
    return IncomingShipment(
        external_id=id_of(one["id"]),
        carrier=tracking.get("company") or "",
        tracking_no=tracking.get("number") or "",
        status=SEEN.get(one.get("displayStatus") or "", ShipmentStatus.PICKED_UP),
        shipped_at=_moment(one["createdAt"]),
        delivered_at=_moment(one.get("deliveredAt")),
        parts=tuple(
            IncomingPart(external_id=id_of(each["lineItem"]["id"]), qty=each["quantity"])
            for each in one["fulfillmentLineItems"]["nodes"]
        ),
        events=tuple(_event(each) for each in one["events"]["nodes"]),
    )


def _event(one: dict[str, Any]) -> IncomingTracking:
    at = _moment(one["happenedAt"])
    if at is None:
        raise ValueError("happenedAt")
    return IncomingTracking(
        external_id=id_of(one["id"]),
        at=at,
        status=SEEN.get(one["status"], ShipmentStatus.IN_TRANSIT),
        place=one.get("city") or "",
        text=one.get("message") or "",
    )


def _status(order: dict[str, Any], shipments: tuple[IncomingShipment, ...]) -> str:
    if order.get("cancelledAt"):
        return OrderStatus.CANCELLED
    live = [one.status for one in shipments if one.status != ShipmentStatus.CANCELLED]
    if order.get("displayFulfillmentStatus") == "FULFILLED":
        arrived = live and all(status == ShipmentStatus.DELIVERED for status in live)
        return OrderStatus.DELIVERED if arrived else OrderStatus.SHIPPED
    in_hand = order.get("displayFulfillmentStatus") in ("IN_PROGRESS", "PARTIALLY_FULFILLED")
    return OrderStatus.PROCESSING if live or in_hand else OrderStatus.PENDING


def _payments(order: dict[str, Any], code: str) -> Iterable[IncomingPayment]:
    for one in _settled(order, PAID):
        yield IncomingPayment(
            external_id=id_of(one["id"]),
            amount_minor=_minor(one["amountSet"], code),
            method=_method(one, code),
            captured_at=_moment(one.get("processedAt")),
        )


def _refunds(order: dict[str, Any], code: str) -> Iterable[IncomingRefund]:
    paid = {id_of(one["id"]) for one in _settled(order, PAID)}
    for one in _settled(order, ("REFUND",)):
        parent = id_of((one.get("parentTransaction") or {}).get("id"))
        yield IncomingRefund(
            external_id=id_of(one["id"]),
            payment=parent if parent in paid else "",
            amount_minor=_minor(one["amountSet"], code),
            at=_moment(one.get("processedAt")),
        )


def _settled(order: dict[str, Any], kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    return [one for one in order["transactions"] if one["kind"] in kinds and one["status"] == "SUCCESS"]


def _method(one: dict[str, Any], code: str) -> IncomingMethod:
    card, gateway = one.get("paymentDetails") or {}, (one.get("gateway") or "")[:20]
    kinds = {"gift_card": MethodKind.GIFT_CARD, "store_credit": MethodKind.STORE_CREDIT}
    kinds |= {"cash_on_delivery": MethodKind.COD, "bank_deposit": MethodKind.BANK}
    digits = re.sub(r"\D", "", card.get("number") or "")
    kind = MethodKind.CARD if card or gateway == "shopify_payments" else MethodKind.WALLET
    return IncomingMethod(
        kind=kinds.get(gateway, kind),
        provider=gateway,
        label=card.get("company") or "",
        display_tail=digits[-4:],
        currency=code,
    )


def _minor(money: dict[str, Any], code: str) -> int:
    return minor_units(money["shopMoney"]["amount"], code)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def id_of(gid: str | None) -> str:
    """gid://shopify/Order/450789469 → 450789469"""
    return (gid or "").rpartition("/")[2].partition("?")[0]
