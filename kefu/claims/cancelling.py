"""Cancelling an order before it is sent: a claim for all that is left of it, made and handed in at once."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from kefu.claims import filing
from kefu.claims.asked import Asked, AskedLine
from kefu.claims.machines import Kind
from kefu.claims.models import Claim
from kefu.claims.refusals import Stale
from kefu.events.actors import Actor
from kefu.orders.models import Order
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
    lines = tuple(AskedLine(order_line=line, qty=line.qty, reason=reason) for line in order.lines.all())
    if not lines:
        raise Refused(_("There is nothing in this order."))
    asked = Asked(Kind.CANCELLATION, order.brand, customer, order, lines, channel=channel)
    return filing.submit(filing.draft(asked, by=by), by=by)
