"""Tracking services: who tells where parcels are."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.orders import managing
from kefu.orders.forms import ServiceForm
from kefu.orders.models import TrackingKind, TrackingService
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page
from kefu.web.addresses import absolute

HERE = "settings_tracking"


@require_safe
@staff_route(Can.MANAGE_ORDERS)
def services(request: StaffRequest) -> HttpResponse:
    found = (
        TrackingService.objects.visible_to(request.agent)
        .select_related("brand")
        .order_by("brand__name", "name")
    )
    context = {"services": found, "kinds": TrackingKind}
    return settings_page(request, "orders/settings/services.html", context, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_ORDERS)
def new_service(request: StaffRequest) -> HttpResponse:
    kind = request.GET.get("kind", TrackingKind.WEBHOOK)
    if kind not in TrackingKind.values:
        raise Http404
    form = ServiceForm(request.POST or None, kind=kind, agent=request.agent, new=True)
    if form.is_valid():
        try:
            brand = form.cleaned_data["brand"]
            service = managing.open_service(brand, kind=kind, by=request.agent, **form.given())
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_service", service.pk)
    context = {"form": form, "kind": TrackingKind(kind)}
    return settings_page(request, "orders/settings/new_service.html", context, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_ORDERS)
def service(request: StaffRequest, service: UUID) -> HttpResponse:
    one = _find(request, service)
    form = ServiceForm(
        request.POST or None, kind=one.kind, agent=request.agent, new=False, initial={"name": one.name}
    )
    if form.is_valid():
        try:
            managing.change_service(one, by=request.agent, **form.given())
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_service", one.pk)
    return _show(request, one, form)


@require_POST
@staff_route(Can.MANAGE_ORDERS)
def secret(request: StaffRequest, service: UUID) -> HttpResponse:
    """The only answer that ever holds it."""
    one = _find(request, service)
    if one.kind != TrackingKind.WEBHOOK:
        raise Http404
    fresh = managing.renew_secret(one, by=request.agent)
    form = ServiceForm(kind=one.kind, agent=request.agent, new=False, initial={"name": one.name})
    return _show(request, one, form, fresh=fresh)


@require_POST
@staff_route(Can.MANAGE_ORDERS)
def switch(request: StaffRequest, service: UUID) -> HttpResponse:
    """On or off."""
    one = _find(request, service)
    managing.switch(one, on=request.POST.get("on") == "yes", by=request.agent)
    return redirect("settings_service", one.pk)


def _show(request: StaffRequest, one: TrackingService, form: ServiceForm, *, fresh: str = "") -> HttpResponse:
    ends = {TrackingKind.WEBHOOK: "events", TrackingKind.KUAIDI100: "kuaidi100"}
    context = {
        "form": form,
        "service": one,
        "fresh": fresh,
        "has_secret": bool(one.secrets.get("secret")),
        "hook": absolute(f"/api/v1/tracking/{one.pk}/{ends[TrackingKind(one.kind)]}"),
    }
    return settings_page(request, "orders/settings/service.html", context, here=HERE)


def _find(request: StaffRequest, service: UUID) -> TrackingService:
    visible = TrackingService.objects.visible_to(request.agent).select_related("brand")
    return get_object_or_404(visible, pk=service)
