"""A message as it is shown: to a page, and to a live screen, which has no ORM and one query for everyone."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.conversations.channels import CHANNELS
from kefu.conversations.models import AuthorKind, Delivery, MessageKind

PAGE = 50
# The author of what the desk's automatic assistant says; it is nobody, and says so in both languages.
ASSISTANT = UUID("6b656675-0000-7000-8000-617373697374")
ASSISTANT_NAME = "自动助手 · Assistant"

Fetch = Callable[[str, Sequence[Any]], Awaitable[list[tuple[Any, ...]]]]

_SELECT = """
SELECT m.id, m.conversation_id, m.seq, m.reply_seq, m.client_id, m.kind, m.author_kind, m.author_id,
    coalesce(s.name, c.name, ''), coalesce(s.alias, ''), m.text, m.delivery, m.leaves_at,
    m.has_original, m.masked, m.created_at,
    CASE WHEN m.has_files THEN (
        SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'type', f.type, 'size', f.size,
            'width', f.width, 'height', f.height, 'image', f.thumb <> '') ORDER BY f.id)
        FROM conversations_file f WHERE f.message_id = m.id
    ) END
FROM conversations_message m
LEFT JOIN people_staff s ON m.author_kind = 'staff' AND s.id = m.author_id
LEFT JOIN people_customer c ON m.author_kind = 'customer' AND c.id = m.author_id
"""
OF_MESSAGES = _SELECT + "WHERE m.id = ANY(%s::bigint[])"
_BEFORE = _SELECT + "WHERE m.conversation_id = %s AND m.seq < %s ORDER BY m.seq DESC LIMIT %s"
_AFTER = _SELECT + "WHERE m.conversation_id = %s AND m.seq > %s ORDER BY m.seq LIMIT %s"
# What waits to leave later, or was taken back before it left, is the desk's alone.
_FOR_CUSTOMERS = (
    "m.kind = 'reply' AND m.delivery <> 'withdrawn' AND (m.leaves_at IS NULL OR m.leaves_at <= now())"
)
_REPLIES_BEFORE = (
    _SELECT
    + f"WHERE m.conversation_id = %s AND {_FOR_CUSTOMERS} AND m.reply_seq < %s ORDER BY m.seq DESC LIMIT %s"
)
# A message's place among all is never before its place among the replies, so the index on seq serves.
_REPLIES_AFTER = (
    _SELECT
    + f"WHERE m.conversation_id = %s AND {_FOR_CUSTOMERS} AND m.seq > %s AND m.reply_seq > %s"
    + " ORDER BY m.seq LIMIT %s"
)


@dataclass(frozen=True, slots=True)
class BubbleFile:
    id: UUID
    name: str
    type: str
    size: int
    width: int | None
    height: int | None
    image: bool

    def for_customer(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "name": self.name,
            "type": self.type,
            "size": self.size,
            "width": self.width,
            "height": self.height,
            "image": self.image,
        }


@dataclass(frozen=True, slots=True)
class Bubble:
    id: int
    conversation: UUID
    seq: int
    reply_seq: int | None
    client_id: UUID
    kind: str
    author_kind: str
    author_id: UUID | None
    name: str
    alias: str
    text: str
    delivery: str
    leaves_at: datetime | None
    has_original: bool
    masked: tuple[str, ...]
    at: datetime
    files: tuple[BubbleFile, ...]

    @property
    def is_note(self) -> bool:
        return self.kind == MessageKind.NOTE

    @property
    def below(self) -> list[str]:
        """Templates of the rooms that send it."""
        return [channel.below for channel in CHANNELS]

    @property
    def leaves_later(self) -> bool:
        return self.leaves_at is not None and self.leaves_at > timezone.now()

    @property
    def is_for_customers(self) -> bool:
        return not (self.is_note or self.leaves_later or self.delivery == Delivery.WITHDRAWN)

    @property
    def side(self) -> str:
        """customer, staff or system: where it stands and what it looks like."""
        return self.author_kind

    @property
    def who(self) -> str:
        """As colleagues know the author."""
        if self.author_id == ASSISTANT:
            return ASSISTANT_NAME
        return self.name or str(_UNNAMED[AuthorKind(self.author_kind)]())

    def for_customer(self) -> dict[str, Any]:
        """What a customer may know of it, field by field; nothing is passed on just because it is there."""
        if self.is_note:
            raise ValueError("a note is never shown to a customer")
        shown_as = {AuthorKind.STAFF: self.alias, AuthorKind.CUSTOMER: self.name}.get(
            AuthorKind(self.author_kind), ASSISTANT_NAME if self.author_id == ASSISTANT else ""
        )
        return {
            "conversation": str(self.conversation),
            "seq": self.reply_seq,
            "client_id": str(self.client_id),
            "author": {
                "kind": self.author_kind,
                "name": shown_as,
                "initials": "AI" if self.author_id == ASSISTANT else initials(shown_as),
            },
            "text": self.text,
            "at": self.at.isoformat(),
            "files": [file.for_customer() for file in self.files],
            "masked": list(self.masked),
        }


def _visitor() -> str:
    return _("Visitor")


def _colleague() -> str:
    return _("Former colleague")


def _desk() -> str:
    return _("Desk")


_UNNAMED = {AuthorKind.CUSTOMER: _visitor, AuthorKind.STAFF: _colleague, AuthorKind.SYSTEM: _desk}


def initials(name: str) -> str:
    """A Chinese name is known by its last character, others by their first letters."""
    words = name.split()
    if not words:
        return ""
    if "\u3040" <= words[0][0] <= "\u9fff":
        return words[0][-1]
    return "".join(word[0] for word in words[:2]).upper()


async def of_messages(ids: Iterable[int], fetch: Fetch) -> dict[int, Bubble]:
    """For live screens: by message id, with one query."""
    wanted = list(ids)
    rows = await fetch(OF_MESSAGES, [wanted]) if wanted else []
    return {row[0]: _bubble(row) for row in rows}


def by_ids(ids: Iterable[int]) -> list[Bubble]:
    wanted = list(ids)
    return _rows(OF_MESSAGES, [wanted]) if wanted else []


def before(conversation_id: UUID, seq: int | None = None, limit: int = PAGE) -> list[Bubble]:
    """The last ``limit`` messages before ``seq`` (or of all), the oldest first."""
    return _rows(_BEFORE, [conversation_id, _or_endless(seq), limit])[::-1]


def after(conversation_id: UUID, seq: int, limit: int = PAGE) -> list[Bubble]:
    """The first ``limit`` messages after ``seq``, the oldest first."""
    return _rows(_AFTER, [conversation_id, seq, limit])


def replies_before(conversation_id: UUID, reply_seq: int | None = None, limit: int = PAGE) -> list[Bubble]:
    """As ``before``, in the numbers that both sides see, and only what is for customers."""
    return _rows(_REPLIES_BEFORE, [conversation_id, _or_endless(reply_seq), limit])[::-1]


def replies_after(conversation_id: UUID, reply_seq: int, limit: int = PAGE) -> list[Bubble]:
    return _rows(_REPLIES_AFTER, [conversation_id, reply_seq, reply_seq, limit])


def _or_endless(seq: int | None) -> int:
    return 2**31 - 1 if seq is None else seq


def _rows(sql: str, params: Sequence[Any]) -> list[Bubble]:
    with connection.cursor() as db:
        db.execute(sql, params)
        return [_bubble(row) for row in db.fetchall()]


def _bubble(row: Sequence[Any]) -> Bubble:
    *plain, masked, at, files = row
    fields = [*plain, tuple(_read(masked)), at, tuple(map(_file, _read(files)))]
    return Bubble(*fields)


def _read(value: Any) -> list[Any]:
    """Django's own connections leave JSON as text, plain ones read it."""
    return (json.loads(value) if isinstance(value, str) else value) or []


def _file(known: dict[str, Any]) -> BubbleFile:
    return BubbleFile(**known | {"id": UUID(known["id"])})
