"""A key that came in an address (an invitation, a reset, the set-up page) moves into a cookie, and the
browser at once to a clean address: so it stays out of histories, referrers and logs.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

LASTS_SECONDS = 3600


def move_to_cookie(purpose: str, key: str, *, then: str) -> HttpResponse:
    response = HttpResponseRedirect(then)
    response.set_signed_cookie(_name(purpose), key, salt=purpose, max_age=LASTS_SECONDS, **_where())
    return response


def key_in(request: HttpRequest, purpose: str) -> str:
    """Empty without one, or one that we did not put there."""
    return request.get_signed_cookie(_name(purpose), "", salt=purpose, max_age=LASTS_SECONDS) or ""


def forget(response: HttpResponse, purpose: str) -> HttpResponse:
    response.set_cookie(_name(purpose), "", max_age=0, **_where())
    return response


def _name(purpose: str) -> str:
    return f"__Host-kefu-{purpose}" if settings.KEFU_SECURE else f"kefu-{purpose}"


def _where() -> dict[str, Any]:
    return {"path": "/", "secure": settings.KEFU_SECURE, "httponly": True, "samesite": "Lax"}
