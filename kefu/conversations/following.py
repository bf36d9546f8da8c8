"""Where a customer's message goes when its conversation is closed: a follow-up, which begins if there is none."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from kefu.conversations.models import Conversation, Message, Status
from kefu.events.actors import SYSTEM, Actor
from kefu.people.models import Customer


def home_of(conversation_id: UUID, client_id: UUID) -> UUID:
    """Called under the lock of a closed conversation. A resend finds the message wherever down the chain it went."""
    chain = [Conversation.objects.get(pk=conversation_id)]
    while (nxt := Conversation.objects.filter(follow_up_of=chain[-1]).first()) is not None:
        chain.append(nxt.locked())
    for link in chain:
        if Message.objects.filter(conversation=link, client_id=client_id).exists():
            return link.pk
    last = chain[-1]
    return last.pk if last.status != Status.CLOSED else follow_up(last).pk


def follow_up(closed: Conversation, *, by: Actor = SYSTEM) -> Conversation:
    """One follow-up each: a second caller meets the unique constraint and finds the first one's."""
    now = timezone.now()
    conversation = Conversation.objects.create(
        brand_id=closed.brand_id,
        inbox_id=closed.inbox_id,
        customer=Customer.objects.get(pk=closed.customer_id),
        team_id=closed.team_id,
        subject=closed.subject,
        topic=closed.topic,
        fields=closed.fields,
        priority=closed.priority,
        follow_up_of=closed,
        created_at=now,
        last_message_at=now,
    )
    conversation.record_start(by=by, follows=closed.pk)
    return conversation
