"""What may be done with each item of an order today, and why not: before anybody has chosen a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kefu.claims.asked import Asked, AskedLine, Judged, Preview
from kefu.claims.machines import Kind
from kefu.claims.preview import preview
from kefu.orders.models import Order, OrderLine, OrderStatus
from kefu.people.models import Customer

# What only the application itself can answer.
NOT_SAID_YET = frozenset({"reason_offered", "new_item_named", "condition_as_asked", "amount_known"})
BEFORE_IT_LEFT = (Kind.CANCELLATION,)
AFTERWARDS = (Kind.RETURN, Kind.EXCHANGE, Kind.REFUND_ONLY, Kind.WARRANTY)


@dataclass(frozen=True, slots=True)
class Offer:
    """``against``: the rule that stands in the way; None where it may be asked for."""

    kind: Kind
    against: Judged | None


def offers(order: Order, customer: Customer, *, at: datetime) -> dict[UUID, list[Offer]]:
    """By line, each kind of claim that makes sense for an order that far."""
    lines = list(order.lines.select_related("product", "variant"))
    found: dict[UUID, list[Offer]] = {line.pk: [] for line in lines}
    for kind in kinds_for(order):
        seen = preview(_asked(order, customer, kind, lines), at=at)
        if _is_meant(kind, seen):
            for line, against in zip(lines, _against(seen, len(lines)), strict=True):
                found[line.pk].append(Offer(kind, against))
    return found


def kinds_for(order: Order) -> tuple[Kind, ...]:
    if order.status == OrderStatus.CANCELLED:
        return ()
    before = order.status in (OrderStatus.PENDING, OrderStatus.PROCESSING)
    return BEFORE_IT_LEFT if before else AFTERWARDS


def _asked(order: Order, customer: Customer, kind: Kind, lines: list[OrderLine]) -> Asked:
    return Asked(
        kind=kind,
        brand=order.brand,
        customer=customer,
        order=order,
        lines=tuple(AskedLine(order_line=line) for line in lines),
    )


def _is_meant(kind: Kind, seen: Preview) -> bool:
    """A policy that wants a reason and names none for this kind does not offer it."""
    needs_reason = seen.policy is not None and kind in seen.terms.proof.reason_needed_for
    return bool(seen.terms.reasons_for(kind)) or not needs_reason


def _against(seen: Preview, lines: int) -> Iterable[Judged | None]:
    failed = [one for one in seen.refused_by if one.rule not in NOT_SAID_YET]
    for index in range(lines):
        yield next((one for one in failed if one.line_index in (None, index)), None)
