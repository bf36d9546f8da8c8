"""Mail that a mail server hands over: ours only once it is stored, refused only when it never can be."""

from __future__ import annotations

import asyncio
import os
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.db import OperationalError

from kefu.conversations.models import Inbox
from kefu.inboxes.email import delivered, raws
from kefu.inboxes.email.models import ReceivedMail
from tests.house import free_port

RAW = b"From: lin@customer.test\r\nTo: support@desk.test\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n"

pytestmark = pytest.mark.usefixtures("committed")


@contextmanager
def listening(*, smtp: bool) -> Iterator[int]:
    port, loop = free_port(), asyncio.new_event_loop()
    ready = threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        task = loop.create_task(delivered.listen("127.0.0.1", port, smtp=smtp))
        loop.call_later(0.2, ready.set)
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
        thread.join(timeout=10)
        loop.close()


def test_lmtp_answers_for_each_recipient_by_itself(mailbox: Inbox) -> None:
    with listening(smtp=False) as port, smtplib.LMTP("127.0.0.1", port) as line:
        line.ehlo("mx.test")
        line.docmd("MAIL", "FROM:<lin@customer.test>")
        assert line.docmd("RCPT", "TO:<support@desk.test>")[0] == 250
        assert line.docmd("RCPT", "TO:<support+abc@desk.test>")[0] == 250
        assert line.docmd("RCPT", "TO:<nobody@desk.test>")[0] == 550
        assert line.docmd("DATA")[0] == 354
        line.send(RAW + b".\r\n")
        assert [line.getreply()[0], line.getreply()[0]] == [250, 250]
    kept = ReceivedMail.objects.get()
    assert (kept.return_path, kept.recipients) == ("lin@customer.test", ["support@desk.test"])


def test_smtp_takes_ours_and_relays_nothing(mailbox: Inbox) -> None:
    with listening(smtp=True) as port, smtplib.SMTP("127.0.0.1", port) as line:
        refused = line.sendmail("a@b.test", ["support@desk.test", "else@where.test"], RAW)
        assert set(refused) == {"else@where.test"}
    assert ReceivedMail.objects.count() == 1


def test_a_report_has_no_sender(mailbox: Inbox) -> None:
    with listening(smtp=True) as port, smtplib.SMTP("127.0.0.1", port) as line:
        line.sendmail("", ["support@desk.test"], RAW)
    assert ReceivedMail.objects.get().return_path == ""


def test_while_the_database_is_away_the_mail_server_keeps_the_mail(
    mailbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    with listening(smtp=True) as port, smtplib.SMTP("127.0.0.1", port) as line:
        monkeypatch.setattr(raws, "keep", away)
        with pytest.raises(smtplib.SMTPDataError) as told:
            line.sendmail("a@b.test", ["support@desk.test"], RAW)
        assert told.value.smtp_code == 451
        monkeypatch.setattr(raws, "inbox_of", away)
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            line.sendmail("a@b.test", ["support@desk.test"], RAW)
        assert refused.value.recipients["support@desk.test"][0] == 451


@pytest.mark.parametrize(
    ("recipient", "code"), [("support@desk.test", os.EX_OK), ("nobody@desk.test", os.EX_NOUSER)]
)
def test_a_pipe_ends_with_what_the_mail_server_shall_do(mailbox: Inbox, recipient: str, code: int) -> None:
    assert delivered.from_pipe(RAW, recipient=recipient, sender=None) == code


def test_a_pipe_that_stumbles_asks_for_another_try(mailbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raws, "keep", lambda *_, **__: 1 / 0)
    assert delivered.from_pipe(RAW, recipient="support@desk.test", sender=None) == os.EX_TEMPFAIL


def test_what_is_too_large_is_refused_for_good(mailbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raws, "LARGEST", 10)
    assert delivered.from_pipe(RAW, recipient="support@desk.test", sender=None) == os.EX_DATAERR


def test_an_inbox_that_is_switched_off_takes_nothing(mailbox: Inbox) -> None:
    Inbox.objects.update(is_active=False)
    assert delivered.from_pipe(RAW, recipient="support@desk.test", sender=None) == os.EX_NOUSER
