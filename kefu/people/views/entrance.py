"""Ways in for those not signed in: a forgotten password, an invitation, the first start. And the way out."""

from __future__ import annotations

from typing import cast

from allauth.account.views import logout as sign_out_page
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from requests import RequestException

from kefu.database import limits
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.people import mailedkeys, setup
from kefu.people.access import public_route
from kefu.people.forms import Joining, ResetAsked, ResetDone, SettingUp
from kefu.people.models import Invitation, PasswordReset, Refused, Staff
from kefu.web import errors
from kefu.web.addresses import client_address

SIGN_IN = "/account/login/"


@public_route
@require_http_methods(["GET", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """What this browser kept of the desk goes too: on a shared machine the next one finds nothing."""
    response: HttpResponse = sign_out_page(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@public_route
@require_http_methods(["GET", "POST"])
def single_sign_on(request: HttpRequest, provider_id: str) -> HttpResponse:
    """On to the provider, if it can be reached."""
    try:
        return cast("HttpResponse", oidc.login(request, provider_id))
    except RequestException:
        messages.error(
            request, _("Single sign-on is unavailable right now. Try again, or use your password.")
        )
        return HttpResponseRedirect(SIGN_IN)


@public_route
@require_safe
def single_sign_on_cancelled(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("Signing in was cancelled."))
    return HttpResponseRedirect(SIGN_IN)


# -- a forgotten password


@public_route
@require_safe
def first_password(request: HttpRequest) -> HttpResponse:
    """For those who have none yet: the same way as for those who forgot theirs."""
    return HttpResponseRedirect("/account/password/reset/")


@public_route
@require_http_methods(["GET", "POST"])
def ask_for_reset(request: HttpRequest) -> HttpResponse:
    form = ResetAsked(request.POST or None)
    if request.method == "POST":
        if not limits.hit(f"reset from {client_address(request)}", limit=20, per=600):
            return errors.too_many(request, seconds=60)
        if form.is_valid():
            _mail_reset(form.cleaned_data["email"], client_address(request) or None)
            return HttpResponseRedirect("/account/password/reset/sent/")
    return render(request, "people/reset_asked.html", {"form": form})


def _mail_reset(email: str, address: str | None) -> None:
    """Without an account the same work is done and taken back, so that time tells nothing either."""
    within = limits.hit(f"reset for {email.lower()}", limit=3, per=900)
    staff = Staff.objects.active().filter(email__iexact=email).first()
    with transaction.atomic():
        PasswordReset.send(staff or Staff.nobody(email))
        if staff is None or not within:
            transaction.set_rollback(True)
    log.audit("sign_in.reset_asked", staff, by=SYSTEM, address=address)


@public_route
@require_safe
def reset_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "people/reset_sent.html")


@public_route
@require_safe
def reset_address(request: HttpRequest, token: str) -> HttpResponse:
    return mailedkeys.move_to_cookie("reset", token, then="/account/password/new/")


@public_route
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def reset(request: HttpRequest) -> HttpResponse:
    """The new password signs nobody in: the second factor is asked for at the sign-in that follows."""
    asked = PasswordReset.of_token(mailedkeys.key_in(request, "reset"))
    if asked is None:
        return render(request, "people/key_ended.html", {"again": "/account/password/reset/"}, status=404)
    form = ResetDone(request.POST or None, staff=asked.staff)
    if request.method == "POST" and form.is_valid():
        try:
            asked.use(form.cleaned_data["password"])
        except Refused as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, _("Your password was changed. Sign in with the new one."))
            return mailedkeys.forget(HttpResponseRedirect(SIGN_IN), "reset")
    return render(request, "people/reset.html", {"form": form, "email": asked.staff.email})


# -- an invitation


@public_route
@require_safe
def join_address(request: HttpRequest, token: str) -> HttpResponse:
    return mailedkeys.move_to_cookie("join", token, then="/join/")


@public_route
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    invitation = Invitation.of_token(mailedkeys.key_in(request, "join"))
    if invitation is None:
        return render(request, "people/key_ended.html", status=404)
    form = Joining(
        request.POST or None,
        email=invitation.email,
        initial={"name": invitation.name, "language": invitation.language},
    )
    if request.method == "POST" and form.is_valid():
        try:
            invitation.accept(
                name=form.cleaned_data["name"],
                password=form.cleaned_data["password"],
                language=form.cleaned_data["language"],
            )
        except Refused as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, _("Your account is ready. Sign in with your e-mail and password."))
            return mailedkeys.forget(HttpResponseRedirect(SIGN_IN), "join")
    return render(request, "people/join.html", {"form": form, "invitation": invitation})


# -- the first start


@public_route
def set_up_address(request: HttpRequest, token: str) -> HttpResponse:
    if request.method != "GET" or not setup.is_key(token):
        raise Http404
    return mailedkeys.move_to_cookie("setup", token, then="/setup/")


@public_route
@sensitive_post_parameters("password")
def set_up(request: HttpRequest) -> HttpResponse:
    """Without the key it is as if there were nothing here, whatever the method."""
    token = mailedkeys.key_in(request, "setup")
    if request.method not in {"GET", "POST"} or not setup.is_key(token):
        raise Http404
    form = SettingUp(request.POST or None, initial={"language": "zh-hans", "time_zone": "Asia/Shanghai"})
    if request.method == "POST" and form.is_valid():
        try:
            setup.begin(token, setup.Beginning(**form.cleaned_data))
        except Refused as why:
            raise Http404 from why
        messages.success(request, _("The desk is ready. Sign in with your e-mail and password."))
        return mailedkeys.forget(HttpResponseRedirect(SIGN_IN), "setup")
    return render(request, "people/setup.html", {"form": form})
