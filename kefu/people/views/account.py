"""One's own account: who one is, how and where one is signed in, what programs may do in one's name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefu.people import presence
from kefu.people.access import StaffRequest, staff_route
from kefu.people.browsers import name_of
from kefu.people.forms import NewToken, Preferences, Profile, signature_known
from kefu.people.models import PresenceState, SecondFactorRule, StaffToken
from kefu.people.roles import Can
from kefu.web import errors
from kefu.web.addresses import safe_next

DEFAULTS = {"desktop": True, "sound": True, "theme": "system"}
MINE = "/account/"
NO_PRESENCE: errors.Words = (
    gettext_lazy("That is no presence"),
    gettext_lazy("Choose online, busy or away. Nothing was changed."),
)


@staff_route(Can.OWN_ACCOUNT)
@require_http_methods(["GET", "POST"])
def profile(request: StaffRequest) -> HttpResponse:
    me = request.agent
    known = {name: getattr(me, name) for name in ("name", "alias", "language", "time_zone")}
    form = Profile(request.POST or None, initial=known | signature_known(me))
    if request.method == "POST" and form.is_valid():
        me.sign(**form.signature(), by=me)
        me.introduce(**form.cleaned_data, by=me)
        with translation.override(me.language):
            messages.success(request, _("Saved."))
        return HttpResponseRedirect(MINE)
    return render(request, "people/profile.html", _around(request, form=form, **_ways_in(request)))


def _ways_in(request: StaffRequest) -> dict[str, Any]:
    kinds = list(Authenticator.objects.filter(user=request.agent).values_list("type", flat=True))
    asked = SecondFactorRule.objects.filter(role=request.agent.role).exists()
    return {
        "has_app": Authenticator.Type.TOTP in kinds,
        "keys": kinds.count(Authenticator.Type.WEBAUTHN),
        "factor_asked": asked,
        "factor_advised": request.agent.can(Can.SEE_ALL),
    }


@staff_route(Can.OWN_ACCOUNT)
@require_http_methods(["GET", "POST"])
def preferences(request: StaffRequest) -> HttpResponse:
    form = Preferences(request.POST or None, initial=DEFAULTS | request.agent.preferences)
    if request.method == "POST" and form.is_valid():
        request.agent.prefer(form.cleaned_data)
        messages.success(request, _("Saved."))
        response = HttpResponseRedirect("/account/preferences/")
        response.set_cookie("kefu-theme", form.cleaned_data["theme"], max_age=365 * 24 * 3600, samesite="Lax")
        return response
    return render(request, "people/preferences.html", _around(request, form=form))


@staff_route(Can.OWN_ACCOUNT)
@require_POST
def my_presence(request: StaffRequest) -> HttpResponse:
    return _chosen(request, request.agent)


@staff_route(Can.SET_OTHERS_PRESENCE)
@require_POST
def presence_of(request: StaffRequest, staff_id: UUID) -> HttpResponse:
    from kefu.people.reach import colleagues_of

    return _chosen(request, get_object_or_404(colleagues_of(request.agent), pk=staff_id))


def _chosen(request: StaffRequest, colleague: Any) -> HttpResponse:
    state = request.POST.get("state", "")
    if state not in {PresenceState.ONLINE, PresenceState.BUSY, PresenceState.AWAY}:
        return errors.answer(request, 422, NO_PRESENCE)
    presence.choose(colleague, PresenceState(state), by=request.agent)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return HttpResponseRedirect(safe_next(request, MINE))


# -- where one is signed in


@staff_route(Can.OWN_ACCOUNT)
@require_GET
def sessions(request: StaffRequest) -> HttpResponse:
    """Those that still last; the rest is swept elsewhere, since looking changes nothing."""
    lasting = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    here = request.session.session_key
    mine = UserSession.objects.filter(user=request.agent, session_key__in=lasting).order_by("-last_seen_at")
    rows = [
        {"pk": one.pk, "browser": name_of(one.user_agent), "is_here": one.session_key == here, "session": one}
        for one in mine
    ]
    return render(request, "people/sessions.html", _around(request, rows=rows))


@staff_route(Can.OWN_ACCOUNT)
@require_POST
def session_end(request: StaffRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(UserSession, user=request.agent, pk=pk)
    if session.session_key != request.session.session_key:
        request.agent.sign_out_elsewhere(only=session.session_key)
        messages.success(request, _("That session has ended."))
    return HttpResponseRedirect("/account/sessions/")


@staff_route(Can.OWN_ACCOUNT)
@require_POST
def other_sessions_end(request: StaffRequest) -> HttpResponse:
    request.agent.sign_out_elsewhere(but=request.session.session_key)
    messages.success(request, _("You are signed out everywhere else."))
    return HttpResponseRedirect("/account/sessions/")


# -- what programs may do in one's name


@staff_route(Can.OWN_ACCOUNT)
@require_http_methods(["GET", "POST"])
def tokens(request: StaffRequest) -> HttpResponse:
    form = NewToken(request.POST or None, staff=request.agent)
    secret = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        _token, secret = StaffToken.issue(
            staff=request.agent,
            name=given["name"],
            scopes=given["scopes"],
            lasts=timedelta(days=given["days"]),
        )
        form = NewToken(staff=request.agent)
    mine = request.agent.tokens.filter(revoked_at=None).order_by("-created_at")
    return render(request, "people/tokens.html", _around(request, form=form, tokens=mine, secret=secret))


@staff_route(Can.OWN_ACCOUNT)
@require_POST
def token_revocation(request: StaffRequest, pk: UUID) -> HttpResponse:
    get_object_or_404(StaffToken, staff=request.agent, pk=pk).revoke(by=request.agent)
    messages.success(request, _("The token no longer works."))
    return HttpResponseRedirect("/account/tokens/")


def _around(request: StaffRequest, **more: Any) -> dict[str, Any]:
    pages = [
        (_("You"), MINE),
        (_("Notifications and look"), "/account/preferences/"),
        (_("Sessions"), "/account/sessions/"),
        (_("API tokens"), "/account/tokens/"),
    ]
    return more | {
        "tabs": [{"label": label, "href": href, "current": request.path == href} for label, href in pages]
    }
