"""What a visitor's screen shows of the log: replies, and where their conversations stand. Never a note."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kefu.conversations import bubbles
from kefu.events.log import Entry
from kefu.events.screens import Fetch

Shown = dict[tuple[str, int], tuple[str, dict[str, Any]]]

_STANDING = """
SELECT c.id::text, c.number, c.status, c.subject, c.last_reply_seq, s.alias
FROM conversations_conversation c LEFT JOIN people_staff s ON s.id = c.assignee_id
WHERE c.id = ANY(%s::uuid[])
"""


async def present_to_customers(chosen: Mapping[str, list[Entry]], fetch: Fetch) -> Shown:
    """Two queries whatever the number of entries; what is shown does not depend on the language."""
    every = {entry.id: entry for found in chosen.values() for entry in found}
    said = await bubbles.of_messages(_messages(every.values()), fetch)
    standing = await _standings([entry for entry in every.values() if entry.kind != "message.posted"], fetch)
    shown: Shown = {}
    for audience, found in chosen.items():
        for entry in found:
            bubble = said.get(entry.data.get("message", 0))
            if bubble is not None and bubble.is_for_customers:
                shown[audience, entry.id] = ("message", bubble.for_customer())
            elif str(entry.subject_id) in standing:
                shown[audience, entry.id] = ("conversation", standing[str(entry.subject_id)])
    return shown


def _messages(entries: Iterable[Entry]) -> list[int]:
    return [entry.data["message"] for entry in entries if entry.kind == "message.posted"]


async def _standings(entries: list[Entry], fetch: Fetch) -> dict[str, dict[str, Any]]:
    ids = sorted({str(entry.subject_id) for entry in entries})
    rows = await fetch(_STANDING, [ids]) if ids else []
    return {
        row[0]: {
            "id": row[0],
            "number": f"K-{row[1]}",
            "status": row[2],
            "subject": row[3],
            "last_seq": row[4],
            "agent": row[5],
        }
        for row in rows
    }
