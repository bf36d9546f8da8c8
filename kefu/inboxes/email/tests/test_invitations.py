"""An invitation is shown as what it asks for."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.inboxes.email.invitations import read_invitation
from kefu.inboxes.email.parsed import Invitation
from kefu.inboxes.email.parsing import parse
from kefu.inboxes.email.tests.mails import multipart, nested, part

ZONE = "BEGIN:VTIMEZONE\r\nTZID:Somewhere\r\nBEGIN:STANDARD\r\nTZOFFSETTO:+0530\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"


def calendar(*lines: str, method: str = "REQUEST", before: str = "") -> str:
    event = "\r\n".join(
        ["BEGIN:VEVENT", *lines, "BEGIN:VALARM", "SUMMARY:not this", "END:VALARM", "END:VEVENT"]
    )
    return f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\n{before}{event}\r\nEND:VCALENDAR\r\n"


MEETING = calendar(
    "UID:42@customer.test",
    "SUMMARY;LANGUAGE=zh-CN:看一看坏了的\r\n 手机\\, 好吗",
    "DTSTART;TZID=China Standard Time:20261122T100000",
    "DTEND;TZID=China Standard Time:20261122T103000",
    'ORGANIZER;CN="Wang, Lin":mailto:lin@customer.test',
    "LOCATION:Room 1\\nSecond floor",
)


def test_who_asks_for_what_and_when() -> None:
    assert read_invitation(MEETING) == Invitation(
        method="REQUEST",
        summary="看一看坏了的手机, 好吗",
        starts=datetime(2026, 11, 22, 2, tzinfo=UTC),
        ends=datetime(2026, 11, 22, 2, 30, tzinfo=UTC),
        place="Room 1\nSecond floor",
        organiser="lin@customer.test",
        uid="42@customer.test",
    )


@pytest.mark.parametrize(
    ("line", "starts"),
    [
        ("DTSTART:20261122T020000Z", datetime(2026, 11, 22, 2, tzinfo=UTC)),
        ("DTSTART;TZID=Asia/Shanghai:20261122T100000", datetime(2026, 11, 22, 2, tzinfo=UTC)),
        ("DTSTART;TZID=Somewhere:20261122T100000", datetime(2026, 11, 22, 4, 30, tzinfo=UTC)),
        ("DTSTART;TZID=../../etc/passwd:20261122T100000", datetime(2026, 11, 22, 4, 30, tzinfo=UTC)),
        ("DTSTART;VALUE=DATE:20261122", datetime.fromisoformat("2026-11-22")),
        ("DTSTART:20261122T100000", datetime.fromisoformat("2026-11-22T10:00")),
        ("DTSTART:20261399T100000", None),
        ("DTSTART:tomorrow", None),
        ("X:1", None),
    ],
)
def test_when(line: str, starts: datetime | None) -> None:
    found = read_invitation(calendar(line, before=ZONE))
    assert found is not None
    assert found.starts == starts


def test_a_length_instead_of_an_end() -> None:
    found = read_invitation(calendar("DTSTART:20261122T020000Z", "DURATION:PT1H30M"))
    assert found is not None
    assert found.ends == datetime(2026, 11, 22, 3, 30, tzinfo=UTC)


def test_a_mail_with_an_invitation() -> None:
    raw = multipart(
        "mixed",
        nested(
            "alternative",
            part("Please come"),
            part(MEETING, content="text/calendar; charset=utf-8; method=REQUEST"),
            boundary="in",
        ),
        part(MEETING, content="application/ics; name=invite.ics"),
    )
    read = parse(raw)
    assert read.text == "Please come"
    assert read.invitation == read_invitation(MEETING)
    assert [each.name for each in read.attachments] == ["invite.ics", "invite.ics"]


def test_a_calendar_without_events_is_a_file_only() -> None:
    read = parse(
        multipart("mixed", part("x"), part("BEGIN:VCALENDAR\r\nEND:VCALENDAR", content="text/calendar"))
    )
    assert read.invitation is None
    assert len(read.attachments) == 1


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    *MEETING.split("\r\n"),
                    ZONE,
                    "BEGIN:VEVENT",
                    "DTSTART;TZID=",
                    "DURATION:P9999W",
                    ":",
                    ";",
                    '"',
                ]
            ),
            st.text(max_size=10),
        )
    ).map("\r\n".join)
)
def test_any_calendar_is_read(text: str) -> None:
    read_invitation(text)


@pytest.mark.parametrize("seed", ["A;", 'A;B="', "BEGIN:VEVENT\n", "A:\n ", "A;B=C", "\\"])
def test_a_long_calendar_takes_no_time(seed: str) -> None:
    began = time.process_time()
    read_invitation("BEGIN:VEVENT\n" + seed * (1_000_000 // len(seed)))
    assert time.process_time() - began < 1.5
