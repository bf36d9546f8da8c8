"""The assistant and its model among the desk's settings."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kefu.answers import budget, settling
from kefu.answers.forms import AssistantForm, EndpointForm
from kefu.answers.models import Endpoint, Phrasing
from kefu.events import log
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

ASSISTANTS, ENDPOINT = "settings_assistants", "settings_endpoint"
MOST_CALLS = 50


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def assistants(request: StaffRequest) -> HttpResponse:
    """Where it is on, and what another threshold would have meant."""
    curve = settling.curve(request.agent)
    context = {
        "inboxes": settling.inboxes_of(request.agent),
        "curve": curve,
        "points": [(f"{row['threshold']:.1f}", row["answered"]) for row in curve],
    }
    return settings_page(request, "answers/assistants.html", context, here=ASSISTANTS)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def assistant(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = next((each for each in settling.inboxes_of(request.agent) if each.pk == inbox), None)
    if one is None:
        raise Http404
    form = AssistantForm(settling.assistant_of(one), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            settling.decide(one, form.given(), by=request.agent)
            messages.success(request, _("Saved."))
            return redirect(ASSISTANTS)
        except Refused as problem:
            form.add_error(None, str(problem))
    context = {"form": form, "inbox": one}
    return settings_page(
        request, "answers/assistant.html", context, here=ASSISTANTS, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_DESK)
def endpoint(request: StaffRequest) -> HttpResponse:
    one = settling.endpoint()
    form = EndpointForm(one, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            settling.point_to(form.given(), key=form.cleaned_data["key"], by=request.agent)
            messages.success(request, _("Saved."))
            return redirect(ENDPOINT)
        except Refused as problem:
            form.add_error(None, str(problem))
    return _endpoint_page(request, form, one, status=422 if form.errors else 200)


def _endpoint_page(request: StaffRequest, form: EndpointForm, one: Endpoint, *, status: int) -> HttpResponse:
    context = {
        "form": form,
        "endpoint": one,
        "spent": budget.today(),
        "calls": Phrasing.objects.select_related("conversation").order_by("-at", "-id")[:MOST_CALLS],
    }
    return settings_page(request, "answers/endpoint.html", context, here=ENDPOINT, status=status)


@require_safe
@staff_route(Can.MANAGE_DESK)
def phrasing(request: StaffRequest, phrasing: UUID) -> HttpResponse:
    """Everything that was sent and everything that came back. Looking is recorded."""
    found = Phrasing.objects.select_related("conversation__customer").filter(pk=phrasing).first()
    if found is None:
        raise Http404
    log.audit("phrasing.read", found, by=request.agent)
    return settings_page(request, "answers/phrasing.html", {"call": found}, here=ENDPOINT)
