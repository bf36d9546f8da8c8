"""Finding conversations, messages and customers: in Chinese and English, and only what one may see.

The latest messages are walked first: a few milliseconds, which also tell how frequent the words are. Frequent ones
are met by walking on, since of two of them the index first gathers every message that has both, however few are
wanted. Rare ones are met by the index, whose hits stand in ``WITH … AS MATERIALIZED``: beside ``ORDER BY … LIMIT``
PostgreSQL would rather walk all messages backwards. The right to see is asked of each hit, the latest first, until
enough are found.
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

Seen = tuple[str, tuple[Any, ...]]

SHOWN = 20
FIRST_WALK, LONG_WALK = 15_000, 80_000
NOT_RARE = 3  # in the first walk: perhaps more than the index serves quickly
FREQUENT = 40  # in the long walk: among millions surely more than that
MOST_HITS = 3_000
CANDIDATES = 100
SHORTEST_INNER = 3

_NUMBER = re.compile(r"(?:k-?)?(\d{1,18})", re.IGNORECASE)
# Of what was found the first that one may see, each with the number of all; where one may see nothing, that alone.
_SHOWN = """
SELECT shown.message_id, shown.conversation_id, number.of_all
FROM (SELECT count(*) AS of_all FROM found) number LEFT JOIN LATERAL (
    SELECT found.message_id, found.conversation_id FROM found
    CROSS JOIN LATERAL (SELECT FROM ({visible}) seen WHERE seen.id = found.conversation_id LIMIT 1) may LIMIT %s
) shown ON true
"""
_HITS = """
WITH hits AS MATERIALIZED (
    SELECT message_id, conversation_id FROM conversations_messagewords WHERE words @@ %s::tsquery LIMIT %s
), found AS MATERIALIZED (
    SELECT message_id, conversation_id FROM hits ORDER BY message_id DESC
)
{shown}
"""
# OFFSET 0 keeps the planner from using the index after all.
_WALK = """
WITH latest AS NOT MATERIALIZED (
    SELECT message_id, conversation_id, words FROM conversations_messagewords
    WHERE message_id > (SELECT max(message_id) - %s FROM conversations_messagewords)
    ORDER BY message_id DESC OFFSET 0
), found AS MATERIALIZED (
    SELECT message_id, conversation_id FROM latest WHERE words @@ %s::tsquery LIMIT %s
)
{shown}
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


def _found(wanted: str, agent: Staff) -> list[tuple[int, UUID]]:
    seen = _seen_by(agent)
    near, number = _select(_WALK, [FIRST_WALK, wanted, MOST_HITS], seen)
    if len(near) >= SHOWN:
        return near
    if number >= NOT_RARE:
        far, number = _select(_WALK, [LONG_WALK, wanted, MOST_HITS], seen)
        if len(far) >= SHOWN or number >= FREQUENT:
            return far
    hits, number = _select(_HITS, [wanted, MOST_HITS + 1], seen)
    return hits if number <= MOST_HITS else _select(_WALK, [LONG_WALK, wanted, MOST_HITS], seen)[0]


def _seen_by(agent: Staff) -> Seen:
    """``visible_to`` as SQL, so that the database can ask it of one hit after the other."""
    return Conversation.objects.visible_to(agent).order_by().values("id").query.sql_with_params()


def _select(sql: str, params: Sequence[Any], seen: Seen) -> tuple[list[tuple[int, UUID]], int]:
    """The first that one may see, and how many there are of all."""
    visible, who = seen
    with connection.cursor() as db:
        db.execute(sql.format(shown=_SHOWN.format(visible=visible)), [*params, *who, SHOWN])
        rows = db.fetchall()
    return [(message, conversation) for message, conversation, _number in rows if message], rows[0][2]


def _shown(found: Sequence[tuple[int, UUID]]) -> list[Hit]:
    known = Conversation.objects.select_related("customer", "team", "assignee").in_bulk(
        {conversation for _id, conversation in found}
    )
    said = {bubble.id: bubble for bubble in bubbles.by_ids([id_ for id_, _conversation in found])}
    return [Hit(said[id_], known[conversation]) for id_, conversation in found if id_ in said]
