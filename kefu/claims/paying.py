"""What a customer pays on top: for a dearer item, for a repair that no warranty covers, for what they kept."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims.models import Adjustment, Claim
from kefu.orders.models import MethodKind, NotEnough, Payment, PaymentMethod
from kefu.people.models import Refused, Staff


def pay(claim: Claim, adjustment: Adjustment) -> bool:
    """From the balance that the customer chose, if there is one and it suffices; it is settled then."""
    method, amount = adjustment.method, -adjustment.amount_minor
    if method is None or not method.holds_value or claim.order is None or not method.can_hold(claim.currency):
        return False
    try:
        with transaction.atomic():
            method.enter(-amount, why=adjustment.why, reference=f"adjustment {adjustment.pk}")
    except NotEnough:
        return False
    _captured(claim, adjustment, method, f"adjustment-{adjustment.pk.hex}")
    adjustment.settle(by=None)
    return True


def owed_for(claim: Claim, why: str) -> Adjustment:
    """What the customer still owes of that kind; the claim is held. Raises ``Refused`` where it is nothing."""
    found = claim.adjustments.filter(why=why, amount_minor__lt=0, settled_at=None).first()
    if found is None:
        raise Refused(_("The customer owes nothing for this."))
    return found


def receive(claim: Claim, why: str, reference: str, *, by: Staff) -> Adjustment:
    """As finance saw it arrive. It belongs to the order like any other payment, so it can go back like any other."""
    adjustment = owed_for(claim, why)
    _record(claim, adjustment, reference)
    adjustment.settle(by=by)
    return adjustment


def _record(claim: Claim, adjustment: Adjustment, reference: str) -> None:
    if not reference.strip():
        raise Refused(_("Please enter the payment reference."))
    method = adjustment.method
    if method is None or method.holds_value:
        method = PaymentMethod.objects.get_or_create(
            customer=claim.customer, kind=MethodKind.BANK, provider="", external_id=""
        )[0]
    if claim.order is not None:
        _captured(claim, adjustment, method, "")
    adjustment.method, adjustment.reference = method, reference.strip()[:80]
    adjustment.save(update_fields=["method", "reference"])


def _captured(claim: Claim, adjustment: Adjustment, method: PaymentMethod, external_id: str) -> None:
    assert claim.order is not None
    Payment.objects.create(
        order=claim.order,
        method=method,
        external_id=external_id,
        captured_minor=-adjustment.amount_minor,
        currency=claim.currency,
        captured_at=timezone.now(),
    )
