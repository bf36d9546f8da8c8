"""Warranty, once the unit is here: diagnosed, repaired or replaced, quoted for where it is not covered, sent back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims import parcels, paying, replacing, settling, steps, warranty
from kefu.claims.case import taken_of
from kefu.claims.covering import cover_of, purchase_day, unit_line
from kefu.claims.machines import Status, Who
from kefu.claims.models import Adjustment, Claim, ClaimLine, ClaimShipment, Repair
from kefu.claims.reckoning import share_of
from kefu.claims.refunding import pay_back
from kefu.claims.refusals import needed
from kefu.claims.terms import Terms
from kefu.events.actors import Actor
from kefu.orders.models import RegisteredProduct
from kefu.orders.models.registered import Proof
from kefu.people.models import Refused, Staff

BACK = ClaimShipment.Why.BACK
WHY = Adjustment.Cause.PAID_REPAIR


def begin_to_hold(claim: Claim, now: datetime) -> None:
    """The unit is here: its warranty stands still from now on."""
    Repair.objects.update_or_create(claim=claim, defaults={"held_from": now, "held_until": None})


@transaction.atomic
def start_diagnosis(claim: Claim, *, by: Staff, serial: str = "") -> None:
    """``serial`` as the technician reads it from the unit; needed where the claim does not know it yet."""
    steps.taken_as(claim, "start_diagnosis", by=by)
    _know_the_unit(claim, serial.strip())
    _repair(claim, technician=by)
    steps.apply(claim, "start_diagnosis", by=by)


@transaction.atomic
def diagnose(claim: Claim, *, by: Staff, defect: bool, finding: str, code: str = "") -> None:
    """``defect``: of material or workmanship. Damage by the customer is answered with a quote instead."""
    steps.taken_as(claim, "diagnose", by=by)
    _repair(claim, technician=by, finding=needed(finding), diagnosis=code[:20])
    to = Status.DEFECT_CONFIRMED if defect else Status.NO_FAULT_FOUND
    steps.apply(claim, "diagnose", by=by, to=to, reason=finding.strip())


@transaction.atomic
def quote(claim: Claim, *, by: Staff, amount_minor: int, finding: str) -> None:
    """What a repair costs that the warranty does not cover."""
    steps.taken_as(claim, "quote", by=by)
    if amount_minor <= 0:
        raise Refused(_("Please enter the repair price."))
    quoted = {"quote_minor": amount_minor, "quote_state": "sent", "quoted_at": timezone.now()}
    _repair(claim, finding=needed(finding), **quoted)
    steps.apply(claim, "quote", by=by, said_why=finding.strip())


@transaction.atomic
def accept_quote(claim: Claim, *, by: Actor) -> None:
    """Paid from a balance if the customer chose one; otherwise finance says when it has come."""
    steps.taken_as(claim, "accept_quote", by=by)
    repair = _repair(claim, quote_state="accepted")
    owes = Adjustment(claim=claim, amount_minor=-(repair.quote_minor or 0), why=WHY, method=claim.refund_to)
    owes.save()
    paying.pay(claim, owes)
    steps.apply(claim, "accept_quote", by=by)


@transaction.atomic
def decline_quote(claim: Claim, *, by: Actor) -> None:
    steps.taken_as(claim, "decline_quote", by=by)
    _repair(claim, quote_state="declined")
    steps.apply(claim, "decline_quote", by=by)


@transaction.atomic
def quote_paid(claim: Claim, *, by: Staff, reference: str) -> None:
    """Finance has seen the customer's money."""
    steps.hold_as(claim, Who.FINANCE, by=by)
    paid = paying.receive(claim, WHY, reference, by=by)
    steps.touch(claim, "quote_paid", by=by, amount=-paid.amount_minor)


@transaction.atomic
def repair(claim: Claim, *, by: Staff, parts: list[str] | None = None) -> None:
    """Begin, or begin again after a test that failed. Under warranty it counts for this serial number, once a claim."""
    steps.taken_as(claim, "repair", by=by)
    if claim.adjustments.filter(why=WHY, settled_at=None).exists():
        raise Refused(_("The repair has not been paid for yet."))
    done = _repair(claim, technician=by, started_at=timezone.now(), parts=parts or [])
    if claim.status == Status.DEFECT_CONFIRMED:
        done.repair_no = _counted(unit_line(claim))
        done.save(update_fields=["repair_no"])
    steps.apply(claim, "repair", by=by)


@transaction.atomic
def test(claim: Claim, *, by: Staff, result: str = "") -> None:
    steps.taken_as(claim, "test", by=by)
    _repair(claim, test_result=result.strip()[:200])
    steps.apply(claim, "test", by=by)


@transaction.atomic
def replace(claim: Claim, *, by: Staff, words: str) -> None:
    """Another unit. An agent may where the right to it is there: repaired often enough, or held too long."""
    steps.taken_as(claim, "replace", by=by)
    cover = cover_of(claim)
    if Who.SUPERVISOR not in steps.who(by, claim) and not (cover and cover.swap_due):
        raise Refused(_("It has not been repaired often enough for that. A supervisor can still decide it."))
    steps.apply(claim, "replace", by=by, reason=needed(words))


@transaction.atomic
def refund(claim: Claim, *, by: Staff, words: str) -> None:
    """The whole price, nothing off for use."""
    steps.taken_as(claim, "refund", by=by)
    line = unit_line(claim)
    bought = line.order_line or (line.registered.order_line if line.registered else None)
    if bought is None or claim.order_id != bought.order_id:
        raise Refused(_("We have no record of a payment for this."))
    taken = taken_of(bought, Terms.read(claim.terms), except_claim=claim)
    price = sum(share_of(bought, 1, taken))
    if not price:
        raise Refused(_("Nothing is left of what was paid for this."))
    ClaimLine.objects.filter(pk=line.pk).update(order_line=bought, amount_minor=price, qty_accepted=1)
    steps.apply(claim, "refund", by=by, reason=needed(words))
    pay_back(claim, {"items": price}, by=by)
    _let_it_go(claim)
    settling.look(claim)


@transaction.atomic
def ship_back(claim: Claim, *, by: Staff, carrier: str, tracking_no: str, new_serial: str = "") -> None:
    """The unit, or the one that replaces it, whose serial number is then ``new_serial``."""
    steps.taken_as(claim, "ship_back", by=by)
    if not tracking_no.strip():
        raise Refused(_("Please enter the tracking number."))
    if claim.status == Status.REPLACING:
        _swap(claim, new_serial.strip())
    else:
        _let_it_go(claim)
    parcels.outbound(claim, BACK, carrier=carrier, tracking_no=tracking_no)
    steps.apply(claim, "ship_back", by=by)


@transaction.atomic
@transaction.atomic
def complete(claim: Claim, *, by: Actor) -> None:
    """It has arrived: the unit, or the one that the customer has instead from now on."""
    steps.apply(claim, "complete", by=by)
    parcels.mark_delivered(claim, BACK, by=by)
    if claim.steps.filter(action="replace").exists():
        replacing.swapped(claim, by=by)


# -- the unit


def _know_the_unit(claim: Claim, serial: str) -> None:
    """Under its serial number, which belongs to this model and to this customer."""
    line = unit_line(claim)
    if line.registered is not None:
        if serial and serial != line.registered.serial:
            raise Refused(_("This is not the unit in the claim."))
        return
    bought = line.order_line
    serial = serial or next(iter(bought.serials if bought else []), "")
    if not serial or bought is None or bought.product is None:
        return
    unit, _made = RegisteredProduct.objects.get_or_create(
        product=bought.product,
        serial=serial[:80],
        defaults={
            "customer": claim.customer,
            "order_line": bought,
            "proof": Proof.ORDER,
            "purchased_at": purchase_day(claim),
            "warranty_start": bought.warranty_start,
        },
    )
    if unit.customer_id != claim.customer_id:
        raise Refused(_("This serial number is registered to someone else."))
    line.registered = unit
    line.save(update_fields=["registered"])


def _counted(line: ClaimLine) -> int | None:
    if line.registered is None:
        return None
    RegisteredProduct.objects.filter(pk=line.registered.pk).update(repairs=F("repairs") + 1)
    line.registered.refresh_from_db(fields=["repairs"])
    return line.registered.repairs


def _let_it_go(claim: Claim) -> None:
    """We hold it no longer: the days count for its warranty."""
    now = timezone.now()
    held = _repair(claim, held_until=now, done_at=now)
    unit = unit_line(claim).registered
    if unit is not None and held.held_from is not None:
        days = (now.date() - held.held_from.date()).days
        RegisteredProduct.objects.filter(pk=unit.pk).update(paused_days=F("paused_days") + days)


def _swap(claim: Claim, new_serial: str) -> None:
    """The old unit stays here; the new one is the customer's, with a term as the policy gives."""
    line, now = unit_line(claim), timezone.now()
    _repair(claim, held_until=now, done_at=now)
    if line.registered is not None and not new_serial:
        raise Refused(_("Please enter the serial number of the replacement."))
    if new_serial:
        line.new_unit = _new_unit(claim, line, new_serial[:80])
        line.save(update_fields=["new_unit"])
        warranty.restart(line.new_unit, on=now.date(), terms=Terms.read(claim.terms))


def _new_unit(claim: Claim, line: ClaimLine, serial: str) -> RegisteredProduct:
    """With what is known of the one that it takes the place of."""
    old, bought = line.registered, line.order_line
    product = old.product if old else bought.product if bought else None
    if product is None:
        raise Refused(_("We do not know this product, so it has no serial number here."))
    if RegisteredProduct.objects.filter(product=product, serial=serial).exists():
        raise Refused(_("This serial number is already registered."))
    return RegisteredProduct.objects.create(
        product=product,
        serial=serial,
        customer=claim.customer,
        order_line=old.order_line if old else bought,
        purchased_at=old.purchased_at if old else purchase_day(claim),
        proof=old.proof if old else Proof.ORDER,
        warranty_start=old.warranty_start if old else bought.warranty_start if bought else None,
        paused_days=old.paused_days if old else 0,
    )


def _repair(claim: Claim, **values: object) -> Repair:
    return Repair.objects.update_or_create(claim=claim, defaults=values)[0]
