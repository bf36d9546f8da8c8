"""Finance: the queue of refunds, one of them, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.claims import refund_lists as lists
from kefu.claims import unpaid
from kefu.claims.models import Refund, RefundState
from kefu.claims.refund_acts import RefundAct, RefundForm, open_acts
from kefu.claims.views.common import desk_page, page
from kefu.people.access import StaffRequest
from kefu.people.models import Refused, Staff
from kefu.people.roles import Can

HERE = "refunds"


@page(Can.SEE_ORDERS, "GET", "HEAD")
def refunds(request: StaffRequest) -> HttpResponse:
    """``view before``."""
    asked, before = request.GET.get("view", ""), request.GET.get("before", "")
    counted = lists.counts(request.agent)
    view = lists.View(asked) if asked in set(lists.View) else _first(counted)
    found = lists.page(view, request.agent, before)
    context = {
        "rows": found.rows,
        "views": tabs(request.agent, view, counted),
        "empty": lists.EMPTY[view],
        "older": f"?{urlencode({'view': view.value, 'before': found.older})}" if found.older else "",
        "newer": f"?{urlencode({'view': view.value})}" if before else "",
    }
    return desk_page(request, "claims/refunds.html", context, here=HERE)


def _first(counted: dict[lists.View, int]) -> lists.View:
    """The first in which there is something to do."""
    return next((view for view, number in counted.items() if number), lists.View.APPROVE)


def tabs(
    staff: Staff, view: lists.View | None, counted: dict[lists.View, int] | None = None
) -> list[dict[str, Any]]:
    """The lists of refunds, and that of what customers owe; ``view`` is None there."""
    counted = lists.counts(staff) if counted is None else counted
    return [
        *(_tab(one, counted, current=one == view) for one in lists.View),
        {
            "label": _("Owed by customers"),
            "icon": "wallet",
            "href": reverse("unpaid"),
            "count": _shown(unpaid.count(staff)),
            "current": view is None,
        },
    ]


def _shown(number: int) -> str | None:
    return (str(number) if number < lists.COUNTED else "99+") if number else None


def _tab(view: lists.View, counted: dict[lists.View, int], *, current: bool) -> dict[str, Any]:
    number = counted.get(view, 0)
    return {
        "label": lists.LABELS[view],
        "icon": lists.ICONS[view],
        "href": f"{reverse('refunds')}?{urlencode({'view': view.value})}",
        "count": _shown(number),
        "current": current,
        "late": view == lists.View.TROUBLE and bool(number),
    }


@page(Can.SEE_ORDERS, "GET", "HEAD")
def refund(request: StaffRequest, refund: UUID) -> HttpResponse:
    return refund_page(request, find(request, refund))


def find(request: StaffRequest, refund: UUID) -> Refund:
    return get_object_or_404(lists.visible(request.agent), pk=refund)


def refund_page(
    request: StaffRequest,
    refund: Refund,
    *,
    refusal: str = "",
    status: int = 200,
    tried: tuple[RefundAct, RefundForm] | None = None,
) -> HttpResponse:
    """As it is now; ``tried`` is a form that was not taken, as it was filled in."""
    acts = [(act, act.asks(refund=refund, noun=act.noun), False) for act in open_acts(refund, request.agent)]
    if tried:
        acts = [(*tried, True), *(one for one in acts if one[0].noun != tried[0].noun)]
    context = {
        "refund": refund,
        "acts": [{"act": act, "form": form, "is_tried": is_tried} for act, form, is_tried in acts],
        "parts": [(label, refund.breakdown[key]) for key, label in _parts() if refund.breakdown.get(key)],
        "refusal": refusal,
    }
    return desk_page(request, "claims/refund.html", context, here=HERE, status=status)


def _parts() -> list[tuple[str, str]]:
    return [
        ("items", _("Items")),
        ("tax", _("Tax")),
        ("shipping", _("Shipping")),
        ("deduction", _("Deduction")),
        ("freight", _("Return shipping")),
    ]


def taking(act: RefundAct) -> Callable[..., HttpResponseBase]:
    """The door of one act."""

    @page(act.capability, "POST")
    def take(request: StaffRequest, refund: UUID) -> HttpResponse:
        found = find(request, refund)
        form = act.asks(request.POST, refund=found, noun=act.noun)
        if not form.is_valid():
            return refund_page(request, found, status=422, tried=(act, form))
        try:
            after = act.take(found, request.agent, form)
        except Refused as refusal:
            now = find(request, refund)
            return refund_page(request, now, refusal=str(refusal), status=409, tried=(act, form))
        return _on(request, after if isinstance(after, Refund) else found)

    return take


def _on(request: StaffRequest, refund: Refund) -> HttpResponse:
    """To the refund that stands now, which may be another than the one that was worked on."""
    refund.refresh_from_db(fields=["state"])
    stands = _("%(number)s: %(status)s") % {"number": refund, "status": RefundState(refund.state).label}
    messages.success(request, stands)
    return HttpResponseRedirect(reverse("refund", args=[refund.pk]))
