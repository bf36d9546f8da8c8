"""What finance holds against the bank's list: refunds of a period, their sums, and the same as a table to take away;
beside them what customers paid or still owe.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date

from kefu.claims import finance, unpaid
from kefu.claims import refund_lists as lists
from kefu.claims.models import Refund, RefundState
from kefu.claims.views.common import desk_page, page
from kefu.people.access import StaffRequest
from kefu.people.roles import Can

MOST_SHOWN = 500
CSV = "text/csv; charset=utf-8"


@page(Can.MOVE_MONEY, "GET", "HEAD")
def reconciliation(request: StaffRequest) -> HttpResponse:
    """``since until``: the first and the last day, of this month unless given."""
    since, until = _period(request)
    period = _morning(since), _morning(until + timedelta(days=1))
    found = list(lists.between(request.agent, *period)[:MOST_SHOWN])
    owed = list(unpaid.between(request.agent, *period)[:MOST_SHOWN])
    context = {
        "rows": found,
        "since": since,
        "until": until,
        "sums": _sums(found),
        "is_cut": len(found) == MOST_SHOWN,
        "owed": owed,
        "is_owed_cut": len(owed) == MOST_SHOWN,
    }
    return desk_page(request, "claims/reconciliation.html", context, here="refunds")


@page(Can.MOVE_MONEY, "GET", "HEAD")
def export(request: StaffRequest) -> HttpResponseBase:
    """All of the period as CSV."""
    since, until = _period(request)
    found = lists.between(request.agent, _morning(since), _morning(until + timedelta(days=1)))
    response = StreamingHttpResponse(finance.listed(found.iterator(chunk_size=500)), content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="refunds-{since}-{until}.csv"'
    return response


def _period(request: StaffRequest) -> tuple[date, date]:
    today = timezone.localdate()
    since = _day(request.GET.get("since", "")) or today.replace(day=1)
    until = _day(request.GET.get("until", "")) or today
    return min(since, until), max(since, until)


def _day(text: str) -> date | None:
    """None for what is no day of ours."""
    try:
        found = parse_date(text)
    except ValueError:  # a 30th of February
        return None
    return found if found and 2000 <= found.year < 2100 else None


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _sums(refunds: Iterable[Refund]) -> list[dict[str, Any]]:
    """By state and currency."""
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for one in refunds:
        sums[one.state, one.currency].append(one.amount_minor)
    return [
        {"state": RefundState(state), "currency": currency, "number": len(amounts), "sum": sum(amounts)}
        for (state, currency), amounts in sorted(sums.items())
    ]
