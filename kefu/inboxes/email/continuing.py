"""Answers of a chat or a form that leave through the brand's mailbox, so that what is answered there comes back.

What the assistant said leaves as what it is, an automatic answer (RFC 3834), and says how a person is reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from kefu.answers.models import Stage, Talk
from kefu.conversations.bubbles import ASSISTANT
from kefu.conversations.models import AuthorKind, Conversation, Inbox, InboxKind, Message, MessageKind
from kefu.events.actors import SYSTEM
from kefu.inboxes.email import refusing, writing
from kefu.inboxes.email.models import OutgoingMail, OutgoingState
from kefu.inboxes.email.settings import MailSettings, WayIn
from kefu.inboxes.email.writing import Content
from kefu.inboxes.models import AnswerByMail, PromiseReason


def mailboxes() -> dict[UUID, Inbox]:
    """By brand, the first one that is on and that answers come back to."""
    boxes = Inbox.objects.filter(kind=InboxKind.EMAIL, is_active=True, mail_addresses__is_main=True)
    first: dict[UUID, Inbox] = {}
    for box in boxes.order_by("created_at", "pk"):
        if MailSettings.of(box).way_in != WayIn.NONE:
            first.setdefault(box.brand_id, box)
    return first


def mailbox_of(brand: UUID) -> Inbox | None:
    return mailboxes().get(brand)


def leave(promise: AnswerByMail, messages: Sequence[Message], *, mailbox: Inbox, link: str) -> None:
    """One mail with all of these, the oldest first; its row is the last one's. ``link``: where the chat or form is."""
    *before, message = messages
    by_assistant = message.author_id == ASSISTANT
    with translation.override(promise.language):
        content = _by_assistant(promise, link) if by_assistant else _content(promise, link)
    everything = replace(content, before=tuple(one.pk for one in before))
    writing.write_as(message, everything, by=SYSTEM, inbox=mailbox, is_automatic=by_assistant)


def withdraw_what_was_read(inbox: Inbox) -> None:
    """Of what waits to leave: its customer has come back to the chat meanwhile, and read it there."""
    waiting = OutgoingMail.objects.filter(inbox=inbox, state=OutgoingState.WAITING, attempts=0)
    read = waiting.filter(
        message__conversation__inbox__kind=InboxKind.CHAT,
        message__author_kind=AuthorKind.STAFF,
        message__reply_seq__lte=F("message__conversation__customer_read_seq"),
    )
    for mail in read.select_related("message"):
        writing.withdraw(mail, by=SYSTEM)


def _content(promise: AnswerByMail, link: str) -> Content:
    """Nothing of what was said before goes to an address that nobody has proved to be theirs."""
    conversation, proved = promise.conversation, promise.address.verified_at is not None
    usual = writing.usual_content(conversation)
    to = ((conversation.customer.name if proved else "", promise.address.value or ""),)
    if usual.in_reply_to:  # to a mail of theirs
        own = replace(usual, to=to, quote=usual.quote if proved else "")
        return replace(own, language=promise.language, foot=_also_here(link))
    refused_at = refusing.address_of(promise) if promise.reason == PromiseReason.LEFT else ""
    return Content(
        subject=_("%(brand)s answered you (%(number)s)")
        % {"brand": conversation.brand.name, "number": conversation.public_number},
        to=to,
        quote=_last_words(conversation) if proved else "",
        language=promise.language,
        foot="\n".join(part for part in (_also_here(link), _no_more(refused_at)) if part),
        refused_at=refused_at,
    )


def _by_assistant(promise: AnswerByMail, link: str) -> Content:
    """To the same people as a colleague's answer, and no more is quoted."""
    conversation, usual = promise.conversation, _content(promise, link)
    subject = _("Automatic answer of %(brand)s (%(number)s)") % {
        "brand": conversation.brand.name,
        "number": conversation.public_number,
    }
    handed_over = Talk.objects.filter(pk=conversation.pk, stage=Stage.HANDED_OVER).exists()
    foot = usual.foot if handed_over else "\n".join([_how_to_reach_a_person(), usual.foot])
    return replace(usual, subject=usual.subject if usual.in_reply_to else subject, foot=foot)


def _how_to_reach_a_person() -> str:
    return _(
        "Our automatic assistant wrote this. Answer this mail with “%(words)s”, and a colleague takes over;"
        " anything else the assistant reads first."
    ) % {"words": _("Talk to a person")}


def _also_here(link: str) -> str:
    return _("Answer this mail, or go on here: %(address)s") % {"address": link}


def _no_more(refused_at: str) -> str:
    if not refused_at:
        return ""
    return _(
        "You get it because this address was given in a chat that was left. No more such mails: %(address)s"
    ) % {"address": refused_at}


def _last_words(conversation: Conversation) -> str:
    said = Message.objects.filter(
        conversation=conversation, kind=MessageKind.REPLY, author_kind=AuthorKind.CUSTOMER
    )
    last = said.order_by("-seq").first()
    return last.text if last else ""
