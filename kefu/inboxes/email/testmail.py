"""Mails that are nobody's: the one that tries a mailbox out, and those that show how its mails look."""

from __future__ import annotations

from email.message import EmailMessage

from django.utils import translation
from django.utils.translation import gettext as _

from kefu.conversations.models import AuthorKind, Conversation, Inbox, Message
from kefu.inboxes.email import acknowledging, composing, tokens
from kefu.inboxes.email.models import OutgoingMail
from kefu.inboxes.email.settings import MailSettings
from kefu.inboxes.email.transports import transport_of
from kefu.inboxes.email.writing import Content
from kefu.lib.ids import uuid7
from kefu.people.models import Customer, Staff

KINDS = ("answer", "acknowledgement")
NUMBER = 10482  # of the conversation in previews


def send_test(inbox: Inbox, *, to: str, language: str) -> None:
    """Raises ``Unreachable``, and ``Refused`` of ``transports``."""
    with translation.override(language):
        text = _("This mail came through “%(inbox)s”. Its way out works.") % {"inbox": inbox.name}
        subject = _("Test of %(inbox)s") % {"inbox": inbox.name}
    mail = _unsent(inbox, text, Content(subject=subject, to=(("", to),), language=language), None)
    mail.is_automatic = True
    made = composing.compose(mail)
    with transport_of(inbox) as transport:
        transport.send(made, sender=composing.main_address(inbox), recipients=[to])


def preview(inbox: Inbox, kind: str, *, language: str, by: Staff) -> EmailMessage:
    """As composing makes it, for nobody: an answer by this colleague, or the acknowledgement."""
    with translation.override(language):
        content = Content(
            subject=_("Re: Where is my parcel?"),
            to=((_("Customer"), "customer@example.com"),),
            quote=_("Good morning,\nwhere is my parcel?") if kind == "answer" else "",
            language=language,
        )
        mail = _unsent(inbox, "", content, by if kind == "answer" else None)
        mail.message.text = (
            _("It left our warehouse this morning and will be with you tomorrow.")
            if kind == "answer"
            else _acknowledgement(inbox, mail.message.conversation, language)
        )
    mail.is_automatic = kind != "answer"
    return composing.compose(mail)


def _acknowledgement(inbox: Inbox, conversation: Conversation, language: str) -> str:
    return MailSettings.of(inbox).acknowledgement.said_in(language) or acknowledging.usual_words(conversation)


def _unsent(inbox: Inbox, text: str, content: Content, by: Staff | None) -> OutgoingMail:
    """Rows that are never stored."""
    conversation = Conversation(
        pk=uuid7(),
        number=NUMBER,
        brand=inbox.brand,
        inbox=inbox,
        team=inbox.team,
        customer=Customer(language=content.language),
    )
    author = AuthorKind.STAFF if by else AuthorKind.SYSTEM
    message = Message(
        pk=0, conversation=conversation, text=text, author_kind=author, author_id=by.pk if by else None
    )
    mail = OutgoingMail(inbox=inbox, message=message, token=tokens.fresh_token())
    mail.content = content.plain()
    return mail
