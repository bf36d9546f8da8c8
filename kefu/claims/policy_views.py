"""After-sales policies in the desk's settings: written, published, compared and tried out."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.claims import plain, policies
from kefu.claims.differences import differences, scope_differences
from kefu.claims.models import Policy
from kefu.claims.policies import TooHarsh
from kefu.claims.policy_forms import BeginForm, TermsForm
from kefu.claims.presets import PRESETS
from kefu.claims.simulator import SimulatorForm
from kefu.claims.terms import Terms
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

HERE = "settings_policies"


@require_safe
@staff_route(Can.MANAGE_POLICIES)
def list_of_policies(request: StaffRequest) -> HttpResponse:
    """One row for each policy with its newest version, and what is in force of it."""
    found = _visible(request).order_by("brand__name", "name", "-version")
    families = [list(versions) for _key, versions in groupby(found, key=lambda one: (one.brand_id, one.name))]
    now = timezone.now()
    rows = [{"newest": versions[0], "in_force": _in_force(versions, now)} for versions in families]
    return settings_page(request, "claims/policies.html", {"rows": rows, "now": now}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_POLICIES)
def new_policy(request: StaffRequest) -> HttpResponse:
    form = BeginForm(request.POST or None, brands=brands_of(request.agent).order_by("name"))
    if form.is_valid():
        given = form.cleaned_data
        terms = PRESETS[given["preset"]].terms
        try:
            policy = policies.draft(given["brand"], name=given["name"], terms=terms, by=request.agent)
            return redirect("settings_policy", policy.pk)
        except Refused as problem:
            form.add_error("name", str(problem))
    return settings_page(request, "claims/new_policy.html", {"form": form}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_POLICIES)
def policy(request: StaffRequest, policy: UUID) -> HttpResponse:
    """A draft is a form; what is published can only be read."""
    one = _policy(request, policy)
    if one.published_at is not None and request.method != "POST":
        return _page(request, one)
    form = TermsForm(request.POST or None, policy=one)
    if form.is_valid() and _saved(request, one, form):
        messages.success(request, _("Saved."))
        return redirect("settings_policy", one.pk)
    return _page(request, one, form)


@require_POST
@staff_route(Can.MANAGE_POLICIES)
def publication(request: StaffRequest, policy: UUID) -> HttpResponse:
    """Saves what is in the form and publishes it; what is harsher than the law is told at its field."""
    one = _policy(request, policy)
    form = TermsForm(request.POST, policy=one)
    if form.is_valid() and _saved(request, one, form) and _published(request, one, form):
        messages.success(request, _("Published. It applies to claims from now on."))
        return redirect("settings_policy", one.pk)
    return _page(request, one, form)


@require_POST
@staff_route(Can.MANAGE_POLICIES)
def versions(request: StaffRequest, policy: UUID) -> HttpResponse:
    """Begin the next one."""
    return redirect("settings_policy", policies.new_version(_policy(request, policy), by=request.agent).pk)


@require_POST
@staff_route(Can.MANAGE_POLICIES)
def removal(request: StaffRequest, policy: UUID) -> HttpResponse:
    one = _policy(request, policy)
    try:
        policies.discard(one, by=request.agent)
        messages.success(request, _("The draft was discarded."))
        return redirect(HERE)
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("settings_policy", one.pk)


@require_safe
@staff_route(Can.MANAGE_POLICIES)
def changes(request: StaffRequest, policy: UUID) -> HttpResponse:
    """Against the version before it."""
    one = _policy(request, policy)
    before = _family(request, one).filter(version__lt=one.version).first()
    found = []
    if before is not None:
        found = scope_differences(before.scope, one.scope)
        found += differences(Terms.read(before.terms), Terms.read(one.terms))
    context = {"policy": one, "before": before, "differences": found}
    return settings_page(request, "claims/policy_changes.html", context, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_POLICIES)
def simulator(request: StaffRequest) -> HttpResponse:
    """This order, this date, this reason: what would be answered? Nothing is created."""
    form = SimulatorForm(request.POST or None, agent=request.agent, initial=_first_try(request))
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        context |= form.answer()
    return settings_page(request, "claims/simulator.html", context, here=HERE)


def _visible(request: StaffRequest) -> QuerySet[Policy]:
    return Policy.objects.filter(brand__in=brands_of(request.agent)).select_related("brand", "published_by")


def _policy(request: StaffRequest, pk: UUID) -> Policy:
    return get_object_or_404(_visible(request), pk=pk)


def _family(request: StaffRequest, one: Policy) -> QuerySet[Policy]:
    return _visible(request).filter(brand=one.brand_id, name=one.name).order_by("-version")


def _in_force(versions: list[Policy], now: Any) -> Policy | None:
    """Of one policy, newest first."""
    begun = [one for one in versions if one.published_at and one.effective_from and one.effective_from <= now]
    newest = begun[0] if begun else None
    return newest if newest and (newest.effective_to is None or now < newest.effective_to) else None


def _saved(request: StaffRequest, one: Policy, form: TermsForm) -> bool:
    given = form.cleaned_data
    try:
        policies.change(
            one,
            terms=given["terms"],
            scope=given["scope"],
            effective_from=given["effective_from"],
            effective_to=given["effective_to"],
            by=request.agent,
        )
    except Refused as problem:
        form.add_error(None, str(problem))
    return not form.errors


def _published(request: StaffRequest, one: Policy, form: TermsForm) -> bool:
    try:
        policies.publish(one, by=request.agent)
    except TooHarsh as problem:
        form.tell({each.field: str(each) for each in problem.problems})
        form.add_error(
            None, _("It asks for more, or gives less, than the law allows, so it was not published.")
        )
    except Refused as problem:
        form.add_error(None, str(problem))
    return not form.errors


def _page(request: StaffRequest, one: Policy, form: TermsForm | None = None) -> HttpResponse:
    family = list(_family(request, one))
    context = {
        "policy": one,
        "form": form,
        "versions": family,
        "in_force": _in_force(family, timezone.now()),
        "now": timezone.now(),
        "texts": _texts(Terms.read(one.terms)),
        "warnings": policies.new_exclusions(one, family),
    }
    return settings_page(request, "claims/policy.html", context, here=HERE)


def _texts(terms: Terms) -> list[dict[str, Any]]:
    """As customers read it, in each language of the portal."""
    found = []
    for code, name in settings.LANGUAGES:
        with translation.override(code):
            found.append({"code": code, "language": str(name), "sections": plain.told(terms)})
    return found


def _first_try(request: StaffRequest) -> dict[str, Any]:
    return {"at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "policy": request.GET.get("policy", "")}
