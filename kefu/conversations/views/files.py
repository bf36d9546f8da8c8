"""Sending files up and getting them back."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.conversations import files
from kefu.conversations.models import Conversation, File
from kefu.conversations.views.common import find, page
from kefu.database import limits
from kefu.people.access import StaffRequest
from kefu.people.models import Staff
from kefu.people.roles import Can
from kefu.web.errors import problem


@page(Can.ANSWER, "POST")
def upload(request: StaffRequest) -> HttpResponse:
    """One file for one conversation; answers its id, or a problem with a sentence."""
    conversation = find(request, _uuid(request.POST.get("conversation", "")))
    given = request.FILES.get("file")
    if given is None:
        return problem(422, "No file", detail=_("No file arrived. Please choose it again."))
    if not limits.hit(f"upload:{request.agent.pk}", limit=60, per=60):
        return problem(
            429, "Too many files", detail=_("Too many files at once. Wait a minute and try again.")
        )
    try:
        kept = files.keep(given, by=request.agent, conversation=conversation)
    except files.NotKept as why:
        return problem(422, "Not kept", detail=str(why))
    return JsonResponse(
        {"id": str(kept.pk), "name": kept.name, "type": kept.type, "size": kept.size}, status=201
    )


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def file(request: StaffRequest, file_id: UUID) -> HttpResponse:
    """The lasting address: on to one for this viewer alone."""
    found = _visible(request.agent, file_id)
    ticket = files.ticket(found, f"staff:{request.agent.pk}", thumb="thumb" in request.GET)
    response = HttpResponseRedirect(reverse("file", args=[ticket]))
    response["Cache-Control"] = f"private, max-age={files.TICKET_SECONDS // 2}"
    return response


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def by_ticket(request: StaffRequest, ticket: str) -> HttpResponseBase:
    read = files.read_ticket(ticket, f"staff:{request.agent.pk}")
    if read is None:
        raise Http404
    return files.answer(_visible(request.agent, read.file_id), thumb=read.thumb)


def _visible(agent: Staff, file_id: UUID) -> File:
    seen = Conversation.objects.visible_to(agent)
    return get_object_or_404(File.objects.filter(conversation__in=seen), pk=file_id)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
