"""A person's mail is told from a machine's, a list's and our own."""

from __future__ import annotations

import pytest

from kefu.inboxes.email.kinds import came_back, may_be_answered_by_machine
from kefu.inboxes.email.parsed import Kind
from kefu.inboxes.email.parsing import parse
from kefu.inboxes.email.tests.mails import mail, multipart, part, word

HUMAN = [
    "",
    "Auto-Submitted: no",
    "auto-submitted: NO (a person)",
    "Auto-Submitted: no\r\nPrecedence: normal\r\nX-Auto-Response-Suppress: All",
    "Auto-Submitted: no\r\nSubject: Automatic reply: x",
    "Subject: The automatic reply that I got",
    "Subject: 你们的自动回复没有用",
    "Subject: Undelivered parcel returned to sender",
    "Subject: 退信",
    "Return-Path: <lin@customer.test>",
    "Precedence: first-class",
    "X-Auto-Response-Suppress: DR, RN",
    "X-Priority: 1",
    "From: postmaster@customer.test\r\nSubject: Our mail server",
]
AUTOMATIC = [
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated; owner-email=lin@customer.test",
    "Auto-Submitted: Auto-Replied (vacation)",
    "Auto-Submitted: auto-notified",
    "X-Autoreply: yes",
    "X-Autorespond: on holiday",
    "X-Auto-Response-Suppress: All",
    "X-Auto-Response-Suppress: DR, OOF, AutoReply",
    "Precedence: auto_reply",
    "X-Precedence: bulk",
    "Return-Path: <>",
    "Subject: Automatic reply: My parcel",
    "Subject: Auto: Re: x",
    "Subject: [Auto-Reply] x",
    "Subject: Out of Office",
    "Subject: Abwesenheitsnotiz: x",
    f"Subject: {word('自动回复：订单')}",
    f"Subject: Re: {word('自动回复:订单', 'gb18030')}",
    f"Subject: {word('自動回覆')}",
    "From: noreply@shop.test",
    "From: no-reply@shop.test",
    "From: do_not_reply+x@shop.test",
    "From: noreply-orders@shop.test",
]
BULK = [
    "List-Id: <news.shop.test>",
    "List-Id: <x>\r\nAuto-Submitted: no",
    "List-Post: <mailto:x@y.test>",
    "Precedence: bulk",
    "Precedence: LIST",
    "Precedence: junk",
    "List-Unsubscribe: <https://shop.test/off>",
    "Feedback-ID: 1:2:3:shop",
]


@pytest.mark.parametrize("head", HUMAN)
def test_people(head: str) -> None:
    assert parse(mail(head=head)).kind == Kind.HUMAN


@pytest.mark.parametrize("head", AUTOMATIC)
def test_machines_that_answer(head: str) -> None:
    read = parse(mail(head=head))
    assert read.kind == Kind.AUTOMATIC
    assert not may_be_answered_by_machine(read)


@pytest.mark.parametrize("head", BULK)
def test_lists_and_newsletters(head: str) -> None:
    read = parse(mail(head=head))
    assert read.kind == Kind.BULK
    assert not may_be_answered_by_machine(read)


def test_a_receipt_of_reading_is_automatic() -> None:
    told = part(
        "Disposition: manual-action/MDN-sent-manually; displayed", content="message/disposition-notification"
    )
    assert (
        parse(multipart("report; report-type=disposition-notification", part("read"), told)).kind
        == Kind.AUTOMATIC
    )


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.test", "Mail Delivery <mailer-daemon@mx.test>"])
def test_a_mail_system_without_a_report_is_no_person(sender: str) -> None:
    assert parse(mail(head=f"From: {sender}")).kind == Kind.BOUNCE


@pytest.mark.parametrize(
    "head",
    [
        "X-Loop: other@desk.test",
        "X-Auto-Response-Suppress: RN",
        "Return-Path: <>",
        "Reply-To: noreply@shop.test",
    ],
)
def test_some_mail_by_people_is_not_answered_by_a_machine(head: str) -> None:
    assert not may_be_answered_by_machine(parse(mail(head=head)))
    assert may_be_answered_by_machine(parse(mail()))


def test_nobody_answers_a_mail_without_sender() -> None:
    assert not may_be_answered_by_machine(parse(b"Subject: x\n\nx"))


def test_our_own_mail_that_comes_back_is_told_by_our_marks() -> None:
    def ours(message_id: str) -> bool:
        return message_id.endswith("@desk.test")

    def back(head: str, body: str = "x") -> bool:
        return came_back(parse(mail(body, head=head)), marks=["support@desk.test"], is_ours=ours)

    assert back("Message-ID: <k.m@desk.test>")
    assert back("X-Loop: other@x.test\r\nX-Loop: Support@Desk.test")
    assert not back("Message-ID: <1@customer.test>\r\nIn-Reply-To: <k.m@desk.test>\r\nX-Loop: else@x.test")
    assert not back("")


def test_a_delivery_report_about_our_mail_is_no_loop() -> None:
    read = parse(
        mail(
            "<lin@customer.test>: 550 5.1.1 unknown",
            head="From: MAILER-DAEMON@desk.test\r\nSubject: failure notice\r\nMessage-ID: <k.m@desk.test>",
        )
    )
    assert read.kind == Kind.BOUNCE
    assert not came_back(read, marks=[], is_ours=lambda message_id: True)
