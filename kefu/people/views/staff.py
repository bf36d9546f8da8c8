"""The desk's people: colleagues, invitations, teams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefu.people import presence
from kefu.people.access import StaffRequest, staff_route
from kefu.people.forms import Colleague, Inviting, NewTeam, TeamName, signature_known
from kefu.people.models import Invitation, Refused, Staff, Team
from kefu.people.roles import Can, Role
from kefu.people.settings_nav import settings_page

PEOPLE = "/people/"


@staff_route(Can.MANAGE_STAFF)
@require_GET
def people(request: StaffRequest) -> HttpResponse:
    """Everyone, those who left last, and who has been invited."""
    colleagues = list(
        Staff.objects.order_by("-is_active", "name").prefetch_related("teams").select_related("presence")
    )
    standing = presence.of(colleagues)
    rows = [{"who": colleague, "presence": standing[colleague.pk].shown} for colleague in colleagues]
    invitations = Invitation.objects.filter(used_at=None, withdrawn_at=None).order_by("-created_at")
    return settings_page(
        request, "people/people.html", {"rows": rows, "invitations": invitations}, here="people"
    )


@staff_route(Can.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def colleague(request: StaffRequest, staff_id: UUID) -> HttpResponse:
    who = get_object_or_404(Staff, pk=staff_id)
    known = {"role": who.role, "teams": who.teams.all(), "capacity": who.capacity}
    form = Colleague(request.POST or None, by=request.agent, initial=known)
    if request.method == "POST" and form.is_valid():
        _done(request, lambda: _change(who, form.cleaned_data, by=request.agent))
        return HttpResponseRedirect(f"{PEOPLE}{who.pk}/")
    return settings_page(request, "people/colleague.html", {"who": who, "form": form}, here="people")


@transaction.atomic
def _change(who: Staff, wanted: dict[str, Any], *, by: Staff) -> None:
    who.change_role(Role(wanted["role"]), by=by)
    who.work_in(wanted["teams"], by=by)
    who.take_at_once(wanted["capacity"], by=by)


@staff_route(Can.MANAGE_STAFF)
@require_POST
def deactivation(request: StaffRequest, staff_id: UUID) -> HttpResponse:
    who = get_object_or_404(Staff, pk=staff_id)
    _done(request, lambda: who.deactivate(by=request.agent))
    return HttpResponseRedirect(f"{PEOPLE}{who.pk}/")


@staff_route(Can.MANAGE_STAFF)
@require_POST
def reactivation(request: StaffRequest, staff_id: UUID) -> HttpResponse:
    who = get_object_or_404(Staff, pk=staff_id)
    _done(request, lambda: who.reactivate(by=request.agent))
    return HttpResponseRedirect(f"{PEOPLE}{who.pk}/")


# -- invitations


@staff_route(Can.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def invitation_new(request: StaffRequest) -> HttpResponse:
    form = Inviting(request.POST or None, by=request.agent, initial={"language": request.agent.language})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if _done(
            request,
            lambda: Invitation.send(
                email=given["email"],
                name=given["name"],
                role=Role(given["role"]),
                teams=list(given["teams"]),
                language=given["language"],
                by=request.agent,
            ),
            _("The invitation is on its way."),
        ):
            return HttpResponseRedirect(PEOPLE)
    return settings_page(request, "people/invite.html", {"form": form}, here="people")


@staff_route(Can.MANAGE_STAFF)
@require_POST
def invitation_again(request: StaffRequest, pk: UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk)
    _done(request, lambda: invitation.send_again(by=request.agent), _("The invitation is on its way."))
    return HttpResponseRedirect(PEOPLE)


@staff_route(Can.MANAGE_STAFF)
@require_POST
def invitation_withdrawal(request: StaffRequest, pk: UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk)
    _done(request, lambda: invitation.withdraw(by=request.agent), _("The invitation no longer works."))
    return HttpResponseRedirect(PEOPLE)


# -- teams


@staff_route(Can.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def teams(request: StaffRequest) -> HttpResponse:
    form = NewTeam(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if _done(request, lambda: Team.open(brand=given["brand"], name=given["name"], by=request.agent)):
            return HttpResponseRedirect("/people/teams/")
    every = Team.objects.select_related("brand").prefetch_related("staff").order_by("brand__name", "name")
    return settings_page(request, "people/teams.html", {"teams": every, "form": form}, here="teams")


@staff_route(Can.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def team(request: StaffRequest, team_id: UUID) -> HttpResponse:
    one = get_object_or_404(Team.objects.select_related("brand"), pk=team_id)
    form = TeamName(request.POST or None, initial={"name": one.name} | signature_known(one))
    if request.method == "POST" and form.is_valid():
        _done(request, lambda: _change_team(one, form, by=request.agent))
        return HttpResponseRedirect("/people/teams/")
    return settings_page(
        request, "people/team.html", {"team": one, "form": form, "members": one.staff.all()}, here="teams"
    )


def _change_team(one: Team, form: TeamName, *, by: Staff) -> None:
    one.rename(form.cleaned_data["name"], by=by)
    one.sign(**form.signature(), by=by)


def _done(request: StaffRequest, verb: Callable[[], Any], sentence: str | None = None) -> bool:
    """Tell how it went; nothing was changed if it was refused."""
    try:
        with transaction.atomic():
            verb()
    except Refused as why:
        messages.error(request, str(why))
        return False
    except IntegrityError:
        messages.error(request, _("There is already one with this name."))
        return False
    messages.success(request, sentence or _("Saved."))
    return True
