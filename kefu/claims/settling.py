"""What the news of a refund means for its claim: done when all are, in trouble when one is."""

from __future__ import annotations

from kefu.claims import steps
from kefu.claims.machines import Status
from kefu.claims.models import Claim, Refund, RefundState
from kefu.claims.models.refunds import WITHOUT_MONEY
from kefu.claims.refunding import standing
from kefu.events.actors import SYSTEM

TROUBLE = frozenset({RefundState.ABNORMAL, *WITHOUT_MONEY})


def follow(refund: Refund) -> None:
    """The claim is held."""
    if refund.claim is not None:
        look(refund.claim)


def look(claim: Claim) -> None:
    """Take the step that the refunds of a held claim call for, if any does."""
    states = {RefundState(refund.state) for refund in standing(claim)}
    if claim.status in (Status.REFUNDING, Status.REFUND_PROBLEM) and states <= {RefundState.SUCCEEDED}:
        steps.apply(claim, "settle", by=SYSTEM)
    elif _in_trouble(claim, states):
        steps.apply(claim, "stumble", by=SYSTEM)


def _in_trouble(claim: Claim, states: set[RefundState]) -> bool:
    if claim.status == Status.COMPLETED:
        return RefundState.REVERSED in states and _ended_in_money(claim)
    return claim.status == Status.REFUNDING and bool(states & TROUBLE)


def _ended_in_money(claim: Claim) -> bool:
    """Not by a replacement or a repair: a refund beside those that came back is finance's matter alone."""
    return claim.steps.filter(action="settle").exists()
