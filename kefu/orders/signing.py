"""Webhooks that come in: signed over their raw body, fresh, and each believed once.

Ours is ``Kefu-Signature: t=<seconds since 1970>,v1=<hex HMAC-SHA256 of "<t>.<body>">``; several ``v1`` may stand there
while a secret is changed. Shops sign their body alone, in base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from uuid import UUID

from django.core.cache import cache

TOLERANCE = 300
HEADER = "Kefu-Signature"


def sign(secret: str, body: bytes, *, at: int | None = None) -> str:
    """The header's value, for tests, docs and the page that shows how."""
    moment = int(time.time()) if at is None else at
    return f"t={moment},v1={_mac(secret, moment, body).hex()}"


def is_signed(secret: str, header: str, body: bytes) -> bool:
    """By somebody who knows the secret, in the last or next five minutes."""
    moment, signatures = _parts(header)
    if not secret or abs(time.time() - moment) > TOLERANCE:
        return False
    wanted = _mac(secret, moment, body).hex()
    return any(_same(wanted, signature) for signature in signatures)


def delivery_of(header: str, body: bytes) -> str:
    """Names what was signed. Not the header as it stands: anybody can write more into that."""
    return f"{_parts(header)[0]} {hashlib.sha256(body).hexdigest()}"


def is_signed_in_base64(secret: str, header: str, body: bytes) -> bool:
    """As Shopify and WooCommerce do it. Without a moment in it, it may come again, and must do no harm then."""
    wanted = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    return bool(secret) and _same(wanted, header)


def once(whose: UUID, delivery: str, act: Callable[[], None]) -> bool:
    """Do it unless this delivery has been believed within a day. One that fails may come again."""
    key = f"delivery:{whose}:{hashlib.sha256(delivery.encode()).hexdigest()}"
    if not cache.add(key, 1, 24 * 3600):
        return False
    try:
        act()
    except BaseException:
        cache.delete(key)
        raise
    return True


def _parts(header: str) -> tuple[int, list[str]]:
    pairs = [part.strip().partition("=") for part in header.split(",")[:10]]
    moments = [value for name, _is, value in pairs if name == "t" and value.isascii() and value.isdigit()]
    moment = int(moments[0]) if moments and len(moments[0]) < 12 else 0
    return moment, [value for name, _is, value in pairs if name == "v1"]


def _mac(secret: str, moment: int, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)


def _same(wanted: str, given: str) -> bool:
    return hmac.compare_digest(wanted.encode(), given.encode(errors="replace"))
