"""Imports: uploading a file, how far it is, what could not be taken."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.lib import csv
from kefu.orders import importing
from kefu.orders.files import MOST_BYTES
from kefu.orders.forms import UploadForm
from kefu.orders.models import ImportRun, SourceKind
from kefu.orders.settings_views.sources import HERE, find, tab
from kefu.orders.tasks import pull_soon
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

PAGE = 30
SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_ORDERS)
def source(request: StaffRequest, source: UUID) -> HttpResponse:
    """The latest imports; posting a file checks it."""
    one = find(request, source)
    by_file = one.kind in (SourceKind.FILE, SourceKind.REST)
    form = UploadForm(request.POST or None, request.FILES or None, source=one) if by_file else None
    if form is not None and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            content = upload.read() if upload.size <= MOST_BYTES else bytes(MOST_BYTES + 1)
            what = form.cleaned_data["what"]
            run = importing.begin(
                one, what=what, content=content, file_name=upload.name or "", dry=True, by=request.agent
            )
        except Refused as problem:
            form.add_error("file", str(problem))
        else:
            return redirect("settings_run", run.pk)
    context = {
        "form": form,
        "runs": one.runs.select_related("started_by").order_by("-created_at")[:PAGE],
        "pulls": one.kind != SourceKind.FILE and bool(one.address),
    }
    return tab(request, "orders/settings/source.html", one, "settings_source", context)


@require_POST
@staff_route(Can.MANAGE_ORDERS)
def pull(request: StaffRequest, source: UUID) -> HttpResponse:
    one = find(request, source)
    if one.is_active and one.address and one.kind != SourceKind.FILE:
        pull_soon(one)
        messages.success(request, _("Asking the shop now. What it sends appears below in a moment."))
    else:
        messages.info(request, _("This source is off or has no address."))
    return redirect("settings_source", one.pk)


@require_safe
@staff_route(Can.MANAGE_ORDERS)
def run(request: StaffRequest, run: UUID) -> HttpResponse:
    """How far it is; the part that changes draws itself anew while it goes."""
    one = _find(request, run)
    bad = one.bad_rows.order_by("line", "id")[:SHOWN]
    context = {"run": one, "source": one.source, "bad_rows": bad, "shown": SHOWN, "percent": _percent(one)}
    if request.headers.get("HX-Request"):
        return render(request, "orders/settings/progress.html", context)
    return settings_page(request, "orders/settings/run.html", context, here=HERE)


@require_POST
@staff_route(Can.MANAGE_ORDERS)
def take_for_good(request: StaffRequest, run: UUID) -> HttpResponse:
    return _act(request, run, importing.take_for_good)


@require_POST
@staff_route(Can.MANAGE_ORDERS)
def resumption(request: StaffRequest, run: UUID) -> HttpResponse:
    return _act(request, run, _go_on)


@require_safe
@staff_route(Can.MANAGE_ORDERS)
def bad_rows(request: StaffRequest, run: UUID) -> StreamingHttpResponse:
    """For the spreadsheet in which they are put right."""
    one = _find(request, run)
    response = StreamingHttpResponse(
        csv.lines(importing.bad_rows(one)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="bad-rows-{one.created_at:%Y-%m-%d}.csv"'
    return response


def _go_on(run: ImportRun, *, by: object) -> ImportRun:
    importing.go_on_later(run, by=by)  # type: ignore[arg-type]
    return run


def _act(request: StaffRequest, run: UUID, verb: object) -> HttpResponse:
    one = _find(request, run)
    try:
        return redirect("settings_run", verb(one, by=request.agent).pk)  # type: ignore[operator]
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("settings_run", one.pk)


def _find(request: StaffRequest, run: UUID) -> ImportRun:
    visible = ImportRun.objects.filter(source__brand__in=brands_of(request.agent))
    return get_object_or_404(visible.select_related("source__brand", "started_by"), pk=run)


def _percent(run: ImportRun) -> int | None:
    return run.done * 100 // run.total if run.total else None
