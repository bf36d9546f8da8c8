"""What the desk's pages of claims share: finding through who asks, the frame around a page, a form's version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kefu.claims import steps
from kefu.claims.models import Claim
from kefu.conversations.views.common import rail
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused, Staff
from kefu.people.roles import Can

View = Callable[..., HttpResponseBase]


def page(capability: Can, *methods: str) -> Callable[[View], View]:
    """For those who may, in their own time zone."""

    def declare(view: View) -> View:
        @wraps(view)
        def shown(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with timezone.override(ZoneInfo(request.agent.time_zone)):
                return view(request, *args, **kwargs)

        return staff_route(capability)(require_http_methods(methods)(shown))

    return declare


def find(request: StaffRequest, claim: UUID) -> Claim:
    """Through the person asking: what they may not see is not found."""
    visible = Claim.objects.visible_to(request.agent)
    around = ("customer", "order", "brand", "policy", "entered_by", "refund_to")
    return get_object_or_404(visible.select_related(*around), pk=claim)


def desk_page(
    request: StaffRequest, template: str, context: dict[str, Any], *, here: str = "claims", status: int = 200
) -> HttpResponse:
    """Draw a template that extends ``claims/desk.html``; ``here`` names its tab."""
    frame = {**rail(request.agent), "rail_here": "claims", "desk_tabs": _tabs(request.agent, here)}
    return render(request, template, {**frame, **context}, status=status)


def _tabs(agent: Staff, here: str) -> list[dict[str, Any]]:
    shown = [
        ("claims", _("Claims"), True),
        ("receiving", _("Receiving"), agent.can(Can.RECEIVE_GOODS) or agent.can(Can.REPAIR_GOODS)),
        ("refunds", _("Refunds"), agent.can(Can.MOVE_MONEY) or agent.can(Can.DECIDE_CLAIMS)),
    ]
    return [
        {"label": label, "href": reverse(name), "current": name == here}
        for name, label, is_theirs in shown
        if is_theirs or name == here
    ]


@contextmanager
def held(claim: Claim, request: HttpRequest) -> Iterator[None]:
    """One transaction in which nobody else changes the claim. Raises ``Stale`` if the form shows an earlier version.

    A refusal leaves it without an error, for what a verb writes into the audit trail about it stays; each verb takes
    back by itself what it had begun.
    """
    refusal: Refused | None = None
    with transaction.atomic():
        try:
            steps.hold(claim, version=version_of(request))
            yield
        except Refused as problem:
            refusal = problem
    if refusal is not None:
        raise refusal


def version_of(request: HttpRequest) -> int:
    """That of the page the form stood on; -1, which nothing has, for none of ours."""
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1
