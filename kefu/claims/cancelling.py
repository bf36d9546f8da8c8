"""Cancelling an order before it is sent: a claim for all that is left of it, made and handed in at once."""

from __future__ import annotations

from typing import cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kefu.claims import filing
from kefu.claims.asked import Asked, AskedLine
from kefu.claims.case import holding
from kefu.claims.machines import Kind
from kefu.claims.models import Claim, ClaimLine
from kefu.claims.refusals import Stale
from kefu.events.actors import Actor
from kefu.orders.models import Order, OrderLine
from kefu.people.models import Customer, Refused


@transaction.atomic
def cancel(
    order: Order, *, reason: str, customer: Customer, channel: str, by: Actor, version: int | None = None
) -> Claim:
    """Approved at once as far as the policy lets it. Raises ``Stale``, and ``NotEligible`` for an order that has left
    or a reason that is not offered.
    """
    order.locked()
    if version is not None and order.version != version:
        raise Stale
    lines = tuple(
        AskedLine(order_line=line, qty=qty, reason=reason) for line, qty in _what_is_left(order.lines.all())
    )
    if not lines:
        raise Refused(_("This order has no items."))
    asked = Asked(Kind.CANCELLATION, order.brand, customer, order, lines, channel=channel)
    return filing.submit(filing.draft(asked, by=by), by=by)


def _what_is_left(lines: QuerySet[OrderLine]) -> list[tuple[OrderLine, int]]:
    """Without what was cancelled already; where all of it was, all of it, which the rules refuse."""
    cancelled = holding(ClaimLine.objects.filter(order_line__in=lines, claim__kind=Kind.CANCELLATION))
    left = {line: line.qty for line in lines}
    for taken in cancelled.select_related("order_line"):
        left[cast("OrderLine", taken.order_line)] -= taken.qty
    return [(line, qty) for line, qty in left.items() if qty > 0] or [(line, line.qty) for line in left]
