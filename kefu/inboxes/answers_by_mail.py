"""Answering by mail what began in a chat or a form: who left an address is answered there, unless they read it here.

Through the brand's mailbox, where it has one, so that what they answer comes back into the same conversation. Who
leaves a chat before they have read the answer gets what they missed in one mail and the rest one by one, until they
are back. Who wrote by form also gets what the assistant says, as far as ``machine_answers`` lets it leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from kefu.conversations.bubbles import ASSISTANT
from kefu.conversations.models import AuthorKind, Conversation, Inbox, InboxKind, Message, MessageKind
from kefu.events import deliveries, log
from kefu.events.actors import SYSTEM
from kefu.events.log import Entry
from kefu.inboxes import machine_answers
from kefu.inboxes.email import bounces, continuing, refusing
from kefu.inboxes.email.settings import MailSettings
from kefu.inboxes.form import following
from kefu.inboxes.models import AnswerByMail, PromiseReason, PromiseState
from kefu.lib.html import linkify
from kefu.people import customers
from kefu.people.models import Identity, IdentityKind, Staff
from kefu.web.addresses import absolute

BY_MAIL, BACK = "conversation.goes_on_by_mail", "conversation.back_in_chat"
PATIENCE = timedelta(days=3)  # how long a worker may have been away before a chat that was left is let be
MOST_AT_ONCE = 500


def promise(conversation: Conversation, email: str, *, language: str) -> AnswerByMail:
    """Twice is once. The address is what the customer says; nobody has to have proved it."""
    customer = conversation.customer
    address = customers.claim(customer, IdentityKind.EMAIL, email, by=customer)
    return AnswerByMail.objects.get_or_create(
        conversation=conversation, defaults={"address": address, "language": language}
    )[0]


def mail_answers(entries: list[Entry]) -> None:
    """Reader of ``message.posted``."""
    said = {entry.subject_id for entry in entries if entry.data.get("kind") == "reply"}
    kept = AnswerByMail.objects.filter(conversation__in=said, state=PromiseState.KEPT)
    for conversation_id in kept.order_by("pk").values_list("pk", flat=True):
        _keep(conversation_id)


def go_on_with_those_who_left() -> int:
    """Begin to mail where a chat's answers have lain unread for as long as the brand's mailbox says. How many."""
    return sum(
        begin(conversation_id, mailbox)
        for mailbox in continuing.mailboxes().values()
        for conversation_id in _left(mailbox)
    )


@transaction.atomic
def begin(conversation_id: UUID, mailbox: Inbox) -> bool:
    """All they have missed, in one mail. Whether it was so still: they may have come back this very moment."""
    conversation = _locked(conversation_id)
    found = AnswerByMail.objects.filter(pk=conversation_id).select_related("address__customer").first()
    if found is not None and found.state != PromiseState.RESTING:
        return False
    missed = list(_unread(conversation, found.mailed_seq if found else 0))
    since = _since(mailbox)
    if not missed or missed[0].created_at > since or _spoke_in_chat(conversation, since):
        return False
    kept = _begun(conversation, found)
    if kept is not None and kept.state == PromiseState.KEPT:
        continuing.leave(kept, missed, mailbox=mailbox, link=where_it_goes_on(conversation))
        _note_mailed(kept, missed)
        _record(BY_MAIL, conversation)
        return True
    return False


def answered(conversation_id: UUID, address: str) -> None:
    """They answered by mail in a conversation that began elsewhere: so do we from now on.

    In the transaction that posts it. Whoever has refused such mails has now asked for an answer.
    """
    conversation = _locked(conversation_id)
    known = _addresses(conversation).filter(index=Identity.index_of(IdentityKind.EMAIL, address)).first()
    if conversation.inbox.kind == InboxKind.EMAIL or known is None:
        return
    before = AnswerByMail.objects.filter(pk=conversation_id).values_list("state", flat=True).first()
    AnswerByMail.objects.update_or_create(
        conversation=conversation,
        defaults={"address": known, "state": PromiseState.KEPT, "mailed_at": None},
        create_defaults={
            "address": known, "language": _language(conversation), "reason": PromiseReason.LEFT
        },
    )  # fmt: skip
    if before != PromiseState.KEPT:
        _record(BY_MAIL, conversation)


def where_it_goes_on(conversation: Conversation) -> str:
    """The page where its customer reads it and writes back."""
    submission = following.submission_of(conversation)
    if submission is not None and submission.revoked_at is None:
        return following.link(submission, by=following.By.MAIL)
    if conversation.inbox.kind == InboxKind.CHAT:
        return absolute(f"/chat/{conversation.inbox.key}")
    return absolute(f"/b/{conversation.brand.slug}/")


# -- while it is kept


@transaction.atomic
def _keep(conversation_id: UUID) -> None:
    """What was answered since leaves, each as a mail of its own; or nothing any more, if they are back."""
    conversation = _locked(conversation_id)
    kept = AnswerByMail.objects.select_related("address__customer").get(pk=conversation_id)
    kept.conversation = conversation
    if kept.state != PromiseState.KEPT:
        return
    mailbox = continuing.mailbox_of(conversation.brand_id)
    if mailbox is not None and _is_back(kept, mailbox):
        kept.state = PromiseState.RESTING
        kept.save(update_fields=["state"])
        _record(BACK, conversation)
    else:
        _send(kept, list(_unmailed(kept)), mailbox)


def _is_back(kept: AnswerByMail, mailbox: Inbox) -> bool:
    """They read in the chat what was mailed, or wrote there since; and should they leave again, it is noticed."""
    conversation, mailed_at = kept.conversation, kept.mailed_at
    if conversation.inbox.kind != InboxKind.CHAT or not MailSettings.of(mailbox).continue_minutes:
        return False
    if mailed_at is None:
        return False
    return conversation.customer_read_seq >= kept.mailed_seq or _spoke_in_chat(conversation, mailed_at)


def _unmailed(kept: AnswerByMail) -> QuerySet[Message]:
    """What a form's assistant said as well: nobody sits before that page and waits."""
    conversation = kept.conversation
    answers = Q(author_kind=AuthorKind.STAFF)
    if conversation.inbox.kind == InboxKind.FORM:
        answers |= Q(author_kind=AuthorKind.SYSTEM, author_id=ASSISTANT)
    return _fresh(conversation, answers, kept.mailed_seq)


def _send(kept: AnswerByMail, messages: Sequence[Message], mailbox: Inbox | None) -> None:
    """What may not leave is settled as well: it is not looked at again."""
    for message in messages:
        if message.author_id == ASSISTANT and not machine_answers.may_leave(kept, message):
            _note_settled(kept, message)
            continue
        if mailbox is None:
            _send_without_way_back(kept, message)
        else:
            continuing.leave(kept, [message], mailbox=mailbox, link=where_it_goes_on(kept.conversation))
        _note_mailed(kept, [message])


def _send_without_way_back(kept: AnswerByMail, message: Message) -> None:
    """Its key is the message, so twice is once."""
    conversation = kept.conversation
    agent = Staff.objects.filter(pk=message.author_id).first() if message.author_id else None
    deliveries.queue(
        template="mail/answer",
        to=kept.address.value or "",
        key=f"answer:{message.pk}",
        language=kept.language,
        context={
            "brand_name": conversation.brand.name,
            "agent": agent.alias if agent else "",
            "by_assistant": message.author_id == ASSISTANT,
            "number": conversation.public_number,
            "text": message.text,
            "linked": linkify(message.text),
            "action_url": where_it_goes_on(conversation),
        },
    )


def _note_mailed(kept: AnswerByMail, messages: Sequence[Message]) -> None:
    kept.mailed_seq, kept.mailed_at = messages[-1].reply_seq or 0, timezone.now()
    kept.save(update_fields=["mailed_seq", "mailed_at"])


def _note_settled(kept: AnswerByMail, message: Message) -> None:
    kept.mailed_seq = message.reply_seq or 0
    kept.save(update_fields=["mailed_seq"])


# -- who has left


def _left(mailbox: Inbox) -> list[UUID]:
    """Chats of the brand with an answer that lies unread. Only what was said lately is looked at, by its index."""
    since, chat = _since(mailbox), Inbox.objects.filter(brand=mailbox.brand_id, kind=InboxKind.CHAT)
    if not MailSettings.of(mailbox).continue_minutes:
        return []
    missed = Message.objects.filter(
        conversation=OuterRef("pk"),
        kind=MessageKind.REPLY,
        author_kind=AuthorKind.STAFF,
        reply_seq__gt=OuterRef("customer_read_seq"),
        created_at__lte=since,
    )
    known = Identity.objects.filter(customer=OuterRef("customer"), kind=IdentityKind.EMAIL)
    settled = AnswerByMail.objects.filter(conversation=OuterRef("pk")).exclude(state=PromiseState.RESTING)
    unread = Conversation.objects.filter(
        ~Exists(settled),
        Exists(known),
        Exists(missed),
        inbox__in=chat,
        last_message_at__gt=since - PATIENCE,
        last_reply_seq__gt=F("customer_read_seq"),
    )
    return list(unread.order_by("last_message_at").values_list("pk", flat=True)[:MOST_AT_ONCE])


def _since(mailbox: Inbox) -> datetime:
    return timezone.now() - timedelta(minutes=MailSettings.of(mailbox).continue_minutes)


def _begun(conversation: Conversation, found: AnswerByMail | None) -> AnswerByMail | None:
    """To the address that it went to before, else the one they proved, else the one they said last."""
    address = found.address if found else _addresses(conversation).first()
    if address is None:
        return None
    value = address.value or ""
    unwanted = refusing.is_refused(conversation.brand_id, value) or bounces.is_dead(value)
    kept = found or AnswerByMail(
        conversation=conversation,
        address=address,
        language=_language(conversation),
        reason=PromiseReason.LEFT,
    )
    kept.conversation = conversation
    kept.state = PromiseState.ENDED if unwanted else PromiseState.KEPT
    kept.save()
    return kept


# -- shared


def _locked(conversation_id: UUID) -> Conversation:
    """Whoever reads or writes there at this moment comes before or after, never in between."""
    rows = Conversation.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("brand", "inbox", "customer").get(pk=conversation_id)


def _unread(conversation: Conversation, mailed_seq: int) -> QuerySet[Message]:
    """Of what staff answered: neither read here nor mailed before."""
    return _fresh(conversation, Q(author_kind=AuthorKind.STAFF), mailed_seq)


def _fresh(conversation: Conversation, answers: Q, mailed_seq: int) -> QuerySet[Message]:
    said = Message.objects.filter(answers, conversation=conversation, kind=MessageKind.REPLY)
    fresh = said.filter(reply_seq__gt=max(mailed_seq, conversation.customer_read_seq))
    return fresh.select_related("conversation").order_by("reply_seq")


def _spoke_in_chat(conversation: Conversation, since: datetime) -> bool:
    """By mail does not count: that is no sign of somebody at the screen."""
    said = Message.objects.filter(
        conversation=conversation, author_kind=AuthorKind.CUSTOMER, created_at__gt=since
    )
    return said.exclude(inbox__kind=InboxKind.EMAIL).exists()


def _addresses(conversation: Conversation) -> QuerySet[Identity]:
    """Proved before said, the newest first."""
    known = Identity.objects.filter(customer=conversation.customer_id, kind=IdentityKind.EMAIL)
    newest = F("verified_at").desc(nulls_last=True)
    return known.select_related("customer").order_by(newest, "-created_at")


def _language(conversation: Conversation) -> str:
    return conversation.customer.language or conversation.inbox.language


def _record(kind: str, conversation: Conversation) -> None:
    log.record(kind, conversation, by=SYSTEM, **conversation.scope())
