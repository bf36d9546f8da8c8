"""What an agent sets for the console: sound and notifications."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kefu.conversations.views.common import is_fragment, page
from kefu.people.access import StaffRequest
from kefu.people.models import Staff
from kefu.people.roles import Can

SWITCHES = {"sound", "desktop"}


@page(Can.OWN_ACCOUNT, "POST")
def preferences(request: StaffRequest) -> HttpResponse:
    """``name`` of the switch and ``on`` if it is on; others stay."""
    name = request.POST.get("name", "")
    if name in SWITCHES:
        _switch(request.agent, name, on=request.POST.get("on") == "on")
    return HttpResponse(status=204) if is_fragment(request) else HttpResponseRedirect(reverse("console"))


@transaction.atomic
def _switch(agent: Staff, name: str, *, on: bool) -> None:
    locked = Staff.objects.select_for_update(no_key=True).get(pk=agent.pk)
    locked.preferences = {**locked.preferences, name: on}
    locked.save(update_fields=["preferences"])
