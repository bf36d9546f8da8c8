"""What the desk asks of those who sign in, and the audit trail."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db.models import Count, Exists, OuterRef
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kefu.events.models import Audit
from kefu.people.access import StaffRequest, staff_route
from kefu.people.audit import told
from kefu.people.forms import SignInRules
from kefu.people.models import SecondFactorRule, Staff
from kefu.people.roles import Can, Role
from kefu.people.sessions import FACTORS
from kefu.people.settings_nav import settings_page

PAGE = 50


@staff_route(Can.MANAGE_DESK)
@require_http_methods(["GET", "POST"])
def sign_in_rules(request: StaffRequest) -> HttpResponse:
    asked = list(SecondFactorRule.objects.values_list("role", flat=True))
    form = SignInRules(request.POST or None, initial={"roles": asked})
    if request.method == "POST" and form.is_valid():
        SecondFactorRule.ask_of(set(form.cleaned_data["roles"]), by=request.agent)
        messages.success(request, _("Saved."))
        return HttpResponseRedirect("/people/sign-in/")
    context = {"form": form, "without": _without_factor()}
    return settings_page(request, "people/sign_in.html", context, here="sign_in_rules")


def _without_factor() -> list[dict[str, Any]]:
    """By role, how many active colleagues would have to set one up."""
    has = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    counts = dict(
        Staff.objects.active()
        .filter(~Exists(has))
        .order_by()
        .values_list("role")
        .annotate(number=Count("pk"))
    )
    return [{"role": label, "number": counts.get(role, 0)} for role, label in Role.choices]


@staff_route(Can.AUDIT)
@require_GET
def audit_trail(request: StaffRequest) -> HttpResponse:
    """The newest first, page by page by the number of the last one shown."""
    rows = Audit.objects.order_by("-id")
    before, about = request.GET.get("before", ""), _uuid(request.GET.get("about", ""))
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(id__lt=int(before))
    if about:
        rows = rows.filter(subject_id=about) | rows.filter(actor_id=about)
    shown = list(rows[: PAGE + 1])
    older = (
        f"?before={shown[PAGE - 1].pk}" + (f"&about={about}" if about else "") if len(shown) > PAGE else None
    )
    context = {"rows": told(shown[:PAGE]), "older": older, "first": not before}
    return settings_page(request, "people/audit.html", context, here="audit")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
