"""What an agent sets for the console: sound and notifications."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kefu.conversations.views.common import is_fragment, page
from kefu.people.access import StaffRequest
from kefu.people.roles import Can

SWITCHES = {"sound", "desktop"}


@page(Can.OWN_ACCOUNT, "POST")
def preferences(request: StaffRequest) -> HttpResponse:
    """``name`` of the switch and ``on`` if it is on; others stay."""
    name = request.POST.get("name", "")
    if name in SWITCHES:
        request.agent.prefer({name: request.POST.get("on") == "on"})
    return HttpResponse(status=204) if is_fragment(request) else HttpResponseRedirect(reverse("console"))
