"""Articles in and out, among the desk's settings: uploads, how far they are, what could not be taken, downloads."""

from __future__ import annotations

import tempfile
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from kefu.articles import exporting, importing
from kefu.articles.exchange.shapes import MOST_BYTES
from kefu.articles.forms import UploadForm
from kefu.articles.models import ArticleImport, Format
from kefu.articles.views.common import page
from kefu.lib import csv
from kefu.people.access import StaffRequest
from kefu.people.models import Brand, Refused
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

HERE = "settings_article_imports"
LATEST = 30
SHOWN = 100


@page(Can.PUBLISH_ARTICLES, "GET", "HEAD", "POST")
def imports(request: StaffRequest) -> HttpResponse:
    """The latest of them; posting an upload checks it."""
    brands = brands_of(request.agent).order_by("name")
    form = UploadForm(request.POST or None, request.FILES or None, brands=brands)
    run = _begun(request, form) if form.is_valid() else None
    if run is not None:
        return redirect("settings_article_import", run.pk)
    latest = ArticleImport.objects.filter(brand__in=brands).select_related("brand", "started_by")
    context = {"form": form, "runs": latest.order_by("-created_at")[:LATEST], "brands": brands}
    status = 422 if form.is_bound else 200
    return settings_page(request, "articles/imports.html", context, here=HERE, status=status)


def _begun(request: StaffRequest, form: UploadForm) -> ArticleImport | None:
    given = form.cleaned_data
    upload = given["file"]
    try:
        return importing.begin(
            given["brand"],
            shape=Format(given["format"]),
            content=upload.read() if upload.size <= MOST_BYTES else bytes(MOST_BYTES + 1),
            file_name=upload.name or "",
            publish=given["publish"],
            dry=True,
            by=request.agent,
        )
    except Refused as problem:
        form.add_error("file", str(problem))
        return None


@page(Can.PUBLISH_ARTICLES, "GET", "HEAD")
def run(request: StaffRequest, article_import: UUID) -> HttpResponse:
    """How far it is; the part that changes draws itself anew while it goes."""
    one = _find(request, article_import)
    context = {
        "run": one,
        "bad_articles": one.bad_articles.order_by("id")[:SHOWN] if one.bad else [],
        "shown": SHOWN,
        "percent": one.done * 100 // one.total if one.total else None,
    }
    if request.headers.get("HX-Request"):
        return render(request, "articles/import_progress.html", context)
    return settings_page(request, "articles/import.html", context, here=HERE)


@page(Can.PUBLISH_ARTICLES, "POST")
def take_for_good(request: StaffRequest, article_import: UUID) -> HttpResponse:
    return _act(request, article_import, importing.take_for_good)


@page(Can.PUBLISH_ARTICLES, "POST")
def resumption(request: StaffRequest, article_import: UUID) -> HttpResponse:
    return _act(request, article_import, importing.go_on_later)


@page(Can.PUBLISH_ARTICLES, "GET", "HEAD")
def bad_articles(request: StaffRequest, article_import: UUID) -> StreamingHttpResponse:
    """For whoever puts them right where they came from."""
    one = _find(request, article_import)
    return _saved(csv.lines(importing.bad_articles(one)), "text/csv; charset=utf-8", "bad-articles.csv")


# -- out


@page(Can.PUBLISH_ARTICLES, "GET", "HEAD")
def as_markdown(request: StaffRequest, brand: UUID) -> HttpResponseBase:
    """Written to a file of the system's first: the pictures of a large help centre are more than fits in memory."""
    one = _brand(request, brand)
    made = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    exporting.markdown_zip(one, made)
    made.seek(0)
    return FileResponse(made, as_attachment=True, filename=_named(one, "zip"), content_type="application/zip")


@page(Can.PUBLISH_ARTICLES, "GET", "HEAD")
def as_table(request: StaffRequest, brand: UUID) -> StreamingHttpResponse:
    one = _brand(request, brand)
    return _saved(exporting.table(one), "text/csv; charset=utf-8", _named(one, "csv"))


@page(Can.PUBLISH_ARTICLES, "GET", "HEAD")
def as_json(request: StaffRequest, brand: UUID) -> StreamingHttpResponse:
    one = _brand(request, brand)
    return _saved(exporting.zendesk(one), "application/json", _named(one, "json"))


def _saved(parts: Any, kind: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(parts, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _named(brand: Brand, extension: str) -> str:
    return f"articles-{brand.slug}-{timezone.localdate():%Y-%m-%d}.{extension}"


def _act(request: StaffRequest, article_import: UUID, verb: Any) -> HttpResponseRedirect:
    one = _find(request, article_import)
    try:
        return redirect("settings_article_import", verb(one, by=request.agent).pk)
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("settings_article_import", one.pk)


def _find(request: StaffRequest, article_import: UUID) -> ArticleImport:
    seen = ArticleImport.objects.filter(brand__in=brands_of(request.agent))
    return get_object_or_404(seen.select_related("brand", "started_by"), pk=article_import)


def _brand(request: StaffRequest, brand: UUID) -> Brand:
    return get_object_or_404(brands_of(request.agent), pk=brand)
