"""Warranty at the technician's: diagnosed, repaired or replaced, tested, sent back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefu.claims import repairing
from kefu.claims.acts.act import WARRANTY, Act, Given
from kefu.claims.forms import Diagnosis, Parts, PaymentReference, Quote, Serial, TestResult, WayBack, Words
from kefu.claims.models import Adjustment, Claim
from kefu.people.models import Staff
from kefu.people.roles import Can

PAID_REPAIR = Adjustment.Cause.PAID_REPAIR


def _owes_repair(claim: Claim, staff: Staff) -> bool:
    return any(one.why == PAID_REPAIR and one.settled_at is None for one in claim.adjustments.all())


def _diagnose(claim: Claim, by: Staff, given: Given) -> None:
    is_defect = given["defect"] == "yes"
    repairing.diagnose(claim, by=by, defect=is_defect, finding=given["finding"], code=given["code"])


WORKSHOP = (
    Act(
        "diagnosis-begin",
        "start_diagnosis",
        _("Start the diagnosis"),
        "search",
        Can.REPAIR_GOODS,
        lambda claim, by, given: repairing.start_diagnosis(claim, by=by, **given),
        asks=Serial,
        look="primary",
    ),
    Act(
        "diagnosis",
        "diagnose",
        _("Diagnosis"),
        "clipboard-list",
        Can.REPAIR_GOODS,
        _diagnose,
        asks=Diagnosis,
        look="primary",
    ),
    Act(
        "quote",
        "quote",
        _("Quote a price"),
        "receipt",
        Can.SEE_ORDERS,
        lambda claim, by, given: repairing.quote(
            claim, by=by, amount_minor=given["amount"], finding=given["finding"]
        ),
        asks=Quote,
    ),
    Act(
        "repair-payment",
        "",
        _("The repair has been paid"),
        "banknote",
        Can.MOVE_MONEY,
        lambda claim, by, given: repairing.quote_paid(claim, by=by, **given),
        asks=PaymentReference,
        look="primary",
        kinds=WARRANTY,
        also=_owes_repair,
    ),
    Act(
        "repair",
        "repair",
        _("Start the repair"),
        "wrench",
        Can.REPAIR_GOODS,
        lambda claim, by, given: repairing.repair(claim, by=by, parts=given["parts"]),
        asks=Parts,
        look="primary",
    ),
    Act(
        "test",
        "test",
        _("Test it"),
        "list-checks",
        Can.REPAIR_GOODS,
        lambda claim, by, given: repairing.test(claim, by=by, **given),
        asks=TestResult,
        look="primary",
    ),
    Act(
        "new-unit",
        "replace",
        _("Replace the unit"),
        "repeat",
        Can.HANDLE_CLAIMS,
        lambda claim, by, given: repairing.replace(claim, by=by, words=given["words"]),
        asks=Words,
        kinds=WARRANTY,
    ),
    Act(
        "money-back",
        "refund",
        _("Refund the price"),
        "wallet",
        Can.SEE_ORDERS,
        lambda claim, by, given: repairing.refund(claim, by=by, words=given["words"]),
        asks=Words,
        kinds=WARRANTY,
    ),
    Act(
        "sending-back",
        "ship_back",
        _("Send it back"),
        "truck",
        Can.SEE_ORDERS,
        lambda claim, by, given: repairing.ship_back(claim, by=by, **given),
        asks=WayBack,
        look="primary",
    ),
    Act(
        "arrival",
        "complete",
        _("It has arrived: complete it"),
        "check",
        Can.RECEIVE_GOODS,
        lambda claim, by, given: repairing.complete(claim, by=by),
        kinds=WARRANTY,
    ),
)
