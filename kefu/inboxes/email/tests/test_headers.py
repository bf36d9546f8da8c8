"""The head of a mail, as clients, servers and impostors write it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kefu.inboxes.email.addresses import MOST, addresses_of
from kefu.inboxes.email.headers import date_of, file_name, ids_of, read_head, value_of
from kefu.inboxes.email.tests.mails import word
from kefu.inboxes.email.words import text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (word("订单没有收到", "gb18030"), "订单没有收到"),
        (f"Re: {word('订单')} 42", "Re: 订单 42"),
        (f"{word('您')}\r\n {word('好')}", "您好"),
        ("=?gb2312?Q?=C4=FA?= =?GB2312?Q?=BA=C3?=", "您好"),
        ("=?gb2312?B?xPo=?= =?gb2312?Q?=BA=C3?=", "您好"),
        ("=?gb2312?B?xPq6?= =?gb2312?B?ww==?=", "您好"),  # a character cut in two
        ("=?utf-8?B?5oKo5aW9", "您好"),  # its end was cut off
        ("=?utf-8?B?5oKo5aW9?=!", "您好!"),
        ("=?utf-8?B?5oKo\x015aW9?=", "您好"),
        ("=?utf-8*zh?B?5oKo5aW9?=", "您好"),
        ("=?unknown?B?5oKo5aW9?=", "您好"),
        ("=?utf-8?Q?a_b=20c?=", "a b c"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("two\r\n lines\tand\x00a NUL", "two lines and�a NUL"),
        ("good\u202egpj.exe", "good gpj.exe"),
        ("", ""),
    ],
)
def test_subjects(value: str, text: str) -> None:
    assert text_of(value.encode()) == text


def test_bare_bytes_in_a_subject_are_read() -> None:
    assert text_of("订单没有收到".encode("gb18030")) == "订单没有收到"
    assert text_of("订单没有收到".encode()) == "订单没有收到"


@pytest.mark.parametrize(
    ("value", "people"),
    [
        ("lin@customer.test", [("", "lin@customer.test")]),
        ("Lin <Lin@Customer.TEST>", [("Lin", "Lin@customer.test")]),
        ('"Wang, Lin" <lin@customer.test>, x@y.test', [("Wang, Lin", "lin@customer.test"), ("", "x@y.test")]),
        (f"{word('客服, 小林')} <s@desk.test>", [("客服, 小林", "s@desk.test")]),
        (word("客服 <s@desk.test>"), [("客服", "s@desk.test")]),
        ("lin@customer.test (Lin Wang)", [("Lin Wang", "lin@customer.test")]),
        ("a@b.test; c@d.test", [("", "a@b.test"), ("", "c@d.test")]),
        ('Team: a@b.test, "C" <c@d.test>;', [("", "a@b.test"), ("C", "c@d.test")]),
        ("undisclosed-recipients:;", []),
        ('"Lin \\"L\\" Wang" <l@c.test>', [('Lin "L" Wang', "l@c.test")]),
        ('"never closed <a@b.test>, c@d.test', [("never closed", "a@b.test"), ("", "c@d.test")]),
        ('"brand@desk.test" <evil@x.test>', [("brand@desk.test", "evil@x.test")]),
        ("lin@例子.测试", [("", "lin@例子.测试")]),
        ("<>", []),
        ("MAILER-DAEMON", []),
        ("a b@c.test", []),
        ("@", []),
        ("a@", []),
        ("<a@b.test", [("", "a@b.test")]),
    ],
)
def test_people(value: str, people: list[tuple[str, str]]) -> None:
    assert [(each.name, each.address) for each in addresses_of(value.encode())] == people


def test_a_list_of_recipients_ends_somewhere() -> None:
    assert len(addresses_of(b"a@b.test," * 5_000)) == MOST


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@b>", ("a@b",)),
        ("<a@b>\r\n <c@d> junk", ("a@b", "c@d")),
        ("a@b", ("a@b",)),
        ("< a@b >", ("a@b",)),
        ("nothing", ()),
        ("", ()),
    ],
)
def test_message_ids(value: str, ids: tuple[str, ...]) -> None:
    assert ids_of(value.encode()) == ids


def test_of_endless_references_the_first_and_the_last_are_kept() -> None:
    found = ids_of(b" ".join(b"<%d@x>" % number for number in range(1_000)))
    assert (found[0], found[-1], len(found)) == ("0@x", "999@x", 100)


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("Sun, 22 Nov 2026 10:21:33 +0800 (CST)", datetime(2026, 11, 22, 2, 21, 33, tzinfo=UTC)),
        ("22 Nov 2026 10:21 -0000", datetime(2026, 11, 22, 10, 21, tzinfo=UTC)),
        ("Tue, 1 Jan 2199 00:00:00 GMT", datetime(2199, 1, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("Mon, 1 Jan 99999 00:00:00 +0000", None),
        ("Sun, 31 Feb 2026 10:21:33 +0800", None),
        ("1 Jan 0001 00:00:00 +2400", None),
        ("", None),
    ],
)
def test_dates(value: str, date: datetime | None) -> None:
    assert date_of(value.encode()) == date


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (f'attachment; filename="{word("账单.pdf", "gb18030")}"', "账单.pdf"),
        (f"attachment; filename={word('账单.pdf')}", "账单.pdf"),
        (f'attachment; filename="{word("账")}\r\n {word("单.pdf")}"', "账单.pdf"),
        ("attachment; filename*=UTF-8''%E8%B4%A6%E5%8D%95.pdf", "账单.pdf"),
        ("attachment; filename*=gb2312'zh'%D5%CA%B5%A5.pdf; filename=x.pdf", "帐单.pdf"),
        ("attachment; filename*0*=UTF-8''%E8%B4; filename*1*=%A6; filename*2=.pdf", "账.pdf"),
        ('attachment; filename*0="a very "; filename*1="long name.pdf"', "a very long name.pdf"),
        ('attachment; filename="%E8%B4%A6%E5%8D%95.pdf"', "账单.pdf"),
        ('attachment; filename="100%25.pdf"', "100%25.pdf"),
        ("attachment; filename=账单.pdf", "账单.pdf"),
        ('attachment; filename="a;b \\"c\\".pdf"; size=3', 'a;b "c".pdf'),
        ('attachment; filename="never closed.pdf; size=3', "never closed.pdf"),
        ("attachment; filename=two words.pdf", "two words.pdf"),
        ('attachment; filename="fdp\u202efdp.exe"', "fdp fdp.exe"),
        ("attachment", ""),
        ("", ""),
    ],
)
def test_names_of_files(value: str, name: str) -> None:
    assert file_name(value_of(value.encode()).parameters.get("filename", "")) == name


def test_a_name_in_bare_gbk_is_read() -> None:
    assert value_of("x; filename=账单.pdf".encode("gb18030")).parameters["filename"] == "账单.pdf"


def test_where_the_head_ends() -> None:
    for raw, body, whole in [
        (b"A: b\r\n\r\nbody", b"body", True),
        (b"A: b\n\nbody", b"body", True),
        (b"A: b\n  c\n\nbody", b"body", True),
        (b"From someone Sun Nov 22\nA: b\n\nbody", b"body", True),
        (b"A: b\nno header\n\nbody", b"no header\n\nbody", False),
        (b"\nbody", b"body", True),
        (b"A: b", b"", True),
        (b"", b"", True),
    ]:
        head = read_head(raw, 0, len(raw))
        assert (raw[head.body :], head.is_whole) == (body, whole)


def test_a_head_without_end_is_passed_over() -> None:
    for raw in (b"A: b\n" * 50_000 + b"\nbody", b"A: b\n" + b" c\n" * 50_000 + b"\nbody"):
        head = read_head(raw, 0, len(raw))
        assert raw[head.body :] == b"body"


READERS: list[Callable[[bytes], Any]] = [text_of, addresses_of, ids_of, date_of, value_of]
SPECIAL = st.sampled_from(
    [
        *"\"'<>()[]{};,:@=?%*\\ \t\r\n\0",
        "=?",
        "?=",
        "?B?",
        "?q?",
        "=?gb2312?B?xPo=?=",
        "utf-8''",
        "*0*=",
        "filename",
    ]
)
VALUES = st.one_of(
    st.binary(max_size=80),
    st.lists(st.one_of(SPECIAL, st.text(max_size=4)))
    .map("".join)
    .map(lambda text: text.encode("utf-8", "replace")),
)


@given(VALUES)
@example(b"=?utf-8?B?=?=")
@example(b"filename*999*=x")
def test_no_header_is_too_odd_to_be_read(value: bytes) -> None:
    for read in READERS:
        read(value)
    assert not set(text_of(value)) & set("\r\n\0\u202e")
    for each in addresses_of(value):
        assert not set(each.address) & set("\r\n\0 <>,;")
        assert each.address.count("@") >= 1
    for name in value_of(value).parameters.values():
        assert not set(file_name(name)) & set("\r\n\0\u202e")


@pytest.mark.parametrize(
    "seed",
    [
        b'"',
        b"(",
        b"<",
        b"\\",
        b'"\\',
        b"=?utf-8?B?",
        b"=?a?q?=?=",
        b";=",
        b"a@b,",
        b" ",
        b"x*1=;",
        b"<a",
        b"=?",
        b"%E8",
        b"@",
    ],
)
def test_a_long_header_takes_no_time(seed: bytes) -> None:
    value = seed * (65_536 // len(seed))
    began = time.process_time()
    for read in READERS:
        read(value)
    assert time.process_time() - began < 1.5
