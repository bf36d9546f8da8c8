"""A mail becomes a message: in the conversation that it answers, or in one that it begins.

Whoever answers without being the customer is not taken for them: colleagues see what they wrote as a note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid5

from django.utils import translation
from django.utils.translation import gettext as _

from kefu.conversations import flows, posting
from kefu.conversations.models import AuthorKind, Conversation, MessageKind, Status
from kefu.events.actors import SYSTEM, Actor
from kefu.inboxes import answers_by_mail
from kefu.inboxes.email import acknowledging, authenticity, bounces, breaker, letters, senders, threading
from kefu.inboxes.email.authenticity import Verdict
from kefu.inboxes.email.letters import Looked
from kefu.inboxes.email.models import ReceivedMail
from kefu.inboxes.email.parsed import Address, Mail
from kefu.inboxes.email.settings import MailSettings
from kefu.lib.text import written_in
from kefu.people.models import Staff
from kefu.people.roles import Can

SHORTER = posting.LONGEST_TEXT - 500  # with room for who wrote it


class NoSender(Exception):
    """Nobody to answer to: not even the mail server knew where it came from."""

    reason = "no sender"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail with what is known about it. ``text`` fits a message; ``rest`` is what does not, and the quote."""

    received: ReceivedMail
    mail: Mail
    sender: Address
    verdict: Verdict
    text: str
    rest: str
    is_human: bool
    looked: Sequence[Looked]


def enter(received: ReceivedMail, mail: Mail, *, is_human: bool, looked: Sequence[Looked]) -> None:
    """``looked``: what came of looking at the mail's attachments. In the caller's transaction. Raises ``NoSender``."""
    arrival = _arrival(received, mail, is_human, looked)
    answered = threading.answered(
        received.inbox,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
        recipients=[*received.recipients, *(one.address for one in (*mail.to, *mail.cc))],
    )
    if answered is None:
        _begin(arrival)
    else:
        _go_on(arrival, answered.message.conversation)
    if is_human:
        bounces.arrived(arrival.sender.address)


def _arrival(received: ReceivedMail, mail: Mail, is_human: bool, looked: Sequence[Looked]) -> Arrival:
    sender = mail.sender or (Address("", received.return_path) if received.return_path else None)
    if sender is None:
        raise NoSender
    trusted = MailSettings.of(received.inbox).trusted_server
    text = mail.text.strip()
    return Arrival(
        received,
        mail,
        sender,
        authenticity.verdict(mail, trusted_server=trusted),
        text[:SHORTER] or _without_words(mail),
        "\n".join(part for part in (text[SHORTER:], mail.quoted) if part),
        is_human,
        looked,
    )


def _without_words(mail: Mail) -> str:
    """A mail may be a picture only, or nothing but its subject."""
    return mail.subject.strip()[:SHORTER] or "✉"


def _begin(arrival: Arrival) -> None:
    inbox, proven = arrival.received.inbox, arrival.verdict.passed
    sender, language = arrival.sender, written_in(f"{arrival.mail.subject}\n{arrival.text}")
    customer = senders.customer_of(sender.address, sender.name, proven=proven, language=language)
    opening = flows.Opening(
        start_id=arrival.received.pk,
        text=arrival.text,
        subject=arrival.mail.subject.strip(),
        has_original=True,
    )
    conversation, posted = flows.start(customer, inbox, opening)
    _write_letter(arrival, posted, customer)
    may_answer = arrival.is_human and proven and breaker.lets(inbox, arrival.sender.address)
    if may_answer:
        acknowledging.acknowledge(conversation, arrival.mail)


def _go_on(arrival: Arrival, conversation: Conversation) -> None:
    colleague = _colleague(arrival, conversation)
    if colleague is not None:
        posted = _say(arrival, conversation, AuthorKind.STAFF, colleague)
        _write_letter(arrival, posted, colleague)
    elif arrival.is_human and senders.writes_as(conversation.customer, arrival.sender.address):
        posted = _say(arrival, conversation, AuthorKind.CUSTOMER, conversation.customer)
        _write_letter(arrival, posted, conversation.customer)
        if conversation.inbox_id != arrival.received.inbox_id:
            answers_by_mail.answered(posted.conversation_id, arrival.sender.address)
    else:
        _show_colleagues(arrival, conversation)


def _colleague(arrival: Arrival, conversation: Conversation) -> Staff | None:
    """An agent's mail counts as theirs only where its sender is proved; that it answers a mail of ours is known."""
    if not (arrival.is_human and arrival.verdict.passed):
        return None
    staff = Staff.objects.filter(email__iexact=arrival.sender.address, is_active=True).first()
    if staff is None or not staff.can(Can.ANSWER):
        return None
    return staff if Conversation.objects.visible_to(staff).filter(pk=conversation.pk).exists() else None


def _say(arrival: Arrival, conversation: Conversation, kind: AuthorKind, who: Actor) -> posting.Posted:
    return posting.post_one(
        posting.Draft(
            conversation_id=conversation.pk,
            client_id=arrival.received.pk,
            author_kind=kind,
            author_id=who.actor_id,
            text=arrival.text,
            may=posting.anyone,
            inbox_id=arrival.received.inbox_id,
            has_original=True,
        )
    )


def _show_colleagues(arrival: Arrival, conversation: Conversation) -> None:
    """An automatic answer is worth knowing; a stranger's words wait for somebody to look at them."""
    with translation.override(conversation.inbox.language):
        line = (
            _("Automatic answer from %(who)s:")
            if not arrival.is_human
            else _("%(who)s answered, who is not this conversation's customer and sees nothing of it:")
        )
    text = f"{line % {'who': _named(arrival.sender)}}\n\n{arrival.text}"
    posted = posting.post_one(
        posting.Draft(
            conversation_id=conversation.pk,
            client_id=uuid5(arrival.received.pk, "note"),
            author_kind=AuthorKind.SYSTEM,
            author_id=None,
            text=text,
            may=posting.anyone,
            kind=MessageKind.NOTE,
            inbox_id=arrival.received.inbox_id,
            has_original=True,
        )
    )
    _write_letter(arrival, posted, SYSTEM)
    conversation.refresh_from_db()
    if arrival.is_human and conversation.status not in (Status.OPEN, Status.CLOSED):
        conversation.reopen(by=SYSTEM)


def _named(person: Address) -> str:
    return f"{person.name} <{person.address}>" if person.name else person.address


def _write_letter(arrival: Arrival, posted: posting.Posted, who: Actor) -> None:
    letters.write(
        posted,
        arrival.received,
        arrival.mail,
        looked=arrival.looked,
        verdict=arrival.verdict,
        rest=arrival.rest,
        uploaded_by=who,
        show_html=not posted.masked,
    )
