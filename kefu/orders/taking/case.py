"""One order of a batch while it is being stored: what is held of it, and what the source says."""

from __future__ import annotations

from dataclasses import dataclass, field

from kefu.orders.incoming import IncomingOrder
from kefu.orders.models import Order, OrderLine


@dataclass(slots=True)
class Case:
    """``changed`` names the parts that a report changed; ``lines`` are those held, once ``lines.store`` is through.
    ``instead`` are lines that were sent here in place of others.
    """

    order: Order
    row: IncomingOrder
    is_new: bool = False
    changed: set[str] = field(default_factory=set)
    lines: list[OrderLine] = field(default_factory=list)
    instead: list[OrderLine] = field(default_factory=list)
