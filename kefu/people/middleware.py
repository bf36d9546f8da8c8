"""Enforces what routes declare (``kefu.people.access``). What declares nothing is closed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kefu.people import customer_sessions, lastseen
from kefu.people.access import access_of
from kefu.people.models import Staff
from kefu.people.roles import Can
from kefu.people.sessions import lacks_second_factor
from kefu.web import errors
from kefu.web.addresses import OWN_PATH

log = logging.getLogger("kefu.access")
WORDS: dict[int, errors.Words] = {
    401: (_("Please sign in"), _("You are not signed in, or your session has ended. Nothing was changed.")),
    403: (_("A second factor is needed"), _("Your role requires a second factor. Set it up first.")),
}


class StaffAccess:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        access = access_of(view)
        if access is None:
            log.error("route without a declaration", extra={"route": _route(request)})
            return errors.not_found(request)
        if access.kind == "staff" and access.capability is not None:
            return _refusal(request, access.capability)
        if access.kind == "customer":
            return _ask_who_it_is(request)
        return None


def _ask_who_it_is(request: HttpRequest) -> HttpResponseBase | None:
    """None, and ``request.customer`` set, for a customer who has signed in."""
    customer = customer_sessions.customer_of(request)
    if customer is None:
        return _send_to(request, f"{reverse('my_sign_in')}?{urlencode({'next': _own_page_of(request)})}", 401)
    request.customer = customer  # type: ignore[attr-defined]
    return None


def _own_page_of(request: HttpRequest) -> str:
    return request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("my")


def _refusal(request: HttpRequest, capability: Can) -> HttpResponseBase | None:
    """None, and ``request.agent`` set, for a colleague who may; what to answer instead for anyone else."""
    staff = get_user(request)
    if not isinstance(staff, Staff):
        return _ask_to_sign_in(request)
    if lacks_second_factor(staff):
        return _ask_for_second_factor(request)
    if not staff.can(capability):
        log.warning(
            "refused",
            extra={
                "staff": str(staff.pk),
                "role": staff.role,
                "capability": capability.value,
                "route": _route(request),
            },
        )
        return errors.forbidden(request)
    request.agent = staff  # type: ignore[attr-defined]
    lastseen.note(request, staff)
    return None


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    return _send_to(request, f"{settings.LOGIN_URL}?{urlencode({'next': _page_of(request)})}", 401)


def _ask_for_second_factor(request: HttpRequest) -> HttpResponse:
    response = _send_to(request, reverse("mfa_index"), 403)
    if response.status_code == 302:
        messages.warning(request, str(WORDS[403][1]))
    return response


def _send_to(request: HttpRequest, address: str, status: int) -> HttpResponse:
    """A browser is sent there, a fragment's page as well; a program is told."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=status, headers={"HX-Redirect": address})
    if errors.wants_json(request):
        return errors.answer(request, status, WORDS[status])
    return HttpResponseRedirect(address)


def _page_of(request: HttpRequest) -> str:
    """Where to go on afterwards: the page, not the fragment that it asked for, nor the address of a POST."""
    if request.headers.get("HX-Request"):
        return _path_in(request.headers.get("HX-Current-URL", "")) or settings.LOGIN_REDIRECT_URL
    return request.get_full_path() if request.method in {"GET", "HEAD"} else settings.LOGIN_REDIRECT_URL


def _path_in(address: str) -> str:
    """Empty for what is none: the header says whatever the caller likes."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return urlunsplit(("", "", parts.path, parts.query, "")) if OWN_PATH.fullmatch(parts.path) else ""


def _route(request: HttpRequest) -> str:
    return request.resolver_match.route if request.resolver_match else ""
