"""The form before a chat: what was asked for, checked; what was not asked for, never taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kefu.conversations import flows, posting
from kefu.conversations.models import AuthorKind, Conversation
from kefu.hours.clock import is_open
from kefu.inboxes.chat.models import AnswerByMail, Visitor
from kefu.inboxes.chat.settings import PERSON, ChatSettings, FieldType, FormField, Topic
from kefu.orders import linking
from kefu.orders.models import Order
from kefu.people import customers
from kefu.people.models import Customer, IdentityKind

LONGEST = {FieldType.LONG: 4000}
LONGEST_USUAL = 200


class Incomplete(Exception):
    """``errors``: a sentence for each field that is missing or wrong, by its key."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(next(iter(errors.values())))
        self.errors = errors


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
    email = _remember_person(visitor.customer, given)
    opening = flows.Opening(
        start_id=start_id,
        text=text,
        topic=topic.key if topic else "",
        subject=_subject(topic, text),
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


def read(fields: tuple[FormField, ...], answers: Mapping[str, Any]) -> dict[str, str]:
    """The answers to exactly these questions, each as text in its normal form."""
    given, errors = {}, {}
    for field in fields:
        try:
            value = _value(field, answers.get(field.key))
        except ValueError as problem:
            errors[field.key] = str(problem)
        else:
            if value:
                given[field.key] = value
    if errors:
        raise Incomplete(errors)
    return given


def _value(field: FormField, answer: Any) -> str:
    if answer is not None and not isinstance(answer, str):
        raise ValueError(_("Please fill this in."))
    text = (answer or "").strip()
    if not text and field.required:
        raise ValueError(_("Please fill this in."))
    if len(text) > LONGEST.get(field.type, LONGEST_USUAL) or "\x00" in text:
        raise ValueError(_("This is too long."))
    return _CHECKS[field.type](field, text) if text else ""


def _as_it_is(field: FormField, text: str) -> str:
    return text


def _email(field: FormField, text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as problem:
        raise ValueError(
            _("This does not look like an e-mail address, such as name@example.com.")
        ) from problem
    return text


def _phone(field: FormField, text: str) -> str:
    if not re.fullmatch(r"\+?[\d\s().-]{5,30}", text, re.ASCII):
        raise ValueError(
            _("This does not look like a phone number. Digits, spaces and a leading + are fine.")
        )
    return text


def _number(field: FormField, text: str) -> str:
    if not re.fullmatch(r"-?\d{1,15}([.,]\d{1,6})?", text, re.ASCII):
        raise ValueError(_("Please write a number."))
    return text


def _date(field: FormField, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as problem:
        raise ValueError(_("Please choose a date.")) from problem


def _choice(field: FormField, text: str) -> str:
    if text not in field.choices:
        raise ValueError(_("Please choose one."))
    return text


_CHECKS = {
    FieldType.TEXT: _as_it_is,
    FieldType.LONG: _as_it_is,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
}


def _subject(topic: Topic | None, text: str) -> str:
    words = " ".join(text.split())
    return f"{topic.label} · {words}" if topic else words


def _remember_person(customer: Customer, given: Mapping[str, str]) -> str:
    """Name, address and number go to the person, unverified; answers with the address."""
    if given.get("name") and not customer.name:
        customers.describe(customer, by=customer, name=given["name"][:80])
    if phone := given.get("phone"):
        customers.claim(customer, IdentityKind.PHONE, phone, by=customer)
    if email := given.get("email"):
        customers.claim(customer, IdentityKind.EMAIL, email, by=customer)
    return given.get("email", "")


def _promise_mail(visitor: Visitor, conversation: Conversation, email: str) -> None:
    """A receipt in the conversation, and a row that keeps the promise when somebody answers."""
    customer = visitor.customer
    address = customers.claim(customer, IdentityKind.EMAIL, email, by=customer)
    language = visitor.language or visitor.inbox.language
    AnswerByMail.objects.create(conversation=conversation, address=address, language=language)
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
