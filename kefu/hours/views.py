"""Service hours in the desk's settings."""

from __future__ import annotations

from datetime import date, timedelta
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
from kefu.hours.models import Schedule, SpecialDay, office_week
from kefu.hours.moments import ONE_DAY
from kefu.hours.unusual import make_up_days_unknown, unusual_days
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Brand, Refused, Staff
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

HERE = "settings_hours"
AHEAD = timedelta(days=120)


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def schedules(request: StaffRequest) -> HttpResponse:
    brands = brands_of(request.agent)
    found = Schedule.objects.filter(brand__in=brands).prefetch_related("brand__special_days")
    days = SpecialDay.objects.filter(brand__in=brands, day__gte=timezone.localdate() - ONE_DAY)
    context = {
        "rows": [{"schedule": one, **_now(one)} for one in found.order_by("brand__name", "name")],
        "days": days.select_related("brand").order_by("day", "brand__name"),
        "several": brands.count() > 1,
    }
    return settings_page(request, "hours/schedules.html", context, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_INBOXES)
def new_schedule(request: StaffRequest) -> HttpResponse:
    brands = brands_of(request.agent)
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
    initial = {name: getattr(one, name) for name in ("name", "time_zone", "country", "subdivision")}
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
    if form.is_valid():
        table = {name: form.cleaned_data[name] for name in ("time_zone", "week", "country", "subdivision")}
        context = _now(Schedule(brand=_brand_on_the_screen(request), **table))
    else:
        context = {"problems": [problem for found in form.errors.values() for problem in found]}
    context["moved"] = request.POST.get("offered") != request.POST.get("country")
    return render(request, "hours/preview.html", {**context, "form": form})


def _brand_on_the_screen(request: StaffRequest) -> Brand | None:
    """Whose special days count: that of the hours which are changed, or the one chosen for new ones."""
    brands = brands_of(request.agent)
    try:
        if "of" in request.GET:
            return brands.filter(schedules=UUID(request.GET["of"])).first()
        return brands.filter(pk=UUID(request.POST.get("brand", ""))).first()
    except ValueError:  # no id
        return None


def _now(schedule: Schedule) -> dict[str, Any]:
    """Clock times of the schedule's own zone, which is the one that the table is written in."""
    now = timezone.now()
    today = schedule.calendar.date_of(now)
    return {
        "unusual": unusual_days(schedule, today, today + AHEAD),
        "unknown_year": _unknown_year(schedule.country, today),
        "open": clock.is_open(schedule, now),
        "closes": clock.on_the_wall(clock.next_closing(schedule, now), schedule),
        "opens": clock.on_the_wall(clock.next_opening(schedule, now), schedule),
        "here": clock.on_the_wall(now, schedule),
    }


def _unknown_year(country: str, today: date) -> int | None:
    years = sorted({today.year, (today + AHEAD).year})
    return next((year for year in years if make_up_days_unknown(country, year)), None)


def _schedule(request: StaffRequest, schedule: UUID) -> Schedule:
    return get_object_or_404(Schedule, pk=schedule, brand__in=brands_of(request.agent))


def brands_of(agent: Staff) -> QuerySet[Brand]:
    brands = Brand.objects.order_by("name")
    return brands if agent.sees_every_brand else brands.filter(teams__staff=agent).distinct()
