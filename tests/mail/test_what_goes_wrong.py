"""What a mailbox must survive: strange names, a server that is away, two readers, a power cut, and itself."""

from __future__ import annotations

import base64
import email
import email.policy
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django import Settings

from kefu.conversations.models import Conversation, File, Inbox, Message
from kefu.inboxes.email import connecting, fetching
from kefu.inboxes.email.models import OutgoingMail, OutgoingState, ReceivedMail, ReceivedState
from kefu.people.models import Staff
from tests.house import House
from tests.mail.test_there_and_back import ALICE, answer, mail, newest, soon
from tests.mailserver import MailServer

SUPPORT = "support@desk.test"
MANY = 25


@pytest.fixture
def reads_here_too(settings: Settings, mail_server: MailServer) -> Iterator[None]:
    """This process trusts the server as the desk does."""
    settings.KEFU_MAIL_CA = str(mail_server.authority)
    settings.KEFU_OUTBOUND_NETWORKS = ("127.0.0.0/8", "::1/128")
    connecting.tls.cache_clear()
    yield
    connecting.tls.cache_clear()


def begins(server: MailServer, text: str = "您好") -> Conversation:
    server.deliver(mail(text), to=SUPPORT, sender=ALICE)
    return soon(lambda: Conversation.objects.filter(messages__text=text).first())


def taken() -> Counter[str]:
    return Counter(Message.objects.filter(author_kind="customer").values_list("text", flat=True))


def numbered(count: int) -> Counter[str]:
    return Counter(f"Number {number}" for number in range(count))


def test_a_file_with_a_chinese_name_in_an_old_charset(
    desk: House, mailbox: Inbox, mail_server: MailServer
) -> None:
    """As 163 and QQ write it: an RFC 2047 word in gb18030 where RFC 2231 would belong."""
    name = base64.b64encode("发票㐂.pdf".encode("gb18030")).decode()
    raw = (
        f"From: {ALICE}\r\nTo: {SUPPORT}\r\nSubject: =?gb18030?B?{base64.b64encode('发票'.encode('gb18030')).decode()}?=\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        "--x\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{base64.b64encode('请看附件'.encode('gb18030')).decode()}\r\n"
        f'--x\r\nContent-Type: application/pdf; name="=?gb18030?B?{name}?="\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="=?gb18030?B?{name}?="\r\n\r\n'
        f"{base64.b64encode(b'%PDF-1.4 bill').decode()}\r\n--x--\r\n"
    )
    mail_server.deliver(raw.encode(), to=SUPPORT, sender=ALICE)
    file = soon(lambda: File.objects.filter(message__text="请看附件").first())
    assert (file.name, file.type) == ("发票㐂.pdf", "application/pdf")
    assert Conversation.objects.get().subject == "发票"


def test_what_is_written_while_the_server_is_away_leaves_once_it_is_back_once_each(
    desk: House, mailbox: Inbox, mail_server: MailServer, mei: Staff
) -> None:
    conversation = begins(mail_server)
    with mail_server.away():
        sent = [answer(conversation, mei, f"Number {number}") for number in range(MANY)]
        soon(lambda: OutgoingMail.objects.filter(state=OutgoingState.WAITING, error="unreachable").exists())
    ours = OutgoingMail.objects.filter(pk__in=[one.pk for one in sent], state=OutgoingState.SENT)
    soon(lambda: ours.count() == MANY, 90)
    newest(mail_server, ALICE, MANY)
    found = [
        email.message_from_bytes(raw, policy=email.policy.default) for raw in mail_server.mails_of(ALICE)
    ]
    assert len({str(one["Message-ID"]) for one in found}) == len(found) == MANY


def test_two_pollers_on_one_mailbox_give_each_mail_once(
    desk: House, mailbox: Inbox, mail_server: MailServer, reads_here_too: None
) -> None:
    """The desk's own worker is a third."""
    for number in range(MANY):
        mail_server.deliver(mail(f"Number {number}"), to=SUPPORT, sender=ALICE)
    start, problems = threading.Barrier(2), list[BaseException]()

    def poll() -> None:
        try:
            client = fetching.signed_in(mailbox)
            start.wait(20)
            fetching.fetch(mailbox, client)
            client.logout()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    pollers = [threading.Thread(target=poll) for _ in range(2)]
    for one in pollers:
        one.start()
    for one in pollers:
        one.join(60)
    assert problems == []
    soon(lambda: sum(taken().values()) >= MANY)
    assert taken() == numbered(MANY)
    assert ReceivedMail.objects.count() == MANY


def test_a_worker_that_is_killed_while_it_fetches_loses_nothing_and_takes_nothing_twice(
    desk: House, mailbox: Inbox, mail_server: MailServer
) -> None:
    """Killed again as soon as it has begun to fetch, each time a little later."""
    for number in range(MANY):
        mail_server.deliver(mail(f"Number {number}"), to=SUPPORT, sender=ALICE)
    for pause in (0.0, 0.02, 0.05):
        known = ReceivedMail.objects.count()
        soon(lambda known=known: known == MANY or ReceivedMail.objects.count() > known)  # type: ignore[misc]
        time.sleep(pause)
        desk.kill()
        desk.start()
    soon(lambda: sum(taken().values()) >= MANY, 120)
    soon(lambda: not ReceivedMail.objects.filter(state=ReceivedState.WAITING).exists())
    assert taken() == numbered(MANY)


def test_a_mailbox_that_forwards_to_us_and_answers_by_itself_goes_nowhere(
    desk: House, mailbox: Inbox, mail_server: MailServer, mei: Staff
) -> None:
    """Our own mail is passed over, an answering machine is a note, and nothing of either is answered."""
    conversation = begins(mail_server)
    answer(conversation, mei, "已发出。")
    got = newest(mail_server, ALICE, 1)
    [raw] = mail_server.mails_of(ALICE)
    away = mail("我在休假", to=str(got["Reply-To"]), answers=got)
    away["Auto-Submitted"] = "auto-replied"
    mail_server.deliver(raw, to=SUPPORT, sender=ALICE)
    mail_server.deliver(away, to=str(got["Reply-To"]), sender=ALICE)
    soon(lambda: ReceivedMail.objects.filter(kind="loop", state=ReceivedState.PASSED_OVER).exists())
    soon(lambda: conversation.messages.filter(kind="note", text__contains="我在休假").exists())
    assert OutgoingMail.objects.count() == Conversation.objects.count() == 1
    assert len(mail_server.mails_of(ALICE)) == 1
