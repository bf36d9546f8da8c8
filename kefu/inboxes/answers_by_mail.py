"""Keeping the promise to answer by mail: what staff answer also leaves as a mail, unless it was read here."""

from __future__ import annotations

from kefu.conversations.models import Conversation, InboxKind, Message
from kefu.events import deliveries
from kefu.events.log import Entry
from kefu.inboxes.form import following
from kefu.inboxes.models import AnswerByMail
from kefu.people import customers
from kefu.people.models import IdentityKind, Staff
from kefu.web.addresses import absolute


def promise(conversation: Conversation, email: str, *, language: str) -> AnswerByMail:
    """Twice is once. The address is what the customer says; nobody has to have proved it."""
    customer = conversation.customer
    address = customers.claim(customer, IdentityKind.EMAIL, email, by=customer)
    return AnswerByMail.objects.get_or_create(
        conversation=conversation, defaults={"address": address, "language": language}
    )[0]


def mail_answers(entries: list[Entry]) -> None:
    """Reader of ``message.posted``."""
    by_staff = [
        entry for entry in entries if entry.actor_kind == "staff" and entry.data.get("kind") == "reply"
    ]
    promised = {entry.subject_id for entry in by_staff}
    promises = AnswerByMail.objects.filter(conversation__in=promised).select_related(
        "conversation__brand", "conversation__inbox", "address__customer"
    )
    by_conversation = {promise.conversation_id: promise for promise in promises}
    answers = [entry.data["message"] for entry in by_staff]
    for message in Message.objects.filter(pk__in=answers, conversation__in=by_conversation).order_by("pk"):
        kept = by_conversation[message.conversation_id]
        if (message.reply_seq or 0) > kept.conversation.customer_read_seq:
            send(kept, message)


def send(promise: AnswerByMail, message: Message) -> None:
    """The one place that makes such a mail. Its key is the message, so twice is once."""
    conversation = promise.conversation
    agent = Staff.objects.filter(pk=message.author_id).first() if message.author_id else None
    deliveries.queue(
        template="mail/answer",
        to=promise.address.value or "",
        key=f"answer:{message.pk}",
        language=promise.language,
        context={
            "brand_name": conversation.brand.name,
            "agent": agent.alias if agent else "",
            "number": conversation.public_number,
            "text": message.text,
            "action_url": where_it_goes_on(conversation),
        },
    )


def where_it_goes_on(conversation: Conversation) -> str:
    """The page where its customer reads it and writes back."""
    submission = following.submission_of(conversation)
    if submission is not None and submission.revoked_at is None:
        return following.link(submission, by=following.By.MAIL)
    if conversation.inbox.kind == InboxKind.CHAT:
        return absolute(f"/chat/{conversation.inbox.key}")
    return absolute(f"/b/{conversation.brand.slug}/")
