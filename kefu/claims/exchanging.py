"""One thing for another: the difference settled either way, the replacement sent, or the money after all."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from kefu.claims import owed, parcels, replacing, settling, steps
from kefu.claims.machines import Who
from kefu.claims.models import Adjustment, Claim, ClaimShipment
from kefu.claims.paying import owed_for, pay, receive
from kefu.claims.refunding import pay_back
from kefu.claims.refusals import needed
from kefu.claims.terms import Terms
from kefu.events import log
from kefu.events.actors import SYSTEM, Actor
from kefu.people.models import Refused, Staff

WHY = Adjustment.Cause.DIFFERENCE
ADVANCE = Adjustment.Cause.ADVANCE
REPLACEMENT = ClaimShipment.Why.REPLACEMENT


def settle_difference(claim: Claim) -> None:
    """For what was accepted, less what the inspection took off it. What we owe is written down and holds nothing up;
    what the customer owes is taken from a balance of theirs if they chose one, and otherwise waited for.
    """
    steps.apply(claim, "settle_difference", by=SYSTEM)
    difference, taken_off = owed.difference(claim)
    asked = difference + taken_off
    adjustment = Adjustment.objects.create(claim=claim, amount_minor=-asked, why=WHY, method=claim.refund_to)
    if asked < 0:
        pay_back(claim, _our_part(claim, difference, taken_off), by=SYSTEM, why=WHY)
    if asked <= 0:
        adjustment.settle(by=None)
    if asked <= 0 or pay(claim, adjustment):
        replace_if_there(claim, by=SYSTEM)


@transaction.atomic
def difference_paid(claim: Claim, *, by: Staff, reference: str) -> None:
    """Finance has seen the customer's money; ``reference`` is the bank's or the shop's."""
    steps.taken_as(claim, "replace", by=by)
    receive(claim, WHY, reference, by=by)
    replace_if_there(claim, by=by)


@transaction.atomic
def replace(claim: Claim, *, by: Actor) -> None:
    """Once the difference is settled and the item is there again."""
    steps.taken_as(claim, "replace", by=by)
    if claim.adjustments.filter(why=WHY, settled_at=None).exists():
        raise Refused(_("The price difference has not been paid yet."))
    if not _is_there(claim):
        raise Refused(_("The item is not available. Refund the customer instead."))
    replace_if_there(claim, by=by)


def replace_if_there(claim: Claim, *, by: Actor) -> None:
    """Otherwise it waits, and a person decides."""
    ahead = parcels.replacement_of(claim)
    if ahead is None and not _is_there(claim):
        log.record("claim.replacement_unavailable", claim, by=SYSTEM, **claim.scope())
        return
    steps.apply(claim, "replace", by=by)
    if ahead is None:
        parcels.outbound(claim, REPLACEMENT)
    elif ahead.shipment.delivered_at is not None:
        _arrived(claim, by=SYSTEM)


def send_ahead(claim: Claim) -> None:
    """Where the policy trusts the customer and nothing more is to be paid: the replacement need not wait."""
    if Terms.read(claim.terms).exchange.advance and claim.reckoning["difference"] <= 0 and _is_there(claim):
        parcel = parcels.outbound(claim, REPLACEMENT)
        log.record(
            "claim.replacement_ahead", claim, by=steps.POLICY, shipment=parcel.shipment_id, **claim.scope()
        )


def has_gone_ahead(claim: Claim) -> bool:
    """A replacement has left the house, whether or not the goods have come."""
    ahead = parcels.replacement_of(claim)
    return ahead is not None and ahead.shipment.shipped_at is not None


def charge_for_what_never_came(claim: Claim) -> None:
    """The replacement went ahead and the goods did not follow: what it costs is owed, and stays so after the claim."""
    if not has_gone_ahead(claim):
        parcels.call_back(claim)
        return
    price = sum(line.amount_minor for line in claim.lines.all()) + claim.reckoning["difference"]
    if price > 0:
        Adjustment.objects.create(claim=claim, amount_minor=-price, why=ADVANCE)
        log.record("claim.advance_not_returned", claim, by=SYSTEM, amount=price, **claim.scope())


@transaction.atomic
def advance_paid(claim: Claim, *, by: Staff, reference: str) -> None:
    """Finance has seen what the customer paid for a replacement that they kept. The claim has ended and stays as it
    ended, so this is no step of it.
    """
    steps.hold_as(claim, Who.FINANCE, by=by)
    paid = receive(claim, ADVANCE, reference, by=by)
    steps.touch(claim, "advance_paid", by=by, amount=-paid.amount_minor)


@transaction.atomic
def waive_advance(claim: Claim, *, by: Staff, words: str) -> None:
    """The goods came late after all, or it is not worth a quarrel: for whoever decides what is above others' limits.
    ``words`` are for colleagues.
    """
    steps.hold_as(claim, Who.SUPERVISOR, by=by)
    owed_ = owed_for(claim, ADVANCE)
    owed_.settle(by=by, waived_why=needed(words))
    steps.touch(claim, "advance_waived", by=by, amount=-owed_.amount_minor)


@transaction.atomic
def deliver(claim: Claim, *, by: Actor) -> None:
    """The replacement has arrived."""
    steps.taken_as(claim, "deliver", by=by)
    parcel = parcels.replacement_of(claim)
    if parcel is None or parcel.shipment.shipped_at is None:
        raise Refused(_("The replacement has not been sent yet."))
    parcels.mark_delivered(claim, REPLACEMENT, by=by)
    _arrived(claim, by=by)


def complete(claim: Claim, *, by: Actor) -> None:
    steps.apply(claim, "complete", by=by)


@transaction.atomic
def refund_instead(claim: Claim, *, by: Staff, words: str) -> None:
    """The item cannot be had any more, or never arrived: the money for what came back, and what was paid on top."""
    steps.taken_as(claim, "refund_instead", by=by)
    paid = claim.adjustments.filter(why=WHY, amount_minor__lt=0, settled_at__isnull=False)
    on_top = -sum(paid.values_list("amount_minor", flat=True))
    claim.adjustments.filter(why=WHY, settled_at=None).delete()
    parcels.call_back(claim)
    steps.apply(claim, "refund_instead", by=by, reason=needed(words), said_why=words.strip())
    due = owed.due(claim)
    pay_back(claim, due | {"items": due["items"] + on_top}, by=by)
    settling.look(claim)


def _arrived(claim: Claim, *, by: Actor) -> None:
    steps.apply(claim, "deliver", by=by)
    replacing.exchanged(claim, by=by)


def _our_part(claim: Claim, difference: int, taken_off: int) -> dict[str, int]:
    freight = max(claim.reckoning.get("freight", 0), difference + taken_off)
    return {"items": -difference, "deduction": -taken_off, "freight": freight}


def _is_there(claim: Claim) -> bool:
    wanted = claim.lines.filter(new_variant__isnull=False)
    return not wanted.filter(new_variant__available=False).exists()
