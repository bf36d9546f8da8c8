"""Service hours in the desk's settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.hours import clock
from kefu.hours.forms import ScheduleForm
from kefu.hours.models import Schedule, office_week
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Brand, Refused, Staff
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

HERE = "settings_hours"


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def schedules(request: StaffRequest) -> HttpResponse:
    found = Schedule.objects.filter(brand__in=_brands(request.agent)).select_related("brand")
    rows = [{"schedule": one, **_now(one)} for one in found.order_by("brand__name", "name")]
    return settings_page(request, "hours/schedules.html", {"rows": rows}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def new_schedule(request: StaffRequest) -> HttpResponse:
    brands = _brands(request.agent)
    draft = Schedule(week=office_week())
    initial = {"time_zone": request.agent.time_zone, "brand": brands.first()}
    form = ScheduleForm(request.POST or None, brands=brands, schedule=draft, initial=initial)
    if form.is_valid():
        try:
            Schedule.draw_up(**form.cleaned_data, by=request.agent)
            return redirect(HERE)
        except Refused as problem:
            form.add_error("name", str(problem))
    return settings_page(request, "hours/schedule.html", {"form": form}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def schedule(request: StaffRequest, schedule: UUID) -> HttpResponse:
    one = _schedule(request, schedule)
    initial = {"name": one.name, "time_zone": one.time_zone}
    form = ScheduleForm(request.POST or None, schedule=one, initial=initial)
    if form.is_valid():
        try:
            one.change(**form.cleaned_data, by=request.agent)
            messages.success(request, _("Saved."))
            return redirect("settings_schedule", one.pk)
        except Refused as problem:
            form.add_error("name", str(problem))
    context = {"schedule": one, "form": form, **_now(one)}
    return settings_page(request, "hours/schedule.html", context, here=HERE)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def schedule_removal(request: StaffRequest, schedule: UUID) -> HttpResponse:
    one = _schedule(request, schedule)
    try:
        one.remove(by=request.agent)
        messages.success(request, _("The service hours are gone."))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(HERE)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def preview(request: StaffRequest) -> HttpResponse:
    """What the table on the screen would mean now; stores nothing."""
    form = ScheduleForm({**request.POST.dict(), "name": "preview"})
    if not form.is_valid():
        problems = [problem for found in form.errors.values() for problem in found]
        return render(request, "hours/now.html", {"problems": problems})
    drawn = Schedule(time_zone=form.cleaned_data["time_zone"], week=form.cleaned_data["week"])
    return render(request, "hours/now.html", _now(drawn))


def _now(schedule: Schedule) -> dict[str, Any]:
    """Clock times of the schedule's own zone, which is the one that the table is written in."""
    now = timezone.now()
    return {
        "open": clock.is_open(schedule, now),
        "closes": clock.on_the_wall(clock.next_closing(schedule, now), schedule),
        "opens": clock.on_the_wall(clock.next_opening(schedule, now), schedule),
        "here": clock.on_the_wall(now, schedule),
    }


def _schedule(request: StaffRequest, schedule: UUID) -> Schedule:
    return get_object_or_404(Schedule, pk=schedule, brand__in=_brands(request.agent))


def _brands(agent: Staff) -> QuerySet[Brand]:
    brands = Brand.objects.order_by("name")
    return brands if agent.sees_every_brand else brands.filter(teams__staff=agent).distinct()
