"""The search page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from kefu.conversations.search import search
from kefu.conversations.views.common import is_fragment, page
from kefu.conversations.views.desk import console_page
from kefu.people.access import StaffRequest
from kefu.people.roles import Can


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def found(request: StaffRequest) -> HttpResponse:
    """With HX-Request only what was found."""
    result = search(request.GET.get("q", ""), request.agent)
    if is_fragment(request):
        return render(request, "conversations/found.html", {"found": result})
    return render(request, "conversations/search.html", console_page(request) | {"found": result})
