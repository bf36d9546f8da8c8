"""What happened to a conversation besides messages, in words: what, by whom and when."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from kefu.conversations.models import Priority
from kefu.events.log import COLUMNS, Entry, entries

MOST = 200

Fetch = Callable[[str, Sequence[Any]], Awaitable[list[tuple[Any, ...]]]]

_NAMES = """
SELECT id::text, name FROM people_staff WHERE id = ANY(%s::uuid[])
UNION ALL SELECT id::text, name FROM people_team WHERE id = ANY(%s::uuid[])
UNION ALL SELECT id::text, name FROM people_customer WHERE id = ANY(%s::uuid[])
UNION ALL SELECT id::text, name FROM conversations_tag WHERE id = ANY(%s::uuid[])
"""
_BETWEEN = f"""
SELECT * FROM (
    SELECT {COLUMNS} FROM events_event
    WHERE subject_id = %s AND kind NOT IN ('message.posted', 'message.delivery') AND at >= %s AND at < %s
    ORDER BY id DESC LIMIT %s
) latest ORDER BY id
"""  # noqa: S608 - a constant list of columns


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the timeline."""

    id: int
    conversation: UUID
    kind: str
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    data: Mapping[str, Any]
    names: Mapping[str, str]

    @property
    def who(self) -> str:
        if self.actor_kind == "system":
            return _("The desk")
        unnamed = _("The customer") if self.actor_kind == "customer" else _("A former colleague")
        return self.names.get(str(self.actor_id)) or unnamed

    @property
    def sentence(self) -> str:
        words = _SENTENCES[self.kind](self) if self.kind in _SENTENCES else self.kind
        return words % {"who": self.who, "whom": self._target()}

    @property
    def icon(self) -> str:
        return _ICONS.get(self.kind, "dot")

    @property
    def meaning(self) -> str:
        return {"conversation.solved": "good", "conversation.reopened": "warn"}.get(self.kind, "")

    def _target(self) -> str:
        return self.named("assignee") or self.named("team")

    def named(self, what: str) -> str:
        return self.names.get(str(self.data.get(what)), "")


def between(conversation_id: UUID, since: datetime, until: datetime, limit: int = MOST) -> list[Fact]:
    """The latest facts of that stretch, the oldest first; two queries."""
    names: dict[str, str] = {}
    with connection.cursor() as db:
        db.execute(_BETWEEN, [conversation_id, since, until, limit])
        found = entries(db.fetchall())
        if ids := _ids(found):
            db.execute(_NAMES, [ids] * 4)
            names = dict(db.fetchall())
    return [_fact(entry, names) for entry in found if is_shown(entry)]


async def facts(found: Sequence[Entry], fetch: Fetch) -> dict[int, Fact]:
    """For live screens: by event id, with one query for the names."""
    ids = _ids(found)
    names: dict[str, str] = {row[0]: row[1] for row in await fetch(_NAMES, [ids] * 4)} if ids else {}
    return {entry.id: _fact(entry, names) for entry in found}


def tell_also(kind: str, sentence: Callable[[Fact], str], icon: str) -> None:
    """A line about something of a room further down; ``kefu.reactions`` names them once."""
    _SENTENCES[kind], _ICONS[kind] = sentence, icon


def is_shown(entry: Entry) -> bool:
    return entry.kind in _SENTENCES


def _fact(entry: Entry, names: Mapping[str, str]) -> Fact:
    return Fact(
        entry.id, entry.subject_id, entry.kind, entry.at, entry.actor_kind, entry.actor_id, entry.data, names
    )


def _ids(found: Iterable[Entry]) -> list[str]:
    named = {
        str(entry.data[key]) for entry in found for key in ("assignee", "team", "tag") if entry.data.get(key)
    }
    return sorted(named | {str(entry.actor_id) for entry in found if entry.actor_id})


def _started(fact: Fact) -> str:
    if "follows" in fact.data:
        return _("Follow-up of a closed conversation")
    return _("%(who)s began the conversation")


def _assigned(fact: Fact) -> str:
    assignee = fact.data.get("assignee")
    if assignee is None:
        return _("%(who)s gave it back to the team")
    return _("%(who)s took it") if assignee == str(fact.actor_id) else _("%(who)s assigned it to %(whom)s")


def _prioritised(fact: Fact) -> str:
    priority = str(Priority(fact.data.get("after", Priority.NORMAL)).label).replace("%", "%%")
    return _("%(who)s set the priority: {priority}").format(priority=priority)


def _with_tag(words: str, fact: Fact) -> str:
    return words.format(tag=fact.named("tag").replace("%", "%%"))


_SENTENCES: dict[str, Callable[[Fact], str]] = {
    "conversation.started": _started,
    "conversation.assigned": _assigned,
    "conversation.handed_over": lambda fact: _("%(who)s handed over to %(whom)s"),
    "conversation.recognised": lambda fact: _("The customer was recognised"),
    "conversation.solved": lambda fact: _("%(who)s solved it"),
    "conversation.reopened": lambda fact: _("%(who)s reopened it"),
    "conversation.pending": lambda fact: _("%(who)s set it to wait for the customer"),
    "conversation.held": lambda fact: _("%(who)s put it on hold"),
    "conversation.closed": lambda fact: _("%(who)s closed it for good"),
    "conversation.prioritised": _prioritised,
    "conversation.renamed": lambda fact: _("%(who)s changed the subject"),
    "conversation.described": lambda fact: _("%(who)s changed the details"),
    "conversation.tagged": lambda fact: _with_tag(_("%(who)s added the tag “{tag}”"), fact),
    "conversation.untagged": lambda fact: _with_tag(_("%(who)s removed the tag “{tag}”"), fact),
    "conversation.order_linked": lambda fact: _("%(who)s linked an order"),
    "conversation.order_unlinked": lambda fact: _("%(who)s took a linked order away"),
}
_ICONS = {
    "conversation.started": "message-circle",
    "conversation.assigned": "user-check",
    "conversation.handed_over": "arrow-right-left",
    "conversation.recognised": "badge-check",
    "conversation.solved": "check",
    "conversation.reopened": "rotate-ccw",
    "conversation.pending": "hourglass",
    "conversation.held": "pause",
    "conversation.closed": "lock",
    "conversation.prioritised": "flag",
    "conversation.renamed": "pencil",
    "conversation.described": "pencil",
    "conversation.tagged": "tag",
    "conversation.untagged": "tag",
    "conversation.order_linked": "package",
    "conversation.order_unlinked": "unlink",
}
