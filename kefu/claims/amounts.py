"""What would come back for the items of an order, to the cent, before anybody has asked for it. Reads only.

As the preview reckons a cancellation or a return by the rules of the moment: all that is left of an item, given back
for no reason of ours. What is our fault, or comes back in another state, is reckoned otherwise once it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from kefu.claims.asked import Asked, AskedLine, Breakdown, Preview
from kefu.claims.machines import Kind
from kefu.claims.offers import NOT_SAID_YET, kinds_for
from kefu.claims.preview import preview
from kefu.orders.models import Order, OrderLine
from kefu.people.models import Customer

# Money without goods is a person's to name, an exchange depends on what is wanted instead.
WITH_AMOUNT = (Kind.CANCELLATION, Kind.RETURN)
MOST_LINES = 8
Part = tuple[OrderLine, int]  # so many of it


@dataclass(frozen=True, slots=True)
class Amounts:
    """``of`` each item, and ``together`` of several, which may have delivery back and pays for one parcel only."""

    kind: Kind
    of: dict[UUID, tuple[int, Breakdown]]
    together: Breakdown | None = None


def amounts(order: Order, customer: Customer, *, at: datetime) -> Amounts | None:
    """None where no published policy says so, or nothing may be given back."""
    kind = next((kind for kind in kinds_for(order) if kind in WITH_AMOUNT), None)
    if kind is None:
        return None
    lines = list(order.lines.select_related("product", "variant"))
    left = list(_left(preview(_asked(order, customer, kind, [(line, 1) for line in lines]), at=at), lines))
    of = {}
    for part in left[:MOST_LINES]:
        if (money := _money(order, customer, kind, [part], at)) is not None:
            of[part[0].pk] = part[1], money
    together = _money(order, customer, kind, left, at) if len(left) > 1 else None
    return Amounts(kind, of, together) if of else None


def parts(money: Breakdown) -> list[tuple[str, int]]:
    """What a sum is made of, named; parts of nothing are left out."""
    named = [
        (_("Items"), money.items),
        (_("Tax"), money.tax),
        (_("Shipping"), money.shipping),
        (_("Restocking fee"), money.deduction),
        (_("Return shipping"), money.freight),
    ]
    return [(name, amount) for name, amount in named if amount]


def _left(seen: Preview, lines: list[OrderLine]) -> Iterable[Part]:
    """Of items that nothing stands in the way of, as many as may still be given back."""
    against = {one.line_index for one in seen.refused_by if one.rule not in NOT_SAID_YET}
    counted = {
        one.line_index: one.facts.get("left", 0) for one in seen.verdicts if one.rule == "quantity_left"
    }
    if seen.policy is None or None in against:
        return
    for index, line in enumerate(lines):
        if index not in against and counted.get(index, 0) > 0:
            yield line, counted[index]


def _money(
    order: Order, customer: Customer, kind: Kind, wanted: list[Part], at: datetime
) -> Breakdown | None:
    """None where it would be more than is left of what was paid: a person looks at that. Shops may not tell us what
    was paid, and then that is unknown and not nothing.
    """
    seen = preview(_asked(order, customer, kind, wanted), at=at)
    too_much = any(one.rule == "payments_cover_it" and one.outcome != "pass" for one in seen.verdicts)
    if seen.money.total <= 0 or (too_much and order.payments.exists()):
        return None
    return seen.money


def _asked(order: Order, customer: Customer, kind: Kind, wanted: list[Part]) -> Asked:
    return Asked(
        kind=kind,
        brand=order.brand,
        customer=customer,
        order=order,
        lines=tuple(AskedLine(order_line=line, qty=qty) for line, qty in wanted),
    )
