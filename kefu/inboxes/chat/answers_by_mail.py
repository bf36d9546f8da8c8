"""Keeping the promise made out of hours: what staff answer also leaves as a mail."""

from __future__ import annotations

from kefu.conversations.models import Message
from kefu.events import deliveries
from kefu.events.log import Entry
from kefu.inboxes.chat.models import AnswerByMail
from kefu.people.models import Staff
from kefu.web.addresses import absolute


def mail_answers(entries: list[Entry]) -> None:
    """Reader of ``message.posted``. A mail's key is its message, so reading twice sends once."""
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
        promise = by_conversation[message.conversation_id]
        if (message.reply_seq or 0) > promise.conversation.customer_read_seq:
            _mail(promise, message)


def _mail(promise: AnswerByMail, message: Message) -> None:
    conversation = promise.conversation
    agent = Staff.objects.filter(pk=message.author_id).first() if message.author_id else None
    deliveries.queue(
        template="mail/chat_answer",
        to=promise.address.value or "",
        key=f"chat-answer:{message.pk}",
        language=promise.language,
        context={
            "brand_name": conversation.brand.name,
            "agent": agent.alias if agent else "",
            "number": conversation.public_number,
            "text": message.text,
            "action_url": absolute(f"/chat/{conversation.inbox.key}"),
        },
    )
