"""Carriers: who carries parcels, how one follows them, and who tells where they are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.orders import managing_carriers
from kefu.orders.carrier_forms import CarrierForm
from kefu.orders.models import Carrier, TrackedBy, TrackingService
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

HERE = "settings_carriers"


@require_safe
@staff_route(Can.MANAGE_ORDERS)
def carriers(request: StaffRequest) -> HttpResponse:
    """Those that are offered first, by name."""
    context = {
        "carriers": Carrier.objects.order_by("-is_active", "name"),
        "unheard": _kinds_without_a_service(request),
    }
    return settings_page(request, "orders/settings/carriers.html", context, here=HERE)


def _kinds_without_a_service(request: StaffRequest) -> set[str]:
    visible = TrackingService.objects.visible_to(request.agent).filter(is_active=True)
    heard = {str(kind) for kind in visible.values_list("kind", flat=True)}
    return {TrackedBy.WEBHOOK.value, TrackedBy.KUAIDI100.value} - heard


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_ORDERS)
def new_carrier(request: StaffRequest) -> HttpResponse:
    form = CarrierForm(request.POST or None)
    if form.is_valid():
        try:
            managing_carriers.add(by=request.agent, **form.cleaned_data)
        except managing_carriers.Taken as problem:
            form.add_error(problem.field, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_carriers")
    return settings_page(request, "orders/settings/carrier.html", {"form": form}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_ORDERS)
def carrier(request: StaffRequest, carrier: str) -> HttpResponse:
    one = get_object_or_404(Carrier, pk=carrier)
    form = CarrierForm(request.POST or None, carrier=one)
    if form.is_valid() and _changed(request, one, form):
        messages.success(request, _("Saved."))
        return redirect("settings_carriers")
    context: dict[str, Any] = {"form": form, "carrier": get_object_or_404(Carrier, pk=carrier)}
    return settings_page(request, "orders/settings/carrier.html", context, here=HERE)


def _changed(request: StaffRequest, one: Carrier, form: CarrierForm) -> bool:
    try:
        managing_carriers.change(one, by=request.agent, **form.cleaned_data)
    except managing_carriers.Taken as problem:
        form.add_error(problem.field, str(problem))
    except Refused as problem:
        form.add_error("code", str(problem))
    return form.is_valid()


@require_POST
@staff_route(Can.MANAGE_ORDERS)
def removal(request: StaffRequest, carrier: str) -> HttpResponse:
    one = get_object_or_404(Carrier, pk=carrier)
    try:
        managing_carriers.remove(one, by=request.agent)
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("settings_carrier", one.pk)
    messages.success(request, _("Taken off the list."))
    return redirect("settings_carriers")
