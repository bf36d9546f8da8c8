"""A reader of the help centre, known by who they are or by a random cookie of their own."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kefu.lib.ids import secret_token, token_hash
from kefu.people.models import Customer

COOKIE = "__Host-kefu-reader" if settings.KEFU_SECURE else "kefu-reader"
YEAR = 365 * 24 * 3600


def known(request: HttpRequest, customer: Customer | None) -> bytes | None:
    """The hash of who they are; None for who has never answered in this browser."""
    if customer is not None:
        return hashlib.sha256(f"customer {customer.pk}".encode()).digest()
    token = request.COOKIES.get(COOKIE, "")
    return token_hash(token) if token else None


def introduced(response: HttpResponse) -> bytes:
    """The hash of somebody new, whose browser keeps the cookie from now on."""
    token = secret_token()
    response.set_cookie(
        COOKIE, token, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.KEFU_SECURE
    )
    return token_hash(token)
