"""What customers wrote has been delivered once a colleague's screen was told of it, read or not.

Marked by the tick of the live screens, for all conversations together: a mark for each message would cost as much
as the message.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from kefu.conversations.models import AuthorKind
from kefu.events import nudges
from kefu.events.log import Entry
from kefu.events.screens import Screen

MOST_TOGETHER = 500

# Locked in the order of their ids, as posting does. Marks only ever move forward.
_MARK = """
WITH shown AS (
    SELECT * FROM unnest(%s::uuid[], %s::int[]) AS s(id, seq)
), locked AS (
    SELECT c.id, least(s.seq, c.last_reply_seq) AS seq FROM conversations_conversation c JOIN shown s USING (id)
    WHERE c.staff_delivered_seq < s.seq ORDER BY c.id FOR NO KEY UPDATE OF c
)
UPDATE conversations_conversation c SET staff_delivered_seq = locked.seq
FROM locked WHERE c.id = locked.id AND c.staff_delivered_seq < locked.seq
RETURNING c.id, c.staff_delivered_seq, c.brand_id, c.inbox_id, c.team_id, c.assignee_id, c.customer_id
"""

_shown: dict[UUID, int] = {}


def note(entries: Iterable[Entry]) -> None:
    """A colleague's screen is shown these. In the event loop, so nothing more than a note."""
    for entry in entries:
        if entry.kind == "message.posted" and entry.actor_kind == AuthorKind.CUSTOMER:
            _shown[entry.subject_id] = max(_shown.get(entry.subject_id, 0), entry.data["reply_seq"])


def mark(screens: list[Screen]) -> None:
    """In a thread, every few seconds: one statement, and a word to those who wait for it."""
    some = [(id_, _shown.pop(id_, 0)) for id_ in list(_shown)[:MOST_TOGETHER]]
    if not some:
        return
    with connection.cursor() as db:
        db.execute(_MARK, [list(column) for column in zip(*some, strict=True)])
        rows = db.fetchall()
    for id_, seq, brand, inbox, team, assignee, customer in rows:
        nudges.whisper(
            "read",
            [f"customer:{customer}"],
            conversation=id_,
            staff_delivered_seq=seq,
            brand=brand,
            inbox=inbox,
            team=team,
            assignee=assignee,
            customer=customer,
        )
