"""The only place where a message is stored: what may be, and where it goes. ``storing`` has the statements."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection, transaction

from kefu.conversations import following, storing
from kefu.conversations.drafts import (
    LONGEST_TEXT,
    MOST_FILES,
    SENTENCES,
    CannotPost,
    Draft,
    FileGone,
    Locked,
    Posted,
    Unposted,
    Why,
    anyone,
    fresh_client_id,
    unfit,
)
from kefu.conversations.models import AuthorKind, Message, MessageKind, Status
from kefu.events import nudges

__all__ = [
    "LONGEST_TEXT", "MOST_FILES", "SENTENCES", "CannotPost", "Draft", "Locked", "Posted", "Unposted", "Why",
    "anyone", "fresh_client_id", "post", "post_one",
]  # fmt: skip

logger = logging.getLogger(__name__)


def post(drafts: Sequence[Draft]) -> list[Posted | Unposted]:
    """Store what can be stored; the answers stand in the order of the drafts. A bad draft fails alone.

    Inside the caller's transaction when there is one: then everything is stored or nothing.
    """
    if not drafts:
        return []
    try:
        with transaction.atomic(savepoint=False):
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
    outcomes: list[Posted | Unposted | None] = [unfit(draft) for draft in drafts]
    locked = storing.lock(
        {draft.conversation_id for draft, bad in zip(drafts, outcomes, strict=True) if not bad}
    )
    places = []
    for place, draft in enumerate(drafts):
        if outcomes[place] is None:
            outcomes[place] = _refused(draft, locked.get(draft.conversation_id))
        if outcomes[place] is None:
            places.append(place)
    final = [_where_it_goes(drafts[place], locked[drafts[place].conversation_id]) for place in places]
    for place, posted in zip(places, storing.store(final), strict=True):
        outcomes[place] = replace(posted, draft=drafts[place])
    if places:
        transaction.on_commit(nudges.poke)
    return [outcome for outcome in outcomes if outcome is not None]


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
