"""What is handed in with a claim: photos, invoices, and what the inspection takes. It stays as it came."""

from __future__ import annotations

from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kefu.claims import steps
from kefu.claims.machines import ENDED, Status, Who
from kefu.claims.models import Claim, Evidence
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.refusals import NotTheirs
from kefu.claims.terms import Terms
from kefu.conversations import files
from kefu.conversations.models import File
from kefu.events.actors import Actor
from kefu.people.models import Refused

GIVERS = frozenset({Who.CUSTOMER, Who.AGENT, Who.WAREHOUSE, Who.TECHNICIAN})
PICTURES = (EvidenceKind.PHOTO, EvidenceKind.INSPECTION)
MOST = 60


def upload(
    claim: Claim, file: UploadedFile, kind: str, *, by: Actor, line_id: UUID | None = None
) -> Evidence:
    """Looked at before anything is locked. Raises ``files.NotKept`` for what cannot be taken."""
    kept = files.keep(file, by=by, conversation=None)
    if kind in PICTURES and not kept.is_image:
        raise Refused(_("This is not a photo. Add it as a document, or choose another file."))
    return hand_in(claim, kept, kind, by=by, line_id=line_id)


@transaction.atomic
def hand_in(claim: Claim, file: File, kind: str, *, by: Actor, line_id: UUID | None = None) -> Evidence:
    """A file that ``by`` has just uploaded. While a claim is open, and for an appeal against a refusal."""
    steps.hold(claim)
    as_ = steps.who(by, claim) & GIVERS
    if not as_ or (kind == EvidenceKind.INSPECTION and as_ <= {Who.CUSTOMER}):
        raise NotTheirs([])
    if kind not in EvidenceKind or claim.status in ENDED - {Status.REJECTED}:
        raise Refused(_("Nothing more can be added to this claim."))
    if (file.uploader_kind, file.uploader_id) != (by.actor_kind, by.actor_id) or file.held:
        raise Refused(_("This file is already in use. Please upload it again."))
    line = claim.lines.filter(pk=line_id).first() if line_id else None
    if line_id and line is None:
        raise Refused(_("That is not part of this claim."))
    _refuse_too_many(claim, kind)
    files.hold(file)
    piece = _kept(Evidence(claim=claim, line=line, file=file, kind=kind))
    steps.touch(claim, "evidence_added", by=by, evidence=piece.pk, evidence_kind=kind)
    return piece


def _kept(piece: Evidence) -> Evidence:
    try:
        with transaction.atomic():
            piece.save()
    except IntegrityError as problem:
        raise Refused(_("This file is already in use. Please upload it again.")) from problem
    return piece


def _refuse_too_many(claim: Claim, kind: str) -> None:
    photos = Terms.read(claim.terms).proof.max_photos if claim.terms else MOST
    there = claim.evidence.filter(kind=kind).count() if kind == EvidenceKind.PHOTO else claim.evidence.count()
    if there >= (photos if kind == EvidenceKind.PHOTO else MOST):
        raise Refused(_("This claim cannot hold any more files."))
