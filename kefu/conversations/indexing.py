"""Keeps the search index over messages: a reader of the log, so that posting itself stays quick."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from kefu.conversations.models import Message
from kefu.events.log import Entry
from kefu.lib.text import index_text

_STORE = """
INSERT INTO conversations_messagewords (message_id, conversation_id, words)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::tsvector[])
ON CONFLICT (message_id) DO UPDATE SET words = excluded.words
"""


def index_messages(entries: list[Entry]) -> None:
    """Reader of ``message.posted``. A message that was deleted meanwhile is passed over."""
    ids = [entry.data["message"] for entry in entries]
    messages = list(Message.objects.filter(pk__in=ids).only("id", "conversation_id", "text"))
    if messages:
        _store(messages)


def _store(messages: Iterable[Message]) -> None:
    found = [(message.pk, message.conversation_id, index_text(message.text)) for message in messages]
    with connection.cursor() as db:
        db.execute(_STORE, [list(column) for column in zip(*found, strict=True)])
