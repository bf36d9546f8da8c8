"""The special days of brands in the desk's settings."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kefu.hours.models import SpecialDay
from kefu.hours.special_forms import SpecialDayForm, as_text
from kefu.hours.views import HERE, brands_of
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def new_special_day(request: StaffRequest) -> HttpResponse:
    brands = brands_of(request.agent)
    initial = {"brand": brands.first(), "kind": SpecialDay.Kind.CLOSED}
    form = SpecialDayForm(request.POST or None, brands=brands, initial=initial)
    if form.is_valid():
        try:
            SpecialDay.enter(**form.cleaned_data, by=request.agent)
            return redirect(HERE)
        except Refused as problem:
            form.add_error("day", str(problem))
    return settings_page(request, "hours/special_day.html", {"form": form}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def special_day(request: StaffRequest, special_day: UUID) -> HttpResponse:
    one = _special_day(request, special_day)
    initial = {"day": one.day, "name": one.name, "kind": one.kind, "times": as_text(one.times)}
    form = SpecialDayForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            one.change(**form.cleaned_data, by=request.agent)
            messages.success(request, _("Saved."))
            return redirect(HERE)
        except Refused as problem:
            form.add_error("day", str(problem))
    return settings_page(request, "hours/special_day.html", {"special_day": one, "form": form}, here=HERE)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def special_day_removal(request: StaffRequest, special_day: UUID) -> HttpResponse:
    _special_day(request, special_day).remove(by=request.agent)
    messages.success(request, _("The special day is gone."))
    return redirect(HERE)


def _special_day(request: StaffRequest, special_day: UUID) -> SpecialDay:
    return get_object_or_404(SpecialDay, pk=special_day, brand__in=brands_of(request.agent))
