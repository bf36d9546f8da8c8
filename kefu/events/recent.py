"""The latest of the log, in memory: read once a process for all of its screens.

Reading uses the last snapshot: whatever was not visible in it then and is now is new, so nothing is skipped, nothing
is read twice, and a long-running writer delays nobody.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg

from kefu.database.plain import plain_async_connection
from kefu.events.log import COLUMNS, Cursor, Entry, entries

KEPT_ENTRIES = 20_000
KEPT_SECONDS = 900
# The snapshot in a row of its own before what is new in it: repeated in each, it would cost more to read than they.
_FRESH = f"""
WITH snap AS MATERIALIZED (SELECT pg_current_snapshot() AS s)
SELECT pg_snapshot_xmin(snap.s)::text::bigint, pg_snapshot_xmax(snap.s)::text::bigint,
    ARRAY(SELECT x::text::bigint FROM pg_snapshot_xip(snap.s) AS x), fresh.*
FROM snap LEFT JOIN (SELECT {COLUMNS} FROM events_event WHERE false) fresh ON true
UNION ALL
SELECT NULL, NULL, NULL, {COLUMNS} FROM events_event
WHERE era = %s AND at > now() - interval '2 days'
    AND (xid >= %s::text::xid8 OR xid = ANY(%s::text[]::xid8[]))
ORDER BY id NULLS FIRST
"""  # noqa: S608 - a constant list of columns


class Recent:
    """What happened lately, by topic. ``known_from`` is the cursor from which on nothing is missing here."""

    def __init__(self) -> None:
        self.topics_of: Callable[[Entry], Iterable[str]] = lambda entry: ()
        self.known_from = Cursor()
        self._db: psycopg.AsyncConnection[Any] | None = None
        self._snapshot = (0, 0, 0, [0])
        self._kept: deque[tuple[float, Entry, tuple[str, ...]]] = deque()
        self._by_topic: dict[str, deque[Entry]] = defaultdict(deque)

    async def fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        if self._db is None or self._db.closed:
            self._db = await plain_async_connection(autocommit=True)
        return await (await self._db.execute(sql, params, prepare=True)).fetchall()

    async def begin(self) -> Cursor:
        """What happened shortly before this process began, so that screens of the one before can resume here."""
        era, xmin, xmax, running = await self._look()
        rows = await self.fetch(
            f"SELECT * FROM (SELECT {COLUMNS} FROM events_event WHERE era = %s AND at > now() - interval '10 minutes'"  # noqa: S608
            " ORDER BY id DESC LIMIT %s) latest ORDER BY id",
            [era, KEPT_ENTRIES],
        )
        recent = entries(rows)
        self.known_from = await self._everything_before(era, recent[0].id if recent else 2**62)
        self._snapshot = (era, xmin, xmax, running)
        for entry in recent:
            if entry.xid < xmax and entry.xid not in running:
                self.remember(entry)
        return Cursor(era, xmin, 0)

    async def _everything_before(self, era: int, first_id: int) -> Cursor:
        """The place from which on nothing is missing here: after every transaction of what is not remembered."""
        rows = await self.fetch(
            "SELECT xid::text::bigint FROM events_event WHERE era = %s AND id < %s ORDER BY era DESC, xid DESC LIMIT 1",
            [era, first_id],
        )
        return Cursor(era, rows[0][0] + 1 if rows else 0, 0)

    async def _look(self) -> tuple[int, int, int, list[int]]:
        rows = await self.fetch(
            "SELECT (SELECT max(number) FROM events_era), pg_snapshot_xmin(s)::text::bigint,"
            " pg_snapshot_xmax(s)::text::bigint,"
            " ARRAY(SELECT x::text::bigint FROM pg_snapshot_xip(s) AS x) FROM pg_current_snapshot() AS s",
            [],
        )
        era, xmin, xmax, running = rows[0]
        return era or 0, xmin, xmax, running

    async def fresh(self) -> tuple[list[Entry], Cursor]:
        """Exactly what has become visible since the last look, and the horizon of this look."""
        era, _xmin, xmax, running = self._snapshot
        (head, *rows) = await self.fetch(_FRESH, [era, str(xmax), [str(one) for one in running]])
        self._snapshot = (era, head[0], head[1], head[2])
        return entries(row[3:] for row in rows), Cursor(era, head[0], 0)

    def remember(self, entry: Entry) -> tuple[str, ...]:
        topics = tuple(self.topics_of(entry))
        self._kept.append((time.monotonic(), entry, topics))
        for topic in topics:
            self._by_topic[topic].append(entry)
        return topics

    def after(self, cursor: Cursor, topics: Iterable[str]) -> list[Entry]:
        found = {
            entry.id: entry
            for topic in topics
            for entry in self._by_topic.get(topic, ())
            if (entry.era, entry.xid, entry.id) > (cursor.era, cursor.xid, cursor.id)
        }
        return [found[id_] for id_ in sorted(found)]

    async def close(self) -> None:
        if self._db is not None:
            await self._db.close()
            self._db = None

    def forget_old(self) -> None:
        before = time.monotonic() - KEPT_SECONDS
        while self._kept and (len(self._kept) > KEPT_ENTRIES or self._kept[0][0] < before):
            _when, entry, topics = self._kept.popleft()
            self.known_from = max(self.known_from, Cursor(entry.era, entry.xid + 1, 0))
            for topic in topics:
                kept = self._by_topic[topic]
                kept.popleft()
                if not kept:
                    del self._by_topic[topic]
