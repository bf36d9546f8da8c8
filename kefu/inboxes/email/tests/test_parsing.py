"""Mail as it is found in the wild becomes a mail that can be read."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.inboxes.email.parsed import Address, Kind, Mail, Problem
from kefu.inboxes.email.parsing import parse
from kefu.inboxes.email.tests.mails import (
    HEAD,
    in_base64,
    mail,
    multipart,
    nested,
    part,
    squeezed,
    word,
)

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_an_ordinary_mail() -> None:
    head = """Message-ID: <1@customer.test>
In-Reply-To: <k.m@desk.test>
References: <0@desk.test> <k.m@desk.test>
Date: Sun, 22 Nov 2026 10:21:33 +0800
Cc: Mei <mei@desk.test>
Reply-To: lin@other.test
Return-Path: <lin@customer.test>"""
    read = parse(mail("Where is my parcel?\r\n", head=head))
    assert read.sender == Address("Lin Wang", "lin@customer.test")
    assert (read.to, read.cc) == ((Address("", "support@desk.test"),), (Address("Mei", "mei@desk.test"),))
    assert read.reply_to == (Address("", "lin@other.test"),)
    assert (read.message_id, read.in_reply_to) == ("1@customer.test", "k.m@desk.test")
    assert read.references == ("0@desk.test", "k.m@desk.test")
    assert read.date == datetime(2026, 11, 22, 2, 21, 33, tzinfo=UTC)
    assert read.return_path == "lin@customer.test"
    assert (read.subject, read.text, read.html, read.attachments) == (
        "My parcel",
        "Where is my parcel?",
        "",
        (),
    )
    assert (read.kind, read.problems, read.report, read.invitation) == (Kind.HUMAN, (), None, None)


def test_a_mail_of_a_chinese_client() -> None:
    plain = "您好，见截图\r\n\r\n------------------ 原始邮件 ------------------\r\n发件人: x\r\n"
    html = '<div>您好，见截图<img src="cid:p1@qq"></div><div>------------------&nbsp;原始邮件&nbsp;------------------</div>'
    raw = multipart(
        "mixed",
        nested(
            "alternative",
            in_base64(plain.encode("gb18030"), content='text/plain; charset="gb18030"'),
            in_base64(html.encode("gb18030"), content='text/html; charset="gb18030"'),
            boundary="inner",
        ),
        in_base64(
            PNG, content=f'image/png; name="{word("截图.png", "gb18030")}"', head="Content-ID: <p1@qq>"
        ),
        in_base64(
            b"%PDF",
            content="application/octet-stream",
            head=f'Content-Disposition: attachment; filename="{word("账单.pdf", "gb18030")}"',
        ),
        head=f"From: {word('客户甲', 'gb18030')} <wang@qq.com>\r\nSubject: {word('订单', 'gb18030')}",
    )
    read = parse(raw)
    assert read.sender == Address("客户甲", "wang@qq.com")
    assert (read.subject, read.text) == ("订单", "您好，见截图")
    assert read.quoted.startswith("------")
    assert read.reply_html == '<div>您好，见截图<img src="cid:p1@qq"></div>'
    assert [(each.name, each.type, each.inline, each.content_id) for each in read.attachments] == [
        ("截图.png", "image/png", True, "p1@qq"),
        ("账单.pdf", "application/octet-stream", False, ""),
    ]
    assert read.attachments[0].content == PNG


@pytest.mark.parametrize("label", ["gb2312", "utf-8", "iso-8859-1", "", "x-unknown"])
def test_a_wrong_label_is_seen_through(label: str) -> None:
    text = "㐂𠮷，我的订单还没有收到"
    content = f"text/plain; charset={label}" if label else "text/plain"
    read = parse(mail(text.encode("gb18030"), content=content))
    assert read.text == text
    assert (Problem.CHARSET in read.problems) == (label != "gb2312")


def test_a_mail_of_html_only_is_read_as_text() -> None:
    html = "<html><head><title>no</title><style>p{}</style></head><body><p>Hello&nbsp;&amp; thanks</p><ul><li>one<li>two</ul><table><tr><td>a</td><td>b</td></tr></table></body></html>"
    read = parse(mail(html, content="text/html"))
    assert read.text == "Hello & thanks\n\none\ntwo\n\na b"


def test_html_says_its_own_charset() -> None:
    html = '<meta http-equiv="Content-Type" content="text/html; charset=big5"><p>請問</p>'
    assert parse(mail(html.encode("big5"), content="text/html")).text == "請問"


@pytest.mark.parametrize("stand_in", ["", " \r\n", "您的邮件客户端不支持HTML", "This mail needs HTML."])
def test_a_plain_part_that_says_nothing_gives_way(stand_in: str) -> None:
    html = "<p>" + "My parcel has not come, and nobody answers. " * 3 + "</p>"
    read = parse(multipart("alternative", part(stand_in), part(html, content="text/html")))
    assert read.text.startswith("My parcel has not come")


def test_text_before_and_behind_a_picture_is_one_text() -> None:
    read = parse(
        multipart(
            "mixed",
            part("before"),
            in_base64(PNG, content="image/png", head="Content-Disposition: inline; filename=a.png"),
            part("behind"),
        )
    )
    assert read.text == "before\n\nbehind"
    assert [(each.name, each.inline) for each in read.attachments] == [("a.png", True)]


def test_plain_and_html_stretches_are_one_html() -> None:
    read = parse(multipart("mixed", part("a < b"), part("<b>bold</b>", content="text/html")))
    assert read.html == "<div>a &lt; b</div><b>bold</b>"
    assert read.text == "a < b\n\nbold"


def test_a_named_text_is_a_file() -> None:
    read = parse(
        multipart(
            "mixed", part("see log"), part("line 1", head="Content-Disposition: inline; filename=app.log")
        )
    )
    assert read.text == "see log"
    assert [(each.name, each.content) for each in read.attachments] == [("app.log", b"line 1")]


def test_a_forwarded_mail_is_a_file_named_after_its_subject() -> None:
    inner = mail("inner words", head=f"Subject: {word('退货')}")
    read = parse(multipart("mixed", part("see below"), part(inner, content="message/rfc822")))
    assert read.text == "see below"
    assert [(each.name, each.type, each.content) for each in read.attachments] == [
        ("退货.eml", "message/rfc822", inner)
    ]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("image/png", "image.png"),
        ("application/pdf", "application.pdf"),
        ("text/csv", "text.csv"),
        ("text/x-odd", "text.txt"),
        ("message/delivery-status", "message.txt"),
        ("application/octet-stream", "application.bin"),
        ("application/x-odd", ""),
        ('image/png; name=""', "image.png"),
    ],
)
def test_a_file_without_a_name_is_named_after_its_type(content: str, name: str) -> None:
    (file,) = parse(multipart("mixed", part("x"), in_base64(PNG, content=content))).attachments
    assert file.name == name


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"\n\n\n",
        HEAD,
        HEAD + b"\r\n",
        mail(""),
        mail(" \r\n "),
        mail("", content="text/html"),
        multipart("mixed"),
        multipart("alternative", part(""), part("", content="text/html")),
    ],
)
def test_a_mail_may_be_empty(raw: bytes) -> None:
    read = parse(raw)
    assert (read.text, read.quoted, read.signature, read.attachments) == ("", "", "", ())


def test_what_is_missing_is_told() -> None:
    read = parse(b"Subject: x\n\nhello")
    assert (read.sender, read.date, read.message_id, read.return_path) == (None, None, "", None)
    assert read.problems == (Problem.NO_SENDER,)


def test_several_senders_are_told() -> None:
    for head in ("From: a@b.test, c@d.test", "From: a@b.test\r\nfrom: c@d.test"):
        read = parse(mail(head=head))
        assert read.sender == Address("", "a@b.test")
        assert Problem.SEVERAL_SENDERS in read.problems


def test_an_empty_return_path_is_not_a_missing_one() -> None:
    assert parse(mail(head="Return-Path: <>")).return_path == ""
    assert parse(mail()).return_path is None


def test_an_impossible_date_is_told() -> None:
    read = parse(mail(head="Date: the day before"))
    assert (read.date, read.problems) == (None, (Problem.DATE,))


# -- nothing is lost, nothing falls over

WORDS = st.text(
    st.characters(
        codec="utf-8", exclude_characters="\0\r\ufeff\ufffc", exclude_categories=["Cs", "Cn", "Cf"]
    ),
    max_size=40,
)
TYPES = st.sampled_from(
    [
        "text/plain",
        "text/plain; charset=gb2312",
        "text/html",
        "text/plain; name=x",
        "image/png",
        "application/ms-tnef",
        "text/calendar",
        "message/rfc822",
        "multipart/mixed; boundary=p0",
        "x",
        "multipart/alternative",
        "message/delivery-status",
    ]
)
ENCODINGS = st.sampled_from(["", "base64", "quoted-printable", "x-uuencode", "7bit", "nonsense"])
LEAVES = st.builds(
    lambda body, kind, encoding, text: part(
        text.encode() if text else body, content=kind, head=f"Content-Transfer-Encoding: {encoding}"
    ),
    st.binary(max_size=60),
    TYPES,
    ENCODINGS,
    WORDS,
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda kind, parts, boundary: nested(kind, *parts, boundary=boundary),
        st.sampled_from(["mixed", "alternative", "related", "report", "digest", "signed"]),
        st.lists(inner, max_size=3),
        st.sampled_from(["p0", "p1", "p01"]),
    ),
    max_leaves=8,
)
HEADS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "References",
                "Return-Path",
                "Content-Type",
                "Content-Transfer-Encoding",
                "X-Loop",
                "Authentication-Results",
            ]
        ),
        st.one_of(st.binary(max_size=40), WORDS.map(str.encode), st.just(b"\r\n \r\n x")),
    )
).map(lambda pairs: b"".join(name.encode() + b": " + value + b"\r\n" for name, value in pairs))


@settings(max_examples=300)
@given(HEADS, TREES, st.binary(max_size=20), st.integers(0, 400))
def test_no_mail_is_too_broken_to_be_read(head: bytes, tree: bytes, behind: bytes, end: int) -> None:
    for raw in (head + tree + behind, (head + tree)[:end]):
        _can_be_stored(parse(raw))


@given(st.binary(max_size=400))
def test_no_bytes_are_too_odd_to_be_read(raw: bytes) -> None:
    _can_be_stored(parse(raw))


@given(st.lists(WORDS, min_size=1, max_size=4), st.booleans())
def test_every_word_of_every_part_is_somewhere(texts: list[str], encoded: bool) -> None:
    make = in_base64 if encoded else part
    read = parse(multipart("mixed", *[make(text) for text in texts], boundary="no-such-line"))
    whole = squeezed(read.text + read.signature + read.quoted)
    assert whole == squeezed(read.plain)
    for text in texts:
        assert squeezed(text) in whole


def _can_be_stored(read: Mail) -> None:
    people = [*read.reply_to, *read.to, *read.cc, *([read.sender] if read.sender else [])]
    named = [text for each in people for text in (each.name, each.address)]
    files = [text for each in read.attachments for text in (each.name, each.type, each.content_id)]
    texts = [read.subject, read.text, read.signature, read.quoted, read.plain, read.html, read.reply_html]
    kept = [read.message_id, read.in_reply_to, *read.references, *(value for _name, value in read.headers)]
    for text in (*named, *files, *texts, *kept):
        assert "\0" not in text
        text.encode("utf-8")
    assert squeezed(read.text + read.signature + read.quoted) == squeezed(read.plain)
