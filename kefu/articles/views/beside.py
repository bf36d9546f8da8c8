"""Articles that fit a conversation, for the pane beside it and for the list under ``#`` in the composer."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from kefu.articles.beside import offered
from kefu.articles.search import LONGEST_QUERY
from kefu.conversations.views.common import find, page
from kefu.database import limits
from kefu.people.access import StaffRequest
from kefu.people.roles import Can
from kefu.web import errors

A_MINUTE = 120


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def articles_beside(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    conversation = find(request, conversation_id)
    if not limits.hit(f"articles beside {request.agent.pk}", limit=A_MINUTE, per=60):
        return errors.too_many(request, seconds=30)
    query = request.GET.get("q", "").replace("\0", "")[:LONGEST_QUERY]
    context = {"offers": offered(conversation, query), "query": query, "conversation": conversation}
    return render(request, "articles/beside_found.html", context)
