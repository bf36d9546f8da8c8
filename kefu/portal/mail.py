"""The folder of mails in the browser: for the demo and for development, while there is no mail server."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kefu.events import mailfolder
from kefu.people.access import public_route
from kefu.people.models import Staff
from kefu.people.roles import Can
from kefu.web.addresses import client_address, within

AT_HOME = ("localhost", "127.0.0.1", "[::1]")
LOOPBACK = ("127.0.0.0/8", "::1/128")
# What a mail says is shown in a frame that runs nothing and fetches nothing; its links open beside it.
CAGE = "allow-popups allow-popups-to-escape-sandbox"
POLICY = (
    f"sandbox {CAGE}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)


@require_safe
@public_route
def mails(request: HttpRequest) -> HttpResponse:
    _only_for_those_who_run_it(request)
    return render(request, "portal/mails.html", {"mails": mailfolder.newest()})


@require_safe
@public_route
def mail(request: HttpRequest, name: str) -> HttpResponse:
    _only_for_those_who_run_it(request)
    return render(request, "portal/mail.html", {"mail": _mail(name), "cage": CAGE})


@require_safe
@public_route
def html(request: HttpRequest, name: str) -> HttpResponse:
    _only_for_those_who_run_it(request)
    response = HttpResponse(
        f'<base target="_blank">{_mail(name).html}', headers={"Content-Security-Policy": POLICY}
    )
    response.frame_ancestors = ["'self'"]  # type: ignore[attr-defined]
    return response


def _mail(name: str) -> mailfolder.Kept:
    found = mailfolder.find(name)
    if found is None:
        raise Http404
    return found


def _only_for_those_who_run_it(request: HttpRequest) -> None:
    """Mails hold codes and invitations: for an admin, or whoever sits at the machine that runs the demo."""
    wanted = settings.KEFU_DEMO or settings.KEFU_DEVELOPMENT
    if not wanted or settings.EMAIL_HOST or not (_is_admin(request) or _at_home(request)):
        raise Http404


def _is_admin(request: HttpRequest) -> bool:
    return isinstance(request.user, Staff) and request.user.can(Can.MANAGE_DESK)


def _at_home(request: HttpRequest) -> bool:
    host = (
        request.get_host().rsplit(":", 1)[0] if not request.get_host().endswith("]") else request.get_host()
    )
    return host in AT_HOME and within(client_address(request), LOOPBACK)
