"""How weeks that never were get into the desk.

Messages go through posting like all others, so they are masked, numbered and sealed by the same rules. What
lies in the past cannot: the verbs write the time at which they run, and the log takes no corrections. So
messages and conversations are dated back in a statement each, and the facts of the past written with their
times.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from kefu.conversations import posting
from kefu.conversations.models import AuthorKind, Conversation, MessageKind, Reading, Tag, Tagging
from kefu.demo.stories import Story
from kefu.lib.ids import uuid7
from kefu.people.models import Staff


def store(stories: list[Story], staff: Iterable[Staff]) -> None:
    """In the order in which they began, so that their numbers rise with time."""
    _store_conversations(stories)
    _store_messages(stories)
    _date_back(stories)
    _date_back_customers(stories)
    _store_tags(stories)
    _store_facts(stories)
    _store_readings(stories, staff)


def _store_conversations(stories: list[Story]) -> None:
    Conversation.objects.bulk_create(
        Conversation(
            pk=story.id,
            brand_id=story.inbox.brand_id,
            inbox=story.inbox,
            customer=story.customer,
            team=story.team,
            subject=" ".join(story.said[0].text.split())[:80],
            topic=story.dialogue.topic,
            fields=_matter(story),
            start_id=uuid7(),
            created_at=story.began,
            last_message_at=story.began,
        )
        for story in stories
    )


def _matter(story: Story) -> dict[str, str]:
    """What the form before the chat asked."""
    matter = {}
    if any("{order}" in line.text for line in story.dialogue.lines):
        matter["order_number"] = story.words["order"]
    if story.dialogue.topic in {"fault", "pairing"}:
        matter["product_model"] = story.words["model"]
    if story.dialogue.error:
        matter["error_text"] = story.dialogue.error
    return matter


def _store_messages(stories: list[Story]) -> None:
    drafts = [
        posting.Draft(
            conversation_id=story.id,
            client_id=uuid7(),
            author_kind=AuthorKind(said.author.actor_kind),
            author_id=said.author.pk,
            text=said.text,
            may=posting.anyone,
            kind=MessageKind.NOTE if said.note else MessageKind.REPLY,
        )
        for story in stories
        for said in story.said
    ]
    posted = posting.post(drafts)
    times = [said.at for story in stories for said in story.said]
    stored = [
        (one.message_id, at) for one, at in zip(posted, times, strict=True) if isinstance(one, posting.Posted)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE conversations_message m SET created_at = given.at"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS given(id, at) WHERE m.id = given.id",
            [[pk for pk, _at in stored], [at for _pk, at in stored]],
        )


_DATE_BACK = """
UPDATE conversations_conversation c SET
    team_id = g.team, assignee_id = g.assignee, status = g.status, priority = g.priority,
    last_message_at = g.last_message_at, waiting_since = g.waiting_since, first_reply_at = g.first_reply_at,
    solved_at = g.solved_at, closed_at = g.closed_at, customer_delivered_seq = last_reply_seq,
    customer_read_seq = greatest(0, last_reply_seq - g.unread_by_customer),
    staff_delivered_seq = last_reply_seq, staff_read_seq = greatest(0, last_reply_seq - g.unread_by_staff)
FROM unnest(
    %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::smallint[], %s::timestamptz[], %s::timestamptz[],
    %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::integer[], %s::integer[]
) AS g(id, team, assignee, status, priority, last_message_at, waiting_since, first_reply_at, solved_at,
    closed_at, unread_by_customer, unread_by_staff)
WHERE c.id = g.id
"""


def _date_back(stories: list[Story]) -> None:
    rows = [
        (
            story.id,
            story.team.pk,
            story.assignee.pk if story.assignee else None,
            str(story.status),
            int(story.priority),
            max(said.at for said in story.said if not said.note),
            story.waiting_since,
            story.first_reply_at,
            story.solved_at,
            story.closed_at,
            _unread_by_customer(story),
            _unread_by_staff(story),
        )
        for story in stories
    ]
    with connection.cursor() as cursor:
        cursor.execute(_DATE_BACK, [list(column) for column in zip(*rows, strict=True)])


def _date_back_customers(stories: list[Story]) -> None:
    """Known since they first wrote."""
    first = {story.customer.pk: story.began for story in reversed(stories)}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_customer c SET created_at = given.at"
            " FROM unnest(%s::uuid[], %s::timestamptz[]) AS given(id, at) WHERE c.id = given.id",
            [list(first), list(first.values())],
        )


def _replies(story: Story) -> list[str]:
    return [said.author.actor_kind for said in story.said if not said.note]


def _unread_by_staff(story: Story) -> int:
    """What a customer wrote last, where the desk still has to look."""
    if story.waiting_since is None:
        return 0
    return _trailing(_replies(story), "customer")


def _unread_by_customer(story: Story) -> int:
    fresh = story.now - story.said[-1].at < timedelta(hours=6)
    return _trailing(_replies(story), "staff") if fresh else 0


def _trailing(authors: list[str], kind: str) -> int:
    return next((place for place, author in enumerate(reversed(authors)) if author != kind), len(authors))


def _store_tags(stories: list[Story]) -> None:
    used = sorted({(story.inbox.brand_id, name) for story in stories for name in story.dialogue.tags})
    tags = {(brand, name): Tag(brand_id=brand, name=name) for brand, name in used}
    Tag.objects.bulk_create(tags.values())
    tagged = [
        (story, tags[story.inbox.brand_id, name])
        for story in stories
        if story.first_reply_at
        for name in story.dialogue.tags
    ]
    Tagging.objects.bulk_create(Tagging(conversation_id=story.id, tag=tag) for story, tag in tagged)
    for story, tag in tagged:
        story.tagged(tag.pk)


_FACTS = """
INSERT INTO events_event (era, at, kind, subject_kind, subject_id, actor_kind, actor_id, data)
SELECT (SELECT max(number) FROM events_era), at, kind, 'conversation', subject, actor_kind, actor, data::jsonb
FROM unnest(%s::timestamptz[], %s::text[], %s::uuid[], %s::text[], %s::uuid[], %s::text[])
    WITH ORDINALITY AS f(at, kind, subject, actor_kind, actor, data, place) ORDER BY place
"""


def _store_facts(stories: list[Story]) -> None:
    facts = sorted(
        ((fact, story.id) for story in stories for fact in story.facts), key=lambda pair: pair[0].at
    )
    rows = [
        (fact.at, fact.kind, story, fact.by.actor_kind, fact.by.pk, json.dumps(_plain(fact.data)))
        for fact, story in facts
    ]
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [list(column) for column in zip(*rows, strict=True)])


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, UUID) else value for key, value in data.items()}


def _store_readings(stories: list[Story], staff: Iterable[Staff]) -> None:
    """Everybody has seen what is settled; what waits is unread by all."""
    seqs = {story.id: len(_replies(story)) - _unread_by_staff(story) for story in stories}
    Reading.objects.bulk_create(
        Reading(staff=someone, conversation_id=conversation, seq=seq)
        for conversation, seq in seqs.items()
        for someone in staff
        if seq
    )
