"""Goods on their way to us and back: counted in, inspected, paid for, sent on."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefu.claims import goods, parcels, steps
from kefu.claims.acts.act import Act
from kefu.claims.forms import ParcelForm, ReceiptForm, Words
from kefu.claims.machines import Status, Who
from kefu.claims.models import Claim, ClaimShipment
from kefu.people.models import Staff
from kefu.people.roles import Can

BACK = ClaimShipment.Why.BACK


def may_send(claim: Claim, staff: Staff) -> bool:
    return bool(steps.roles_of(staff) & {Who.WAREHOUSE, Who.TECHNICIAN})


def _wait_to_go_back(claim: Claim, staff: Staff) -> bool:
    is_due = claim.status == Status.RETURNED_TO_CUSTOMER and may_send(claim, staff)
    return is_due and not any(parcel.why == BACK for parcel in claim.shipments.all())


GOODS = (
    Act(
        "receipt",
        "receive",
        _("Count in"),
        "package-open",
        Can.RECEIVE_GOODS,
        lambda claim, by, given: goods.receive(claim, given["counted"], by=by),
        asks=ReceiptForm,
        look="primary",
    ),
    Act(
        "inspection",
        "inspect",
        _("Start the inspection"),
        "clipboard-check",
        Can.SEE_ORDERS,
        lambda claim, by, given: goods.inspect(claim, by=by),
        look="primary",
    ),
    Act(
        "conclusion",
        "conclude",
        _("Finish the inspection"),
        "check-check",
        Can.SEE_ORDERS,
        lambda claim, by, given: goods.conclude(claim, by=by),
        look="primary",
        hint=_("Inspect every item that arrived first."),
    ),
    Act(
        "release",
        "release",
        _("Release the money"),
        "banknote",
        Can.MOVE_MONEY,
        lambda claim, by, given: goods.release(claim, by=by),
        look="primary",
        hint=_("What was accepted is refunded, minus the deduction."),
    ),
    Act(
        "parcel",
        "mark_shipped",
        _("The customer has sent it"),
        "truck",
        Can.HANDLE_CLAIMS,
        lambda claim, by, given: goods.mark_shipped(claim, by=by, **given),
        asks=ParcelForm,
    ),
    Act(
        "way-back",
        "send_back",
        _("The customer wants it back"),
        "undo-2",
        Can.HANDLE_CLAIMS,
        lambda claim, by, given: goods.send_back(claim, by=by),
        confirm=_("The goods go back to the customer as they are, and nothing is refunded."),
    ),
    Act(
        "return-parcel",
        "",
        _("Handed to the carrier"),
        "truck",
        Can.SEE_ORDERS,
        lambda claim, by, given: parcels.send(claim, BACK, by=by, **given),
        asks=ParcelForm,
        look="primary",
        also=_wait_to_go_back,
    ),
    Act(
        "closing",
        "close",
        _("It has been delivered"),
        "check",
        Can.RECEIVE_GOODS,
        lambda claim, by, given: goods.close(claim, by=by),
        confirm=_("The claim is closed."),
    ),
    Act(
        "loss",
        "give_up",
        _("The goods never arrived"),
        "package-x",
        Can.DECIDE_CLAIMS,
        lambda claim, by, given: goods.give_up(claim, by=by, words=given["words"]),
        asks=Words,
    ),
)
