"""The way in for the chat's requests: a token in a header, no cookie, no session, and every answer JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from math import isfinite
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from kefu.conversations.doors import STATUS
from kefu.conversations.posting import CannotPost
from kefu.database import limits
from kefu.inboxes.answering import Incomplete
from kefu.inboxes.chat import visitors
from kefu.inboxes.chat.models import Visitor
from kefu.people.access import visitor_route
from kefu.web.addresses import client_address
from kefu.web.errors import problem

MOST_BYTES = 256 * 1024
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Refusal(Exception):
    """An answer other than the one hoped for, with a sentence for the visitor."""

    def __init__(
        self,
        status: int,
        sentence: str,
        *,
        errors: dict[str, str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.errors, self.retry_after = status, sentence, errors, retry_after


class VisitorRequest(HttpRequest):
    """What a view behind ``visitor_door`` is given."""

    visitor: Visitor


View = Callable[..., HttpResponseBase]


def visitor_door(*methods: str, known: bool = True) -> Callable[[View], View]:
    """``known``: only for a browser with a good token; otherwise ``request.visitor`` may be missing."""

    def wrap(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, key: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                check_method(request, methods)
                check_origin(request)
                if known or _token(request):
                    request.visitor = _visitor(request, key)  # type: ignore[attr-defined]
                return view(request, key, *args, **kwargs)
            except tuple(_ANSWERS) as found:
                return _ANSWERS[type(found)](found)

        return csrf_exempt(visitor_route(door))

    return wrap


def check_method(request: HttpRequest, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        raise Refusal(405, _("This cannot be done here."))


def check_origin(request: HttpRequest) -> None:
    """The chat is a page of ours, so its requests carry our own origin; another site's never do."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = {settings.KEFU_BASE_URL, f"{request.scheme}://{request.get_host()}"}
    if site not in {None, "same-origin"} or (origin is not None and origin not in ours):
        raise Refusal(403, _("This is possible in our chat only."))


def slow_down(what: str, who: object, *, limit: int, per: int) -> None:
    if not limits.hit(f"chat.{what}:{who}", limit=limit, per=per):
        raise Refusal(
            429, _("That was a lot at once. Please wait a moment and try again."), retry_after=min(per, 30)
        )


def slow_down_address(what: str, request: HttpRequest, *, limit: int, per: int) -> None:
    slow_down(f"{what}.address", client_address(request), limit=limit, per=per)


def given(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent, if everything in it can be stored."""
    try:
        body = request.body
        found = json.loads(body) if len(body) <= MOST_BYTES else None
        sound = isinstance(found, dict) and _is_sound(found)
    except (ValueError, RecursionError, RequestDataTooBig) as trouble:
        raise _unreadable() from trouble
    if not sound:
        raise _unreadable()
    return cast("dict[str, Any]", found)


def _is_sound(value: Any) -> bool:
    """PostgreSQL keeps neither NUL nor half a character, JSON neither NaN nor Infinity; Python reads them all."""
    if isinstance(value, str):
        return not UNSTORABLE.search(value)
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, dict):
        return all(_is_sound(name) and _is_sound(part) for name, part in value.items())
    return not isinstance(value, list) or all(map(_is_sound, value))


def text(found: dict[str, Any], name: str, *, most: int, default: str | None = None) -> str:
    value = found.get(name, default)
    if not isinstance(value, str) or len(value) > most:
        raise _unreadable()
    return value


def uuid(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise _unreadable() from None


def uuids(value: Any, *, most: int) -> tuple[UUID, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise _unreadable()
    return tuple(uuid(one) for one in value)


def _unreadable() -> Refusal:
    return Refusal(422, _("This could not be read. Nothing was changed."))


def _visitor(request: HttpRequest, key: str) -> Visitor:
    visitor = visitors.known_by(_token(request), at=key)
    if visitor is None:
        raise Refusal(401, _("This chat has ended. Please start again."))
    return visitor


def _token(request: HttpRequest) -> str:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _answer(status: int, sentence: str, errors: dict[str, str] | None = None) -> JsonResponse:
    response = problem(status, HTTPStatus(status).phrase, detail=sentence)
    if errors:
        body = {**json.loads(response.content), "errors": errors}
        response = JsonResponse(body, status=status, content_type="application/problem+json")
    return response


def _refused(found: Refusal) -> JsonResponse:
    response = _answer(found.status, found.sentence, found.errors)
    if found.retry_after:
        response["Retry-After"] = str(found.retry_after)
    return response


def _incomplete(found: Incomplete) -> JsonResponse:
    return _answer(422, str(found), found.errors)


def _cannot_post(found: CannotPost) -> JsonResponse:
    return _answer(STATUS[found.why], str(found))


def _missing(found: Http404) -> JsonResponse:
    return _answer(404, _("This was not found."))


_ANSWERS: dict[type[Exception], Callable[[Any], JsonResponse]] = {
    Refusal: _refused,
    Incomplete: _incomplete,
    CannotPost: _cannot_post,
    Http404: _missing,
}
