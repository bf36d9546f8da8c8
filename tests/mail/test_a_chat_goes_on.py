"""A chat whose customer closes the page goes on by mail, and in the chat again, as one conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db.models import F

from conftest import says
from kefu.conversations import flows
from kefu.conversations.models import Inbox, Message
from kefu.inboxes.email.models import OutgoingMail
from kefu.inboxes.email.settings import MailSettings
from kefu.lib.ids import uuid7
from kefu.people import customers
from kefu.people.models import Staff
from tests.house import House, message, send_until_acknowledged, visitor
from tests.mail.test_there_and_back import ALICE, mail, newest, soon
from tests.mailserver import MailServer


def test_a_chat_goes_on_by_mail_and_back(
    desk: House, mailbox: Inbox, inbox: Inbox, mail_server: MailServer, mei: Staff
) -> None:
    replace(MailSettings.of(mailbox), continue_minutes=5).save(mailbox)
    browser = visitor(inbox)
    customers.claim(browser.customer, "email", ALICE, by=browser.customer)
    opening = flows.Opening(start_id=uuid7(), text="台灯什么时候到？")
    conversation = flows.start(browser.customer, inbox, opening)[0]
    says(mei, "已发出。", in_=conversation)
    says(mei, "明天到。", in_=conversation)
    Message.objects.update(created_at=F("created_at") - timedelta(minutes=6))
    got = newest(mail_server, ALICE, 1) if soon(lambda: mail_server.mails_of(ALICE), 90) else None
    assert got is not None
    words = got.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "已发出。" in words and "明天到。" in words and "什么时候" not in words
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    back = mail("太好了，谢谢！", to=str(got["Reply-To"]), answers=got)
    mail_server.deliver(back, to=str(got["Reply-To"]), sender=ALICE)
    soon(lambda: conversation.messages.filter(text="太好了，谢谢！", author_kind="customer").exists())
    says(mei, "不客气。", in_=conversation)
    again = newest(mail_server, ALICE, 2)
    assert again["In-Reply-To"] == back["Message-ID"]

    body = message(conversation.pk, "我又在这里了")
    send_until_acknowledged(desk.base, browser, body)
    soon(lambda: conversation.messages.filter(text="我又在这里了").exists())
    says(mei, "欢迎回来。", in_=conversation)
    soon(lambda: not _waits())
    assert len(mail_server.mails_of(ALICE)) == OutgoingMail.objects.count() == 2


def _waits() -> bool:
    return OutgoingMail.objects.filter(state__in=("waiting", "sending")).exists()
