"""Handing in photos, invoices and the like with a claim: kept as they came, never changed, shown to those concerned."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from kefu.claims import steps
from kefu.claims.machines import ENDED, Status, Who
from kefu.claims.models import Claim, ClaimLine, Evidence
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.refusals import NotTheirs
from kefu.claims.terms import Terms
from kefu.conversations import files
from kefu.events.actors import Actor
from kefu.people.models import Refused

PICTURES = (EvidenceKind.PHOTO, EvidenceKind.INSPECTION)
MAY_HAND_IN = frozenset(
    {Who.CUSTOMER, Who.AGENT, Who.SUPERVISOR, Who.WAREHOUSE, Who.TECHNICIAN, Who.AUTOMATION}
)
MOST_PIECES = 40


def hand_in(
    claim: Claim, upload: UploadedFile, *, kind: str, by: Actor, line: ClaimLine | None = None
) -> Evidence:
    """Raises ``Refused`` with a sentence, and ``files.NotKept`` for a file that cannot be taken. The file is looked at
    before anything is locked.
    """
    if kind not in EvidenceKind.values:
        raise Refused(_("Choose what the file shows."))
    file = files.keep(upload, by=by, conversation=None)
    if kind in PICTURES and not file.is_image:
        raise Refused(_("This is no photo. Hand it in as a document, or choose another file."))
    with transaction.atomic():
        steps.hold(claim)
        _refuse_what_does_not_fit(claim, kind, by, line)
        files.hold(file)
        evidence = Evidence.objects.create(claim=claim, line=line, file=file, kind=kind)
        steps.touch(claim, "evidence_handed_in", by=by, evidence=evidence.pk, what=kind)
    return evidence


def _refuse_what_does_not_fit(claim: Claim, kind: str, by: Actor, line: ClaimLine | None) -> None:
    if not steps.who(by, claim) & MAY_HAND_IN:
        raise NotTheirs([])
    if Status(claim.status) in ENDED:
        raise Refused(_("This claim is over; nothing more can be added to it."))
    if line is not None and line.claim_id != claim.pk:
        raise Refused(_("One of the items does not belong to this order."))
    there = list(claim.evidence.values_list("kind", flat=True))
    most = Terms.read(claim.terms).proof.max_photos if claim.terms else Terms().proof.max_photos
    if len(there) >= MOST_PIECES or (kind == EvidenceKind.PHOTO and there.count(kind) >= most):
        raise Refused(_("There are as many files as a claim can carry. Nothing was added."))
