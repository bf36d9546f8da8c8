"""What became of our mail, as mail servers and providers tell it."""

from __future__ import annotations

import pytest

from kefu.inboxes.email.parsed import Failure, Kind, Mail
from kefu.inboxes.email.parsing import parse
from kefu.inboxes.email.tests.mails import in_base64, mail, multipart, part, word

POSTFIX = b"""Return-Path: <>
From: MAILER-DAEMON@mx.desk.test (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: support+b-abc@desk.test
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F1A.1763/mx.desk.test"
Message-Id: <20261122.4F1A@mx.desk.test>

This is a MIME-encapsulated message.

--4F1A.1763/mx.desk.test
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<ghost@customer.test>: unknown user: "ghost"

--4F1A.1763/mx.desk.test
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.desk.test
X-Postfix-Queue-ID: 4F1A
Arrival-Date: Sun, 22 Nov 2026 10:21:33 +0800 (CST)

Final-Recipient: rfc822; ghost@customer.test
Original-Recipient: rfc822;ghost@customer.test
Action: failed
Status: 5.1.1
Diagnostic-Code: X-Postfix; unknown user: "ghost"

--4F1A.1763/mx.desk.test
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: support@desk.test
To: ghost@customer.test
Subject: Re: My parcel
Message-ID: <k.m@desk.test>

We have sent it.

--4F1A.1763/mx.desk.test--
"""


def failures(read: Mail) -> tuple[Failure, ...]:
    assert read.kind == Kind.BOUNCE
    assert read.report is not None
    return read.report.failures


def test_a_report_of_postfix() -> None:
    read = parse(POSTFIX)
    assert failures(read) == (
        Failure("ghost@customer.test", "failed", "5.1.1", True, 'X-Postfix; unknown user: "ghost"'),
    )
    assert read.report is not None
    assert read.report.original_message_id == "k.m@desk.test"


@pytest.mark.parametrize(
    ("status", "action", "permanent"),
    [
        ("5.1.1", "failed", True),
        ("4.4.7", "failed", False),
        ("4.0.0", "delayed", False),
        ("5.0.0", "delayed", False),
        ("2.0.0", "delivered", False),
        ("", "failed", True),
    ],
)
def test_what_is_permanent(status: str, action: str, permanent: bool) -> None:
    raw = POSTFIX.replace(b"5.1.1", status.encode()).replace(b"Action: failed", f"Action: {action}".encode())
    (failure,) = failures(parse(raw))
    assert (failure.status, failure.action, failure.permanent) == (status, action, permanent)


def test_a_status_that_only_the_diagnostic_tells() -> None:
    raw = POSTFIX.replace(b"Status: 5.1.1\n", b"").replace(
        b'X-Postfix; unknown user: "ghost"', b"smtp; 452 Mailbox full"
    )
    assert failures(parse(raw))[0].status == "4.0.0"
    assert not failures(parse(raw))[0].permanent


def test_several_recipients_and_only_the_head_of_the_mail() -> None:
    status = part(
        "Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; a@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        "Original-Recipient: rfc822; b@x.test\r\nAction: failed\r\nStatus: 4.2.2 (full)\r\n",
        content="message/delivery-status",
    )
    head = part("Message-ID: <k.m@desk.test>\r\nSubject: x\r\n", content="text/rfc822-headers")
    read = parse(multipart('report; report-type="delivery-status"', part("sorry"), status, head))
    assert [(each.recipient, each.status, each.permanent) for each in failures(read)] == [
        ("a@x.test", "5.1.1", True),
        ("b@x.test", "4.2.2", False),
    ]
    assert read.report is not None
    assert read.report.original_message_id == "k.m@desk.test"


QQ = """<div>抱歉，您的邮件被退回来了……</div><div>原邮件信息：</div>
<div>时间：2026-11-22 10:21:33</div><div>主题：Re: 订单</div><div>收件人：ghost@customer.test</div>
<div>退信原因：收件人邮件地址（ghost@customer.test）不存在，邮件无法送达。</div>
<div>host mx3.qq.com[1.2.3.4] said: 550 Mailbox unavailable or access denied</div>"""
NETEASE = """抱歉，您的邮件被退回来了……

原邮件信息：
时间：2026-11-22 10:21:33
主题：Re: 订单
收件人：ghost@customer.test

退信代码：550 5.1.1 User not found: ghost@customer.test
Message-ID: <k.m@desk.test>
"""
QMAIL = """Hi. This is the qmail-send program at mx.x.test.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ghost@customer.test>:
1.2.3.4 does not like recipient.
Remote host said: 550 5.7.1 No such user
Giving up on 1.2.3.4.

--- Below this line is a copy of the message.

From: support@desk.test
Message-ID: <k.m@desk.test>
"""
EXIM = "This message was created automatically by mail delivery software.\n\n  ghost@customer.test\n    SMTP error from remote mail server: 550 5.1.1 unknown\n"
LATER = (
    "Your message to ghost@customer.test has been delayed. The server will keep trying. 421 4.4.1 timeout\n"
)


@pytest.mark.parametrize(
    ("raw", "status", "permanent"),
    [
        (
            mail(
                QQ,
                content="text/html; charset=utf-8",
                head=f"From: PostMaster@qq.com\r\nSubject: {word('系统退信/The email is returned')}",
            ),
            "5.0.0",
            True,
        ),
        (
            multipart(
                "mixed",
                in_base64(NETEASE.encode("gb18030"), content="text/plain; charset=gbk"),
                head=f"From: Postmaster@163.com\r\nSubject: {word('系统退信', 'gbk')}",
            ),
            "5.1.1",
            True,
        ),
        (mail(QMAIL, head="From: MAILER-DAEMON@mx.x.test\r\nSubject: failure notice"), "5.7.1", True),
        (
            mail(
                EXIM,
                head="From: Mailer-Daemon@mx.x.test\r\nSubject: Mail delivery failed: returning message to sender\r\nX-Failed-Recipients: ghost@customer.test",
            ),
            "5.1.1",
            True,
        ),
        (mail(LATER, head="Return-Path: <>\r\nFrom: mx@x.test\r\nSubject: Delivery delayed"), "4.4.1", False),
    ],
)
def test_reports_in_plain_words(raw: bytes, status: str, permanent: bool) -> None:
    (failure,) = failures(parse(raw))
    assert (failure.recipient, failure.status, failure.permanent) == (
        "ghost@customer.test",
        status,
        permanent,
    )


@pytest.mark.parametrize("text", [NETEASE, QMAIL])
def test_the_original_mail_is_found_in_plain_words(text: str) -> None:
    read = parse(mail(text, head="From: postmaster@x.test\r\nSubject: Undeliverable: Re: My parcel"))
    assert read.report is not None
    assert read.report.original_message_id == "k.m@desk.test"


def test_the_original_mail_is_what_the_report_answers_else() -> None:
    read = parse(
        mail(
            EXIM, head="From: postmaster@x.test\r\nSubject: Undeliverable: x\r\nIn-Reply-To: <k.m@desk.test>"
        )
    )
    assert read.report is not None
    assert read.report.original_message_id == "k.m@desk.test"


@pytest.mark.parametrize(
    "raw",
    [
        mail(QMAIL),
        mail(NETEASE, head=f"Subject: {word('退信')}"),
        multipart("mixed", part("I got this, what now?"), part(POSTFIX, content="message/rfc822")),
        multipart(
            "mixed",
            part("I got this"),
            part("Final-Recipient: rfc822; a@b.test\r\nAction: failed", content="message/delivery-status"),
        ),
        mail("The parcel was returned", head="From: postmaster@customer.test\r\nSubject: My own server"),
    ],
)
def test_a_customer_who_tells_of_a_report_has_written_none(raw: bytes) -> None:
    read = parse(raw)
    assert (read.kind, read.report) == (Kind.HUMAN, None)


def test_a_report_that_names_nobody_is_still_no_person() -> None:
    read = parse(mail("Something went wrong.", head="From: MAILER-DAEMON@mx.test\r\nSubject: failure notice"))
    assert (read.kind, read.report) == (Kind.BOUNCE, None)
