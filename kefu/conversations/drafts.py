"""What somebody wants to say, what became of it, and why it could not be stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from kefu.conversations.models import MessageKind
from kefu.lib.ids import uuid7

LONGEST_TEXT = 20_000
MOST_FILES = 10


class Locked(NamedTuple):
    """A conversation as it stands under the lock: what the right to write into it is judged by."""

    id: UUID
    status: str
    customer_id: UUID
    brand_id: UUID
    inbox_id: UUID
    team_id: UUID
    assignee_id: UUID | None
    last_reply_seq: int


class Why(StrEnum):
    """Why a draft was not stored."""

    NOT_FOUND = "not found"
    CLOSED = "closed"
    CHANGED = "changed"
    EMPTY = "empty"
    TOO_LONG = "too long"
    TOO_MANY_FILES = "too many files"
    UNREADABLE = "unreadable"
    FILE_GONE = "file gone"
    FAILED = "failed"


SENTENCES = {
    Why.NOT_FOUND: _("This conversation was not found."),
    Why.CLOSED: _("This conversation is closed. Start a follow-up instead."),
    Why.CHANGED: _("Someone wrote in this conversation in the meantime. Read it, then send again."),
    Why.EMPTY: _("Write something or add a file before sending."),
    Why.TOO_LONG: _("A message can have at most 20,000 characters. Nothing was sent; please shorten it."),
    Why.TOO_MANY_FILES: _("A message can carry at most 10 files. Nothing was sent; please remove some."),
    Why.UNREADABLE: _("The message contains characters that cannot be stored."),
    Why.FILE_GONE: _("A file of this message is no longer there. Nothing was sent; please add it again."),
    Why.FAILED: _("The message could not be stored. Please try again."),
}


def anyone(conversation: Locked) -> bool:
    """For the desk's own messages, which need nobody's right."""
    return True


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that somebody wants to store. ``client_id`` makes a resend harmless; ``may`` is the author's right.

    With ``seen``, the last reply that the author has read, it is stored only if nobody else replied since.
    ``has_original``: as in ``Message``.
    """

    conversation_id: UUID
    client_id: UUID
    author_kind: str
    author_id: UUID | None
    text: str
    may: Callable[[Locked], bool]
    kind: str = MessageKind.REPLY
    inbox_id: UUID | None = None
    file_ids: tuple[UUID, ...] = ()
    seen: int | None = None
    has_original: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """Stored, now or before (``repeat``). ``conversation_id`` differs from the draft's when a follow-up began."""

    draft: Draft
    message_id: int
    conversation_id: UUID
    seq: int
    reply_seq: int | None
    at: datetime
    text: str
    masked: list[str]
    repeat: bool


@dataclass(frozen=True, slots=True)
class Unposted:
    draft: Draft
    why: Why


class FileGone(DatabaseError):
    """A file that a message names is not there, is somebody else's, or was sent before."""


class CannotPost(Exception):
    def __init__(self, why: Why) -> None:
        super().__init__(str(SENTENCES[why]))
        self.why = why


def fresh_client_id() -> UUID:
    """For messages that the desk itself writes and nobody resends."""
    return uuid7()


def unfit(draft: Draft) -> Unposted | None:
    if not draft.text.strip() and not draft.file_ids:
        return Unposted(draft, Why.EMPTY)
    if len(draft.text) > LONGEST_TEXT:
        return Unposted(draft, Why.TOO_LONG)
    if len(draft.file_ids) > MOST_FILES:
        return Unposted(draft, Why.TOO_MANY_FILES)
    if "\x00" in draft.text or _has_surrogates(draft.text):
        return Unposted(draft, Why.UNREADABLE)
    return None


def _has_surrogates(text: str) -> bool:
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
