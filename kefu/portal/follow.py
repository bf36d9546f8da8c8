"""Following one's own matter from a link in a mail or on a receipt, without an account.

The link's address is left at once for a clean one: addresses end up in histories. What it opened is in a signed cookie
for a while; whether it still opens it is decided at every request.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.conversations import files
from kefu.conversations.posting import MOST_FILES, CannotPost
from kefu.database import limits
from kefu.inboxes.form import following, receipts
from kefu.inboxes.form.following import By
from kefu.inboxes.form.models import Submission
from kefu.lib.files import ENDINGS
from kefu.people.access import public_route
from kefu.portal.branding import branding
from kefu.web.addresses import client_address

COOKIE = "kefu-contact"
PATH = "/contact/"
SALT = "kefu.portal.follow"
LASTS = timedelta(hours=12)
MOST_REMEMBERED = 8


def remember(request: HttpRequest, response: HttpResponse, submission_id: UUID, by: By) -> None:
    """This browser may look at it for some hours."""
    held = {**_held(request), submission_id.hex: by.value}
    _keep(response, dict(list(held.items())[-MOST_REMEMBERED:]))


@never_cache
@require_safe
@public_route
def follow(request: HttpRequest, token: str) -> HttpResponse:
    if not limits.hit(f"form links from {client_address(request)}", limit=120, per=600):
        return render(request, "portal/contact_link_old.html", branding(), status=429)
    named = following.named_in(token)
    found = following.followed(*named) if named else None
    if named is None or found is None:
        return render(request, "portal/contact_link_old.html", branding(), status=404)
    response = HttpResponseRedirect(reverse("contact_conversation", args=[found.pk]))
    remember(request, response, *named)
    return response


@never_cache
@require_safe
@public_route
def receipt(request: HttpRequest, submission: UUID) -> HttpResponse:
    found, by = _found(request, submission)
    context = {
        **branding(found.inbox.brand),
        **receipts.told(found),
        "submission": found,
        "link": following.link(found, by=by),
        "is_mailed": receipts.is_mailed(found),
    }
    return render(request, "portal/contact_done.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_route
def conversation(request: HttpRequest, submission: UUID) -> HttpResponse:
    """What was said, and writing more."""
    found, by = _found(request, submission)
    if request.method != "POST":
        return _page(request, found)
    if not limits.hit(f"form answers {found.pk}", limit=20, per=600):
        return _page(
            request, found, status=429, problem=_("Too many requests at once. Please wait a moment.")
        )
    try:
        _say(request, found, by)
    except (files.NotKept, CannotPost) as problem:
        return _page(request, found, status=422, problem=str(problem))
    return HttpResponseRedirect(f"{reverse('contact_conversation', args=[found.pk])}#latest")


def _say(request: HttpRequest, found: Submission, by: By) -> None:
    uploads = request.FILES.getlist("files")
    if len(uploads) > MOST_FILES:
        raise files.NotKept(_("At most %(most)d files in all.") % {"most": MOST_FILES})
    writer = following.writer(found)
    kept = [files.keep(upload, by=writer, conversation=None) for upload in uploads]
    following.say(
        found, request.POST.get("text", ""), file_ids=[one.pk for one in kept], client_id=_client_id(request)
    )


def _client_id(request: HttpRequest) -> UUID:
    """Given out with the page, so that a double click says it once."""
    try:
        return UUID(request.POST.get("client_id", ""))
    except ValueError:
        return uuid4()


@never_cache
@require_safe
@public_route
def file(request: HttpRequest, submission: UUID, file: UUID) -> HttpResponseBase:
    found, _by = _found(request, submission)
    wanted = following.file_of(found, file)
    if wanted is None:
        raise Http404
    return files.answer(wanted, thumb="thumb" in request.GET)


@require_POST
@public_route
def put_away(request: HttpRequest, submission: UUID) -> HttpResponse:
    """For a computer that others use as well."""
    found, _by = _found(request, submission)
    response = HttpResponseRedirect(reverse("portal_brand", args=[found.inbox.brand.slug]))
    held = {one: by for one, by in _held(request).items() if one != submission.hex}
    _keep(response, held)
    return response


# -- what this browser may look at


def _found(request: HttpRequest, submission_id: UUID) -> tuple[Submission, By]:
    """Raises ``Http404`` for a stranger, and for whoever may no longer."""
    by = _held(request).get(submission_id.hex)
    found = following.followed(submission_id, By(by)) if by in set(By) else None
    if found is None or by is None:
        raise Http404
    return found, By(by)


def _held(request: HttpRequest) -> dict[str, str]:
    try:
        held: dict[str, str] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return {}
    return held


def _keep(response: HttpResponse, held: dict[str, str]) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(held, salt=SALT),
        max_age=LASTS,
        path=PATH,
        secure=settings.KEFU_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _page(request: HttpRequest, found: Submission, *, status: int = 200, problem: str = "") -> HttpResponse:
    talks = following.conversations(found)
    context: dict[str, Any] = {
        **branding(found.inbox.brand),
        **receipts.told(found),
        "submission": found,
        "talk": talks[-1],
        "said": following.said(found),
        "problem": problem,
        "text": request.POST.get("text", "") if status != 200 else "",
        "client_id": uuid4(),
        "accept": ",".join(("image/*", *ENDINGS)),
    }
    with timezone.override(ZoneInfo(context["zone"])):
        return render(request, "portal/contact_conversation.html", context, status=status)
