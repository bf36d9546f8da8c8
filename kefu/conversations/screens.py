"""What live screens of the console show of the log.

A screen watches conversations (audience ``console/<language>``: bubbles and timeline lines, rendered once for
everyone with that language; the browser sets the clock times to the reader's zone) and lists (audience
``desk``: that something changed; the list itself is then asked for).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from kefu.conversations import arrivals, bubbles, delivering, timeline
from kefu.conversations.bubbles import Bubble
from kefu.conversations.timeline import Fact
from kefu.events.log import Entry
from kefu.events.screens import Fetch

Shown = dict[tuple[str, int], tuple[str, dict[str, Any]]]

STATUS_AFTER = {
    "conversation.started": "open",
    "conversation.reopened": "open",
    "conversation.pending": "pending",
    "conversation.held": "hold",
    "conversation.solved": "solved",
    "conversation.closed": "closed",
}


def topics_of(entry: Entry) -> Iterable[str]:
    """Where a fact is heard; a hand-over also where the conversation was, so that it leaves those lists."""
    if entry.subject_kind != "conversation":
        return ()
    data = entry.data
    before = {"conversation.assigned": "staff", "conversation.recognised": "customer"}.get(entry.kind)
    places = [
        ("team", data.get("team")),
        ("team", data.get("from_team")),
        ("staff", data.get("assignee")),
        ("staff", data.get("from_assignee")),
        ("brand", data.get("brand")),
        ("customer", data.get("customer")),
        *([(before, data.get("before"))] if before else []),
    ]
    named = {f"{kind}:{id_}" for kind, id_ in places if id_}
    return {f"conversation:{entry.subject_id}", "all", *named}


async def present_changes(chosen: Mapping[str, list[Entry]], fetch: Fetch) -> Shown:
    for found in chosen.values():
        arrivals.note(found)
    return {
        (audience, entry.id): ("changed", _change(entry))
        for audience, found in chosen.items()
        for entry in found
        if entry.kind != delivering.CHANGED
    }


def _change(entry: Entry) -> dict[str, Any]:
    return {
        "conversation": str(entry.subject_id),
        "kind": entry.kind,
        "team": entry.data.get("team"),
        "assignee": entry.data.get("assignee"),
        "status": STATUS_AFTER.get(entry.kind),
        "by": entry.actor_kind,
        "actor": str(entry.actor_id) if entry.actor_id else None,
        "note": entry.data.get("kind") == "note",
    }


async def present_conversation(chosen: Mapping[str, list[Entry]], fetch: Fetch) -> Shown:
    """Two queries whatever the number of entries and audiences; then templates only, in the event loop."""
    every = {entry.id: entry for found in chosen.values() for entry in found}
    posted = [entry for entry in every.values() if entry.kind in ("message.posted", delivering.CHANGED)]
    said = await bubbles.of_messages([entry.data["message"] for entry in posted], fetch)
    happened = await timeline.facts([entry for entry in every.values() if timeline.is_shown(entry)], fetch)
    shown: Shown = {}
    for audience, found in chosen.items():
        with translation.override(audience.removeprefix("console/")):
            for entry in found:
                if entry.id in happened:
                    shown[audience, entry.id] = ("timeline", _line(entry, happened[entry.id]))
                elif (bubble := said.get(entry.data.get("message", 0))) is not None:
                    name = "redrawn" if entry.kind == delivering.CHANGED else "message"
                    shown[audience, entry.id] = (name, _message(bubble))
    return shown


def _message(bubble: Bubble) -> dict[str, Any]:
    return {
        "conversation": str(bubble.conversation),
        "seq": bubble.seq,
        "reply_seq": bubble.reply_seq,
        "client_id": str(bubble.client_id),
        "kind": bubble.kind,
        "by": bubble.author_kind,
        "actor": str(bubble.author_id) if bubble.author_id else None,
        "html": render_to_string("conversations/bubble.html", {"bubble": bubble}),
    }


def _line(entry: Entry, fact: Fact) -> dict[str, Any]:
    return {
        "conversation": str(entry.subject_id),
        "kind": entry.kind,
        "id": entry.id,
        "by": entry.actor_kind,
        "actor": str(entry.actor_id) if entry.actor_id else None,
        "html": render_to_string("conversations/fact.html", {"fact": fact}),
    }
