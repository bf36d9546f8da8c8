"""The claims' part of the API: previewed, filed, found, reviewed. Steps are nouns; each asks for its proper actor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja import File as Upload
from ninja import Path, Query, Router, UploadedFile
from ninja.responses import Status as Answer
from pydantic import BaseModel, Field, StringConstraints

from kefu.claims import evidencing, filing, reviewing, steps
from kefu.claims.apifaults import refusal_of
from kefu.claims.apigiven import ClaimGiven, ReasonGiven, WordsGiven
from kefu.claims.apishapes import BRIEFLY, ClaimBrief, ClaimPage, ClaimShown, ClaimStatus, PreviewShown
from kefu.claims.machines import Kind
from kefu.claims.models import Claim
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.preview import preview
from kefu.claims.refusals import AboveLimit
from kefu.conversations.files import NotKept
from kefu.people.api import CustomerCaller, EitherCall, StaffCall, UploadPace, needs, needs_or_own
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.web.contract import VERSIONED
from kefu.web.paging import Order as Sorting
from kefu.web.paging import PageAsked, cut
from kefu.web.rest import NO_NUL, Count, Given, Refusal, answered, refused
from kefu.web.versions import seen_version, tagged

router = Router(tags=["Claims"])
LATEST = Sorting("claims.latest", ("-opened_at", "-id"))
OWN = Sorting("claims.own", ("-id",))
Ref = Annotated[
    str,
    StringConstraints(max_length=40, pattern=NO_NUL),
    Path(description="The id, or the number as people see it: A-1042."),
]


def stepping(capability: Can) -> dict[str, Any]:
    """For the decorator of a colleague's step: who may call it, and that it takes the version that was seen."""
    access = needs(capability)
    return access | {"openapi_extra": access["openapi_extra"] | VERSIONED}


def stepping_or_own(capability: Can) -> dict[str, Any]:
    access = needs_or_own(capability)
    return access | {"openapi_extra": access["openapi_extra"] | VERSIONED}


# -- found


class ClaimsAsked(PageAsked):
    kind: list[Kind] = Field([], description="One or several.", max_length=5)
    status: list[ClaimStatus] = Field([], description="One or several.", max_length=40)
    brand: UUID | None = None
    customer: UUID | None = None
    order: UUID | None = None
    number: str | None = Field(None, pattern=r"^[Aa]-[0-9]{1,18}$", examples=["A-1042"])


Call = EitherCall | StaffCall


def claims_of(request: Call) -> QuerySet[Claim]:
    """A customer's, as far as the colleague sees them who lets the program speak for them."""
    caller = request.auth
    if isinstance(caller, CustomerCaller):
        return Claim.objects.of(caller.customer).filter(brand__in=brands_of(caller.staff))
    return Claim.objects.visible_to(caller.staff)


def claim_of(request: Call, ref: str) -> Claim:
    """Raises ``Http404`` for what is not for them."""
    found = claims_of(request).select_related("order", "customer", "brand").filter(**_named(ref)).first()
    if found is None:
        raise Http404
    return found


def _named(ref: str) -> dict[str, Any]:
    if ref[:2] in ("A-", "a-") and ref[2:].isascii() and ref[2:].isdigit() and len(ref) < 20:
        return {"number": int(ref[2:])}
    try:
        return {"pk": UUID(ref)}
    except ValueError:
        raise Http404 from None


@router.get("/claims", response=ClaimPage, summary="List claims", **needs_or_own(Can.SEE_ORDERS))
def list_claims(request: EitherCall, asked: Query[ClaimsAsked]) -> ClaimPage:
    """Those of one's brands that were handed in, the latest first; a customer's own with their drafts."""
    own = isinstance(request.auth, CustomerCaller)
    rows = _narrowed(claims_of(request), asked).only(*BRIEFLY)
    found = cut(rows, OWN if own else LATEST, asked)
    return ClaimPage(items=[ClaimBrief.of(claim) for claim in found.rows], next=found.next)


def _narrowed(rows: QuerySet[Claim], asked: ClaimsAsked) -> QuerySet[Claim]:
    wanted = {
        "kind__in": asked.kind,
        "status__in": asked.status,
        "brand": asked.brand,
        "customer": asked.customer,
        "order": asked.order,
        "number": int(asked.number[2:]) if asked.number else None,
    }
    return rows.filter(**{name: value for name, value in wanted.items() if value not in (None, [])})


def told(request: Call, claim: Claim, status: int = 200) -> HttpResponseBase:
    shown = ClaimShown.seen_by(request.auth.actor, claim)
    return tagged(answered(Answer(status, shown)), shown.version)


def step(request: Call, ref: str, act: Callable[[Claim], object]) -> HttpResponseBase:
    """Find it through the one asking, hold it at the version that they saw, act, and show it as it is then.

    What is above their limit is answered, not raised: the audit row that was written is to stay.
    """
    claim = claim_of(request, ref)
    steps.hold(claim, version=seen_version(request))
    try:
        act(claim)
    except AboveLimit as problem:
        return refused(refusal_of(problem))
    return told(request, claim_again(claim))


def claim_again(claim: Claim) -> Claim:
    return Claim.objects.select_related("order", "customer", "brand").get(pk=claim.pk)


# -- filed


@router.post(
    "/claims/previews",
    response=PreviewShown,
    summary="Ask whether, how much and by when",
    **needs_or_own(Can.SEE_ORDERS),
)
def preview_claim(request: EitherCall, given: ClaimGiven) -> PreviewShown:
    """Nothing is created. Chat, phone and mail ask the same."""
    asked = filing.within_its_order(given.asked(request))
    return PreviewShown.of(preview(asked, at=timezone.now()))


@router.post("/claims", response={201: ClaimShown}, summary="File a claim", **needs_or_own(Can.HANDLE_CLAIMS))
def file_claim(request: EitherCall, given: ClaimGiven) -> HttpResponseBase:
    """Handed in at once, and decided at once as far as the policy goes. With evidence, begin with a draft."""
    by = request.auth.actor
    claim = filing.draft(given.asked(request), by=by, texts=given.texts())
    return told(request, claim_again(filing.submit(claim, by=by)), 201)


@router.post(
    "/claims/drafts", response={201: ClaimShown}, summary="Begin a draft", **needs_or_own(Can.HANDLE_CLAIMS)
)
def draft_claim(request: EitherCall, given: ClaimGiven) -> HttpResponseBase:
    """To hand in evidence first. Only the one who began it and its customer see it."""
    claim = filing.draft(given.asked(request), by=request.auth.actor, texts=given.texts())
    return told(request, claim_again(claim), 201)


# -- one claim; after the fixed addresses above, which its own would swallow


@router.get("/claims/{ref}", response=ClaimShown, summary="One claim", **needs_or_own(Can.SEE_ORDERS))
def get_claim(request: EitherCall, ref: Ref) -> HttpResponseBase:
    """With its verdicts, every step that it took, its parcels and its money."""
    return told(request, claim_of(request, ref))


class EvidenceShown(BaseModel):
    id: UUID
    kind: EvidenceKind
    line: UUID | None


class EvidenceGiven(Given):
    kind: EvidenceKind = Field(description="What it shows.")
    line: UUID | None = Field(None, description="Of the claim; all of it if left out.")


@router.post(
    "/claims/{ref}/evidence",
    response={201: EvidenceShown},
    summary="Hand in evidence",
    throttle=UploadPace(),
    **needs_or_own(Can.SEE_ORDERS),
)
def add_evidence(
    request: EitherCall, ref: Ref, asked: Query[EvidenceGiven], file: Annotated[UploadedFile, Upload()]
) -> Answer[EvidenceShown]:
    """It stays as it came."""
    claim = claim_of(request, ref)
    try:
        piece = evidencing.upload(claim, file, asked.kind, by=request.auth.actor, line_id=asked.line)
    except NotKept as problem:
        raise Refusal(415, str(problem)) from problem
    return Answer(201, EvidenceShown(id=piece.pk, kind=EvidenceKind(piece.kind), line=piece.line_id))


@router.post(
    "/claims/{ref}/submission",
    response=ClaimShown,
    summary="Hand in a draft",
    **stepping_or_own(Can.HANDLE_CLAIMS),
)
def submit_claim(request: EitherCall, ref: Ref) -> HttpResponseBase:
    """Judged by the policy of this moment."""
    return step(request, ref, lambda claim: filing.submit(claim, by=request.auth.actor))


@router.post(
    "/claims/{ref}/withdrawal",
    response=ClaimShown,
    summary="Withdraw it",
    **stepping_or_own(Can.HANDLE_CLAIMS),
)
def withdraw_claim(request: EitherCall, ref: Ref) -> HttpResponseBase:
    """Before the goods are on their way."""
    return step(request, ref, lambda claim: reviewing.withdraw(claim, by=request.auth.actor))


# -- reviewed


class ApprovalGiven(Given):
    amount_minor: Count | None = Field(
        None,
        description="Of a claim without goods: another amount than was asked; needed where none is known.",
    )


@router.post(
    "/claims/{ref}/information-request",
    response=ClaimShown,
    summary="Ask the customer for something",
    **stepping(Can.HANDLE_CLAIMS),
)
def request_information(request: StaffCall, ref: Ref, given: ReasonGiven) -> HttpResponseBase:
    """The words say what is missing; the customer reads them."""
    by = request.auth.staff
    return step(request, ref, lambda claim: reviewing.request_info(claim, by=by, words=given.words))


@router.post(
    "/claims/{ref}/information",
    response=ClaimShown,
    summary="Give what was asked for",
    **stepping_or_own(Can.HANDLE_CLAIMS),
)
def give_information(request: EitherCall, ref: Ref, given: WordsGiven) -> HttpResponseBase:
    """Files come as evidence before this."""
    by = request.auth.actor
    return step(request, ref, lambda claim: reviewing.provide(claim, by=by, words=given.words))


@router.post(
    "/claims/{ref}/approval", response=ClaimShown, summary="Approve it", **stepping(Can.HANDLE_CLAIMS)
)
def approve_claim(request: StaffCall, ref: Ref, given: ApprovalGiven) -> HttpResponseBase:
    """Within the limits of the policy: beyond one's own it is 403, and kept."""
    by = request.auth.staff
    return step(
        request,
        ref,
        lambda claim: reviewing.approve(claim, by=by, amount_minor=given.amount_minor),
    )


@router.post(
    "/claims/{ref}/rejection", response=ClaimShown, summary="Refuse it", **stepping(Can.HANDLE_CLAIMS)
)
def reject_claim(request: StaffCall, ref: Ref, given: ReasonGiven) -> HttpResponseBase:
    """The words are the reason as the customer reads it."""
    by = request.auth.staff
    return step(request, ref, lambda claim: reviewing.reject(claim, by=by, words=given.words))


@router.post(
    "/claims/{ref}/appeal",
    response=ClaimShown,
    summary="Appeal against a refusal",
    **stepping_or_own(Can.HANDLE_CLAIMS),
)
def appeal_claim(request: EitherCall, ref: Ref, given: ReasonGiven) -> HttpResponseBase:
    """The customer's to take, once, within the days that the policy gives."""
    by = request.auth.actor
    return step(request, ref, lambda claim: reviewing.appeal(claim, by=by, words=given.words))
