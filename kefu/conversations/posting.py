"""The only place where a message is stored.

``post`` takes a list and needs two statements for it, however long it is. The first locks the conversations in id
order, or two workers that share two conversations would deadlock. The second has a snapshot taken after those locks
(READ COMMITTED), so it sees every message that was stored before them: it drops what is already there, numbers the rest
without a gap, inserts it, moves the conversation and appends the events. In one statement the snapshot would be older
than the lock, and a resend that races would leave a gap in the numbers.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext_lazy as _

from kefu.conversations import following
from kefu.conversations.models import AuthorKind, Message, MessageKind, Status
from kefu.events import nudges
from kefu.lib.ids import uuid7
from kefu.privacy.masking import mask, may_continue

logger = logging.getLogger(__name__)

LONGEST_TEXT = 20_000
MOST_FILES = 10
SALT_BYTES = 16


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
    Why.CHANGED: _("Somebody wrote in this conversation meanwhile. Read it, then send again."),
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


def post(drafts: Sequence[Draft]) -> list[Posted | Unposted]:
    """Store what can be stored; the answers stand in the order of the drafts. A bad draft fails alone.

    Inside the caller's transaction when there is one: then everything is stored or nothing.
    """
    if not drafts:
        return []
    try:
        with transaction.atomic():
            return _post_together(drafts)
    except (DatabaseError, psycopg.Error) as problem:
        if connection.in_atomic_block or _line_is_broken():
            raise
        if len(drafts) > 1:
            return _post_singly(drafts)
        if isinstance(problem, FileGone):
            return [Unposted(drafts[0], Why.FILE_GONE)]
        logger.warning("a message could not be stored", exc_info=True)
        return [Unposted(drafts[0], Why.FAILED)]


def _line_is_broken() -> bool:
    return connection.connection is None or bool(connection.connection.closed)


def _post_singly(drafts: Sequence[Draft]) -> list[Posted | Unposted]:
    """A conversation that is stuck behind somebody's lock costs its own drafts one wait together, not one each."""
    stuck: set[UUID] = set()
    outcomes: list[Posted | Unposted] = []
    for draft in drafts:
        outcome = Unposted(draft, Why.FAILED) if draft.conversation_id in stuck else post([draft])[0]
        if isinstance(outcome, Unposted) and outcome.why == Why.FAILED:
            stuck.add(draft.conversation_id)
        outcomes.append(outcome)
    return outcomes


def post_one(draft: Draft) -> Posted:
    """Raises ``CannotPost`` with a sentence for the author."""
    outcome = post([draft])[0]
    if isinstance(outcome, Unposted):
        raise CannotPost(outcome.why)
    return outcome


def _post_together(drafts: Sequence[Draft]) -> list[Posted | Unposted]:
    outcomes: list[Posted | Unposted | None] = [_unfit(draft) for draft in drafts]
    locked = _lock({draft.conversation_id for draft, bad in zip(drafts, outcomes, strict=True) if not bad})
    places = []
    for place, draft in enumerate(drafts):
        if outcomes[place] is None:
            outcomes[place] = _refused(draft, locked.get(draft.conversation_id))
        if outcomes[place] is None:
            places.append(place)
    final = [_where_it_goes(drafts[place], locked[drafts[place].conversation_id]) for place in places]
    for place, posted in zip(places, _store(final, locked), strict=True):
        outcomes[place] = replace(posted, draft=drafts[place])
    return [outcome for outcome in outcomes if outcome is not None]


def _unfit(draft: Draft) -> Unposted | None:
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


def _refused(draft: Draft, conversation: Locked | None) -> Unposted | None:
    if conversation is None or not draft.may(conversation):
        return Unposted(draft, Why.NOT_FOUND)
    by_desk = draft.author_kind != AuthorKind.CUSTOMER and draft.kind == MessageKind.REPLY
    if conversation.status == Status.CLOSED and by_desk:
        return Unposted(draft, Why.CLOSED)
    if draft.seen is not None and draft.seen < conversation.last_reply_seq and _changed_since(draft):
        return Unposted(draft, Why.CHANGED)
    return None


def _changed_since(draft: Draft) -> bool:
    """A resend of what was stored before is no change, nor are the author's own replies."""
    later = Message.objects.filter(conversation=draft.conversation_id, reply_seq__gt=draft.seen)
    others = later.exclude(author_id=draft.author_id).exists()
    return others and not later.filter(client_id=draft.client_id).exists()


def _where_it_goes(draft: Draft, conversation: Locked) -> Draft:
    if conversation.status == Status.CLOSED and draft.author_kind == AuthorKind.CUSTOMER:
        return replace(draft, conversation_id=following.home_of(conversation.id, draft.client_id))
    return draft


_LOCK = """
SELECT id, status, customer_id, brand_id, inbox_id, team_id, assignee_id, last_reply_seq
FROM conversations_conversation WHERE id = ANY(%b::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""

# Arrays go over in binary: as text every element would be searched for what needs quoting, 10 µs a message.
_STORE = """
WITH draft AS (
    SELECT * FROM unnest(
        %(conversations)b::uuid[], %(clients)b::uuid[], %(inboxes)b::uuid[], %(kinds)b::text[],
        %(author_kinds)b::text[], %(authors)b::uuid[], %(texts)b::text[], %(masked)b::text[],
        %(with_files)b::bool[], %(salts)b::bytea[], %(commitments)b::bytea[]
    ) WITH ORDINALITY AS d(conversation_id, client_id, inbox_id, kind, author_kind, author_id, text, masked,
                           has_files, salt, commitment, place)
), fresh AS (
    SELECT DISTINCT ON (conversation_id, client_id) * FROM draft d
    WHERE NOT EXISTS (
        SELECT 1 FROM conversations_message m
        WHERE m.conversation_id = d.conversation_id AND m.client_id = d.client_id
    )
    ORDER BY conversation_id, client_id, place
), numbered AS (
    SELECT f.*, c.last_seq + row_number() OVER w AS seq,
        CASE WHEN f.kind = 'reply'
             THEN c.last_reply_seq + count(*) FILTER (WHERE f.kind = 'reply') OVER w END AS reply_seq,
        statement_timestamp() AS at, c.brand_id, c.inbox_id AS home_inbox_id, c.team_id, c.assignee_id,
        c.customer_id, c.status AS status_before
    FROM fresh f JOIN conversations_conversation c ON c.id = f.conversation_id
    WINDOW w AS (PARTITION BY f.conversation_id ORDER BY f.place)
), stored AS (
    INSERT INTO conversations_message (conversation_id, seq, reply_seq, client_id, inbox_id, kind, author_kind,
        author_id, text, masked, has_files, salt, commitment, created_at)
    SELECT conversation_id, seq, reply_seq, client_id, coalesce(inbox_id, home_inbox_id), kind, author_kind,
        author_id, text, masked::jsonb, has_files, salt, commitment, at
    FROM numbered ORDER BY place
    RETURNING id, conversation_id, client_id, seq, reply_seq, created_at
), summed AS (
    SELECT conversation_id, max(seq) AS seq, max(reply_seq) AS reply_seq, max(at) AS at,
        bool_or(author_kind = 'customer') AS asked,
        bool_or(author_kind = 'staff' AND kind = 'reply') AS answered,
        (array_agg(author_kind ORDER BY place DESC) FILTER (WHERE kind = 'reply'))[1] AS author,
        (array_agg(left(text, 140) ORDER BY place DESC) FILTER (WHERE kind = 'reply'))[1] AS text
    FROM numbered GROUP BY conversation_id
), moved AS (
    UPDATE conversations_conversation c SET
        last_seq = s.seq,
        last_reply_seq = coalesce(s.reply_seq, c.last_reply_seq),
        last_message_at = CASE WHEN s.reply_seq IS NULL THEN c.last_message_at ELSE s.at END,
        last_text = coalesce(s.text, c.last_text),
        last_author = coalesce(s.author, c.last_author),
        status = CASE WHEN s.asked THEN 'open' ELSE c.status END,
        solved_at = CASE WHEN s.asked THEN NULL ELSE c.solved_at END,
        waiting_since = CASE s.author
            WHEN 'staff' THEN NULL
            WHEN 'customer' THEN CASE WHEN s.answered THEN s.at ELSE coalesce(c.waiting_since, s.at) END
            ELSE c.waiting_since END,
        first_reply_at = CASE WHEN s.answered THEN coalesce(c.first_reply_at, s.at) ELSE c.first_reply_at END
    FROM summed s WHERE c.id = s.conversation_id
), logged AS (
    INSERT INTO events_event (era, kind, subject_kind, subject_id, actor_kind, actor_id, data)
    SELECT (SELECT max(number) FROM events_era), kind, 'conversation', conversation_id, author_kind, author_id, data
    FROM (
        SELECT n.place, 1 AS step, 'message.posted' AS kind, n.conversation_id, n.author_kind, n.author_id,
            jsonb_build_object('message', s.id, 'seq', n.seq, 'reply_seq', n.reply_seq, 'kind', n.kind,
                'brand', n.brand_id, 'inbox', n.home_inbox_id, 'team', n.team_id, 'assignee', n.assignee_id,
                'customer', n.customer_id) AS data
        FROM numbered n JOIN stored s USING (conversation_id, client_id)
        UNION ALL
        SELECT DISTINCT ON (conversation_id) place, 0, 'conversation.reopened', conversation_id, author_kind, author_id,
            jsonb_build_object('before', status_before, 'brand', brand_id, 'inbox', home_inbox_id, 'team', team_id,
                'assignee', assignee_id, 'customer', customer_id)
        FROM numbered WHERE author_kind = 'customer' AND status_before <> 'open'
    ) facts ORDER BY place, step
)
SELECT coalesce(s.id, m.id), coalesce(s.seq, m.seq), coalesce(s.reply_seq, m.reply_seq),
    coalesce(s.created_at, m.created_at),
    s.id IS NULL OR EXISTS (SELECT 1 FROM draft e WHERE e.place < d.place
        AND e.conversation_id = d.conversation_id AND e.client_id = d.client_id),
    m.text, m.masked
FROM draft d
LEFT JOIN stored s ON s.conversation_id = d.conversation_id AND s.client_id = d.client_id
LEFT JOIN conversations_message m ON m.conversation_id = d.conversation_id AND m.client_id = d.client_id
ORDER BY d.place
"""

_ATTACH = """
UPDATE conversations_file f SET message_id = given.message_id, conversation_id = given.conversation_id
FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[], %s::uuid[])
    AS given(file_id, message_id, conversation_id, uploader_id)
WHERE f.id = given.file_id AND f.message_id IS NULL AND f.uploader_id = given.uploader_id
"""


def _lock(conversation_ids: set[UUID]) -> dict[UUID, Locked]:
    rows = _raw().execute(_LOCK, [list(conversation_ids)], prepare=True).fetchall()
    return {row[0]: Locked(*row) for row in rows}


def _store(drafts: list[Draft], locked: dict[UUID, Locked]) -> list[Posted]:
    if not drafts:
        return []
    masked = [
        mask(draft.text, after=after) for draft, after in zip(drafts, _said_before(drafts), strict=True)
    ]
    texts = [found.text for found in masked]
    kinds = [sorted({finding.kind for finding in found.findings}) for found in masked]
    salts = _salts(len(drafts))
    rows = (
        _raw()
        .execute(
            _STORE,
            {
                "conversations": [draft.conversation_id for draft in drafts],
                "clients": [draft.client_id for draft in drafts],
                "inboxes": [draft.inbox_id for draft in drafts],
                "kinds": [str(draft.kind) for draft in drafts],
                "author_kinds": [str(draft.author_kind) for draft in drafts],
                "authors": [draft.author_id for draft in drafts],
                "texts": texts,
                "masked": [json.dumps(kind) if kind else "[]" for kind in kinds],
                "with_files": [bool(draft.file_ids) for draft in drafts],
                "salts": salts,
                "commitments": [
                    sha256(salt + text.encode()).digest() for salt, text in zip(salts, texts, strict=True)
                ],
            },
            prepare=True,
        )
        .fetchall()
    )
    posted = [
        Posted(
            draft, row[0], draft.conversation_id, row[1], row[2], row[3],
            row[5] if row[4] and row[5] is not None else text,
            json.loads(row[6]) if row[4] and row[6] is not None else kind,
            row[4],
        )
        for draft, row, text, kind in zip(drafts, rows, texts, kinds, strict=True)
    ]  # fmt: skip
    _attach([one for one in posted if one.draft.file_ids and not one.repeat])
    transaction.on_commit(nudges.poke)
    return posted


_JUST_SAID = """
SELECT d.place, ARRAY(
    SELECT text FROM conversations_message m
    WHERE m.conversation_id = d.conversation_id AND m.seq > d.last_seq - 6 AND m.author_id = d.author_id
    ORDER BY m.seq DESC LIMIT 2
)
FROM (
    SELECT given.*, c.last_seq FROM unnest(%s::int[], %s::uuid[], %s::uuid[])
        AS given(place, conversation_id, author_id) JOIN conversations_conversation c ON c.id = given.conversation_id
) d
"""


def _said_before(drafts: list[Draft]) -> list[list[str]]:
    """What the same person wrote just before, for drafts that could end a number begun there; others need no look."""
    places = [place for place, draft in enumerate(drafts) if may_continue(draft.text)]
    before: list[list[str]] = [[] for _ in drafts]
    if not places:
        return before
    where = [drafts[place].conversation_id for place in places]
    who = [drafts[place].author_id for place in places]
    for place, texts in _raw().execute(_JUST_SAID, [places, where, who]).fetchall():
        together = [
            other.text
            for other in drafts[:place]
            if (other.conversation_id, other.author_id)
            == (drafts[place].conversation_id, drafts[place].author_id)
        ]
        before[place] = [*texts[::-1], *together][-2:]
    return before


def _attach(posted: list[Posted]) -> None:
    """A file that is not the author's, or was sent before, fails the message that names it."""
    pairs = [(one, file_id) for one in posted for file_id in one.draft.file_ids]
    if not pairs:
        return
    changed = _raw().execute(
        _ATTACH,
        [
            [file_id for _one, file_id in pairs],
            [one.message_id for one, _file in pairs],
            [one.conversation_id for one, _file in pairs],
            [one.draft.author_id for one, _file in pairs],
        ],
    )
    if changed.rowcount != len(pairs):
        raise FileGone


def _salts(count: int) -> list[bytes]:
    random = os.urandom(SALT_BYTES * count)
    return [random[place : place + SALT_BYTES] for place in range(0, len(random), SALT_BYTES)]


def _raw() -> psycopg.Cursor[Any]:
    """A cursor with server-side parameters on Django's own connection, so that the statements stay prepared."""
    connection.ensure_connection()
    driver: psycopg.Connection[Any] = connection.connection
    return psycopg.Cursor(driver)


def fresh_client_id() -> UUID:
    """For messages that the desk itself writes and nobody resends."""
    return uuid7()
