"""The one place where a claim changes its status: locked, checked against the table of its kind, numbered, told."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from kefu.claims import clocks
from kefu.claims.machines import ENDED, Kind, Status, Step, Who, allowed, steps_from
from kefu.claims.models import Claim, ClaimStep
from kefu.claims.refusals import Illegal, NotTheirs, Stale
from kefu.events import log
from kefu.events.actors import Actor, Someone
from kefu.people.models import Customer, Staff
from kefu.people.reach import brands_of
from kefu.people.roles import Can

POLICY = Someone("policy", None)  # what a policy, published by a person, lets happen by itself
_AS = {
    Can.HANDLE_CLAIMS: Who.AGENT,
    Can.DECIDE_CLAIMS: Who.SUPERVISOR,
    Can.RECEIVE_GOODS: Who.WAREHOUSE,
    Can.REPAIR_GOODS: Who.TECHNICIAN,
    Can.MOVE_MONEY: Who.FINANCE,
}
_BY_ITSELF = {"system": frozenset({Who.SYSTEM}), POLICY.actor_kind: frozenset({Who.AUTOMATION})}


def who(actor: Actor, claim: Claim) -> frozenset[Who]:
    """As what somebody may act on this claim; nothing for a stranger. What a published policy does by itself is
    automation; an assistant is nobody, and acts as the customer who lets it, or not at all.
    """
    if isinstance(actor, Staff):
        return roles_of(actor) if brands_of(actor).filter(pk=claim.brand_id).exists() else frozenset()
    if isinstance(actor, Customer):
        return frozenset({Who.CUSTOMER} if actor.pk == claim.customer_id else ())
    return _BY_ITSELF.get(actor.actor_kind, frozenset())


def roles_of(staff: Staff) -> frozenset[Who]:
    """As what a colleague may act on a claim that they see."""
    return frozenset(as_ for can, as_ in _AS.items() if staff.can(can))


def open_to(actor: Actor, claim: Claim) -> list[str]:
    """The actions that the table offers them now; a guard may still refuse one."""
    return allowed(Kind(claim.kind), Status(claim.status), who(actor, claim))


def hold(claim: Claim, *, version: int | None = None) -> Claim:
    """Locked until the end of the transaction, its order before it. Raises ``Stale`` if it is not at ``version``."""
    if claim.order is not None:
        claim.order.locked()
    claim.locked()
    if version is not None and claim.version != version:
        raise Stale
    return claim


def hold_as(claim: Claim, as_: Who, *, by: Actor) -> None:
    """For what is no step of the tables and may come after the last: held, if they may act on it so. Raises
    ``NotTheirs``.
    """
    hold(claim)
    if as_ not in who(by, claim):
        raise NotTheirs(open_to(by, claim))


def taken_as(claim: Claim, action: str, *, by: Actor) -> Who:
    """Holds the claim and says as what they may take the step now. Raises ``Illegal`` or ``NotTheirs``."""
    hold(claim)
    mine = who(by, claim)
    offered = [step for step in steps_from(Kind(claim.kind), Status(claim.status)) if step.action == action]
    if not offered:
        raise Illegal(Status(claim.status), open_to(by, claim))
    fitting = [as_ for as_ in Who if as_ in mine and any(as_ in step.who for step in offered)]
    if not fitting:
        raise NotTheirs(open_to(by, claim))
    return fitting[0]


@transaction.atomic
def apply(
    claim: Claim, action: str, *, by: Actor, to: Status | None = None, reason: str = "", **changed: Any
) -> ClaimStep:
    """Take the step, with what else it changes about the claim. ``to`` where an action has several ends."""
    as_ = taken_as(claim, action, by=by)
    line = _line(claim, action, to)
    for name, value in changed.items():
        setattr(claim, name, value)
    step = _stepped(claim, line, reason)
    step.actor_kind, step.actor_id, step.actor_as = by.actor_kind, by.actor_id, as_
    step.save()
    claim.save()
    facts = {"seq": step.seq, "before": step.before, "after": step.after, "as": as_}
    log.record(f"claim.{action}", claim, by=by, **claim.scope(), **facts)
    return step


def touch(claim: Claim, fact: str, *, by: Actor, **data: Any) -> None:
    """Something about a held claim has changed without a step: its version grows and the log says what."""
    claim.version += 1
    claim.save()
    log.record(f"claim.{fact}", claim, by=by, **claim.scope(), **data)


def _line(claim: Claim, action: str, to: Status | None) -> Step:
    lines = steps_from(Kind(claim.kind), Status(claim.status))
    found = [step for step in lines if step.action == action and to in (None, step.after)]
    if len(found) != 1:
        raise ValueError(f"{action} has several ends, or none like {to}")
    return found[0]


def _stepped(claim: Claim, line: Step, reason: str) -> ClaimStep:
    now = timezone.now()
    claim.status = line.after
    claim.steps_taken += 1
    claim.version += 1
    claim.closed_at = now if line.after in ENDED else None
    claim.close_reason = line.action if line.after in ENDED else ""
    clocks.wind(claim, now)
    return ClaimStep(
        claim=claim,
        seq=claim.steps_taken,
        action=line.action,
        before=line.before,
        after=line.after,
        at=now,
        reason=reason,
    )
