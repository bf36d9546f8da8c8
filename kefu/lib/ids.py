"""Names for rows and for people without an account: time-ordered ids, and tokens that nobody guesses."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from uuid import UUID, SafeUUID

_VERSION_AND_VARIANT = 0x7 << 76 | 0b10 << 62
_RANDOM_62_BITS = (1 << 62) - 1
_lock = threading.Lock()
_last_moment = 0


def uuid7() -> UUID:
    """A UUIDv7 (RFC 9562, section 6.2, method 3): later calls in one process sort after earlier ones.

    48 bits of milliseconds, 12 bits of fractions of one, 62 random bits.
    """
    moment = _next_moment()
    random = int.from_bytes(os.urandom(8)) & _RANDOM_62_BITS
    return _uuid(moment >> 12 << 80 | (moment & 0xFFF) << 64 | random | _VERSION_AND_VARIANT)


def secret_token() -> str:
    """256 random bits, safe in an address. Store ``token_hash`` of it, never the token."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token. A plain SHA-256 is enough: 256 random bits cannot be tried out."""
    return hashlib.sha256(token.encode()).digest()


def _next_moment() -> int:
    """Now in 1/4096 ms, always more than the last one, also when the clock steps back."""
    global _last_moment
    now = (time.time_ns() << 12) // 1_000_000
    with _lock:
        _last_moment = now if now > _last_moment else _last_moment + 1
        return _last_moment


def _uuid(number: int) -> UUID:
    # UUID.__init__ takes 1 µs to look at arguments that we know to be right.
    made = object.__new__(UUID)
    object.__setattr__(made, "int", number)
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made
