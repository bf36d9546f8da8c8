"""What rooms further down say to a colleague about an order: what may be done with each item, and sections of its page.

``kefu.reactions`` fills both lists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from kefu.orders.models import Order
from kefu.orders.showing import Action, Actions
from kefu.people.models import Staff


@dataclass(frozen=True, slots=True)
class Section:
    """``shows`` answers what ``template`` is drawn from as ``shown``, or None where it is not for this colleague."""

    key: str
    title: str | Promise
    template: str
    shows: Callable[[Order, Staff], dict[str, Any] | None]


SECTIONS: list[Section] = []
OFFERS: list[Callable[[Order, Staff], Actions]] = []


def sections_for(order: Order, agent: Staff) -> list[tuple[Section, dict[str, Any]]]:
    found = ((section, section.shows(order, agent)) for section in SECTIONS)
    return [(section, shown) for section, shown in found if shown is not None]


def actions_for(order: Order, agent: Staff) -> Actions:
    """By item, in the order in which the rooms are named."""
    found: dict[UUID, Sequence[Action]] = {}
    for offer in OFFERS:
        for line, actions in offer(order, agent).items():
            found[line] = [*found.get(line, ()), *actions]
    return found
