"""A customer writes, the desk answers, the customer answers: through the real servers, in one conversation."""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import TypeVar

from kefu.conversations.models import Conversation, Inbox
from kefu.inboxes.email import writing
from kefu.inboxes.email.models import OutgoingMail, OutgoingState
from kefu.inboxes.email.writing import Wanted
from kefu.lib.ids import uuid7
from kefu.people.models import Staff
from tests.house import House
from tests.mailserver import MailServer

ALICE = "alice@customer.test"
T = TypeVar("T")


def soon(find: Callable[[], T | None], seconds: float = 45) -> T:
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return found


def mail(text: str, *, to: str = "support@desk.test", answers: EmailMessage | None = None) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"爱丽丝 <{ALICE}>", to, "台灯没有收到"
    made["Message-ID"] = f"<{uuid7()}@customer.test>"
    if answers is not None:
        made["In-Reply-To"] = str(answers["Message-ID"])
    made.set_content(text, charset="gb18030")
    return made


def newest(server: MailServer, user: str, count: int) -> EmailMessage:
    found = soon(lambda: mails if len(mails := server.mails_of(user)) >= count else None)
    return email.message_from_bytes(found[-1], policy=email.policy.default)


def answer(conversation: Conversation, by: Staff, text: str) -> OutgoingMail:
    posted = writing.reply(conversation, text, by=by, client_id=uuid7(), wanted=Wanted())
    return OutgoingMail.objects.get(message=posted.message_id)


def test_one_matter_stays_one_conversation(
    desk: House, mailbox: Inbox, mail_server: MailServer, mei: Staff
) -> None:
    mail_server.deliver(mail("您好，台灯什么时候到？"), to="support@desk.test", sender=ALICE)
    conversation = soon(lambda: Conversation.objects.filter(inbox=mailbox).first())
    assert conversation.subject == "台灯没有收到"
    answer(conversation, mei, "已发出，明天到。")
    got = newest(mail_server, ALICE, 1)
    assert "已发出，明天到。" in got.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    back = mail("谢谢！", to=str(got["Reply-To"]), answers=got)
    mail_server.deliver(back, to=str(got["Reply-To"]), sender=ALICE)
    soon(lambda: conversation.messages.filter(author_kind="customer").count() == 2)
    assert Conversation.objects.count() == 1


def test_a_mail_that_comes_back_is_said_in_its_conversation(
    desk: House, mailbox: Inbox, mail_server: MailServer, mei: Staff
) -> None:
    """``ghost`` is taken by Postfix and refused by Dovecot later: the report comes to the mail's own return path."""
    mail_server.deliver(mail("Hello"), to="support@desk.test", sender=ALICE)
    conversation = soon(lambda: Conversation.objects.filter(inbox=mailbox).first())
    posted = writing.reply(
        conversation,
        "Are you there?",
        by=mei,
        client_id=uuid7(),
        wanted=Wanted(to=(("", "ghost@customer.test"),)),
    )
    out = OutgoingMail.objects.get(message=posted.message_id)
    soon(lambda: OutgoingMail.objects.filter(pk=out.pk, state=OutgoingState.BOUNCED).exists())
    assert Conversation.objects.count() == 1
