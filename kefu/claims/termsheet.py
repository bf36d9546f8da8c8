"""What each field of the terms is called and may hold: for reading, for the form, and for telling versions apart."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.claims.machines import Kind
from kefu.claims.models.claims import Destination
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.termchoices import (
    Fault,
    Payer,
    PriceDifference,
    ShippingBack,
    WarrantyExclusion,
    WarrantyKind,
    WarrantyStart,
    WindowStart,
)
from kefu.claims.termfields import (
    Amounts,
    Code,
    Codes,
    Held,
    InWords,
    Months,
    OneOf,
    Percent,
    SomeOf,
    Whole,
    YesNo,
)
from kefu.orders.models import OrderStatus, ProductFlag

YEARS = 3660

SHEET: dict[str, dict[str, Held]] = {
    "window": {
        "accept_returns": Held(_("Goods may be returned"), YesNo()),
        "accept_exchanges": Held(_("Goods may be exchanged"), YesNo()),
        "days": Held(_("Days to return without a reason"), Whole(1, YEARS, open=True)),
        "fault_days": Held(_("Days to return faulty goods"), Whole(1, YEARS, open=True)),
        "exchange_days": Held(_("Days to exchange faulty goods"), Whole(1, YEARS, open=True)),
        "start": Held(_("The first day is"), OneOf(WindowStart)),
        "extend": Held(_("If the last day is not a working day, the next one counts"), YesNo()),
        "once_per_order": Held(_("Only one return or exchange per order"), YesNo()),
    },
    "before_shipment": {
        "cancel_while": Held(_("Orders may be cancelled while"), SomeOf(OrderStatus)),
        "change_while": Held(_("Orders may be changed while"), SomeOf(OrderStatus)),
        "change_address": Held(_("The address may be changed"), YesNo()),
        "change_items": Held(_("Items may be swapped for another version of the same product"), YesNo()),
        "change_payment": Held(_("The payment method may be changed"), YesNo()),
        "final_after_items": Held(
            _("Once its items have been changed, the order cannot be changed again or cancelled"), YesNo()
        ),
    },
    "exclusions": {
        "categories": Held(_("Categories"), Codes()),
        "skus": Held(_("SKUs"), Codes()),
        "flags": Held(_("Kinds of goods"), SomeOf(ProductFlag)),
        "acknowledged": Held(_("Customers confirm this when they buy"), YesNo()),
    },
    "condition": {
        "unused": Held(_("Unused"), YesNo()),
        "original_packaging": Held(_("In the original packaging"), YesNo()),
        "accessories": Held(_("With all accessories"), YesNo()),
        "tags": Held(_("With its tags and labels"), YesNo()),
        "sealed": Held(_("Seal unbroken"), YesNo()),
    },
    "proof": {
        "order_record": Held(_("Our own record of the order"), YesNo()),
        "invoice": Held(_("Invoice"), YesNo()),
        "receipt": Held(_("Receipt"), YesNo()),
        "serial": Held(_("The serial number alone"), YesNo()),
        "reason_needed_for": Held(_("A reason must be given for"), SomeOf(Kind)),
        "max_photos": Held(_("Maximum number of photos"), Whole(0, 50)),
    },
    "reason": {
        "code": Held(pgettext_lazy("of a reason", "Code"), Code()),
        "kinds": Held(_("Offered for"), SomeOf(Kind, least=1)),
        "labels": Held(_("What the customer sees"), InWords(60)),
        "fault": Held(_("Whose fault it is"), OneOf(Fault)),
        "evidence": Held(_("Evidence needed"), SomeOf(EvidenceKind, without=(EvidenceKind.INSPECTION,))),
        "whole": Held(_("The full price is refunded"), YesNo()),
    },
    "exchange": {
        "same_product_only": Held(_("Only for another version of the same product"), YesNo()),
        "same_item_again": Held(_("Exchanging for exactly the same item is allowed"), YesNo()),
        "price_difference": Held(_("If the price differs"), OneOf(PriceDifference)),
        "any_method": Held(
            _("A refunded price difference may go to any of the customer's payment methods"), YesNo()
        ),
        "advance": Held(_("The replacement may be sent before the goods are back"), YesNo()),
    },
    "money": {
        "freight_without_fault": Held(_("Return shipping when nothing is wrong"), OneOf(Payer)),
        "freight_with_fault": Held(_("Return shipping when the goods are at fault"), OneOf(Payer)),
        "freight_unknown": Held(_("Return shipping while the fault is unclear"), OneOf(Payer)),
        "label_fee": Held(_("Price of our return label"), Amounts()),
        "restocking_fee_bp": Held(_("Restocking fee, percent"), Percent()),
        "destinations": Held(_("Refunds go to"), SomeOf(Destination, least=1)),
        "shipping_back": Held(_("The delivery cost of the order"), OneOf(ShippingBack)),
        "arrival": Held(_("How long the bank takes"), InWords(60)),
    },
    "approval": {
        "automatic": Held(_("Approve immediately what passes every rule"), YesNo()),
        "automatic_up_to": Held(_("Approved immediately only up to"), Amounts(open=True)),
        "agent_limit": Held(_("An agent decides up to"), Amounts(open=True)),
        "four_eyes_over": Held(_("A second person decides above this amount"), Amounts(open=True)),
        "before_goods": Held(_("Refunds may be made before the goods arrive"), YesNo()),
    },
    "clocks": {
        "ship_by_days": Held(_("Days to send the goods"), Whole(1, 365)),
        "inspect_within_days": Held(_("Days for our inspection"), Whole(1, 365)),
        "refund_within_days": Held(_("Days until we refund"), Whole(1, 365)),
        "answer_days": Held(_("Days for the customer to answer a question"), Whole(1, 365)),
        "appeal_days": Held(_("Days to appeal against a refusal"), Whole(1, 365)),
        "reopen_days": Held(_("Days in which a closed claim can be reopened"), Whole(1, 365)),
    },
    "warranty": {
        "months": Held(_("Months"), Whole(0, 1200)),
        "kind": Held(pgettext_lazy("warranty", "Kind"), OneOf(WarrantyKind)),
        "beside_the_law": Held(_("In addition to statutory rights, and stated as such"), YesNo()),
        "start": Held(_("It starts on"), OneOf(WarrantyStart)),
        "consumables": Held(_("Consumables are covered"), YesNo()),
        "parts": Held(_("Months for individual parts"), Months()),
        "exclusions": Held(_("Not covered"), SomeOf(WarrantyExclusion)),
        "pauses": Held(_("It is paused while we have the product"), YesNo()),
        "restarts": Held(_("A replacement starts a full new term"), YesNo()),
        "max_repairs_before_swap": Held(_("Repairs before an exchange or refund"), Whole(0, 20)),
        "max_repair_days": Held(_("Maximum days for a repair"), Whole(1, 365)),
        "max_parts_days": Held(_("Days to wait for parts"), Whole(1, 365)),
    },
}

TITLES: dict[str, str | Promise] = {
    "window": _("Until when"),
    "before_shipment": _("Before the order leaves"),
    "exclusions": _("What cannot be returned without a reason"),
    "condition": _("What returned goods must be like after the statutory period"),
    "proof": _("Proof and reasons"),
    "exchange": _("Exchange"),
    "money": _("Money and shipping"),
    "approval": _("Who approves"),
    "clocks": _("Deadlines"),
    "warranty": _("Warranty"),
}
