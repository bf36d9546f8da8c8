"""Mailboxes at a real Dovecot: every mail once, whatever happens in between."""

from __future__ import annotations

import threading
import time
from email.message import EmailMessage

import pytest
from imapclient import IMAPClient  # type: ignore[import-untyped]

from kefu.conversations.models import Inbox
from kefu.inboxes.email import connecting, fetching, raws
from kefu.inboxes.email.models import MailFolder, ReceivedMail, ReceivedState
from kefu.inboxes.email.settings import MailSettings, Security, Server
from tests.mailserver import MailServer


def mail(number: int, **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = "Lin <alice@customer.test>", "support@desk.test"
    made["Subject"], made["Message-ID"] = f"Mail {number}", f"<{number}@customer.test>"
    for name, value in headers.items():
        made[name] = value
    made.set_content(f"Text {number}: 㐂𠮷", charset="gb18030")
    return made


def signed_in(inbox: Inbox) -> IMAPClient:
    return connecting.imap(MailSettings.of(inbox).imap, "support-pw")


def deliver(server: MailServer, *numbers: int) -> None:
    for number in numbers:
        server.deliver(mail(number), to="support@desk.test", sender="alice@customer.test")
    deadline = time.monotonic() + 10
    while len(server.mails_of("support@desk.test")) < len(numbers) and time.monotonic() < deadline:
        time.sleep(0.05)


def test_what_nobody_has_read_is_fetched_once_and_marked_only_afterwards(
    real_mailbox: Inbox, mail_server: MailServer
) -> None:
    deliver(mail_server, 1, 2)
    client = signed_in(real_mailbox)
    assert fetching.fetch(real_mailbox, client) == 2
    assert fetching.fetch(real_mailbox, client) == 0
    assert client.search(["UNSEEN"]) == []
    client.logout()
    kept = ReceivedMail.objects.filter(inbox=real_mailbox, state=ReceivedState.WAITING)
    assert sorted(b"<1@customer.test>" in raws.open_raw(one) for one in kept) == [False, True]


def test_a_crash_between_storing_and_marking_gives_neither_loss_nor_a_second_copy(
    real_mailbox: Inbox, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(mail_server, 3)
    client = signed_in(real_mailbox)
    with monkeypatch.context() as patched:
        patched.setattr(client, "add_flags", lambda *_, **__: (_ for _ in ()).throw(OSError("cut")))
        with pytest.raises(OSError, match="cut"):
            fetching.fetch(real_mailbox, client)
    fetching.fetch(real_mailbox, client)
    client.logout()
    assert ReceivedMail.objects.filter(inbox=real_mailbox).count() == 1


def test_mails_that_the_server_numbers_anew_are_recognised(
    real_mailbox: Inbox, mail_server: MailServer
) -> None:
    deliver(mail_server, 4, 5)
    client = signed_in(real_mailbox)
    fetching.fetch(real_mailbox, client)
    MailFolder.objects.filter(inbox=real_mailbox).update(uid_validity=1, last_uid=9_999)
    deliver(mail_server, 6)
    assert fetching.fetch(real_mailbox, client) >= 3
    client.logout()
    assert ReceivedMail.objects.filter(inbox=real_mailbox).count() == 3


def test_a_wrong_password_and_an_unknown_certificate_are_told_apart_in_a_word(
    real_mailbox: Inbox, mail_server: MailServer, settings: object
) -> None:
    server = MailSettings.of(real_mailbox).imap
    with pytest.raises(connecting.Unreachable, match="sign_in"):
        connecting.imap(server, "wrong")
    settings.KEFU_MAIL_CA = ""  # type: ignore[attr-defined]
    connecting.tls.cache_clear()
    with pytest.raises(connecting.Unreachable, match="certificate"):
        connecting.imap(server, "support-pw")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]"])
def test_no_server_inside_the_network_is_reached(host: str) -> None:
    with pytest.raises(connecting.Unreachable, match="unreachable"):
        connecting.imap(Server(host, 993, Security.TLS, user="a"), "b")
    with pytest.raises(connecting.Unreachable, match="unreachable"):
        connecting.smtp(Server(host, 465, Security.TLS, user="a"), "b")


@pytest.mark.usefixtures("committed")
def test_a_mail_that_comes_while_we_listen_is_there_within_two_seconds(
    real_mailbox: Inbox, mail_server: MailServer
) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=fetching.fetch_forever, args=(stop,))
    thread.start()
    try:
        wait_for(lambda: MailFolder.objects.filter(inbox=real_mailbox, looked_at__isnull=False).exists(), 15)
        sent = time.monotonic()
        mail_server.deliver(mail(7), to="support@desk.test", sender="alice@customer.test")
        wait_for(lambda: ReceivedMail.objects.filter(inbox=real_mailbox).exists(), 20)
        assert time.monotonic() - sent < 15
    finally:
        stop.set()
        thread.join(timeout=20)


def wait_for(condition, seconds: float) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
