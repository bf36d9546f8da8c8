"""For tests: articles that are published, an assistant that is on, and its answers."""

from __future__ import annotations

from conftest import begin, says
from kefu.answers import assistant
from kefu.answers.models import Assistant
from kefu.articles import writing
from kefu.articles.models import Translation
from kefu.articles.writing import Said
from kefu.conversations.models import AuthorKind, Conversation, Inbox, Message, MessageKind
from kefu.people.models import Brand, Customer


def publish(brand: Brand, title: str, body: str, *, language: str = "en") -> Translation:
    translation = writing.begin(brand, language=language, said=Said(title, body), by=None)
    writing.publish(translation, by=None)
    return translation


def switch_on(inbox: Inbox, **settings: object) -> Assistant:
    usual = {"answer_from": 0.35, "offer_from": 0.15, "near": 0.0, "is_on": True}
    return Assistant.objects.update_or_create(inbox=inbox, defaults={**usual, **settings})[0]


def asks(customer: Customer, inbox: Inbox, text: str) -> Conversation:
    """A new conversation, and what the assistant does about it."""
    conversation = begin(customer, inbox, text)
    assistant.answer(conversation.messages.get().pk)
    return conversation


def goes_on(customer: Customer, conversation: Conversation, text: str) -> str:
    """What the assistant answers to one more message."""
    assistant.answer(says(customer, text, in_=conversation).message_id)
    return last_said(conversation)


def last_said(conversation: Conversation) -> str:
    said = Message.objects.filter(
        conversation=conversation, author_kind=AuthorKind.SYSTEM, kind=MessageKind.REPLY
    )
    return said.order_by("seq").values_list("text", flat=True).last() or ""


def note_of(conversation: Conversation) -> str:
    return Message.objects.get(conversation=conversation, kind=MessageKind.NOTE).text
