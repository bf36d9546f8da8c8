from kefu.orders.models.links import LinkedOrder
from kefu.orders.models.money import (
    CreditEntry,
    MethodKind,
    NotEnough,
    Payment,
    PaymentMethod,
    ReportedRefund,
)
from kefu.orders.models.orders import Order, OrderLine, OrderStatus, number_key
from kefu.orders.models.products import EXCLUSIONS, Product, ProductFlag, Variant
from kefu.orders.models.registered import RegisteredProduct
from kefu.orders.models.shipments import (
    Carrier,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    TrackedBy,
    TrackingEvent,
)
from kefu.orders.models.sources import (
    BadRow,
    ImportRun,
    OrderSource,
    ReportedCustomer,
    RunState,
    SourceKind,
    What,
)
from kefu.orders.models.tracking import TrackingKind, TrackingService

__all__ = [
    "EXCLUSIONS",
    "BadRow",
    "Carrier",
    "CreditEntry",
    "ImportRun",
    "LinkedOrder",
    "MethodKind",
    "NotEnough",
    "Order",
    "OrderLine",
    "OrderSource",
    "OrderStatus",
    "Payment",
    "PaymentMethod",
    "Product",
    "ProductFlag",
    "RegisteredProduct",
    "ReportedCustomer",
    "ReportedRefund",
    "RunState",
    "Shipment",
    "ShipmentLine",
    "ShipmentStatus",
    "SourceKind",
    "TrackedBy",
    "TrackingEvent",
    "TrackingKind",
    "TrackingService",
    "Variant",
    "What",
    "number_key",
]
