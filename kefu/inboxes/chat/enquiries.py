"""A conversation that begins with the form before a chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kefu.conversations import flows, posting
from kefu.conversations.models import AuthorKind, Conversation
from kefu.hours.clock import is_open
from kefu.inboxes import answers_by_mail
from kefu.inboxes.answering import read, remember_person, subject
from kefu.inboxes.chat.models import Visitor
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.topics import PERSON
from kefu.orders import linking
from kefu.orders.models import Order


@transaction.atomic
def open_conversation(
    visitor: Visitor,
    *,
    start_id: UUID,
    topic_key: str,
    answers: Mapping[str, Any],
    text: str,
    file_ids: tuple[UUID, ...],
    order: Order | None = None,
) -> Conversation:
    """``order`` is what it is about; that the visitor may see it is for the caller to know.

    Raises ``Incomplete`` or ``posting.CannotPost``. A repeat with the same id finds the first one.
    """
    settings, inbox = ChatSettings.of(visitor.inbox), visitor.inbox
    open_now = is_open(inbox.schedule, timezone.now())
    topic = settings.topic(topic_key)
    given = read(topic.asks(open_now=open_now) if topic else (), answers)
    email = remember_person(visitor.customer, given)
    opening = flows.Opening(
        start_id=start_id,
        text=text,
        topic=topic.key if topic else "",
        subject=subject(topic, text),
        fields={key: value for key, value in given.items() if key not in PERSON}
        | (linking.fields_of(order) if order else {}),
        file_ids=file_ids,
    )
    conversation, posted = flows.start(visitor.customer, inbox, opening)
    if order is not None:
        linking.link(order, conversation, by=visitor.customer)
    if not open_now and email and not posted.repeat:
        _promise_mail(visitor, conversation, email)
    return conversation


def _promise_mail(visitor: Visitor, conversation: Conversation, email: str) -> None:
    """A receipt in the conversation, and a row that keeps the promise when somebody answers."""
    language = visitor.language or visitor.inbox.language
    answers_by_mail.promise(conversation, email, language=language)
    with translation.override(language):
        receipt = _("We have your message as %(number)s and answer by e-mail to %(email)s.") % {
            "number": conversation.public_number,
            "email": hidden(email),
        }
    posting.post_one(
        posting.Draft(
            conversation_id=conversation.pk,
            client_id=uuid5(conversation.pk, "receipt"),
            author_kind=AuthorKind.SYSTEM,
            author_id=None,
            text=receipt,
            may=posting.anyone,
        )
    )


def hidden(email: str) -> str:
    """Enough to recognise one's own address by."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}***@{domain}"
