"""Finding conversations, messages and customers: in Chinese and English, and only what one may see.

Words that are everywhere are met by walking the latest messages; others by the index, whose hits stand in
``WITH … AS MATERIALIZED``: beside ``ORDER BY … LIMIT`` PostgreSQL would rather walk all messages backwards.
Either way the right to see is asked of each hit, the latest first, until enough are found.
"""

from __future__ import annotations

import json
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

Seen = tuple[str, tuple[Any, ...]]

SHOWN = 20
FIRST_WALK, LONG_WALK = 4_000, 20_000
MOST_HITS = 3_000
EVERYWHERE = 50_000
CANDIDATES = 100
SHORTEST_INNER = 3

_NUMBER = re.compile(r"(?:k-?)?(\d{1,18})", re.IGNORECASE)
_VISIBLE = (
    "CROSS JOIN LATERAL (SELECT FROM ({visible}) seen WHERE seen.id = found.conversation_id LIMIT 1) may"
)
_HITS = """
WITH hits AS MATERIALIZED (
    SELECT message_id, conversation_id FROM conversations_messagewords WHERE words @@ %s::tsquery LIMIT %s
), found AS (
    SELECT message_id, conversation_id FROM hits ORDER BY message_id DESC
)
SELECT found.message_id, found.conversation_id, (SELECT count(*) FROM hits) FROM found {may} LIMIT %s
"""
# OFFSET 0 keeps the planner from using the index after all.
_WALK = """
WITH latest AS NOT MATERIALIZED (
    SELECT message_id, conversation_id, words FROM conversations_messagewords
    WHERE message_id > (SELECT max(message_id) - %s FROM conversations_messagewords)
    ORDER BY message_id DESC OFFSET 0
), found AS (
    SELECT message_id, conversation_id FROM latest WHERE words @@ %s::tsquery
)
SELECT found.message_id, found.conversation_id FROM found {may} LIMIT %s
"""
_EXPECTED = "EXPLAIN (FORMAT JSON) SELECT FROM conversations_messagewords WHERE words @@ %s::tsquery"


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
    known = list(Identity.objects.filter(index__in=_indexes(query)).values_list("customer", flat=True))
    wanted = Customer.objects.filter(Q(pk__in=known) | _named(query), merged_into=None)
    found = list(wanted[:CANDIDATES])
    latest = _latest_seen([customer.pk for customer in found], agent)
    people = [Person(customer, latest[customer.pk]) for customer in found if customer.pk in latest]
    return sorted(people, key=lambda person: person.customer.name)[:SHOWN]


def _latest_seen(customer_ids: Sequence[UUID], agent: Staff) -> dict[UUID, UUID]:
    """By customer, the last of their conversations that one may see."""
    seen = Conversation.objects.visible_to(agent).filter(customer__in=customer_ids)
    latest = seen.order_by("customer_id", "-last_message_at").distinct("customer_id")
    return dict(latest.values_list("customer_id", "pk"))


def _indexes(query: str) -> list[bytes]:
    kinds = (IdentityKind.EMAIL,) if "@" in query else (IdentityKind.PHONE, IdentityKind.USER)
    return [Identity.index_of(kind, spelling) for kind in kinds for spelling in _spellings(kind, query)]


def _spellings(kind: str, query: str) -> Iterable[str]:
    digits = re.sub(r"[\s()./-]", "", query)
    return {query, digits} if kind == IdentityKind.PHONE else {query}


def _named(query: str) -> Q:
    """From the first letter on; anywhere in the name from three letters on, which a trigram index carries."""
    return Q(name__icontains=query) if len(query) >= SHORTEST_INNER else Q(name__istartswith=query)


def messages(query: str, agent: Staff) -> list[Hit]:
    """The latest that contain every word; Chinese words of two characters on."""
    wanted = query_text(query)
    return _shown(_found(wanted, agent)) if wanted else []


def _found(wanted: str, agent: Staff) -> Sequence[tuple[int, UUID]]:
    seen = _seen_by(agent)
    if len(near := _walk(FIRST_WALK, wanted, seen)) >= SHOWN:
        return near
    if _expected(wanted) < EVERYWHERE:
        hits = _select(_HITS, [wanted, MOST_HITS + 1], seen)
        if not hits or hits[0][2] <= MOST_HITS:
            return [(message, conversation) for message, conversation, _count in hits]
    return _walk(LONG_WALK, wanted, seen)


def _walk(far: int, wanted: str, seen: Seen) -> list[tuple[int, UUID]]:
    return [(message, conversation) for message, conversation in _select(_WALK, [far, wanted], seen)]


def _expected(wanted: str) -> float:
    """How many the planner expects; it keeps count of the commonest words."""
    with connection.cursor() as db:
        db.execute(_EXPECTED, [wanted])
        row: Any = db.fetchone()
    plan = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    return float(plan[0]["Plan"]["Plan Rows"])


def _seen_by(agent: Staff) -> Seen:
    """``visible_to`` as SQL, so that the database can ask it of one hit after the other."""
    return Conversation.objects.visible_to(agent).order_by().values("id").query.sql_with_params()


def _select(sql: str, params: Sequence[Any], seen: Seen) -> list[Any]:
    visible, who = seen
    with connection.cursor() as db:
        db.execute(sql.format(may=_VISIBLE.format(visible=visible)), [*params, *who, SHOWN])
        return list(db.fetchall())


def _shown(found: Sequence[tuple[int, UUID]]) -> list[Hit]:
    known = Conversation.objects.select_related("customer", "team", "assignee").in_bulk(
        {conversation for _id, conversation in found}
    )
    said = {bubble.id: bubble for bubble in bubbles.by_ids([id_ for id_, _conversation in found])}
    return [Hit(said[id_], known[conversation]) for id_, conversation in found if id_ in said]
