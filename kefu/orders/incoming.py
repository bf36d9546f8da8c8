"""The normal form: what a source says about customers, products and orders, whatever its own form was.

Amounts are whole minor units, moments know their zone, texts are as the source wrote them. ``checked`` cuts texts to
what a column holds and refuses what cannot be stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from operator import is_
from typing import Any, TypeVar, cast

from django.utils.translation import gettext as _

from kefu.lib.money import NotMoney, currency
from kefu.lib.storable import storable
from kefu.orders.models import EXCLUSIONS, MethodKind, OrderStatus, ProductFlag, ShipmentStatus
from kefu.web.joining import listed

MOST_LINES = 500
MOST_MONTHS = 600
MOST_AMOUNT = 10**15
ADDRESS_PARTS = ("name", "line1", "line2", "city", "region", "postal_code", "country", "phone")
KEPT_CHARACTERS = {"external_no": 80, "external_id": 80, "sku": 80, "user_id": 80, "email": 254, "phone": 40}
KEPT_CHARACTERS |= {"name": 200, "cancel_reason": 80, "channel": 20, "carrier": 40, "tracking_no": 80}
KEPT_CHARACTERS |= {"place": 120, "text": 400, "category": 80, "model_no": 80, "label": 40, "provider": 20}
KEPT_CHARACTERS |= {"provider_ref": 120, "display_tail": 4, "country": 2, "product": 80, "language": 10}
# Cut, these would be another thing; all others may be cut.
NEVER_CUT = {"external_no", "external_id", "sku", "user_id", "email", "model_no", "product", "tracking_no"}
NEVER_CUT |= {"provider_ref", "display_tail", "country"}


class BadRow(Exception):
    """It cannot be taken; the text is a sentence for whoever sends it."""


@dataclass(frozen=True, slots=True)
class IncomingMethod:
    """A way to pay. ``balance_minor`` is what the source says is left on a gift card."""

    external_id: str = ""
    kind: str = ""
    provider: str = ""
    provider_ref: str = ""
    label: str = ""
    display_tail: str = ""
    currency: str = ""
    balance_minor: int | None = None


@dataclass(frozen=True, slots=True)
class IncomingCustomer:
    """``user_id`` is their account at the source, for which the source vouches; without it they are a guest."""

    user_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    address: Mapping[str, str] = field(default_factory=dict)
    methods: tuple[IncomingMethod, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingVariant:
    sku: str
    price_minor: int
    currency: str
    options: Mapping[str, Any] = field(default_factory=dict)
    available: bool = True


@dataclass(frozen=True, slots=True)
class IncomingProduct:
    """``flags`` and ``warranty_months`` are taken when the product is new; from then on they are the desk's."""

    external_id: str
    name: str
    model_no: str = ""
    category: str = ""
    flags: tuple[str, ...] = ()
    serial_tracked: bool = False
    warranty_months: int | None = None
    variants: tuple[IncomingVariant, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingLine:
    """Amounts are for the whole row. ``product`` is the source's id of it, used when no variant has the ``sku``.
    ``acknowledged``: which of ``EXCLUSIONS`` from the right to return the buyer agreed to when buying.
    """

    name: str
    unit_price_minor: int
    external_id: str = ""
    sku: str = ""
    product: str = ""
    qty: int = 1
    discount_minor: int = 0
    tax_minor: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    serials: tuple[str, ...] = ()
    acknowledged: tuple[str, ...] = ()
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncomingTracking:
    external_id: str
    at: datetime
    status: str
    place: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class IncomingPart:
    """So many of an order's line, named by its own id or by its sku."""

    external_id: str = ""
    sku: str = ""
    qty: int = 1


@dataclass(frozen=True, slots=True)
class IncomingShipment:
    external_id: str = ""
    carrier: str = ""
    tracking_no: str = ""
    status: str = ShipmentStatus.CREATED
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    parts: tuple[IncomingPart, ...] = ()
    events: tuple[IncomingTracking, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingPayment:
    """Without an ``external_id`` it is known by its place among the order's payments."""

    amount_minor: int
    method: IncomingMethod
    external_id: str = ""
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncomingRefund:
    """``payment`` names the payment, ``method`` the way it was paid; without either it is of the first."""

    amount_minor: int
    external_id: str = ""
    payment: str = ""
    method: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncomingOrder:
    """``reported_at`` is when the source last changed it: an older report than the last one is passed over."""

    external_no: str
    currency: str
    lines: tuple[IncomingLine, ...]
    customer: IncomingCustomer = field(default_factory=IncomingCustomer)
    status: str = OrderStatus.PENDING
    email: str = ""
    phone: str = ""
    address: Mapping[str, str] = field(default_factory=dict)
    shipping_minor: int = 0
    placed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    channel: str = ""
    country: str = ""
    reported_at: datetime | None = None
    payments: tuple[IncomingPayment, ...] = ()
    refunds: tuple[IncomingRefund, ...] = ()
    shipments: tuple[IncomingShipment, ...] = ()


Incoming = IncomingCustomer | IncomingProduct | IncomingOrder
Row = TypeVar("Row")


def checked(row: Incoming) -> Incoming:
    """The same, with texts that fit. Raises ``BadRow``."""
    row = _tidy(row)
    if isinstance(row, IncomingOrder):
        _check_order(row)
    elif isinstance(row, IncomingProduct):
        _check_product(row)
    else:
        _check_customer(row)
    return row


def _check_order(order: IncomingOrder) -> None:
    _need(order.external_no, _("The order has no number."))
    _need(order.lines, _("The order has no lines."))
    _need(len(order.lines) <= MOST_LINES, _("The order has more than %d lines.") % MOST_LINES)
    _check_currency(order.currency)
    _check_word(order.status, OrderStatus)
    for line in order.lines:
        _need(line.qty >= 1, _("A line has no quantity."))
        _need(line.name or line.sku, _("A line has neither a name nor an SKU."))
        for exclusion in line.acknowledged:
            _check_among(exclusion, list(EXCLUSIONS))
    for shipment in order.shipments:
        _check_word(shipment.status, ShipmentStatus)
        for event in shipment.events:
            _check_word(event.status, ShipmentStatus)
    _check_payments(order)
    _check_customer(order.customer)


def _check_payments(order: IncomingOrder) -> None:
    for payment in order.payments:
        _need(payment.amount_minor >= 0, _("A payment is negative."))
        _check_method(payment.method)
    _need(all(refund.amount_minor >= 0 for refund in order.refunds), _("A refund is negative."))
    for name, rows in (("payments", order.payments), ("refunds", order.refunds)):
        _need(_once(each.external_id for each in cast("Any", rows)), _("Two %s have the same id.") % name)
    paid = sum(payment.amount_minor for payment in order.payments)
    returned = sum(refund.amount_minor for refund in order.refunds)
    _need(returned <= paid, _("More was refunded than was paid."))


def _check_product(product: IncomingProduct) -> None:
    _need(product.external_id or product.model_no, _("The product has neither an id nor a model number."))
    _need(product.name, _("The product has no name."))
    _check_months(product.warranty_months)
    for flag in product.flags:
        _check_word(flag, ProductFlag)
    for variant in product.variants:
        _need(variant.sku, _("A variant has no SKU."))
        _need(variant.price_minor >= 0, _("A price is negative."))
        _check_currency(variant.currency)
    _need(_once(variant.sku for variant in product.variants), _("Two variants have the same SKU."))


def _check_months(months: int | None) -> None:
    if not 0 <= (months or 0) <= MOST_MONTHS:
        raise BadRow(
            _("“%(months)d” for warranty_months is not a number of months from 0 to %(most)d.")
            % {"months": months, "most": MOST_MONTHS}
        )


def _check_customer(customer: IncomingCustomer) -> None:
    for method in customer.methods:
        named = method.external_id or method.kind == MethodKind.STORE_CREDIT
        _need(named, _("A payment method has no id."))
        _check_method(method)


def _check_method(method: IncomingMethod) -> None:
    if method.kind:
        _check_word(method.kind, MethodKind)
    _need((method.balance_minor or 0) >= 0, _("A balance is negative."))


def _check_currency(code: str) -> None:
    try:
        _need(currency(code) == code, _("“%s” is not a currency.") % code)
    except NotMoney as problem:
        raise BadRow(_("“%s” is not a currency.") % code) from problem


def _check_word(word: str, words: Any) -> None:
    _check_among(word, words.values)


def _check_among(word: str, words: list[str]) -> None:
    if word not in words:
        raise BadRow(_("“%(word)s” is not one of: %(words)s.") % {"word": word[:40], "words": listed(words)})


def _once(names: Any) -> bool:
    return all(count == 1 for name, count in Counter(names).items() if name)


def _need(what: object, sentence: str) -> None:
    if not what:
        raise BadRow(sentence)


def _tidy(row: Row) -> Row:
    """Every text in it, however deep, trimmed, storable, and no longer than its column; amounts within reason."""
    changes = {}
    for name in _names(cast("Any", type(row))):
        value = getattr(row, name)
        if value and (tidy := _tidied(name, value)) is not value:
            changes[name] = tidy
    return cast("Row", replace(cast("Any", row), **changes)) if changes else row


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _tidied(name: str, value: Any) -> Any:
    """The very same where nothing had to be changed."""
    if isinstance(value, str):
        return _text(name, value)
    if isinstance(value, int):
        if abs(value) > (2**31 - 1 if name == "qty" else MOST_AMOUNT):
            raise BadRow(_("A number is too large."))
        return value
    if isinstance(value, tuple):
        tidy = tuple(_tidied(name, each) for each in value)
        return value if all(map(is_, tidy, value)) else tidy
    if isinstance(value, dict):
        return {_text("key", str(key)): _tidied("value", each) for key, each in value.items()}
    return _tidy(value) if is_dataclass(value) else value


def _text(name: str, text: str) -> str:
    most = KEPT_CHARACTERS.get(name, 400)
    tidy = storable(text).strip()
    if len(tidy) <= most:
        return text if tidy == text else tidy
    if name in NEVER_CUT:
        raise BadRow(
            _("“%(text)s …” is longer than %(most)d characters.") % {"text": tidy[:30], "most": most}
        )
    return tidy[:most].rstrip()
