"""The shared cache without Redis: one small table. Values are JSON, so reading one never runs code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

SWEEP_EVERY = 500
GET = """
    SELECT key, value::text FROM database_cache
    WHERE key = ANY(%s) AND (expires IS NULL OR expires > clock_timestamp())
"""
SET = """
    INSERT INTO database_cache AS c (key, value, expires)
    VALUES (%s, %s::jsonb, clock_timestamp() + make_interval(secs => %s))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires
"""
ADD = f"{SET} WHERE c.expires <= clock_timestamp()"
INCREASE = """
    UPDATE database_cache SET value = to_jsonb((value #>> '{}')::bigint + %s)
    WHERE key = %s AND (expires IS NULL OR expires > clock_timestamp())
    RETURNING value::text
"""
TOUCH = """
    UPDATE database_cache SET expires = clock_timestamp() + make_interval(secs => %s)
    WHERE key = %s AND (expires IS NULL OR expires > clock_timestamp())
"""
DELETE = """
    DELETE FROM database_cache
    WHERE key = %s AND (expires IS NULL OR expires > clock_timestamp())
"""
SWEEP = """
    DELETE FROM database_cache WHERE key IN (
        SELECT key FROM database_cache WHERE expires <= clock_timestamp() LIMIT 2000 FOR UPDATE SKIP LOCKED
    )
"""


class TableCache(BaseCache):
    def __init__(self, table: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._writes = count(1)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self.get_many([key], version).get(key, default)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        asked = {self.make_and_validate_key(key, version=version): key for key in keys}
        return {asked[key]: json.loads(value) for key, value in _rows(GET, list(asked))}

    def set(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        _do(SET, self._row(key, value, timeout, version))
        self._sweep_now_and_then()

    def set_many(
        self, data: Mapping[Any, Any], timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        # In key order, so that two processes that store the same keys cannot wait for each other.
        rows = sorted(self._row(key, value, timeout, version) for key, value in data.items())
        with connection.cursor() as cursor:
            cursor.executemany(SET, rows)
        self._sweep_now_and_then()
        return []

    def add(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        added = _do(ADD, self._row(key, value, timeout, version))
        self._sweep_now_and_then()
        return added > 0

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        found = _rows(INCREASE, delta, self.make_and_validate_key(key, version=version))
        if not found:
            raise ValueError(f"Key {key!r} not found")
        return int(found[0][0])

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        named = self.make_and_validate_key(key, version=version)
        return _do(TOUCH, [self._seconds(timeout), named]) > 0

    def delete(self, key: Any, version: int | None = None) -> bool:
        return _do(DELETE, [self.make_and_validate_key(key, version=version)]) > 0

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        named = [self.make_and_validate_key(key, version=version) for key in keys]
        _do("DELETE FROM database_cache WHERE key = ANY(%s)", [named])

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(self.get_many([key], version))

    def clear(self) -> None:
        _do("DELETE FROM database_cache", [])

    def _row(self, key: Any, value: Any, timeout: float | None, version: int | None) -> list[Any]:
        stored = json.dumps(value, allow_nan=False)
        return [self.make_and_validate_key(key, version=version), stored, self._seconds(timeout)]

    def _seconds(self, timeout: float | None) -> float | None:
        return self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout

    def _sweep_now_and_then(self) -> None:
        if next(self._writes) % SWEEP_EVERY == 0:
            sweep()


def sweep() -> int:
    """Removes some of what has expired and says how many rows; what another process sweeps is left to it."""
    return _do(SWEEP, [])


def _rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _do(statement: str, values: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
