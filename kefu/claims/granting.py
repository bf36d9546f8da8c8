"""What follows when a claim is approved, by a person or by the policy."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims import exchanging, owed, settling, steps
from kefu.claims.clocks import ship_by
from kefu.claims.machines import Kind, Status
from kefu.claims.models import Claim
from kefu.claims.refunding import pay_back
from kefu.events import log
from kefu.events.actors import SYSTEM, Actor
from kefu.orders.models import Order, OrderStatus
from kefu.people.models import Refused

NOT_LEFT_YET = (OrderStatus.PENDING, OrderStatus.PROCESSING)


def grant(claim: Claim, action: str, *, by: Actor, **changed: Any) -> None:
    """The step to approved, and what is then owed at once. The claim is held."""
    now = timezone.now()
    if claim.kind not in owed.WITHOUT_GOODS:
        changed["ship_by"] = ship_by(claim, now)
    steps.apply(claim, action, by=by, to=Status.APPROVED, approved_at=now, **changed)
    if claim.kind == Kind.CANCELLATION:
        _cancel_order(claim, by)
    if claim.kind in owed.WITHOUT_GOODS:
        refund(claim, by=by)
    elif claim.kind == Kind.EXCHANGE:
        _reserve(claim, by)
        exchanging.send_ahead(claim)


def refund(claim: Claim, *, by: Actor) -> None:
    """What it owes is written down, and what need not leave the house is there already."""
    steps.apply(claim, "refund", by=SYSTEM)
    pay_back(claim, owed.due(claim), by=by)
    settling.look(claim)


def _cancel_order(claim: Claim, by: Actor) -> None:
    """The whole order ends when nothing of it is left; the claim holds it."""
    order = claim.order
    if order is None or order.status not in NOT_LEFT_YET:
        raise Refused(_("This order has already been sent. It can be returned instead."))
    if _nothing_left(order):
        order.status, order.cancelled_at = OrderStatus.CANCELLED, timezone.now()
        order.cancel_reason = getattr(claim.lines.first(), "reason", "")
    order.version += 1
    order.save(update_fields=["status", "cancelled_at", "cancel_reason", "version"])
    kind = "order.cancelled" if order.status == OrderStatus.CANCELLED else "order.cancelled_in_part"
    log.record(kind, order, by=by, claim=claim.pk, **order.scope())


def _nothing_left(order: Order) -> bool:
    left = Counter({line.pk: line.qty for line in order.lines.all()})
    granted = Claim.objects.filter(order=order, kind=Kind.CANCELLATION, approved_at__isnull=False)
    for line_id, qty in granted.values_list("lines__order_line", "lines__qty"):
        left[line_id] -= qty
    return not +left


def _reserve(claim: Claim, by: Actor) -> None:
    """What is in stock is the shop's to say; it hears here what to keep back."""
    variants = [str(line.new_variant_id) for line in claim.lines.all() if line.new_variant_id]
    log.record("claim.reserved", claim, by=by, variants=variants, **claim.scope())
