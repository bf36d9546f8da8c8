"""Appending to the log, and reading it in the order of commits.

A transaction id is handed out before its transaction commits, so reading "after the last id" would skip whoever commits
late. Readers therefore stop at the oldest transaction still running: everything below that horizon is final.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import connection, transaction

from kefu.events import nudges
from kefu.events.actors import Actor
from kefu.events.models import Audit

COLUMNS = "id, era, xid::text::bigint, at, kind, subject_kind, subject_id, actor_kind, actor_id, data"


class Subject(Protocol):
    event_kind: str

    @property
    def pk(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log as readers and screens get it."""

    id: int
    era: int
    xid: int
    at: datetime
    kind: str
    subject_kind: str
    subject_id: UUID
    actor_kind: str
    actor_id: UUID | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the log. As text, ``era-xid-id``, it is what screens send back as ``Last-Event-ID``."""

    era: int = 0
    xid: int = 0
    id: int = 0

    def __str__(self) -> str:
        return f"{self.era}-{self.xid}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """None for anything that this desk never handed out."""
        parts = text.split("-")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
            return None
        return cls(*map(int, parts))


def record(kind: str, subject: Subject, *, by: Actor, **data: Any) -> None:
    """Append one fact in the caller's transaction; screens and readers are nudged once it has committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_event (era, kind, subject_kind, subject_id, actor_kind, actor_id, data)"
            " VALUES ((SELECT max(number) FROM events_era), %s, %s, %s, %s, %s, %s)",
            [kind, subject.event_kind, subject.pk, by.actor_kind, by.actor_id, json.dumps(_plain(data))],
        )
    transaction.on_commit(nudges.poke)


def record_each(kind: str, facts: Iterable[tuple[Subject, dict[str, Any]]], *, by: Actor) -> None:
    """The same kind of fact about many things, in one statement; otherwise as ``record``."""
    told = [(subject.event_kind, subject.pk, json.dumps(_plain(data))) for subject, data in facts]
    if not told:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_event (era, kind, subject_kind, subject_id, actor_kind, actor_id, data)"
            " SELECT (SELECT max(number) FROM events_era), %s, s.kind, s.id, %s, %s, s.data"
            " FROM unnest(%s::text[], %s::uuid[], %s::jsonb[]) AS s (kind, id, data)",
            [kind, by.actor_kind, by.actor_id, *map(list, zip(*told, strict=True))],
        )
    transaction.on_commit(nudges.poke)


def audit(kind: str, subject: Subject | None, *, by: Actor, address: str | None = None, **data: Any) -> None:
    """Append to the audit trail in the caller's transaction."""
    Audit.objects.create(
        kind=kind,
        subject_kind=subject.event_kind if subject else "",
        subject_id=subject.pk if subject else None,
        actor_kind=by.actor_kind,
        actor_id=by.actor_id,
        address=address,
        data=_plain(data),
    )


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, UUID) else value for key, value in data.items()}


def entries(rows: Iterable[tuple[Any, ...]]) -> list[Entry]:
    """Rows of ``COLUMNS``. Django's own connections leave JSON as text, plain ones read it."""
    return [Entry(*(*row[:-1], _read(row[-1]))) for row in rows]


def _read(data: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data) if isinstance(data, str) else data
    return found


def settled_after(cursor: Cursor, limit: int) -> list[Entry]:
    """Up to ``limit`` facts after ``cursor`` that no running transaction can still precede, in commit order."""
    with connection.cursor() as db:
        db.execute(
            f"SELECT {COLUMNS} FROM events_event"  # noqa: S608 - a constant list of columns
            " WHERE (era, xid, id) > (%s, %s::text::xid8, %s)"
            " AND (era < (SELECT max(number) FROM events_era) OR xid < pg_snapshot_xmin(pg_current_snapshot()))"
            " ORDER BY era, xid, id LIMIT %s",
            [cursor.era, str(cursor.xid), cursor.id, limit],
        )
        return entries(db.fetchall())


def about(subject_id: UUID, kinds: Iterable[str] | None = None, limit: int = 500) -> list[Entry]:
    """The latest facts about one thing, oldest first: its timeline."""
    chosen = list(kinds) if kinds is not None else None
    with connection.cursor() as db:
        db.execute(
            f"SELECT * FROM (SELECT {COLUMNS} FROM events_event"  # noqa: S608 - a constant list of columns
            " WHERE subject_id = %s AND (%s::text[] IS NULL OR kind = ANY(%s::text[]))"
            " ORDER BY id DESC LIMIT %s) latest ORDER BY id",
            [subject_id, chosen, chosen, limit],
        )
        return entries(db.fetchall())


def horizon() -> Cursor:
    """Where a screen begins: everything before it is final. Taken before the state that the screen shows is read."""
    with connection.cursor() as db:
        db.execute(
            "SELECT (SELECT max(number) FROM events_era), pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        )
        era, xid = db.fetchone()
    return Cursor(era or 0, xid, 0)


def age() -> float:
    """Seconds since the oldest transaction that still holds the horizon began; 0 when none does."""
    with connection.cursor() as db:
        db.execute(
            "SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0) FROM pg_stat_activity"
            " WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
        )
        return float(db.fetchone()[0])
