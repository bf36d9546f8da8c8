"""What a text has said before: its versions, what changed between two, and saying one again."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.articles import writing
from kefu.articles.differing import differences
from kefu.articles.models import Translation, Version
from kefu.articles.views.common import (
    attempt,
    desk_page,
    editor_address,
    find_text,
    page,
    rendered,
    uuid_or_none,
)
from kefu.people.access import StaffRequest
from kefu.people.roles import Can

SHOWN = 200


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def versions(request: StaffRequest, text: UUID) -> HttpResponse:
    one = find_text(request, text)
    found = list(one.versions.select_related("written_by").defer("body")[: SHOWN + 1])
    context = {"text": one, "article": one.article, "versions": found[:SHOWN], "more": len(found) > SHOWN}
    return desk_page(request, "articles/versions.html", context)


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def version(request: StaffRequest, text: UUID, version: int) -> HttpResponse:
    one = find_text(request, text)
    then = _numbered(one, version)
    before = one.versions.filter(number__lt=then.number).first()
    context = {
        "text": one,
        "article": one.article,
        "version": then,
        "told": rendered(then, one.article),
        "before": before,
        "parts": differences(before, then) if before else [],
    }
    return desk_page(request, "articles/version.html", context)


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def changes(request: StaffRequest, text: UUID) -> HttpResponse:
    """Of any two: ``from`` and ``to`` are their numbers."""
    one = find_text(request, text)
    asked = [request.GET.get(name, "") for name in ("from", "to")]
    if not all(number.isascii() and number.isdigit() and len(number) < 10 for number in asked):
        return HttpResponseRedirect(reverse("article-versions", args=[one.pk]))
    first, second = sorted(int(number) for number in asked)
    before, after = _numbered(one, first), _numbered(one, second)
    context = {
        "text": one,
        "article": one.article,
        "before": before,
        "after": after,
        "parts": differences(before, after),
    }
    return desk_page(request, "articles/changes.html", context)


@page(Can.WRITE_ARTICLES, "POST")
def restoration(request: StaffRequest, text: UUID, version: int) -> HttpResponse:
    one = find_text(request, text)
    then = _numbered(one, version)
    seen = uuid_or_none(request.POST.get("seen", ""))
    return attempt(
        request,
        editor_address(one),
        _("It says again what it said then, as a new version. Readers see it once it is published."),
        lambda: writing.restore(one, then, by=request.agent, seen=seen),
    )


def _numbered(one: Translation, number: int) -> Version:
    if number > 2**31 - 1:
        raise Http404
    return get_object_or_404(one.versions.select_related("written_by"), number=number)
