"""A1 A2 D4 D8: whatever people call themselves and write, a mail goes to one address, with one subject and no markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives

from conftest import begin, says
from kefu.conversations.models import Conversation, Inbox
from kefu.events import deliveries, log
from kefu.events.models import Delivery
from kefu.inboxes.answers_by_mail import mail_answers
from kefu.inboxes.chat import transcripts
from kefu.inboxes.chat.recognition import Claim, recognise
from kefu.inboxes.models import AnswerByMail
from kefu.people.models import Brand, IdentityKind, Invitation, PasswordReset, Staff, Team
from kefu.people.roles import Role
from tests.payloads import payloads

BREAKS = [
    "\r\nBcc: evil@example.test",
    "\nTo: evil@example.test",
    "\u2028Bcc: x",
    "=?utf-8?q?=0ABcc:_x?=",
    "a\x0bb",
    "\u0085x",
]
HOSTILE = [*payloads(60), *BREAKS]
RUNS = re.compile(
    r"<(script|img|svg|iframe|object|embed|style|form|input|base|meta\s+http-equiv|link)\b|\son\w+\s*=|javascript:",
    re.I,
)


@pytest.fixture
def mails(
    inbox: Inbox, support: Team, mei: Staff, admin: Staff, settings: Any
) -> Iterator[list[EmailMultiAlternatives]]:
    """Every template that leaves the house, with something hostile wherever somebody can write."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    visitor, _token = recognise(inbox, None, Claim(IdentityKind.EMAIL, "lin@example.test"), language="en")
    for number, words in enumerate(HOSTILE):
        line = words[:40]
        Brand.objects.filter(pk=inbox.brand_id).update(name=words[:60])
        Staff.objects.filter(pk=mei.pk).update(alias=line, name=line)
        visitor.refresh_from_db()
        visitor.customer.name = words[:80]
        visitor.customer.save()
        conversation = begin(visitor.customer, Inbox.objects.get(pk=inbox.pk), words)
        says(mei, words, in_=conversation)
        transcripts.mail(Conversation.objects.get(pk=conversation.pk), visitor, language="en")
        _promise(conversation)
        Invitation.send(email=f"n{number}@example.test", name=line, role=Role.AGENT, teams=[support], by=mei)
    PasswordReset.send(mei)
    mail_answers(_posted())
    for delivery in Delivery.objects.all():
        deliveries.send(delivery)
    yield outbox.outbox  # type: ignore[misc]


def _promise(conversation: Conversation) -> None:
    address = conversation.customer.identities.get()
    AnswerByMail.objects.create(conversation=conversation, address=address, language="en")


def _posted() -> list[log.Entry]:
    """Of this transaction, which no reader would be given before its end."""
    found = [log.about(promise.conversation_id, ["message.posted"]) for promise in AnswerByMail.objects.all()]
    return [entry for entries in found for entry in entries]


def test_every_mail_has_one_recipient_one_subject_and_only_our_own_markup(
    mails: list[EmailMultiAlternatives],
) -> None:
    assert len(mails) > 3 * len(HOSTILE)
    for mail in mails:
        raw = mail.message()
        assert len(mail.recipients()) == 1 and len(raw.get_all("To", [])) == 1
        assert raw.get_all("Bcc") is None and raw.get_all("Cc") is None
        assert len(raw.get_all("Subject", [])) == 1
        assert "\n" not in mail.subject and "\r" not in mail.subject
        for html in (str(content) for content, kind in mail.alternatives if "html" in kind):
            assert not RUNS.search(_without_our_own(html)), html[:300]


def _without_our_own(html: str) -> str:
    """Escaped text is no markup; what is left in angle brackets is ours."""
    return " ".join(re.findall(r"<[^>]*>", html)).replace("<style>", "").replace("</style>", "")


def test_template_language_in_what_people_write_stays_text(mails: list[EmailMultiAlternatives]) -> None:
    """D4"""
    bodies = "".join(str(mail.body) for mail in mails)
    assert "{{7*7}}" in bodies and "{% debug %}" in bodies and "{0.__globals__}" in bodies
