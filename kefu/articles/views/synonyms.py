"""The words that mean the same, among the desk's settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.articles import synonyms
from kefu.articles.models import Synonyms
from kefu.articles.views.common import done, page
from kefu.people.access import StaffRequest
from kefu.people.models import Refused
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

HERE = "settings_synonyms"


@page(Can.PUBLISH_ARTICLES, "GET", "HEAD")
def all_synonyms(request: StaffRequest) -> HttpResponse:
    return _show(request)


@page(Can.PUBLISH_ARTICLES, "POST")
def new_group(request: StaffRequest, brand: UUID) -> HttpResponse:
    whose = get_object_or_404(brands_of(request.agent), pk=brand)
    return _try(
        request,
        brand,
        lambda: synonyms.group(whose, _words(request), by=request.agent),
        _("The group is there."),
    )


@page(Can.PUBLISH_ARTICLES, "POST")
def group(request: StaffRequest, synonyms: UUID) -> HttpResponse:
    one = _one(request, synonyms)
    return _try(request, one.pk, lambda: _regroup(one, request), _("Saved."))


@page(Can.PUBLISH_ARTICLES, "POST")
def removal(request: StaffRequest, synonyms: UUID) -> HttpResponse:
    _remove(_one(request, synonyms), request)
    return done(request, reverse(HERE), _("The group was removed."))


def _one(request: StaffRequest, pk: UUID) -> Synonyms:
    return get_object_or_404(Synonyms.objects.filter(brand__in=brands_of(request.agent)), pk=pk)


def _words(request: StaffRequest) -> list[str]:
    return re.split(r"[,，、;；\n]", request.POST.get("words", "").replace("\0", ""))


def _regroup(one: Synonyms, request: StaffRequest) -> None:
    synonyms.regroup(one, _words(request), by=request.agent)


def _remove(one: Synonyms, request: StaffRequest) -> None:
    synonyms.ungroup(one, by=request.agent)


def _try(request: StaffRequest, form: UUID, verb: Callable[[], Any], said: str) -> HttpResponse:
    """``form`` is the one on the page that was sent: what was typed stays in it, beside what is wrong."""
    try:
        verb()
    except Refused as problem:
        return _show(request, wrong=form, typed=request.POST.get("words", ""), why=[str(problem)])
    return done(request, reverse(HERE), said)


def _show(
    request: StaffRequest, *, wrong: UUID | None = None, typed: str = "", why: Sequence[str] = ()
) -> HttpResponse:
    brands = brands_of(request.agent).order_by("name").prefetch_related("synonyms")
    rows = [(brand, sorted(brand.synonyms.all(), key=lambda one: one.created_at)) for brand in brands]
    context = {"rows": rows, "wrong": wrong, "typed": typed, "why": why}
    status = 422 if why else 200
    return settings_page(request, "articles/synonyms.html", context, here=HERE, status=status)
