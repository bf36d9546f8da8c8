"""What is said about a claim is said in its conversation: one begins with the first words if there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from kefu.claims import steps
from kefu.claims.models import Claim
from kefu.conversations import flows, posting
from kefu.conversations.models import AuthorKind, Conversation, Inbox, InboxKind, Message, MessageKind
from kefu.people.models import Customer, Refused, Staff

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Said:
    """``who``: the colleague's name as customers know it; empty for the customer's own words."""

    who: str
    text: str
    at: datetime


def can_talk(claim: Claim) -> bool:
    return claim.conversation_id is not None or _inbox(claim) is not None


def said(claim: Claim) -> list[Said]:
    """The latest of what both sides said, oldest first; notes are the desk's own."""
    if claim.conversation_id is None:
        return []
    replies = Message.objects.filter(
        conversation=claim.conversation_id,
        conversation__customer=claim.customer_id,
        kind=MessageKind.REPLY,
    )
    latest = list(replies.order_by("-seq")[:SHOWN])[::-1]
    staff = Staff.objects.in_bulk({one.author_id for one in latest if one.author_kind == AuthorKind.STAFF})
    return [Said(_who(one, staff), one.text, one.created_at) for one in latest]


@transaction.atomic
def say(claim: Claim, text: str, *, by: Customer, client_id: UUID) -> None:
    """``client_id`` makes a resend harmless. Raises ``posting.CannotPost``, and ``Refused`` without any inbox."""
    steps.hold(claim)
    if claim.conversation is None:
        conversation = _begin(claim, text, by, client_id)
    else:
        conversation = _go_on(claim.conversation, text, by, client_id)
    if claim.conversation_id != conversation.pk:
        claim.conversation = conversation
        steps.touch(claim, "talked_about", by=by, conversation=conversation.pk)


def _begin(claim: Claim, text: str, by: Customer, client_id: UUID) -> Conversation:
    inbox = _inbox(claim)
    if inbox is None:
        raise Refused(_("No way to write to us is open here at the moment."))
    subject = f"{claim.get_kind_display()} {claim.public_number}"
    return flows.start(by, inbox, flows.Opening(start_id=client_id, text=text, subject=subject))[0]


def _go_on(conversation: Conversation, text: str, by: Customer, client_id: UUID) -> Conversation:
    posted = posting.post_one(
        posting.Draft(
            conversation_id=conversation.pk,
            client_id=client_id,
            author_kind=AuthorKind.CUSTOMER,
            author_id=by.pk,
            text=text,
            may=lambda locked: locked.customer_id == by.pk,
        )
    )
    if posted.conversation_id == conversation.pk:
        return conversation
    return Conversation.objects.get(pk=posted.conversation_id)


def _inbox(claim: Claim) -> Inbox | None:
    chats = Inbox.objects.filter(brand=claim.brand_id, kind=InboxKind.CHAT, is_active=True)
    return chats.order_by("created_at").first()


def _who(message: Message, staff: dict[UUID, Staff]) -> str:
    if message.author_kind == AuthorKind.CUSTOMER:
        return ""
    colleague = staff.get(message.author_id) if message.author_id else None
    return (colleague.alias or _("Our staff")) if colleague else _("Our staff")
