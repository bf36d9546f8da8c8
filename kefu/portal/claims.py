"""Claims from the customer's side: apply with a preview first, follow, answer, send in, print the slip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.claims import (
    evidencing,
    exchanging,
    filing,
    goods,
    parcels,
    repairing,
    reviewing,
    slips,
    steps,
    talking,
    telling,
)
from kefu.claims.asked import Preview
from kefu.claims.machines import Kind, Status
from kefu.claims.models import Claim, Evidence
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.preview import preview
from kefu.conversations import files
from kefu.conversations.posting import CannotPost
from kefu.database import limits
from kefu.orders.models import Order
from kefu.people.access import public_route
from kefu.people.models import Customer, Refused
from kefu.portal.acting import claim_for, methods_for, order_for
from kefu.portal.applying import Application, as_filled
from kefu.portal.branding import branding
from kefu.portal.findings import findings
from kefu.portal.judgements import told
from kefu.web.money import price

FILES_IN_TEN_MINUTES = 60
Verb = Callable[[Claim, Customer, HttpRequest], Any]
HANDED_IN_BY_CUSTOMERS = (
    EvidenceKind.PHOTO,
    EvidenceKind.VIDEO,
    EvidenceKind.INVOICE,
    EvidenceKind.RECEIPT,
    EvidenceKind.DOCUMENT,
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_route
def apply_for(request: HttpRequest, order_id: UUID, kind: str) -> HttpResponse:
    order, customer = order_for(request, order_id)
    form = _form(request, order, customer, kind)
    if request.method == "POST" and form.is_valid():
        try:
            return _back(filing.draft(form.asked(), by=customer, texts=form.words()))
        except Refused as problem:
            form.add_error(None, str(problem))
    return _application(request, order, form, reverse("my_apply", args=[order.pk, kind]))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_route
def change(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """A draft, before it is handed in."""
    claim, customer = claim_for(request, claim_id)
    if claim.status != Status.DRAFT or claim.order is None:
        return _back(claim)
    filled = as_filled(claim, list(claim.order.lines.all()))
    form = _form(request, claim.order, customer, claim.kind, initial=filled)
    if request.method == "POST" and form.is_valid():
        try:
            return _back(filing.redraft(claim, form.asked(), by=customer, texts=form.words()))
        except Refused as problem:
            form.add_error(None, str(problem))
    return _application(request, claim.order, form, reverse("my_claim_change", args=[claim.pk]))


@never_cache
@require_safe
@public_route
def claim(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    found, customer = claim_for(request, claim_id)
    return _page(request, found, customer)


def _page(
    request: HttpRequest, claim: Claim, customer: Customer, status: int = 200, problem: str = ""
) -> HttpResponse:
    context = {
        **branding(claim.brand),
        "claim": claim,
        "lines": claim.lines.select_related("order_line", "registered__product", "new_variant"),
        "problem": problem,
        "pill": telling.pill(claim.status),
        "stages": telling.stages(claim),
        "stage": telling.stage(claim),
        "next": telling.next_words(claim),
        "entries": telling.entries(claim),
        "may": steps.open_to(customer, claim),
        "evidence": _handed_in(claim),
        "kinds": [(str(kind), kind.label) for kind in HANDED_IN_BY_CUSTOMERS],
        "refunds": claim.refunds.order_by("created_at"),
        "owed": _owed(claim),
        "parcels": parcels.named().filter(claim=claim),
        "centre": slips.centre_of(claim.brand),
        "repair": getattr(claim, "repair", None),
        "findings": findings(claim),
        "accepting": _accepting(claim),
        "withdrawing": _withdrawing(claim),
        "said": talking.said(claim),
        "can_talk": claim.status != Status.DRAFT and talking.can_talk(claim),
        "client_id": uuid4(),
        **_judged(claim),
    }
    return render(request, "portal/claim.html", context, status=status)


def _handed_in(claim: Claim) -> QuerySet[Evidence]:
    """By its customer. What colleagues added, photos of the inspection among it, is the desk's own."""
    return claim.evidence.filter(file__uploader_kind=Customer.actor_kind).select_related("file")


def _owed(claim: Claim) -> list[dict[str, Any]]:
    """What the customer pays on top: a difference in price, a repair that they accepted the quote for, a replacement
    that they kept without sending anything back.
    """
    found = claim.adjustments.by_customers().order_by("created_at")
    return [{"sum": one, "state": one.state, "amount": -one.amount_minor} for one in found]


def _accepting(claim: Claim) -> str:
    """What to accept the deduction means, in money; empty where there is none to accept."""
    found = goods.after_deduction(claim)
    if found is None:
        return ""
    taken, back = (price(amount, claim.currency) for amount in found)
    if claim.kind != Kind.RETURN:
        return _("Accept the deduction of %(taken)s") % {"taken": taken}
    return _("Accept the deduction of %(taken)s; %(back)s is refunded") % {"taken": taken, "back": back}


def _withdrawing(claim: Claim) -> str:
    """What it means to withdraw."""
    if claim.kind == Kind.EXCHANGE and exchanging.has_gone_ahead(claim):
        return _("The claim ends, and the replacement that we have sent is then to be paid.")
    return _("The claim ends. You can start another one.")


def _judged(claim: Claim) -> dict[str, Any]:
    """For a draft as the policy of this moment says; later as it was judged."""
    if claim.status != Status.DRAFT:
        return {"verdicts": told(claim.verdicts.all())}
    seen = preview(filing.asked_in(claim), at=timezone.now(), except_claim=claim)
    return {"seen": seen, "verdicts": told(seen.verdicts), "missing": _missing(claim, seen)}


def _missing(claim: Claim, seen: Preview) -> list[str]:
    there = set(claim.evidence.values_list("kind", flat=True))
    wanted = dict.fromkeys(kind for line in seen.evidence for kind in line)
    return [str(EvidenceKind(kind).label) for kind in wanted if kind not in there]


# -- what a customer does with it


@require_POST
@public_route
def hand_in(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    return _do(request, claim_id, lambda claim, customer, _request: filing.submit(claim, by=customer))


@require_POST
@public_route
def withdraw(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    return _do(request, claim_id, lambda claim, customer, _request: reviewing.withdraw(claim, by=customer))


@require_POST
@public_route
def answer(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    return _do(
        request,
        claim_id,
        lambda claim, customer, said: reviewing.provide(claim, by=customer, words=_words(said)),
    )


@require_POST
@public_route
def appeal(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    return _do(
        request,
        claim_id,
        lambda claim, customer, said: reviewing.appeal(claim, by=customer, words=_words(said)),
    )


@require_POST
@public_route
def say(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    return _do(request, claim_id, _say)


def _say(claim: Claim, customer: Customer, said: HttpRequest) -> None:
    try:
        client_id = UUID(said.POST.get("client_id", ""))
    except ValueError as problem:
        raise Refused(_("This page is out of date. Reload it before you write.")) from problem
    if claim.status == Status.DRAFT:
        raise Refused(_("Submit the claim first; then we can talk about it."))
    try:
        talking.say(claim, said.POST.get("words", ""), by=customer, client_id=client_id)
    except CannotPost as problem:
        raise Refused(str(problem)) from problem


@require_POST
@public_route
def ship(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    return _do(request, claim_id, _ship)


def _ship(claim: Claim, customer: Customer, said: HttpRequest) -> None:
    carrier, number = said.POST.get("carrier", "").strip()[:40], said.POST.get("tracking_no", "").strip()[:80]
    if not carrier or not number:
        raise Refused(_("Please enter the carrier and the tracking number. Both are on your receipt."))
    goods.mark_shipped(claim, by=customer, carrier=carrier, tracking_no=number)


@require_POST
@public_route
def decide(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    return _do(request, claim_id, _decide)


def _decide(claim: Claim, customer: Customer, said: HttpRequest) -> None:
    chosen = said.POST.get("decision", "")
    if chosen == "send_back":
        goods.send_back(claim, by=customer)
    elif chosen == "accept_deduction":
        goods.accept_deduction(claim, by=customer)
    elif chosen == "dispute":
        goods.dispute(claim, by=customer, words=_words(said))
    else:
        raise Refused(_("Choose how to continue."))


@require_POST
@public_route
def quote(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    return _do(request, claim_id, _quote)


def _quote(claim: Claim, customer: Customer, said: HttpRequest) -> None:
    if said.POST.get("decision") == "accept":
        repairing.accept_quote(claim, by=customer)
    else:
        repairing.decline_quote(claim, by=customer)


@require_POST
@public_route
def arrive(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """What we sent is with the customer."""
    return _do(request, claim_id, _arrive)


def _arrive(claim: Claim, customer: Customer, said: HttpRequest) -> None:
    if claim.kind == Kind.WARRANTY:
        repairing.complete(claim, by=customer)
    else:
        exchanging.complete(claim, by=customer)


@require_POST
@public_route
def add_evidence(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    return _do(request, claim_id, _add_evidence)


def _add_evidence(claim: Claim, customer: Customer, said: HttpRequest) -> None:
    uploads = said.FILES.getlist("files")
    if not uploads:
        raise Refused(_("Choose a file first."))
    for upload in uploads:
        if not limits.hit(f"evidence of {customer.pk}", limit=FILES_IN_TEN_MINUTES, per=600):
            raise Refused(_("That was a lot of files at once. Please add the rest in ten minutes."))
        try:
            evidencing.upload(claim, upload, said.POST.get("kind", ""), by=customer)
        except files.NotKept as problem:
            raise Refused(str(problem)) from problem


def _do(request: HttpRequest, claim_id: UUID, verb: Verb) -> HttpResponse:
    claim, customer = claim_for(request, claim_id)
    try:
        verb(claim, customer, request)
    except Refused as problem:
        return _refused(request, claim_id, str(problem))
    return _back(claim)


def _refused(request: HttpRequest, claim_id: UUID, sentence: str) -> HttpResponse:
    claim, customer = claim_for(request, claim_id)
    return _page(request, claim, customer, status=422, problem=sentence)


def _words(request: HttpRequest) -> str:
    return request.POST.get("words", "").strip()[:2_000]


# -- what can be looked at and printed


@never_cache
@require_safe
@public_route
def slip(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    claim, _customer = claim_for(request, claim_id)
    if not slips.has_slip(claim):
        raise Http404
    context = {
        **branding(claim.brand),
        "claim": claim,
        "lines": claim.lines.select_related("order_line", "registered__product"),
        "centre": slips.centre_of(claim.brand),
        "code": slips.code_of(claim),
    }
    return render(request, "portal/slip.html", context)


@never_cache
@require_safe
@public_route
def evidence_file(request: HttpRequest, claim_id: UUID, evidence_id: UUID) -> HttpResponse:
    claim, _customer = claim_for(request, claim_id)
    piece = get_object_or_404(_handed_in(claim), pk=evidence_id)
    return files.answer(piece.file, thumb="thumb" in request.GET)


# -- shared


def _form(request: HttpRequest, order: Order, customer: Customer, kind: str, **more: Any) -> Application:
    if kind not in Kind.values:
        raise Http404
    data = request.POST if request.method == "POST" else None
    return Application(Kind(kind), order, customer, methods_for(request), data, **more)


def _application(request: HttpRequest, order: Order, form: Application, here: str) -> HttpResponse:
    context = {**branding(order.brand), "order": order, "form": form, "kind": form.kind, "here": here}
    return render(request, "portal/apply.html", context, status=422 if form.is_bound else 200)


def _back(claim: Claim) -> HttpResponse:
    return HttpResponseRedirect(reverse("my_claim", args=[claim.pk]))
