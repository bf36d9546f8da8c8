"""Verbs that cross things: beginning a conversation, handing it over with a note, moving a customer's matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.conversations import following, posting
from kefu.conversations.models import LIVE, AuthorKind, Conversation, Inbox, MessageKind, Status
from kefu.conversations.models.conversation import Refused
from kefu.events.actors import SYSTEM, Actor
from kefu.events.log import Entry
from kefu.people.models import Customer, Staff, Team
from kefu.privacy.masking import mask


@dataclass(frozen=True, slots=True)
class Opening:
    """What a customer begins with. ``start_id`` makes a resend find the conversation that the first one began.

    ``team_id`` is the team that it waits for, the inbox's unless another is named. ``has_original``: as in ``Message``.
    """

    start_id: UUID
    text: str
    subject: str = ""
    topic: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    file_ids: tuple[UUID, ...] = ()
    team_id: UUID | None = None
    has_original: bool = False


def start(customer: Customer, inbox: Inbox, opening: Opening) -> tuple[Conversation, posting.Posted]:
    """Begin a conversation with its first message; raises ``posting.CannotPost``. A repeat finds the first one."""
    try:
        with transaction.atomic():
            conversation = _begin(customer, inbox, opening, by=customer)
            return conversation, posting.post_one(_first_words(conversation, customer, opening))
    except IntegrityError:
        conversation = Conversation.objects.get(customer=customer, start_id=opening.start_id)
        return conversation, posting.post_one(_first_words(conversation, customer, opening))


def reach_out(
    customer: Customer, inbox: Inbox, opening: Opening, *, by: Staff
) -> tuple[Conversation, posting.Posted]:
    """Begin a conversation with what a colleague writes first, who then has it in hand. Otherwise as ``start``."""
    try:
        with transaction.atomic():
            conversation = _begin(customer, inbox, opening, by=by)
            return conversation, posting.post_one(_first_words(conversation, by, opening))
    except IntegrityError:
        conversation = Conversation.objects.get(customer=customer, start_id=opening.start_id)
        return conversation, posting.post_one(_first_words(conversation, by, opening))


def _begin(customer: Customer, inbox: Inbox, opening: Opening, *, by: Customer | Staff) -> Conversation:
    now = timezone.now()
    conversation = Conversation.objects.create(
        brand_id=inbox.brand_id,
        inbox=inbox,
        customer=customer,
        team_id=opening.team_id or inbox.team_id,
        assignee=by if isinstance(by, Staff) else None,
        subject=_subject(opening),
        topic=opening.topic,
        fields={
            key: mask(value).text if isinstance(value, str) else value
            for key, value in opening.fields.items()
        },
        start_id=opening.start_id,
        created_at=now,
        last_message_at=now,
    )
    conversation.record_start(by=by, **({"team_named": True} if opening.team_id else {}))
    return conversation


def _subject(opening: Opening) -> str:
    return mask(opening.subject or " ".join(opening.text.split())).text[:80]


def _first_words(conversation: Conversation, by: Customer | Staff, opening: Opening) -> posting.Draft:
    """Whoever began it, and nobody who happens to know the id that it began with."""
    return posting.Draft(
        conversation_id=conversation.pk,
        client_id=opening.start_id,
        author_kind=by.actor_kind,
        author_id=by.pk,
        text=opening.text,
        may=lambda locked: by.pk in (locked.customer_id, locked.assignee_id),
        file_ids=opening.file_ids,
        has_original=opening.has_original,
    )


@transaction.atomic
def follow_up(closed: Conversation, *, by: Actor) -> Conversation:
    """What goes on after a closed conversation: the one that has begun, or a new one, linked."""
    if closed.locked().status != Status.CLOSED:
        raise Refused(_("Only a closed conversation has a follow-up."))
    begun = Conversation.objects.filter(follow_up_of=closed).first()
    return begun or following.follow_up(closed, by=by)


@transaction.atomic
def hand_over(
    conversation: Conversation, *, to: Staff | Team, by: Staff, note: str = "", note_id: UUID | None = None
) -> None:
    """With a note for whoever takes it, so that the customer repeats nothing. ``note_id`` makes a repeat harmless."""
    if note.strip():
        leave_note(conversation, note, by=by, client_id=note_id)
    conversation.hand_over(to=to, by=by)


def leave_note(
    conversation: Conversation, text: str, *, by: Staff, client_id: UUID | None = None
) -> posting.Posted:
    return posting.post_one(
        posting.Draft(
            conversation_id=conversation.pk,
            client_id=client_id or posting.fresh_client_id(),
            author_kind=AuthorKind.STAFF,
            author_id=by.pk,
            text=text,
            may=posting.anyone,
            kind=MessageKind.NOTE,
        )
    )


def give_back_work(entries: list[Entry]) -> None:
    """Reader: what someone who was deactivated had in hand waits for their team again."""
    for entry in entries:
        for conversation in Conversation.objects.filter(assignee=entry.subject_id, status__in=LIVE).order_by(
            "id"
        ):
            conversation.assign(to=None, by=SYSTEM)


@transaction.atomic
def move_matters(*, of: Customer, to: Customer, by: Actor) -> None:
    """All conversations of a customer who turned out to be another; forward only, never back."""
    for conversation in Conversation.objects.filter(customer=of).order_by("id"):
        conversation.pass_to(to, by=by)
