"""The one rate limiter, shared by every process.

A key may be hit ``limit`` times at once and then as often as ``limit`` in ``per`` seconds allows: a leaky
bucket, whose row holds when it will be empty. A refused hit costs nothing and prolongs nothing.
"""

from __future__ import annotations

import hashlib
import logging
from itertools import count

from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)
SWEEP_EVERY = 500
ROUNDING = 0.001
_hits = count(1)

HIT = """
    INSERT INTO database_limits AS l (key, free_at)
    VALUES (%(key)s, clock_timestamp() + make_interval(secs => %(step)s))
    ON CONFLICT (key) DO UPDATE
    SET free_at = greatest(l.free_at, clock_timestamp()) + make_interval(secs => %(step)s)
    WHERE greatest(l.free_at, clock_timestamp()) + make_interval(secs => %(step)s)
        <= clock_timestamp() + make_interval(secs => %(per)s)
"""
GIVE_BACK = (
    "UPDATE database_limits SET free_at = free_at - make_interval(secs => %(step)s) WHERE key = %(key)s"
)


def hit(key: str, *, limit: int, per: int) -> bool:
    """True while ``key`` is within ``limit`` hits in ``per`` seconds; False beyond, or when none can tell.

    Call it before a transaction opens: inside one, a rollback takes the hit back.
    """
    try:
        allowed = limit > 0 and _hit(key, limit, per)
        if next(_hits) % SWEEP_EVERY == 0:
            sweep()
    except DatabaseError:
        logger.exception("The rate limiter has no database and refuses.")
        return False
    return allowed


def give_back(key: str, *, limit: int, per: int) -> None:
    """One hit of ``key`` is not counted after all: for limits on what goes wrong, paid before it is known."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(GIVE_BACK, {"key": _digest(key), "step": per / limit})
    except DatabaseError:
        logger.exception("The rate limiter has no database and keeps what was paid.")


def sweep() -> int:
    """Removes some of the rows whose bucket is empty and says how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM database_limits WHERE key IN (SELECT key FROM database_limits"
            " WHERE free_at <= clock_timestamp() LIMIT 2000 FOR UPDATE SKIP LOCKED)"
        )
        return int(cursor.rowcount)


def _hit(key: str, limit: int, per: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(HIT, {"key": _digest(key), "step": per / limit, "per": per + ROUNDING})
        return bool(cursor.rowcount == 1)


def _digest(key: str) -> str:
    """Keys name addresses and people; the table need not."""
    return hashlib.sha256(key.encode()).hexdigest()
