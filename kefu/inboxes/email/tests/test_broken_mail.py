"""Mail in bad order, by accident or on purpose, is read as far as it can be."""

from __future__ import annotations

import base64

import pytest

from kefu.inboxes.email.parsed import Problem
from kefu.inboxes.email.parsing import LONGEST_TEXT, parse
from kefu.inboxes.email.structure import DEEPEST, MOST_PARTS
from kefu.inboxes.email.tests.mails import HEAD, in_base64, joined, mail, multipart, nested, part

PNG = base64.b64decode("iVBORw0KGgo=")


def test_parts_that_are_never_closed() -> None:
    raw = multipart(
        "mixed",
        nested("alternative", part("plain"), part("<p>plain</p>", content="text/html"), boundary="in"),
        part("file", head="Content-Disposition: attachment; filename=a.txt"),
    )
    for missing in (b"--in--\r\n", b"--part--\r\n"):
        read = parse(raw.replace(missing, b""))
        assert read.text == "plain"
        assert [each.content.strip() for each in read.attachments] == [b"file"]


def test_a_boundary_that_is_not_there() -> None:
    read = parse(mail("just words", content='multipart/mixed; boundary="none"'))
    assert (read.text, read.problems) == ("just words", (Problem.BOUNDARY,))


def test_a_boundary_that_the_header_has_lost() -> None:
    body = joined([part("hello"), in_base64(PNG, content="image/png; name=a.png")], "----=_Next_1")
    read = parse(mail(body, content="multipart/mixed"))
    assert (read.text, read.attachments[0].content) == ("hello", PNG)


def test_a_boundary_within_another() -> None:
    inner = part("inner") + b"\r\n--part-1\r\n" + part("second")
    raw = mail(
        b"--part\r\nContent-Type: multipart/mixed; boundary=part-1\r\n\r\n--part-1\r\n"
        + inner
        + b"\r\n--part-1--\r\n--part--\r\n",
        content="multipart/mixed; boundary=part",
    )
    assert parse(raw).text == "inner\n\nsecond"


def test_words_behind_the_last_part_are_kept() -> None:
    read = parse(multipart("mixed", part("hello")) + b"\r\nfooter of a list\r\n")
    assert read.text == "hello"
    assert [each.content for each in read.attachments] == [b"footer of a list"]
    assert read.problems == (Problem.OUTSIDE_THE_PARTS,)


def test_a_head_without_an_empty_line_behind() -> None:
    read = parse(b"From: lin@customer.test\nhello there\nsecond line")
    assert (read.text, read.problems) == ("hello there\nsecond line", (Problem.HEADER,))


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_other_ends_of_lines(end: bytes) -> None:
    read = parse(multipart("mixed", part("one\r\ntwo"), part("three")).replace(b"\r\n", end))
    assert read.text == "one\ntwo\n\nthree"


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        (b"5oKo5aW9\r\n", "您好"),
        (b"5oKo\r\n5aW9", "您好"),
        (b"5o Ko!5a\0W9", "您好"),
        (b"5oKo5aW9IQ", "您好!"),
        (b"5oKo5aW9IQ==5oKo5aW9IQ==", "您好!您好!"),
        (
            b"5oKo5aW9IQ==\r\n\r\n____________________\r\nlist footer with words",
            "您好!\n____________________\nlist footer with words",
        ),
        (b"5oKo5aW9I", "您好"),
    ],
)
def test_base64_with_rubbish(encoded: bytes, text: str) -> None:
    read = parse(mail(encoded, head="Content-Transfer-Encoding: base64"))
    assert (read.text + ("\n" + read.signature if read.signature else "") + read.quoted) == text


def test_quoted_printable_with_rubbish() -> None:
    assert (
        parse(mail("a=E6=82=A8=\r\nb =zz x", head="Content-Transfer-Encoding: Quoted-Printable")).text
        == "a您b =zz x"
    )


def test_uuencoded_files() -> None:
    encoded = b"begin 644 a.txt\n%:&5L;&\\ \n \nend\n"
    read = parse(
        multipart(
            "mixed",
            part(encoded, content="text/plain; name=a.txt", head="Content-Transfer-Encoding: x-uuencode"),
        )
    )
    assert read.attachments[0].content == b"hello"


def test_flowed_lines_are_put_together() -> None:
    body = "A line that \r\nflows on.\r\n> quoted that \r\n> flows too\r\n-- \r\nLin\r\n"
    read = parse(mail(body, content="text/plain; charset=utf-8; format=flowed"))
    assert read.plain.split("\n")[:3] == ["A line that flows on.", "> quoted that flows too", "-- "]


# -- bombs


def test_a_thousand_levels_are_read_as_far_as_they_matter() -> None:
    raw = (
        HEAD
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1_000)
        )
        + b"\r\nhi"
    )
    read = parse(raw)
    assert Problem.TOO_DEEP in read.problems
    assert f"b{DEEPEST}" in read.plain


def test_ten_thousand_parts_are_read_as_a_thousand() -> None:
    read = parse(multipart("mixed", *[part(f"part {number}.") for number in range(10_000)]))
    assert Problem.MANY_PARTS in read.problems
    assert all(f"part {number}." in read.plain for number in (0, 500, MOST_PARTS - 2))


def test_a_text_longer_than_anyone_writes_is_a_file() -> None:
    read = parse(mail("word " * (LONGEST_TEXT // 5 + 1)))
    assert (read.text, read.problems, len(read.attachments)) == ("", (Problem.LONG_TEXT,), 1)


def test_a_zip_is_not_opened() -> None:
    bomb = b"PK\x03\x04" + b"\0" * 100
    read = parse(multipart("mixed", in_base64(bomb, content="application/zip; name=42.zip")))
    assert read.attachments[0].content == bomb
