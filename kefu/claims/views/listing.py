"""The lists of claims, and finding one by a number."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.claims import finding, lists
from kefu.claims.machines import Kind, Status
from kefu.claims.models import Claim
from kefu.claims.views.common import desk_page, page
from kefu.claims.wording import status_word
from kefu.people.access import StaffRequest
from kefu.people.roles import Can


@page(Can.SEE_ORDERS, "GET", "HEAD")
def claims(request: StaffRequest) -> HttpResponse:
    """``view kind status before``; with ``q`` what was found, and the one itself if it is only one."""
    query = request.GET.get("q", "").strip()
    brands = lists.brands_seen(request.agent)
    found = finding.found(query, request.agent) if query else []
    if len(found) == 1:
        return HttpResponseRedirect(reverse("claim", args=[found[0].pk]))
    context = _searched(found) if query else _listed(request, brands)
    around = {"query": query, "views": _views(request, brands, context.get("view")), "kinds": Kind.choices}
    return desk_page(request, "claims/list.html", around | context)


def _searched(found: list[Claim]) -> dict[str, Any]:
    words = _("No claim, order or parcel that you can see has this number.")
    return {
        "rows": lists.rows_of([claim.pk for claim in found]),
        "empty": (_("Nothing found"), words),
        "searched": True,
    }


def _listed(request: StaffRequest, brands: list[UUID]) -> dict[str, Any]:
    view = _view(request)
    narrowed = lists.Filter(_one_of(request, "kind", Kind), _one_of(request, "status", Status))
    before = request.GET.get("before", "")
    found = lists.page(view, brands, narrowed, before)
    kept = {"view": view.value, "kind": narrowed.kind, "status": narrowed.status}
    return {
        "view": view,
        "rows": found.rows,
        "narrowed": narrowed,
        "statuses": [(status.value, status_word(status)) for status in Status if status != Status.DRAFT],
        "empty": lists.EMPTY[view],
        "older": f"?{urlencode(kept | {'before': found.older})}" if found.older else "",
        "newer": f"?{urlencode(kept)}" if before else "",
    }


def _views(request: StaffRequest, brands: list[UUID], current: lists.View | None) -> list[dict[str, Any]]:
    views = lists.views_for(request.agent)
    if current and current not in views:
        views.insert(0, current)
    counted = lists.counts(brands, views)
    return [
        {
            "label": lists.LABELS[view],
            "icon": lists.ICONS[view],
            "href": f"?{urlencode({'view': view.value})}",
            "count": lists.count_shown(counted[view]) if counted.get(view) else None,
            "current": view == current,
            "late": view == lists.View.OVERDUE and bool(counted.get(view)),
        }
        for view in views
    ]


def _view(request: StaffRequest) -> lists.View:
    asked = request.GET.get("view", "")
    return lists.View(asked) if asked in set(lists.View) else lists.views_for(request.agent)[0]


def _one_of(request: StaffRequest, name: str, choices: Any) -> str:
    asked = request.GET.get(name, "")
    return asked if asked in choices.values else ""
