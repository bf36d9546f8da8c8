"""What every Django request passes: an id, the headers, the check of where it comes from, the language."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from kefu.web import addresses, errors, headers, logs, metrics

Handler = Callable[[HttpRequest], HttpResponseBase]

log = logging.getLogger("kefu.requests")
GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestId:
    """Names the request in logs, errors and the answer, and settles whose headers are believed."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        addresses.forget_untrusted(request)
        identity = _identity(request)
        token = logs.request_id.set(identity)
        request.request_id = identity  # type: ignore[attr-defined]
        try:
            return self._answer(request, identity)
        finally:
            logs.request_id.reset(token)

    def _answer(self, request: HttpRequest, identity: str) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-Id"] = identity
        _note(request, response.status_code, time.perf_counter() - began)
        return response


class SecurityHeaders:
    """A view may set response.frame_ancestors = [sites]; any header that it sets itself stays."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        nonce = headers.new_nonce()
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        if response.status_code == 304:
            return response  # its headers replace those of the page that is kept, whose scripts name another nonce
        for name, value in _headers(response, nonce).items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", _keeping(request, response))
        if _signs_out(response):
            response.headers.setdefault("Clear-Site-Data", '"cache"')
        return response


class SameSite:
    """Refuses writing requests that a browser says were made by another site.

    A view for other sites, which must not rest on cookies, says so with `view.for_other_sites = True`.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: object, kwargs: object
    ) -> HttpResponse | None:
        if getattr(view, "for_other_sites", False):
            return None
        if headers.comes_from_elsewhere(request.method or "", request.headers):
            return errors.forbidden(request)
        return None


class Language:
    """The language chosen on this device, else the one in the staff member's settings, else the browser's."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = language_for(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
            response.headers.setdefault("Content-Language", language)
        return response


def language_for(request: HttpRequest) -> str:
    offered = dict(settings.LANGUAGES)
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in offered:
        return chosen
    settled = getattr(getattr(request, "user", None), "language", "")
    return settled if settled in offered else translation.get_language_from_request(request)


def _identity(request: HttpRequest) -> str:
    """A trusted proxy's own id, so that its logs and ours can be read together; else a new one."""
    given = request.headers.get("X-Request-Id", "")
    trusted = addresses.is_trusted(request.META.get("REMOTE_ADDR", ""))
    return given if trusted and GIVEN_ID.fullmatch(given) else uuid4().hex


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    """The route, not the path: paths carry invitation tokens and numbers."""
    route = request.resolver_match.route if request.resolver_match else ""
    metrics.requests.add(seconds, status=str(status // 100) + "xx")
    log.info(
        "request",
        extra={"method": request.method, "route": route, "status": status, "ms": round(seconds * 1000, 1)},
    )


def _headers(response: HttpResponseBase, nonce: str) -> dict[str, str]:
    framed_by = getattr(response, "frame_ancestors", ())
    if framed_by or response.headers.get("Content-Type", "").startswith("text/html"):
        return headers.headers_for_page(nonce, framed_by=framed_by)
    plain = headers.headers_for_api()
    del plain["Cache-Control"]
    return plain


def _signs_out(response: HttpResponseBase) -> bool:
    """The session's cookie is taken away. Storage is left alone: a visitor's chat may live there too."""
    session = response.cookies.get(settings.SESSION_COOKIE_NAME)
    return session is not None and not session.value


def _keeping(request: HttpRequest, response: HttpResponseBase) -> str:
    """Pages of people who are signed in are not kept at all, others only by a browser that asks again."""
    signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES or response.cookies
    return "no-store" if signed_in else "private, no-cache"
