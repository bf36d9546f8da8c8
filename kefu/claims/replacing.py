"""What a customer has in place of what they bought: from the day it arrives it is a line of its own in their order.

So it can be returned, exchanged or claimed under warranty in its turn, within days that begin with its own arrival. It
stands for the money that stood for what it replaces, with the difference that was settled, so that no line is worth
more than was paid for it, and nothing is paid for twice.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Max

from kefu.claims import owed, warranty
from kefu.claims.case import taken_of
from kefu.claims.delivered import deliveries
from kefu.claims.models import Claim, ClaimLine, ClaimShipment
from kefu.claims.reckoning import share_of
from kefu.claims.terms import Terms
from kefu.events import log
from kefu.events.actors import Actor
from kefu.orders.models import OrderLine, Shipment, ShipmentLine

Why = ClaimShipment.Why


def exchanged(claim: Claim, *, by: Actor) -> None:
    """What came instead of the goods that were accepted. The claim is held, and its replacement has arrived."""
    parcel = _arrived(claim, Why.REPLACEMENT)
    accepted = claim.lines.filter(qty_accepted__gt=0, order_line__isnull=False, new_variant__isnull=False)
    for line in accepted.select_related("order_line__product", "new_variant__product"):
        _keep(claim, line, _exchanged(claim, line), parcel)
    _tell(claim, by)


def swapped(claim: Claim, *, by: Actor) -> None:
    """Another unit under warranty. The claim is held and it has arrived; what was not bought in an order of the claim's
    has its serial number alone.
    """
    line = claim.lines.select_related("order_line__order", "registered__order_line__order", "new_unit").get()
    old = line.order_line or (line.registered.order_line if line.registered else None)
    if old is None or old.order_id != claim.order_id:
        return
    items, tax = share_of(old, 1, taken_of(old, Terms.read(claim.terms), except_claim=claim))
    line.order_line, line.amount_minor, line.qty_accepted = old, items + tax, 1
    _keep(claim, line, _another(line, old, tax), _arrived(claim, Why.BACK))
    _tell(claim, by)


# -- the new line


def _exchanged(claim: Claim, line: ClaimLine) -> OrderLine:
    old, new = line.order_line, line.new_variant
    assert old is not None and new is not None
    qty, told = line.qty_accepted, claim.reckoning["lines"][line.position]
    same = new.pk == old.variant_id
    paid = owed.part_of(line.amount_minor, qty, line.qty) + owed.part_of(told["difference"], qty, line.qty)
    tax = min(owed.part_of(told["tax"], qty, line.qty), paid) if same else 0
    price = old.unit_price_minor if same else (line.new_price_minor or 0) // line.qty
    return OrderLine(
        product=new.product,
        variant=new,
        sku=new.sku,
        name=old.name if new.product_id == old.product_id else new.product.name,
        qty=qty,
        options=new.options,
        **_priced(price, paid, tax, qty),
    )


def _another(line: ClaimLine, old: OrderLine, tax: int) -> OrderLine:
    return OrderLine(
        product=old.product,
        variant=old.variant,
        sku=old.sku,
        name=old.name,
        qty=1,
        options=old.options,
        serials=[line.new_unit.serial] if line.new_unit else [],
        **_priced(old.unit_price_minor, line.amount_minor, tax, 1),
    )


def _priced(price: int, paid: int, tax: int, qty: int) -> dict[str, int]:
    """So that it comes to what was paid: by how much the price is above that, is a discount."""
    items = paid - tax
    unit = max(price, -(-items // qty))
    return {"unit_price_minor": unit, "discount_minor": unit * qty - items, "tax_minor": tax}


# -- in its place


def _keep(claim: Claim, line: ClaimLine, new: OrderLine, parcel: Shipment) -> None:
    old = line.order_line
    assert old is not None
    last = OrderLine.objects.filter(order=old.order_id).aggregate(last=Max("position"))["last"]
    new.order_id, new.replaces, new.position = old.order_id, old, last + 1
    new.warranty_start = _warranty_start(claim, line, old, parcel)
    new.save()
    ShipmentLine.objects.create(shipment=parcel, order_line=new, qty=new.qty)
    line.replacement = new
    line.save()
    if line.new_unit is not None:
        line.new_unit.order_line = new
        line.new_unit.save(update_fields=["order_line"])


def _warranty_start(claim: Claim, line: ClaimLine, old: OrderLine, parcel: Shipment) -> date | None:
    """A full term from its arrival, or the rest of the old one's, as the terms of the claim say."""
    if line.new_unit is not None and line.new_unit.warranty_start:
        return line.new_unit.warranty_start
    zone, terms = ZoneInfo(claim.brand.time_zone), Terms.read(claim.terms)
    if terms.warranty.restarts and parcel.delivered_at:
        return parcel.delivered_at.astimezone(zone).date()
    arrived = deliveries(old.order, [old])[old.pk].delivered_at
    placed = old.order.placed_at
    return warranty.begun(
        terms,
        line.registered,
        bought=placed.astimezone(zone).date() if placed else None,
        delivered=arrived.astimezone(zone).date() if arrived else None,
        replaced=old.warranty_start,
    )


def _arrived(claim: Claim, why: str) -> Shipment:
    return (
        claim.shipments.filter(why=why)
        .select_related("shipment")
        .latest("shipment__created_at", "pk")
        .shipment
    )


def _tell(claim: Claim, by: Actor) -> None:
    order = claim.order
    assert order is not None
    order.version += 1
    order.save(update_fields=["version"])
    log.record(
        "order.changed", order, by=by, what=["lines"], status=order.status, claim=claim.pk, **order.scope()
    )
