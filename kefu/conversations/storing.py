"""The two statements that store messages; ``posting`` says what may be stored.

The first locks the conversations in id order, or two workers that share two conversations would deadlock. The second
has a snapshot taken after those locks (READ COMMITTED), so it sees every message that was stored before them: it drops
what is already there, numbers the rest without a gap, inserts it, moves the conversation and appends the events. In
one statement the snapshot would be older than the lock, and a resend that races would leave a gap in the numbers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from kefu.conversations.drafts import Draft, FileGone, Locked, Posted
from kefu.privacy.masking import Masked, mask, may_continue

SALT_BYTES = 16

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
        %(with_files)b::bool[], %(with_originals)b::bool[], %(salts)b::bytea[], %(commitments)b::bytea[]
    ) WITH ORDINALITY AS d(conversation_id, client_id, inbox_id, kind, author_kind, author_id, text, masked,
                           has_files, has_original, salt, commitment, place)
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
        author_id, text, masked, has_files, has_original, salt, commitment, created_at)
    SELECT conversation_id, seq, reply_seq, client_id, coalesce(inbox_id, home_inbox_id), kind, author_kind,
        author_id, text, masked::jsonb, has_files, has_original, salt, commitment, at
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


def lock(conversation_ids: set[UUID]) -> dict[UUID, Locked]:
    rows = _raw().execute(_LOCK, [list(conversation_ids)], prepare=True).fetchall()
    return {row[0]: Locked(*row) for row in rows}


def store(drafts: Sequence[Draft]) -> list[Posted]:
    """Of conversations that are locked. Raises ``FileGone``."""
    if not drafts:
        return []
    said = [mask(draft.text, after=after) for draft, after in zip(drafts, _said_before(drafts), strict=True)]
    rows = _raw().execute(_STORE, _columns(drafts, said), prepare=True).fetchall()
    posted = [_posted(draft, one, row) for draft, one, row in zip(drafts, said, rows, strict=True)]
    _attach([one for one in posted if one.draft.file_ids and not one.repeat])
    return posted


def _columns(drafts: Sequence[Draft], said: Sequence[Masked]) -> dict[str, list[Any]]:
    salts = _salts(len(drafts))
    return {
        "conversations": [draft.conversation_id for draft in drafts],
        "clients": [draft.client_id for draft in drafts],
        "inboxes": [draft.inbox_id for draft in drafts],
        "kinds": [str(draft.kind) for draft in drafts],
        "author_kinds": [str(draft.author_kind) for draft in drafts],
        "authors": [draft.author_id for draft in drafts],
        "texts": [one.text for one in said],
        "masked": [json.dumps(_kinds(one)) if one.findings else "[]" for one in said],
        "with_files": [bool(draft.file_ids) for draft in drafts],
        "with_originals": [draft.has_original for draft in drafts],
        "salts": salts,
        "commitments": [
            sha256(salt + one.text.encode()).digest() for salt, one in zip(salts, said, strict=True)
        ],
    }


def _posted(draft: Draft, said: Masked, row: Sequence[Any]) -> Posted:
    """Of a repeat, what was stored then."""
    message_id, seq, reply_seq, at, repeat, text, masked = row
    earlier = repeat and text is not None
    return Posted(
        draft,
        message_id,
        draft.conversation_id,
        seq,
        reply_seq,
        at,
        text if earlier else said.text,
        json.loads(masked) if earlier else _kinds(said),
        repeat,
    )


def _kinds(said: Masked) -> list[str]:
    return sorted({finding.kind for finding in said.findings})


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


def _said_before(drafts: Sequence[Draft]) -> list[list[str]]:
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
