"""The warehouse's page: one field for the scanner, and below it what is to be done with what lies on the table."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse

from kefu.claims import finding, lists
from kefu.claims.models import Claim
from kefu.claims.views.common import desk_page, find, page
from kefu.claims.views.shown import show
from kefu.people.access import StaffRequest
from kefu.people.roles import Can


@page(Can.SEE_ORDERS, "GET", "HEAD")
def receiving(request: StaffRequest) -> HttpResponse:
    """``q``: our number, the order's or the parcel's. Forms lead back here."""
    query = request.GET.get("q", "").strip()
    found = finding.found(query, request.agent) if query else []
    context: dict[str, Any] = {"query": query, "rows": lists.rows_of([claim.pk for claim in found])}
    if len(found) == 1:
        context |= _on_the_table(request, find(request, found[0].pk))
    elif not query:
        context["waiting"] = lists.page(lists.View.COMING, lists.brands_seen(request.agent)).rows[:10]
    return desk_page(request, "claims/receiving.html", context, here="receiving")


def _on_the_table(request: StaffRequest, claim: Claim) -> dict[str, Any]:
    back = f"{reverse('receiving')}?{urlencode({'q': claim.public_number})}"
    shown = show(claim, request.agent)
    counts_only = [one.act.noun for one in shown.acts] == ["receipt"]
    return {"claim": claim, "shown": shown, "back": back, "counts_only": counts_only}
