"""Parcels of a claim: goods to us, the replacement, and what goes back."""

from __future__ import annotations

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims import steps
from kefu.claims.machines import Who
from kefu.claims.models import Claim, ClaimShipment
from kefu.claims.refusals import NotTheirs
from kefu.events.actors import Actor
from kefu.orders.models import Carrier, Shipment, ShipmentStatus
from kefu.orders.models.shipments import Direction
from kefu.people.models import Refused, Staff

PaidBy = ClaimShipment.PaidBy
REPLACEMENT = ClaimShipment.Why.REPLACEMENT
SENDERS = frozenset({Who.WAREHOUSE, Who.TECHNICIAN})


def named() -> QuerySet[ClaimShipment]:
    """In the order in which they were sent; ``carrier`` is its name, or what was typed if we know none."""
    name = Carrier.objects.filter(pk=OuterRef("shipment__carrier")).values("name")
    known = Coalesce(Subquery(name), "shipment__carrier")
    return ClaimShipment.objects.select_related("shipment").annotate(carrier=known).order_by("id")


def inbound(claim: Claim, *, carrier: str, tracking_no: str) -> ClaimShipment:
    ours = claim.reckoning.get("freight_payer") == PaidBy.MERCHANT
    payer = PaidBy.MERCHANT if ours else PaidBy.CUSTOMER
    return _parcel(claim, ClaimShipment.Why.RETURN, payer, Direction.INBOUND, carrier, tracking_no)


def outbound(claim: Claim, why: str, *, carrier: str = "", tracking_no: str = "") -> ClaimShipment:
    """To be sent by us; without a number it waits for the warehouse."""
    return _parcel(claim, why, PaidBy.MERCHANT, Direction.OUTBOUND, carrier, tracking_no)


def replacement_of(claim: Claim) -> ClaimShipment | None:
    found = claim.shipments.filter(why=REPLACEMENT).exclude(shipment__status=ShipmentStatus.CANCELLED)
    return found.select_related("shipment").first()


@transaction.atomic
def send(claim: Claim, why: str, *, by: Staff, carrier: str, tracking_no: str) -> ClaimShipment:
    """The warehouse has handed a parcel to the carrier: the replacement, or what goes back."""
    steps.hold(claim)
    if not steps.who(by, claim) & SENDERS:
        raise NotTheirs([])
    if not tracking_no.strip():
        raise Refused(_("Please enter the tracking number."))
    parcel = replacement_of(claim) if why == REPLACEMENT else None
    if why == REPLACEMENT and parcel is None:
        raise Refused(_("There is no replacement to send."))
    if parcel is None:
        parcel = outbound(claim, why, carrier=carrier, tracking_no=tracking_no)
    else:
        _hand_over(parcel.shipment, carrier, tracking_no)
    steps.touch(claim, "parcel_sent", by=by, shipment=parcel.shipment_id, why=why)
    return parcel


def call_back(claim: Claim) -> None:
    """A replacement that has not left stays here."""
    waiting = claim.shipments.filter(why=REPLACEMENT, shipment__status=ShipmentStatus.CREATED)
    Shipment.objects.filter(of_claim__in=waiting).update(status=ShipmentStatus.CANCELLED)


def mark_delivered(claim: Claim, why: str, *, by: Actor) -> None:
    """As staff or the customer say."""
    open_ = Shipment.objects.filter(of_claim__claim=claim, of_claim__why=why, delivered_at=None)
    source = "customer" if by.actor_kind == "customer" else "staff"
    open_.exclude(status=ShipmentStatus.CANCELLED).update(
        status=ShipmentStatus.DELIVERED, delivered_at=timezone.now(), delivery_source=source
    )


def _parcel(
    claim: Claim, why: str, payer: str, direction: Direction, carrier: str, tracking_no: str
) -> ClaimShipment:
    shipment = Shipment(brand=claim.brand, order=claim.order, direction=direction)
    if tracking_no.strip():
        _hand_over(shipment, carrier, tracking_no)
    else:
        shipment.save()
    return ClaimShipment.objects.create(claim=claim, shipment=shipment, why=why, paid_by=payer)


def _hand_over(shipment: Shipment, carrier: str, tracking_no: str) -> None:
    shipment.carrier, shipment.tracking_no = carrier.strip()[:40], tracking_no.strip()[:80]
    shipment.status, shipment.shipped_at = ShipmentStatus.PICKED_UP, timezone.now()
    shipment.save()
