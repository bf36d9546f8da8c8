"""Finding conversations, messages and customers: in Chinese and English, and only what one may see.

The match stands in ``WITH hits AS MATERIALIZED``: beside ``ORDER BY … LIMIT`` PostgreSQL would rather walk
all messages backwards. For a word that is everywhere that is right: past ``MOST_HITS`` the latest are walked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from kefu.conversations import bubbles
from kefu.conversations.bubbles import Bubble
from kefu.conversations.models import Conversation
from kefu.lib.text import LONGEST_QUERY, query_text
from kefu.people.models import Customer, Identity, IdentityKind, Staff

SHOWN = 20
MOST_HITS = 2_000
WALKED = 60_000
SHORTEST_INNER = 3

_NUMBER = re.compile(r"(?:k-?)?(\d{1,18})", re.IGNORECASE)
_HITS = """
WITH hits AS MATERIALIZED (
    SELECT message_id, conversation_id FROM conversations_messagewords WHERE words @@ %s::tsquery LIMIT %s
)
SELECT message_id, conversation_id FROM hits ORDER BY message_id DESC
"""
_WALK = """
WITH latest AS MATERIALIZED (
    SELECT message_id, conversation_id, words FROM conversations_messagewords
    WHERE message_id > (SELECT max(message_id) - %s FROM conversations_messagewords)
    ORDER BY message_id DESC
)
SELECT message_id, conversation_id FROM latest WHERE words @@ %s::tsquery LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Hit:
    bubble: Bubble
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Person:
    """``latest`` is the last of their conversations that the one searching may see."""

    customer: Customer
    latest: UUID


@dataclass(frozen=True, slots=True)
class Found:
    query: str
    conversations: list[Conversation] = field(default_factory=list)
    customers: list[Person] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        return not (self.conversations or self.customers or self.hits)


def search(query: str, agent: Staff) -> Found:
    query = " ".join(query.replace("\0", " ").split())[:LONGEST_QUERY]
    if not query:
        return Found("")
    return Found(query, by_number(query, agent), customers(query, agent), messages(query, agent))


def by_number(query: str, agent: Staff) -> list[Conversation]:
    number = _NUMBER.fullmatch(query)
    if number is None:
        return []
    visible = Conversation.objects.visible_to(agent).filter(number=int(number[1]))
    return list(visible.select_related("customer", "team", "assignee"))


def customers(query: str, agent: Staff) -> list[Person]:
    """By an exact e-mail address or telephone number, or by name; those of conversations that one may see."""
    known = Identity.objects.filter(index__in=_indexes(query)).values("customer")
    wanted = Customer.objects.filter(Q(pk__in=known) | _named(query), merged_into=None)
    seen = Conversation.objects.visible_to(agent)
    candidates = list(wanted.order_by("name", "id")[: SHOWN * 5])
    latest = dict(
        seen.filter(customer__in=candidates)
        .order_by("customer_id", "-last_message_at")
        .distinct("customer_id")
        .values_list("customer_id", "pk")
    )
    return [Person(customer, latest[customer.pk]) for customer in candidates if customer.pk in latest][:SHOWN]


def _indexes(query: str) -> list[bytes]:
    kinds = (IdentityKind.EMAIL,) if "@" in query else (IdentityKind.PHONE, IdentityKind.USER)
    return [Identity.index_of(kind, spelling) for kind in kinds for spelling in _spellings(kind, query)]


def _spellings(kind: str, query: str) -> Iterable[str]:
    digits = re.sub(r"[\s()./-]", "", query)
    return {query, digits} if kind == IdentityKind.PHONE else {query}


def _named(query: str) -> Q:
    """From the first letter on; anywhere in the name from three letters on, where a trigram index carries."""
    within = Q(name__icontains=query) if len(query) >= SHORTEST_INNER else Q()
    return Q(name__istartswith=query) | within


def messages(query: str, agent: Staff) -> list[Hit]:
    """The latest that contain every word; Chinese words of two characters on."""
    wanted = query_text(query)
    if not wanted:
        return []
    found = _select(_HITS, [wanted, MOST_HITS + 1])
    if len(found) > MOST_HITS:
        found = _select(_WALK, [WALKED, wanted, MOST_HITS])
    return _shown(found, agent)


def _shown(found: Sequence[tuple[int, UUID]], agent: Staff) -> list[Hit]:
    visible = Conversation.objects.visible_to(agent).filter(
        pk__in={conversation for _id, conversation in found}
    )
    seen = set(visible.values_list("pk", flat=True))
    latest = [(id_, conversation) for id_, conversation in found if conversation in seen][:SHOWN]
    known = Conversation.objects.select_related("customer", "team", "assignee").in_bulk(
        {conversation for _id, conversation in latest}
    )
    said = {bubble.id: bubble for bubble in bubbles.by_ids([id_ for id_, _conversation in latest])}
    return [Hit(said[id_], known[conversation]) for id_, conversation in latest if id_ in said]


def _select(sql: str, params: Sequence[Any]) -> list[tuple[int, UUID]]:
    with connection.cursor() as db:
        db.execute(sql, params)
        return list(db.fetchall())
