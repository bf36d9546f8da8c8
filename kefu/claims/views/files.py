"""Evidence as files: a lasting address that asks who is looking, and one for that viewer alone that expires."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from kefu.claims.models import Claim, Evidence
from kefu.claims.views.common import find, page
from kefu.conversations import files
from kefu.people.access import StaffRequest
from kefu.people.roles import Can


@page(Can.SEE_ORDERS, "GET", "HEAD")
def evidence(request: StaffRequest, claim: UUID, evidence: UUID) -> HttpResponse:
    piece = get_object_or_404(find(request, claim).evidence.select_related("file"), pk=evidence)
    ticket = files.ticket(piece.file, f"staff:{request.agent.pk}", thumb="thumb" in request.GET)
    response = HttpResponseRedirect(reverse("evidence-file", args=[ticket]))
    response["Cache-Control"] = f"private, max-age={files.TICKET_SECONDS // 2}"
    return response


@page(Can.SEE_ORDERS, "GET", "HEAD")
def by_ticket(request: StaffRequest, ticket: str) -> HttpResponse:
    """Looked up again: what one may no longer see opens no longer."""
    read = files.read_ticket(ticket, f"staff:{request.agent.pk}")
    if read is None:
        raise Http404
    seen = Claim.objects.visible_to(request.agent)
    piece = get_object_or_404(
        Evidence.objects.filter(claim__in=seen).select_related("file"), file=read.file_id
    )
    return files.answer(piece.file, thumb=read.thumb)
