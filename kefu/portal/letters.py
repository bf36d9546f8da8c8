"""Mails that keep a customer informed of their claim: a reader of the log, so that no verb waits for a letter."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils import translation

from kefu.claims import telling
from kefu.claims.machines import MACHINES, Status
from kefu.claims.models import Claim
from kefu.events.deliveries import queue
from kefu.events.log import Entry
from kefu.people.models import IdentityKind
from kefu.web.addresses import absolute

# What a customer wants to hear of at once; the steps in between they see on the page.
TELLING = frozenset(
    {
        Status.UNDER_REVIEW,
        Status.AWAITING_CUSTOMER,
        Status.APPROVED,
        Status.REJECTED,
        Status.EXPIRED,
        Status.RECEIVED,
        Status.AWAITING_DECISION,
        Status.REFUNDING,
        Status.REFUND_PROBLEM,
        Status.REPLACING,
        Status.RETURNED_TO_CUSTOMER,
        Status.AWAITING_SHIPMENT,
        Status.NOT_COVERED,
        Status.QUOTE_SENT,
        Status.REPAIRING,
        Status.SHIPPING_BACK,
        Status.COMPLETED,
    }
)
REMINDED = "claim.reminded"
# They change what the customer owes or ends what they waited for, whatever the claim's status then is.
TELLING_KINDS = frozenset({REMINDED, "claim.give_up", "claim.advance_paid", "claim.advance_waived"})
HEARS = frozenset({f"claim.{step.action}" for table in MACHINES.values() for step in table}) | TELLING_KINDS


def write(entries: list[Entry]) -> None:
    """Reader. One letter for each step that matters, however often it is heard of."""
    told = [entry for entry in entries if entry.kind in TELLING_KINDS or entry.data.get("after") in TELLING]
    claims = Claim.objects.select_related("brand", "customer", "order__customer").in_bulk(
        [entry.subject_id for entry in told]
    )
    for entry in told:
        if claim := claims.get(entry.subject_id):
            _write(claim, entry)


@transaction.atomic
def _write(claim: Claim, entry: Entry) -> None:
    to = _address(claim)
    if not to:
        return
    status = Status(entry.data.get("after", claim.status))
    language = claim.customer.language or claim.brand.language
    told_once = f"{entry.kind.removeprefix('claim.')} {entry.id}"
    with translation.override(language):
        queue(
            template="mail/claim_reminder" if entry.kind == REMINDED else "mail/claim",
            to=to,
            key=f"claim {claim.pk} {entry.data.get('seq') or told_once}",
            language=language,
            context={
                "brand_name": claim.brand.name,
                "claim": claim,
                "status": status.label,
                "next": telling.next_words(claim) if status == claim.status else telling.NEXT[status],
                "why": claim.said_why if status == claim.status else "",
                "link": absolute(reverse("my_claim", args=[claim.pk])),
            },
        )


def _address(claim: Claim) -> str:
    """The one that they have proved; else the one that the order was placed with."""
    proved = claim.customer.identities.filter(kind=IdentityKind.EMAIL, verified_at__isnull=False)
    if identity := proved.order_by("-verified_at").first():
        return str(identity.value)
    if claim.order is not None and claim.order.customer_id == claim.customer_id and claim.order.email:
        return str(claim.order.email)
    return ""
