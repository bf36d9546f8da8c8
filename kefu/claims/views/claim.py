"""One claim: its page, and every step that is taken there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.claims import evidencing, goods
from kefu.claims.acts import Act
from kefu.claims.forms import EvidenceForm, FindingForm
from kefu.claims.models import Claim
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.views.common import desk_page, find, held, page
from kefu.claims.views.shown import OpenAct, order_of, show
from kefu.claims.wording import status_word
from kefu.conversations.files import NotKept
from kefu.people.access import StaffRequest
from kefu.people.models import Refused
from kefu.people.roles import Can
from kefu.web.addresses import safe_next

MOST_FILES = 10


@page(Can.SEE_ORDERS, "GET", "HEAD")
def claim(request: StaffRequest, claim: UUID) -> HttpResponse:
    return claim_page(request, find(request, claim))


def claim_page(
    request: StaffRequest, claim: Claim, *, refusal: str = "", status: int = 200, **refused: Any
) -> HttpResponse:
    """The page as the claim is now; ``refused`` are forms that were not taken, as they were filled in."""
    shown = show(claim, request.agent, **refused)
    may_add = bool(shown.seen_as & evidencing.GIVERS)
    context = {
        "shown": shown,
        "claim": claim,
        "refusal": refusal,
        "evidence_form": EvidenceForm(claim=claim, noun="evidence")
        if may_add and not claim.closed_at
        else None,
    }
    return desk_page(request, "claims/claim.html", context, status=status)


@page(Can.SEE_ORDERS, "GET", "HEAD")
def order(request: StaffRequest, claim: UUID) -> HttpResponse:
    """What the fold of the order holds, fetched when it is opened first."""
    shown = order_of(find(request, claim))
    if shown is None:
        raise Http404
    return render(request, "orders/order.html", {"shown": shown})


def taking(act: Act) -> Callable[..., HttpResponseBase]:
    """The door of one act: what it asks is looked at, the verb is called, and the page says how it went."""

    @page(act.capability, "POST")
    def take(request: StaffRequest, claim: UUID) -> HttpResponse:
        found = find(request, claim)
        form = act.asks(request.POST, claim=found, noun=act.noun)
        tried = OpenAct(act, form, is_tried=True)
        if not form.is_valid():
            return claim_page(request, found, status=422, tried=tried)
        try:
            with held(found, request):
                act.take(found, request.agent, form.given())
        except Refused as refusal:
            return claim_page(request, find(request, claim), refusal=str(refusal), status=409, tried=tried)
        return _on(request, found)

    return take


@page(Can.SEE_ORDERS, "POST")
def finding(request: StaffRequest, claim: UUID, line: UUID) -> HttpResponse:
    """What was found of one line, with photos."""
    found = find(request, claim)
    form = FindingForm(
        request.POST, claim=found, line=get_object_or_404(found.lines, pk=line), noun=f"finding-{line}"
    )
    if not form.is_valid():
        return claim_page(request, found, status=422, found=form)
    try:
        with held(found, request):
            goods.find(found, line, form.finding(), by=request.agent)
        _hand_in(request, found, EvidenceKind.INSPECTION, str(line))
    except (Refused, NotKept) as refusal:
        return claim_page(request, find(request, claim), refusal=str(refusal), status=409, found=form)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(_back(request, found))


@page(Can.SEE_ORDERS, "POST")
def evidence_added(request: StaffRequest, claim: UUID) -> HttpResponse:
    """``kind``, ``line`` if it is about one, and up to ten files."""
    found = find(request, claim)
    form = EvidenceForm(request.POST, claim=found, noun="evidence")
    try:
        if not form.is_valid() or not request.FILES.getlist("file"):
            raise Refused(_("Choose the files and say what they show."))
        _hand_in(request, found, form.cleaned_data["kind"], form.cleaned_data["line"])
    except (Refused, NotKept) as refusal:
        return claim_page(request, find(request, claim), refusal=str(refusal), status=409)
    messages.success(request, _("Added."))
    return HttpResponseRedirect(_back(request, found))


def _hand_in(request: StaffRequest, claim: Claim, kind: str, line_id: str) -> None:
    for file in request.FILES.getlist("file")[:MOST_FILES]:
        evidencing.upload(claim, file, kind, by=request.agent, line_id=UUID(line_id) if line_id else None)


def _on(request: StaffRequest, claim: Claim) -> HttpResponse:
    claim.refresh_from_db()
    stands = _("%(number)s: %(status)s") % {"number": claim, "status": status_word(claim.status)}
    messages.success(request, stands)
    return HttpResponseRedirect(_back(request, claim))


def _back(request: StaffRequest, claim: Claim) -> str:
    """To the page that the form stood on."""
    here = reverse("claim", args=[claim.pk])
    return safe_next(request, here) if "next" in request.POST else here
