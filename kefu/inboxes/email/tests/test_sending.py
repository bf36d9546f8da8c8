"""Mails that leave, through a real Postfix and through servers that misbehave."""

from __future__ import annotations

import base64
import email
import email.policy
import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from kefu.conversations import bubbles, files, flows
from kefu.conversations.models import Conversation, File, Inbox, Message
from kefu.events.actors import SYSTEM
from kefu.events.models import Event
from kefu.inboxes.email import composing, connecting, sending, tokens, writing
from kefu.inboxes.email.models import OutgoingMail, OutgoingState
from kefu.inboxes.email.settings import MailSettings, Security, Server, WayOut
from kefu.inboxes.email.writing import Wanted
from kefu.lib.ids import uuid7
from kefu.people import customers
from kefu.people.models import Customer, Staff
from tests.house import free_port
from tests.mailserver import MailServer

ALICE = "alice@customer.test"


def conversation_with(inbox: Inbox, customer: Customer, address: str = ALICE) -> Conversation:
    customers.claim(customer, "email", address, by=customer)
    opening = flows.Opening(start_id=uuid7(), text="Where is my lamp?", subject="灯在哪里 Lamp")
    return flows.start(customer, inbox, opening)[0]


def reply(conversation: Conversation, by: Staff, text: str = "On its way.", **wanted: object) -> OutgoingMail:
    posted = writing.reply(
        conversation,
        text,
        by=by,
        client_id=uuid7(),
        wanted=Wanted(**wanted),  # type: ignore[arg-type]
    )
    return OutgoingMail.objects.select_related("message__conversation", "inbox").get(
        message=posted.message_id
    )


def said_to_customer(mail: OutgoingMail) -> list[str]:
    return [one.text for one in bubbles.replies_before(mail.message.conversation_id)]


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(made, "PNG")
    return made.getvalue()


def arrived(server: MailServer, user: str = ALICE, count: int = 1) -> list[EmailMessage]:
    deadline = time.monotonic() + 15
    while len(found := server.mails_of(user)) < count and time.monotonic() < deadline:
        time.sleep(0.1)
    return [email.message_from_bytes(raw, policy=email.policy.default) for raw in found]


def state(mail: OutgoingMail) -> str:
    mail.refresh_from_db()
    return mail.state


def test_a_reply_arrives_as_plain_text_and_html_with_our_own_marks(
    real_mailbox: Inbox, mail_server: MailServer, lin: Customer, mei: Staff
) -> None:
    mail = reply(conversation_with(real_mailbox, lin), mei, "On its way: <b>soon</b> 很快")
    assert sending.empty(real_mailbox) is None
    assert state(mail) == OutgoingState.SENT
    [got] = arrived(mail_server)
    assert got["Subject"] == "Re: 灯在哪里 Lamp"
    assert tokens.mail_of(str(got["Message-ID"])) == mail.pk
    assert tokens.token_in(str(got["Reply-To"])) == bytes(mail.token)
    assert tokens.is_bounce_address(str(got["Return-Path"]).strip("<>"))
    assert "On its way: <b>soon</b> 很快" in got.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "&lt;b&gt;soon&lt;/b&gt;" in got.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert Event.objects.filter(kind="mail.sent", subject_id=mail.pk).count() == 1


def test_marks_become_formatting_and_a_pasted_picture_stands_where_it_was_put(
    mailbox: Inbox, lin: Customer, mei: Staff
) -> None:
    conversation, names = conversation_with(mailbox, lin), ("image.png", "image.png", "bill.png")
    kept = [
        files.keep(SimpleUploadedFile(name, picture()), by=mei, conversation=conversation) for name in names
    ]
    posted = writing.reply(
        conversation,
        "**Look** here:\n![image.png]\nand there:\n![image.png]",
        by=mei,
        client_id=uuid7(),
        wanted=Wanted(),
        file_ids=[file.pk for file in kept],
    )
    assert posted.text == "Look here:\n[image.png]\nand there:\n[image.png]"
    mail = OutgoingMail.objects.select_related("message__conversation", "inbox").get()
    made = email.message_from_bytes(composing.compose(mail).as_bytes(), policy=email.policy.default)
    body = made.get_body(("related", "html"))
    assert body is not None and body.get_content_type() == "multipart/related"
    html, *within = body.iter_parts()
    named = re.findall(r'src="cid:([^"]+)"', html.get_content())
    assert named == [str(part["Content-ID"]).strip("<>") for part in within]
    assert len(named) == 2 and "<strong>Look</strong>" in html.get_content()
    assert [part.get_filename() for part in made.iter_attachments()] == ["bill.png"]
    assert "Look here" in made.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_an_address_that_the_server_refuses_is_told_at_once(
    real_mailbox: Inbox, lin: Customer, mei: Staff
) -> None:
    mail = reply(conversation_with(real_mailbox, lin, "nobody@customer.test"), mei)
    sending.empty(real_mailbox)
    assert state(mail) == OutgoingState.BOUNCED
    assert mail.error == "550"


def test_hidden_copies_stay_hidden(
    real_mailbox: Inbox, mail_server: MailServer, lin: Customer, mei: Staff
) -> None:
    mail = reply(conversation_with(real_mailbox, lin), mei, bcc=(("", "wang@customer.test"),))
    sending.empty(real_mailbox)
    assert state(mail) == OutgoingState.SENT
    for user in (ALICE, "wang@customer.test"):
        [got] = arrived(mail_server, user)
        assert (got["To"], got["Cc"], got["Bcc"]) == (f"Lin <{ALICE}>", None, None)


@pytest.mark.parametrize(
    "name",
    [
        "Lin\r\nBcc: evil@evil.test",
        "Lin\u2028Bcc: evil@evil.test",
        'Lin" <evil@evil.test>, "',
        "=?utf-8?q?x=0AB?=",
    ],
)
def test_no_name_and_no_subject_adds_a_recipient_or_a_header(
    mailbox: Inbox, lin: Customer, mei: Staff, name: str
) -> None:
    conversation = conversation_with(mailbox, lin)
    mail = reply(conversation, mei, subject=f"Re: {name}", to=((name, ALICE),))
    made = email.message_from_bytes(composing.compose(mail).as_bytes(), policy=email.policy.default)
    assert "Bcc" not in made
    assert [one.addr_spec for one in made["To"].addresses] == [ALICE]


# -- servers that misbehave


class Sink:
    """What the next mails are answered; then everything is taken."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.taken: list[bytes] = []

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]
        if self.answers:
            answer = self.answers.pop(0)
            if answer == "hang up":
                self.taken.append(envelope.content)
                server.transport.close()
                return "250 too late"
            return answer
        self.taken.append(envelope.content)
        return "250 ok"


@contextmanager
def sink(inbox: Inbox, settings: Settings, *answers: str) -> Iterator[Sink]:
    settings.KEFU_OUTBOUND_NETWORKS = ("127.0.0.0/8",)
    handler, port = Sink(*answers), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    MailSettings(way_out=WayOut.SMTP, smtp=Server("127.0.0.1", port, Security.NONE)).save(inbox)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


def now_due(mail: OutgoingMail) -> None:
    OutgoingMail.objects.filter(pk=mail.pk).update(next_at=timezone.now())


def test_what_is_refused_for_now_goes_again_as_the_same_mail(
    mailbox: Inbox, lin: Customer, mei: Staff, settings: Settings
) -> None:
    conversation = conversation_with(mailbox, lin)
    first, second = reply(conversation, mei, "one"), reply(conversation, mei, "two")
    with sink(mailbox, settings, "451 greylisted") as server:
        sending.empty(mailbox)
        assert (state(first), state(second)) == (OutgoingState.WAITING, OutgoingState.SENT)
        assert first.next_at > timezone.now()
        now_due(first)
        sending.empty(mailbox)
    assert state(first) == OutgoingState.SENT
    assert len(server.taken) == 2


def test_a_line_that_dies_after_the_last_dot_brings_the_same_message_id_again(
    mailbox: Inbox, lin: Customer, mei: Staff, settings: Settings
) -> None:
    mail = reply(conversation_with(mailbox, lin), mei)
    with sink(mailbox, settings, "hang up") as server:
        assert sending.empty(mailbox) == sending.AGAIN_SECONDS
        assert state(mail) == OutgoingState.WAITING
        now_due(mail)
        assert sending.empty(mailbox) is None
    ids = {email.message_from_bytes(raw)["Message-ID"] for raw in server.taken}
    assert len(server.taken) == 2
    assert len(ids) == 1


def test_while_the_server_is_away_nothing_is_lost_and_no_try_is_spent(
    mailbox: Inbox, lin: Customer, mei: Staff, settings: Settings
) -> None:
    mail = reply(conversation_with(mailbox, lin), mei)
    settings.KEFU_OUTBOUND_NETWORKS = ("127.0.0.0/8",)
    MailSettings(way_out=WayOut.SMTP, smtp=Server("127.0.0.1", free_port(), Security.NONE)).save(mailbox)
    for _ in range(20):
        assert sending.empty(mailbox) == sending.AGAIN_SECONDS
    assert (state(mail), mail.attempts, mail.error) == (OutgoingState.WAITING, 0, "unreachable")


def test_after_three_days_it_is_given_up_and_may_be_tried_again_by_hand(
    mailbox: Inbox, lin: Customer, mei: Staff, settings: Settings
) -> None:
    mail = reply(conversation_with(mailbox, lin), mei)
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(days=4))
    settings.KEFU_OUTBOUND_NETWORKS = ("127.0.0.0/8",)
    MailSettings(way_out=WayOut.SMTP, smtp=Server("127.0.0.1", free_port(), Security.NONE)).save(mailbox)
    sending.empty(mailbox)
    assert state(mail) == OutgoingState.FAILED
    assert sending.retry(mail, by=mei)
    assert not sending.retry(mail, by=mei)
    assert state(mail) == OutgoingState.WAITING


def test_what_is_to_leave_later_waits_and_can_be_withdrawn(mailbox: Inbox, lin: Customer, mei: Staff) -> None:
    mail = reply(conversation_with(mailbox, lin), mei, later=timezone.now() + timedelta(hours=1))
    sending.empty(mailbox)
    assert state(mail) == OutgoingState.WAITING
    assert said_to_customer(mail) == ["Where is my lamp?"]
    assert writing.withdraw(mail, by=mei)
    assert said_to_customer(mail) == ["Where is my lamp?"]
    now_due(mail)
    sending.empty(mailbox)
    assert state(mail) == OutgoingState.CANCELLED


def test_what_leaves_later_is_read_by_its_customer_from_then_on(
    real_mailbox: Inbox, mail_server: MailServer, lin: Customer, mei: Staff
) -> None:
    mail = reply(conversation_with(real_mailbox, lin), mei, later=timezone.now() + timedelta(hours=1))
    assert [one.text for one in bubbles.before(mail.message.conversation_id)][-1] == "On its way."
    now_due(mail)
    Message.objects.filter(pk=mail.message_id).update(leaves_at=timezone.now() - timedelta(minutes=1))
    assert said_to_customer(mail) == ["Where is my lamp?", "On its way."]
    sending.empty(real_mailbox)
    assert said_to_customer(mail) == ["Where is my lamp?", "On its way."]


def test_a_file_is_its_customers_no_sooner_than_the_reply_that_it_hangs_on(
    mailbox: Inbox, lin: Customer, mei: Staff
) -> None:
    conversation = conversation_with(mailbox, lin)
    file = files.keep(SimpleUploadedFile("a.png", picture()), by=mei, conversation=conversation)
    wanted = Wanted(later=timezone.now() + timedelta(hours=1))
    posted = writing.reply(conversation, "Here", by=mei, client_id=uuid7(), wanted=wanted, file_ids=[file.pk])
    message, theirs = Message.objects.filter(pk=posted.message_id), File.objects.filter(files.for_customers())
    assert not theirs.exists()
    message.update(leaves_at=timezone.now() - timedelta(minutes=1))
    assert theirs.get() == file
    message.update(leaves_at=None, delivery="withdrawn")
    assert not theirs.exists()


def test_one_message_has_one_mail(mailbox: Inbox, lin: Customer, mei: Staff) -> None:
    mail = reply(conversation_with(mailbox, lin), mei)
    message = Message.objects.get(pk=mail.message_id)
    assert writing.write(message, Wanted(), by=SYSTEM) == mail


def test_a_worker_that_dies_while_sending_leaves_it_to_another(
    mailbox: Inbox, lin: Customer, mei: Staff
) -> None:
    mail = reply(conversation_with(mailbox, lin), mei)
    assert [one.pk for one in sending._claimed(mailbox)] == [mail.pk]
    assert sending._claimed(mailbox) == []
    now_due(mail)
    assert [one.pk for one in sending._claimed(mailbox)] == [mail.pk]


def test_xoauth2_is_said_as_it_is_documented() -> None:
    said = connecting.xoauth2("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")
    assert base64.b64encode(said.encode()).decode() == (
        "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0"
        "Q2cBAQ=="
    )
