"""Finance: the sums that customers owe. Each is settled at its claim's page."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse

from kefu.claims import unpaid as lists
from kefu.claims.views.common import desk_page, page
from kefu.claims.views.refunds import HERE, tabs
from kefu.people.access import StaffRequest
from kefu.people.roles import Can


@page(Can.SEE_ORDERS, "GET", "HEAD")
def unpaid(request: StaffRequest) -> HttpResponse:
    """``before``."""
    before = request.GET.get("before", "")
    found = lists.page(request.agent, before)
    context = {
        "rows": found.rows,
        "views": tabs(request.agent, None),
        "older": f"?{urlencode({'before': found.older})}" if found.older else "",
        "newer": "?" if before else "",
    }
    return desk_page(request, "claims/unpaid.html", context, here=HERE)
