"""What Outlook wraps in winmail.dat is taken out of it."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.inboxes.email.parsed import Problem
from kefu.inboxes.email.parsing import parse
from kefu.inboxes.email.tests.mails import in_base64, multipart, part
from kefu.inboxes.email.winmail import Damaged, read_winmail, unpacked_rtf

MESSAGE, FILE = 1, 2


def attribute(level: int, name: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 0, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def prop(name: int, kind: int, value: bytes) -> bytes:
    if kind in (0x1E, 0x1F, 0x102):
        value = struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return struct.pack("<HH", kind, name) + value


def props(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


def winmail(*attributes: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)


NAMED = (
    struct.pack("<HH", 0x1F, 0x8001)
    + b"\0" * 16
    + struct.pack("<II", 1, 6)
    + b"a\0b\0c\0\0\0"
    + struct.pack("<II", 1, 4)
    + b"x\0\0\0"
)
WHOLE = winmail(
    attribute(MESSAGE, 0x9007, struct.pack("<II", 936, 0)),
    attribute(MESSAGE, 0x800C, "您好，见附件\0".encode("gbk")),
    attribute(
        MESSAGE,
        0x9003,
        props(prop(0x0017, 0x03, b"\1\0\0\0"), NAMED, prop(0x1013, 0x102, "<p>您好，见附件</p>".encode())),
    ),
    attribute(FILE, 0x9002, b"\0" * 14),
    attribute(FILE, 0x8010, b"ZHANGD~1.PDF\0"),
    attribute(FILE, 0x800F, b"%PDF-1.4"),
    attribute(
        FILE,
        0x9005,
        props(prop(0x3707, 0x1F, "账单.pdf\0".encode("utf-16-le")), prop(0x370E, 0x1E, b"application/pdf\0")),
    ),
    attribute(FILE, 0x9002, b"\0" * 14),
    attribute(FILE, 0x8010, "截图.png\0".encode("gbk")),
    attribute(
        FILE, 0x9005, props(prop(0x3701, 0x102, b"PNG"), prop(0x3712, 0x1F, "p1@x\0".encode("utf-16-le")))
    ),
)


def test_text_and_files_are_taken_out() -> None:
    found = read_winmail(WHOLE)
    assert (found.text, found.html) == ("您好，见附件", "<p>您好，见附件</p>")
    assert [(each.name, each.type, each.content, each.content_id) for each in found.attachments] == [
        ("账单.pdf", "application/pdf", b"%PDF-1.4", ""),
        ("截图.png", "application/octet-stream", b"PNG", "p1@x"),
    ]


@pytest.mark.parametrize(
    "content", ["application/ms-tnef; name=winmail.dat", "application/octet-stream; name=Winmail.DAT"]
)
def test_a_mail_shows_what_is_in_it(content: str) -> None:
    read = parse(multipart("mixed", part(""), in_base64(WHOLE, content=content)))
    assert read.text == "您好，见附件"
    assert [each.name for each in read.attachments] == ["账单.pdf", "截图.png"]


def test_a_text_beside_it_is_the_mails() -> None:
    read = parse(multipart("mixed", part("the text"), in_base64(WHOLE, content="application/ms-tnef")))
    assert read.text == "the text"
    assert len(read.attachments) == 2


def test_a_damaged_one_stays_as_it_is() -> None:
    read = parse(
        multipart("mixed", part("x"), in_base64(WHOLE[:60], content="application/ms-tnef; name=winmail.dat"))
    )
    assert read.problems == (Problem.WINMAIL,)
    assert [(each.name, each.content) for each in read.attachments] == [("winmail.dat", WHOLE[:60])]


def test_a_text_in_rtf_only_is_a_file() -> None:
    packed = b"\x00{\\rtf1 x" + b"y" * 7
    rtf = struct.pack("<IIII", len(packed) + 12, 9, 0x414C454D, 0) + b"{\\rtf1 x}"
    found = read_winmail(winmail(attribute(MESSAGE, 0x9003, props(prop(0x1009, 0x102, rtf)))))
    assert [(each.name, each.content) for each in found.attachments] == [("text.rtf", b"{\\rtf1 x}")]


def test_rtf_is_unpacked_as_microsoft_shows() -> None:
    """The two examples of [MS-OXRTFCP] 3.1: plain words, and a reference that reads what it is writing."""
    simple = "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af3 20 68656c090020627705b06c647d0a800fa0"
    crossing = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"
    assert unpacked_rtf(bytes.fromhex(simple)) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpacked_rtf(bytes.fromhex(crossing)) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


@given(st.binary(max_size=200))
def test_rubbish_is_damaged_and_nothing_worse(content: bytes) -> None:
    for raw in (content, WHOLE[:6] + content, WHOLE[:40] + content + WHOLE[40:], WHOLE[: len(content) * 2]):
        with suppress(Damaged):
            read_winmail(raw)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_wrong_byte_is_damage_and_nothing_worse(place: int, byte: int) -> None:
    with suppress(Damaged):
        read_winmail(WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :])
