"""Goods on their way to us, counted in and looked at; and what the customer says to what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims import exchanging, owed, repairing, settling, steps
from kefu.claims.machines import Kind, Status
from kefu.claims.models import Claim, ClaimLine, ClaimShipment, Inspection, Verdict
from kefu.claims.parcels import inbound
from kefu.claims.refunding import pay_back
from kefu.claims.refusals import needed
from kefu.claims.steps import POLICY
from kefu.claims.terms import Terms
from kefu.events.actors import SYSTEM, Actor
from kefu.orders.models import ShipmentStatus
from kefu.people.models import Refused, Staff

Acceptance, Reception, Disposition = ClaimLine.Acceptance, ClaimLine.Reception, ClaimLine.Disposition
# Opening to look is no ground for refusing a return that the law gives (侵害消费者权益行为处罚办法 8).
OPENED = frozenset({"original_packaging", "sealed"})


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one line: how many of the announced item came, how many of these are damaged, and how many other things."""

    qty: int
    damaged: int = 0
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """Of one line. ``checklist`` says for each thing looked at whether it is in order; ``deduction_minor`` is taken off
    what was accepted, or off all of it should the customer agree to that where nothing was.
    """

    accepted: int
    checklist: dict[str, bool] = field(default_factory=dict)
    deduction_minor: int = 0
    deduction_reason: str = ""
    disposition: str = ""
    diagnosis: str = ""
    note: str = ""


@transaction.atomic
def mark_shipped(claim: Claim, *, by: Actor, carrier: str, tracking_no: str) -> ClaimShipment:
    steps.taken_as(claim, "mark_shipped", by=by)
    if not tracking_no.strip():
        raise Refused(_("Please enter the tracking number."))
    parcel = inbound(claim, carrier=carrier, tracking_no=tracking_no)
    claim.lines.update(reception=Reception.IN_TRANSIT)
    steps.apply(claim, "mark_shipped", by=by)
    if claim.kind == Kind.RETURN and Terms.read(claim.terms).approval.before_goods:
        pay_back(claim, owed.as_declared(claim), by=POLICY)
    return parcel


@transaction.atomic
def receive(claim: Claim, counted: Mapping[UUID, Counted], *, by: Staff) -> None:
    """What came, by line; a line that is not named did not come."""
    steps.taken_as(claim, "receive", by=by)
    if not counted.keys() <= set(claim.lines.values_list("pk", flat=True)):
        raise Refused(_("That is not part of this claim."))
    for line in claim.lines.all():
        _count(line, counted.get(line.pk, Counted(0)))
    if not any(count.qty or count.wrong for count in counted.values()):
        raise Refused(_("Count what arrived. If nothing has, wait for it."))
    parcels = claim.shipments.filter(why=ClaimShipment.Why.RETURN, shipment__delivered_at=None)
    now = timezone.now()
    for parcel in parcels.select_related("shipment"):
        arrived = parcel.shipment
        arrived.status, arrived.delivered_at, arrived.delivery_source = ShipmentStatus.DELIVERED, now, "staff"
        arrived.save(update_fields=["status", "delivered_at", "delivery_source"])
    steps.apply(claim, "receive", by=by, received_at=now)
    if claim.kind == Kind.WARRANTY:
        repairing.begin_to_hold(claim, now)


def inspect(claim: Claim, *, by: Staff) -> None:
    """Somebody begins to look."""
    steps.apply(claim, "inspect", by=by)


@transaction.atomic
def find(claim: Claim, line_id: UUID, finding: Finding, *, by: Staff) -> Inspection:
    """What was found of one line; found again, the later one counts."""
    steps.taken_as(claim, "conclude", by=by)
    line = _line(claim, line_id)
    _check(line, finding)
    line.acceptance = _acceptance(finding)
    line.qty_accepted = finding.accepted
    line.deduction_minor, line.deduction_reason = finding.deduction_minor, finding.deduction_reason[:200]
    line.disposition = finding.disposition or line.disposition
    line.save()
    steps.touch(claim, "line_inspected", by=by, line=line.pk, accepted=finding.accepted)
    return Inspection.objects.create(
        line=line,
        inspector=by,
        checklist=finding.checklist,
        acceptance=line.acceptance,
        diagnosis=finding.diagnosis[:20],
        note=finding.note,
    )


@transaction.atomic
def conclude(claim: Claim, *, by: Staff) -> None:
    """Every line that came has been looked at; what follows by itself follows."""
    steps.taken_as(claim, "conclude", by=by)
    lines = list(claim.lines.all())
    if any(line.qty_received and line.acceptance == Acceptance.PENDING for line in lines):
        raise Refused(_("Inspect every item first."))
    missing = [line.pk for line in lines if not line.qty_received]
    claim.lines.filter(pk__in=missing).update(acceptance=Acceptance.REJECTED)
    steps.apply(claim, "conclude", by=by, to=_outcome(lines))
    if claim.status == Status.NOT_ACCEPTED:
        steps.apply(claim, "ask_customer", by=SYSTEM)
    else:
        _go_on(claim)


@transaction.atomic
def release(claim: Claim, *, by: Actor) -> None:
    """The money for what was accepted."""
    steps.taken_as(claim, "release", by=by)
    steps.apply(claim, "release", by=by)
    _refund(claim, by)


# -- what the customer says, and a supervisor to that


@transaction.atomic
def send_back(claim: Claim, *, by: Actor) -> None:
    """The customer wants it back as it is."""
    steps.apply(claim, "send_back", by=by)
    claim.lines.update(disposition=Disposition.TO_CUSTOMER)


@transaction.atomic
def accept_deduction(claim: Claim, *, by: Actor) -> None:
    """The money less what was offered to be taken off."""
    steps.taken_as(claim, "accept_deduction", by=by)
    offered = _accepted_with_deduction(list(claim.lines.all()))
    if not offered:
        raise Refused(_("No deduction was offered for this."))
    for line in offered:
        line.save(update_fields=["qty_accepted", "acceptance"])
    steps.apply(claim, "accept_deduction", by=by)
    _refund(claim, by)


def after_deduction(claim: Claim) -> tuple[int, int] | None:
    """What would be taken off, and what would then go back in all; None where no deduction is offered."""
    lines = list(claim.lines.all())
    offered = _accepted_with_deduction(lines)
    if not offered:
        return None
    return sum(line.deduction_minor for line in offered), sum(owed.due(claim, lines).values())


def _accepted_with_deduction(lines: list[ClaimLine]) -> list[ClaimLine]:
    """Those with a deduction, as they stand once it is accepted."""
    offered = [line for line in lines if line.deduction_minor and line.qty_received]
    for line in offered:
        line.qty_accepted, line.acceptance = min(line.qty_received, line.qty), Acceptance.WITH_DEDUCTION
    return offered


@transaction.atomic
def dispute(claim: Claim, *, by: Actor, words: str) -> None:
    """The customer does not agree with what was found; a supervisor looks at it, once."""
    steps.taken_as(claim, "dispute", by=by)
    if claim.appealed:
        raise Refused(_("This claim has already been reviewed a second time."))
    steps.apply(claim, "dispute", by=by, reason=needed(words), appealed=True)


@transaction.atomic
def uphold(claim: Claim, *, by: Staff, words: str) -> None:
    """The customer is right: what came is accepted as if nothing had been found."""
    steps.taken_as(claim, "uphold", by=by)
    _goods_are_here(claim)
    for line in claim.lines.filter(qty_received__gt=0):
        line.qty_accepted, line.acceptance = min(line.qty_received, line.qty), Acceptance.ACCEPTED
        line.deduction_minor, line.deduction_reason = 0, ""
        line.save()
    steps.apply(claim, "uphold", by=by, reason=needed(words), said_why=words.strip())
    _go_on(claim)


@transaction.atomic
def confirm_findings(claim: Claim, *, by: Staff, words: str) -> None:
    """The inspection was right; the customer decides between what is left."""
    steps.taken_as(claim, "confirm_findings", by=by)
    _goods_are_here(claim)
    steps.apply(claim, "confirm_findings", by=by, reason=needed(words), said_why=words.strip())


@transaction.atomic
def give_up(claim: Claim, *, by: Staff, words: str) -> None:
    """The goods never came. A replacement that went ahead is owed, unless it is waived afterwards: if a carrier lost
    what the customer sent.
    """
    steps.taken_as(claim, "give_up", by=by)
    claim.lines.update(reception=Reception.LOST)
    steps.apply(claim, "give_up", by=by, reason=needed(words), said_why=words.strip())
    if claim.kind == Kind.EXCHANGE:
        exchanging.charge_for_what_never_came(claim)


def close(claim: Claim, *, by: Actor) -> None:
    """What was sent back has arrived."""
    steps.apply(claim, "close", by=by)


# -- how


def _go_on(claim: Claim) -> None:
    """Accepted: a replacement, or the money at once unless somebody took something off it."""
    if claim.kind == Kind.EXCHANGE:
        exchanging.settle_difference(claim)
    elif not claim.lines.filter(deduction_minor__gt=0).exists():
        release(claim, by=POLICY)


def _refund(claim: Claim, by: Actor) -> None:
    pay_back(claim, owed.due(claim), by=by)
    settling.look(claim)


def _count(line: ClaimLine, came: Counted) -> None:
    if not 0 <= came.qty <= line.qty or not 0 <= came.damaged <= came.qty or came.wrong < 0:
        raise Refused(_("More arrived than was announced. Please count again."))
    line.qty_received, line.qty_damaged, line.qty_wrong = came.qty, came.damaged, came.wrong
    short = Reception.SHORT if came.qty < line.qty else Reception.RECEIVED
    line.reception = Reception.WRONG_ITEM if came.wrong else short
    line.save()


def _line(claim: Claim, line_id: UUID) -> ClaimLine:
    found = claim.lines.filter(pk=line_id).first()
    if found is None:
        raise Refused(_("That is not part of this claim."))
    return found


def _check(line: ClaimLine, finding: Finding) -> None:
    if not 0 <= finding.accepted <= line.qty_received:
        raise Refused(_("You cannot accept more than arrived."))
    most = owed.part_of(line.amount_minor, finding.accepted or line.qty_received, line.qty)
    if not 0 <= finding.deduction_minor <= most:
        raise Refused(_("The deduction cannot be more than what was paid for it."))
    if finding.disposition and finding.disposition not in Disposition:
        raise Refused(_("Choose what happens to it."))
    if finding.accepted < line.qty_received or finding.deduction_minor:
        _check_grounds(line, finding)


def _check_grounds(line: ClaimLine, finding: Finding) -> None:
    """Not to accept something, or to take something off, needs a ground; and the box alone is none against the law."""
    against = {name for name, in_order in finding.checklist.items() if not in_order}
    if not against:
        raise Refused(_("Describe what is wrong."))
    if against <= OPENED and _is_right_by_law(line):
        raise Refused(
            _(
                "By law this can be returned even if it was opened or its packaging is missing, so that is no reason to"
                " refuse it."
            )
        )


def _is_right_by_law(line: ClaimLine) -> bool:
    """Also where the brand gives more time still, so that its own promise is what the window was judged by."""
    said = line.verdicts.filter(basis=Verdict.Basis.LAW, rule__in=("within_the_window", "condition_as_asked"))
    return said.exclude(outcome=Verdict.Outcome.FAIL).exists()


def _acceptance(finding: Finding) -> str:
    if not finding.accepted:
        return Acceptance.REJECTED
    return Acceptance.WITH_DEDUCTION if finding.deduction_minor else Acceptance.ACCEPTED


def _outcome(lines: list[ClaimLine]) -> Status:
    if not any(line.qty_accepted for line in lines):
        return Status.NOT_ACCEPTED
    whole = all(line.qty_accepted == line.qty and not line.deduction_minor for line in lines)
    return Status.ACCEPTED if whole else Status.PARTIALLY_ACCEPTED


def _goods_are_here(claim: Claim) -> None:
    if claim.received_at is None:
        raise Refused(_("The goods are not here."))
