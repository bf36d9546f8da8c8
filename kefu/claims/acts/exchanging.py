"""One thing for another: the difference, the replacement, or the money after all."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefu.claims import exchanging, parcels
from kefu.claims.acts.act import EXCHANGE, Act
from kefu.claims.acts.goods import may_send
from kefu.claims.forms import OwnReason, ParcelForm, PaymentReference, Words
from kefu.claims.models import Adjustment, Claim, ClaimShipment
from kefu.orders.models import ShipmentStatus
from kefu.people.models import Staff
from kefu.people.roles import Can

REPLACEMENT = ClaimShipment.Why.REPLACEMENT
DIFFERENCE, ADVANCE = Adjustment.Cause.DIFFERENCE, Adjustment.Cause.ADVANCE


def _owes(claim: Claim, staff: Staff) -> bool:
    return any(one.why == DIFFERENCE and one.settled_at is None for one in claim.adjustments.all())


def _owes_for_advance(claim: Claim, staff: Staff) -> bool:
    return any(one.why == ADVANCE and one.settled_at is None for one in claim.adjustments.all())


def _owes_nothing(claim: Claim, staff: Staff) -> bool:
    return not _owes(claim, staff)


def _replacement_waits(claim: Claim, staff: Staff) -> bool:
    """In the house, for the carrier."""
    parcel = parcels.replacement_of(claim)
    return may_send(claim, staff) and parcel is not None and parcel.shipment.status == ShipmentStatus.CREATED


EXCHANGES = (
    Act(
        "difference",
        "replace",
        _("The difference has been paid"),
        "banknote",
        Can.MOVE_MONEY,
        lambda claim, by, given: exchanging.difference_paid(claim, by=by, **given),
        asks=PaymentReference,
        look="primary",
        kinds=EXCHANGE,
        also=_owes,
    ),
    Act(
        "replacement",
        "replace",
        _("Release the replacement"),
        "repeat",
        Can.MOVE_MONEY,
        lambda claim, by, given: exchanging.replace(claim, by=by),
        look="primary",
        kinds=EXCHANGE,
        also=_owes_nothing,
    ),
    Act(
        "dispatch",
        "",
        _("Replacement handed to the carrier"),
        "truck",
        Can.SEE_ORDERS,
        lambda claim, by, given: parcels.send(claim, REPLACEMENT, by=by, **given),
        asks=ParcelForm,
        look="primary",
        kinds=EXCHANGE,
        also=_replacement_waits,
    ),
    Act(
        "delivery",
        "deliver",
        _("The replacement has arrived"),
        "package-check",
        Can.RECEIVE_GOODS,
        lambda claim, by, given: exchanging.deliver(claim, by=by),
        kinds=EXCHANGE,
    ),
    Act(
        "completion",
        "complete",
        _("All good: complete it"),
        "check",
        Can.HANDLE_CLAIMS,
        lambda claim, by, given: exchanging.complete(claim, by=by),
        kinds=EXCHANGE,
    ),
    Act(
        "advance-payment",
        "",
        _("The replacement has been paid for"),
        "banknote",
        Can.MOVE_MONEY,
        lambda claim, by, given: exchanging.advance_paid(claim, by=by, **given),
        asks=PaymentReference,
        look="primary",
        kinds=EXCHANGE,
        also=_owes_for_advance,
        hint=_("The claim stays ended; the payment goes to its order."),
    ),
    Act(
        "advance-waiver",
        "",
        _("Waive what the replacement costs"),
        "handshake",
        Can.DECIDE_CLAIMS,
        lambda claim, by, given: exchanging.waive_advance(claim, by=by, words=given["words"]),
        asks=OwnReason,
        kinds=EXCHANGE,
        also=_owes_for_advance,
        confirm=_("The customer then owes nothing for the replacement. This cannot be undone."),
    ),
    Act(
        "money-instead",
        "refund_instead",
        _("Refund instead"),
        "wallet",
        Can.SEE_ORDERS,
        lambda claim, by, given: exchanging.refund_instead(claim, by=by, words=given["words"]),
        asks=Words,
        kinds=EXCHANGE,
    ),
)
