"""What a mapping may name: the fields of each row and part, what kind each is, and where in the normal form it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from kefu.orders.incoming import (
    ADDRESS_PARTS,
    IncomingCustomer,
    IncomingLine,
    IncomingMethod,
    IncomingOrder,
    IncomingPart,
    IncomingPayment,
    IncomingProduct,
    IncomingRefund,
    IncomingShipment,
    IncomingTracking,
    IncomingVariant,
)
from kefu.orders.mapping.fields import Place
from kefu.web.joining import listed


@dataclass(frozen=True)
class Slot:
    """``to`` is its name in the normal form. ``needed``: a mapping that does not say where to find it is refused."""

    to: str
    kind: str = "text"
    shape: Shape | None = None
    many: bool = False
    needed: bool = False


@dataclass(frozen=True)
class Shape:
    """``needs`` are those attributes that a row cannot be without."""

    make: Callable[..., Any]
    slots: Mapping[str, Slot]
    needs: tuple[str, ...] = ()

    def made(self, given: dict[str, Any], place: Place) -> Any:
        """None when something is missing, which is then among the problems."""
        missing = [
            name for name, slot in self.slots.items() if slot.to in self.needs and slot.to not in given
        ]
        if missing:
            place.problems.append((place.line, _("There is no %s.") % listed(missing)))
            return None
        return self.make(**given)


def _texts(*names: str) -> dict[str, Slot]:
    return {name: Slot(name) for name in names}


ADDRESS = Shape(dict, _texts(*ADDRESS_PARTS))
METHOD = Shape(
    IncomingMethod,
    {
        "id": Slot("external_id"),
        **_texts("kind", "provider", "provider_ref", "label", "currency"),
        "last_four": Slot("display_tail"),
        "balance": Slot("balance_minor", "money"),
    },
)
CUSTOMER = Shape(
    IncomingCustomer,
    {
        "id": Slot("user_id"),
        **_texts("name", "email", "phone", "language"),
        "address": Slot("address", shape=ADDRESS),
        "methods": Slot("methods", shape=METHOD, many=True),
    },
)
VARIANT = Shape(
    IncomingVariant,
    {
        "sku": Slot("sku", needed=True),
        "price": Slot("price_minor", "money", needed=True),
        "currency": Slot("currency"),
        "options": Slot("options", "options"),
        "available": Slot("available", "flag"),
    },
    needs=("sku", "price_minor"),
)
PRODUCT = Shape(
    IncomingProduct,
    {
        "id": Slot("external_id"),
        "model": Slot("model_no"),
        "name": Slot("name", needed=True),
        "category": Slot("category"),
        "flags": Slot("flags", "texts"),
        "serial_tracked": Slot("serial_tracked", "flag"),
        "warranty_months": Slot("warranty_months", "whole"),
        "variants": Slot("variants", shape=VARIANT, many=True),
    },
    needs=("name",),
)
LINE = Shape(
    IncomingLine,
    {
        "id": Slot("external_id"),
        **_texts("sku", "product"),
        "name": Slot("name", needed=True),
        "qty": Slot("qty", "whole"),
        "price": Slot("unit_price_minor", "money", needed=True),
        "discount": Slot("discount_minor", "money"),
        "tax": Slot("tax_minor", "money"),
        "options": Slot("options", "options"),
        "serials": Slot("serials", "texts"),
        "acknowledged": Slot("acknowledged", "texts"),
        "acknowledged_at": Slot("acknowledged_at", "moment"),
    },
    needs=("name", "unit_price_minor"),
)
TRACKING = Shape(
    IncomingTracking,
    {
        "id": Slot("external_id", needed=True),
        "at": Slot("at", "moment", needed=True),
        "status": Slot("status", needed=True),
        **_texts("place", "text"),
    },
    needs=("external_id", "at", "status"),
)
PART = Shape(IncomingPart, {"id": Slot("external_id"), "sku": Slot("sku"), "qty": Slot("qty", "whole")})
SHIPMENT = Shape(
    IncomingShipment,
    {
        "id": Slot("external_id"),
        **_texts("carrier", "tracking_no", "status"),
        "shipped_at": Slot("shipped_at", "moment"),
        "delivered_at": Slot("delivered_at", "moment"),
        "lines": Slot("parts", shape=PART, many=True),
        "events": Slot("events", shape=TRACKING, many=True),
    },
)
PAYMENT = Shape(
    IncomingPayment,
    {
        "id": Slot("external_id"),
        "amount": Slot("amount_minor", "money", needed=True),
        "method": Slot("method", shape=METHOD, needed=True),
        "at": Slot("captured_at", "moment"),
    },
    needs=("amount_minor", "method"),
)
REFUND = Shape(
    IncomingRefund,
    {
        "id": Slot("external_id"),
        "amount": Slot("amount_minor", "money", needed=True),
        **_texts("payment", "method"),
        "at": Slot("at", "moment"),
    },
    needs=("amount_minor",),
)
ORDER = Shape(
    IncomingOrder,
    {
        "number": Slot("external_no", needed=True),
        **_texts("currency", "status", "email", "phone", "cancel_reason", "channel", "country"),
        "customer": Slot("customer", shape=CUSTOMER),
        "address": Slot("address", shape=ADDRESS),
        "shipping": Slot("shipping_minor", "money"),
        "placed_at": Slot("placed_at", "moment"),
        "cancelled_at": Slot("cancelled_at", "moment"),
        "updated_at": Slot("reported_at", "moment"),
        "lines": Slot("lines", shape=LINE, many=True, needed=True),
        "shipments": Slot("shipments", shape=SHIPMENT, many=True),
        "payments": Slot("payments", shape=PAYMENT, many=True),
        "refunds": Slot("refunds", shape=REFUND, many=True),
    },
    needs=("external_no", "lines"),
)
