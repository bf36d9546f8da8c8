"""What staff answer leaves as a mail: to whom, under which subject, after which mail of theirs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kefu.conversations import delivering, posting
from kefu.conversations.models import AuthorKind, Conversation, Delivery, Inbox, InboxKind, Message
from kefu.events import log
from kefu.events.actors import SYSTEM, Actor
from kefu.events.log import Entry
from kefu.inboxes.email import marks, tokens
from kefu.inboxes.email.models import Letter, OutgoingMail, OutgoingState
from kefu.lib.html import clean_html
from kefu.people.models import Customer, IdentityKind, Staff

MOST_REFERENCES = 20
MOST_RECIPIENTS = 20
Person = tuple[str, str]  # name and address


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail is made of beside its message's text and files. ``html`` is clean; ``quote`` is what it answers.

    ``before``: messages that leave with it, the oldest first. ``unsigned``: no signature below. ``foot``: what it
    says about itself. ``refused_at``: the address that ends such mails with one click, where that is due.
    """

    subject: str = ""
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    html: str = ""
    quote: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    language: str = ""
    before: tuple[int, ...] = ()
    unsigned: bool = False
    foot: str = ""
    refused_at: str = ""

    @classmethod
    def of(cls, mail: OutgoingMail) -> Content:
        stored = json.loads(mail.content or "{}")
        people = {
            name: tuple((str(one[0]), str(one[1])) for one in stored[name]) for name in ("to", "cc", "bcc")
        }
        return cls(**{**stored, **people, "references": tuple(stored["references"])})

    def plain(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @property
    def everyone(self) -> tuple[Person, ...]:
        return (*self.to, *self.cc, *self.bcc)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an agent chose in the composer; what is None is as usual. ``later``: not before that moment."""

    subject: str | None = None
    to: tuple[Person, ...] | None = None
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    html: str = ""
    with_quote: bool = True
    with_signature: bool = True
    later: datetime | None = None


@transaction.atomic
def reply(
    conversation: Conversation,
    text: str,
    *,
    by: Staff,
    client_id: UUID,
    wanted: Wanted,
    file_ids: Sequence[UUID] = (),
    seen: int | None = None,
) -> posting.Posted:
    """Post it and write its mail, together. Raises ``posting.CannotPost``; a repeat finds the first one.

    The marks in ``text`` become the mail's formatting; on the desk's pages it is read without them.
    """
    wanted = replace(wanted, html=wanted.html or marks.html_of(text))
    posted = posting.post_one(
        posting.Draft(
            conversation_id=conversation.pk,
            client_id=client_id,
            author_kind=AuthorKind.STAFF,
            author_id=by.pk,
            text=marks.plain(text),
            may=lambda locked: Conversation.objects.visible_to(by).filter(pk=locked.id).exists(),
            file_ids=tuple(file_ids),
            seen=seen,
        )
    )
    if not posted.repeat:
        write(Message.objects.get(pk=posted.message_id), wanted, by=by)
    return posted


def write(message: Message, wanted: Wanted, *, by: Actor, is_automatic: bool = False) -> OutgoingMail | None:
    """The mail of a message; None when there is nobody to send it to. One each: a second caller finds the first.

    Without HTML of its own, that of the marks in its text; where something in the text was masked, always.
    """
    usual = usual_content(message.conversation)
    html = "" if message.masked else wanted.html
    content = _chosen(usual, replace(wanted, html=html or marks.html_of(message.text)))
    return write_as(message, content, by=by, is_automatic=is_automatic, later=wanted.later)


def write_as(
    message: Message,
    content: Content,
    *,
    by: Actor,
    is_automatic: bool = False,
    later: datetime | None = None,
    inbox: Inbox | None = None,
) -> OutgoingMail | None:
    """The same with all that is in it, through another mailbox than the usual one if one is given."""
    if not content.everyone:
        return None
    mail, made = OutgoingMail.objects.get_or_create(
        message=message,
        defaults={
            "inbox": inbox or mailbox_of(message.conversation),
            "token": tokens.fresh_token(),
            "content": content.plain(),
            "is_automatic": is_automatic,
            "next_at": later or timezone.now(),
        },
    )
    if made:
        delivering.tell(message.pk, Delivery.WAITING, by=by, leaves_at=later)
        log.record(
            "mail.written",
            mail,
            by=by,
            inbox=mail.inbox_id,
            message=message.pk,
            conversation=message.conversation_id,
        )
    return mail


def usual_content(conversation: Conversation) -> Content:
    """An answer to the last mail of this conversation's customer, or a first mail to the address they are known by."""
    last = _last_letter(conversation)
    if last is None:
        return Content(subject=_subject(conversation, conversation.subject), to=_known_address(conversation))
    head = last.headers
    return Content(
        subject=_subject(conversation, head.get("subject", "")),
        to=tuple(_people(head.get("reply_to")) or _people([head.get("from")])),
        quote=last.message.text,
        in_reply_to=last.header_id,
        references=tuple([*head.get("references", []), last.header_id][-MOST_REFERENCES:]),
    )


def others(conversation: Conversation) -> tuple[Person, ...]:
    """Who else had the customer's last mail, for "reply to all": never chosen without being asked."""
    last = _last_letter(conversation)
    if last is None:
        return ()
    head = last.headers
    own = set(conversation.inbox.mail_addresses.values_list("address", flat=True))
    known = own | {address for _name, address in usual_content(conversation).to}
    found = [*_people(head.get("to")), *_people(head.get("cc"))]
    return tuple(one for one in found if tokens.without_extension(one[1]) not in own and one[1] not in known)


def mailbox_of(conversation: Conversation) -> Inbox:
    """Where its mails leave from: its own inbox, or the brand's mailbox that goes on with its chats."""
    if conversation.inbox.kind == InboxKind.EMAIL:
        return conversation.inbox
    boxes = Inbox.objects.filter(brand=conversation.brand_id, kind=InboxKind.EMAIL, is_active=True)
    return boxes.earliest("created_at")


def mail_replies(entries: list[Entry]) -> None:
    """Reader of ``message.posted``: a reply that came by another door than the composer leaves as well."""
    posted = [
        entry.data["message"]
        for entry in entries
        if entry.actor_kind == "staff" and entry.data.get("kind") == "reply"
    ]
    messages = Message.objects.filter(
        pk__in=posted, conversation__inbox__kind=InboxKind.EMAIL, outgoing__isnull=True
    )
    for message in messages.select_related("conversation__inbox", "conversation__customer").order_by("pk"):
        with transaction.atomic():
            write(message, Wanted(), by=SYSTEM)


@transaction.atomic
def withdraw(mail: OutgoingMail, *, by: Actor) -> bool:
    """One that has not begun to leave stays here. Whether it was such a one."""
    changed = OutgoingMail.objects.filter(pk=mail.pk, state=OutgoingState.WAITING, attempts=0).update(
        state=OutgoingState.CANCELLED
    )
    if changed:
        delivering.tell(mail.message_id, Delivery.WITHDRAWN, by=by)
        log.record("mail.withdrawn", mail, by=by, conversation=mail.message.conversation_id)
    return bool(changed)


def _chosen(usual: Content, wanted: Wanted) -> Content:
    return replace(
        usual,
        subject=usual.subject if wanted.subject is None else " ".join(wanted.subject.split())[:250],
        to=usual.to if wanted.to is None else wanted.to,
        cc=wanted.cc,
        bcc=wanted.bcc,
        html=str(clean_html(wanted.html)) if wanted.html else "",
        quote=usual.quote if wanted.with_quote else "",
        unsigned=not wanted.with_signature,
    )


def _last_letter(conversation: Conversation) -> Letter | None:
    return (
        Letter.objects.filter(message__conversation=conversation, message__author_kind=AuthorKind.CUSTOMER)
        .select_related("message")
        .order_by("-message__seq")
        .first()
    )


def _subject(conversation: Conversation, subject: str) -> str:
    words = subject or conversation.subject
    return words if words.lower().startswith("re:") else f"Re: {words}"


def _known_address(conversation: Conversation) -> tuple[Person, ...]:
    """Proved before claimed, the newest first."""
    customer: Customer = conversation.customer
    known = customer.identities.filter(kind=IdentityKind.EMAIL).order_by("verified_at", "-created_at").first()
    return ((customer.name, str(known.value)),) if known else ()


def _people(stored: object) -> list[Person]:
    found = stored if isinstance(stored, list) else []
    return [(str(one[0]), str(one[1])) for one in found if one]
