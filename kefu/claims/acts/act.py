"""One thing that a colleague may do about a claim: its address, what it asks, and the verb it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from kefu.claims.forms import ActForm
from kefu.claims.machines import Kind
from kefu.claims.models import Claim
from kefu.people.models import Staff
from kefu.people.roles import Can

Text = str | Promise
Given = Mapping[str, Any]
EXCHANGE, WARRANTY = frozenset({Kind.EXCHANGE}), frozenset({Kind.WARRANTY})


@dataclass(frozen=True, slots=True)
class Act:
    """``action`` is the step of the tables that it takes, "" for none; ``also`` narrows when it is offered. ``hint``
    says what follows, ``confirm`` asks before what cannot be taken back.
    """

    noun: str
    action: str
    label: Text
    icon: str
    capability: Can
    take: Callable[[Claim, Staff, Given], object]
    asks: type[ActForm] = ActForm
    look: str = ""
    kinds: frozenset[Kind] = frozenset(Kind)
    also: Callable[[Claim, Staff], bool] | None = None
    hint: Text = ""
    confirm: Text = ""

    @property
    def address(self) -> str:
        """The name of its route."""
        return f"claim-{self.noun}"

    def is_open(self, claim: Claim, actions: frozenset[str], staff: Staff) -> bool:
        if claim.kind not in self.kinds or not staff.can(self.capability):
            return False
        offered = not self.action or self.action in actions
        return offered and (self.also is None or self.also(claim, staff))


def goods_are_here(claim: Claim, staff: Staff) -> bool:
    return claim.received_at is not None


def goods_are_not_here(claim: Claim, staff: Staff) -> bool:
    return claim.received_at is None
