"""The headers that every answer carries. Pure functions: the plain ASGI path uses them as Django does."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from django.conf import settings

YEAR = 365 * 24 * 3600
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
PERMISSIONS = (
    "accelerometer=(), autoplay=(self), camera=(), clipboard-read=(), clipboard-write=(self), "
    "display-capture=(), fullscreen=(self), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "midi=(), payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), "
    "screen-wake-lock=(), serial=(), usb=()"
)


def new_nonce() -> str:
    return secrets.token_urlsafe(18)


def headers_for_page(nonce: str, *, framed_by: Sequence[str] = ()) -> dict[str, str]:
    """For HTML. framed_by: the sites that may show this page in a frame."""
    return {
        "Content-Security-Policy": page_policy(nonce, framed_by),
        **({} if framed_by else {"X-Frame-Options": "DENY"}),
        **_always(cross_origin=bool(framed_by)),
    }


def headers_for_api(*, cross_origin: bool = False) -> dict[str, str]:
    """For JSON, event streams and whatever else is no page. Neither browser nor proxy keeps them."""
    return {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
        **_always(cross_origin=cross_origin),
    }


def page_policy(nonce: str, framed_by: Sequence[str] = ()) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic'",
            "style-src 'self'",
            "img-src 'self' blob:",
            "media-src 'self' blob:",
            "frame-src 'self'",
            "worker-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            " ".join(["form-action", "'self'", *getattr(settings, "KEFU_FORM_TARGETS", ())]),
            "object-src 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types kefu htmx",
            " ".join(["frame-ancestors", *(framed_by or ["'none'"])]),
        ]
    )


def comes_from_elsewhere(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another site made it send this writing request.

    Old browsers, which say nothing, and callers that are no browsers are left to the CSRF token or their own.
    """
    site = headers.get("Sec-Fetch-Site") or headers.get("sec-fetch-site") or "same-origin"
    return method in UNSAFE and site not in {"same-origin", "none"}


def _always(*, cross_origin: bool) -> dict[str, str]:
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "cross-origin" if cross_origin else "same-origin",
        "Permissions-Policy": PERMISSIONS,
    }
    if settings.KEFU_BASE_URL.startswith("https://"):
        headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    return headers
