"""One poisonous mail ends the process that reads it, and nothing else."""

from __future__ import annotations

import base64
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kefu.inboxes.email import limits
from kefu.inboxes.email.limits import LARGEST, Pool, Reason, Unreadable, parse_limited
from kefu.inboxes.email.parsing import parse
from kefu.inboxes.email.reader import CPU_SECONDS, MEMORY
from kefu.inboxes.email.tests.mails import HEAD, in_base64, mail, multipart, part

GOOD = mail("Where is my parcel?")
# 480 marks that are never closed are opened anew in each of 50,000 paragraphs.
BOMB = mail("<p>" + "".join(f"<b class=c{n}>" for n in range(480)) + "<p>x" * 50_000, content="text/html")


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(most=1)
    yield pool
    pool.end()


def reason_of(pool: Pool, raw: bytes) -> Reason:
    with pytest.raises(Unreadable) as refused:
        pool.parse(raw)
    return refused.value.reason


def test_a_mail_is_read_as_without_limits(pool: Pool) -> None:
    event = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART:20261122T020000Z\nEND:VEVENT\nEND:VCALENDAR"
    report = part(
        "Final-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.1.1", content="message/delivery-status"
    )
    files = [
        in_base64(bytes(range(256)), content="application/x; name=a"),
        in_base64(b"", content="application/x; name=b"),
    ]
    for raw in (
        GOOD,
        b"",
        b"\0\xff",
        multipart("mixed", part("您好"), *files),
        multipart("mixed", part(event, content="text/calendar")),
        multipart("report", part("x"), report),
    ):
        assert pool.parse(raw) == parse(raw)


def test_one_process_reads_many_mails(pool: Pool) -> None:
    pool.parse(GOOD)
    first = _process(pool)
    for _each in range(20):
        pool.parse(GOOD)
    assert _process(pool) == first


def test_a_bomb_ends_its_process_only(pool: Pool) -> None:
    pool.parse(GOOD)
    first = _process(pool)
    assert reason_of(pool, BOMB) in (Reason.MEMORY, Reason.TIME)
    assert not _lives(first)
    assert pool.parse(GOOD).text == "Where is my parcel?"


def test_a_mail_of_30_mb_is_read_within_the_limits(pool: Pool) -> None:
    content = os.urandom(22_000_000)
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    raw = multipart(
        "mixed",
        part("see file"),
        part(encoded, content="application/pdf; name=a.pdf", head="Content-Transfer-Encoding: base64"),
    )
    assert len(raw) > 30_000_000
    pool.parse(GOOD)
    process, before = _process(pool), _cpu_of(_process(pool))
    read = pool.parse(raw)
    assert (read.text, read.attachments[0].content == content) == ("see file", True)
    assert _process(pool) == process
    assert _cpu_of(process) - before < CPU_SECONDS
    assert _most_memory_of(process) < MEMORY


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"A: b\r\n" * 3_000_000,
        HEAD + b"A: b\r\n" + b" c\r\n" * 3_000_000,
        mail(b"> hello\n" * 3_000_000),
        mail(b"hello " * 4_000_000),
        mail(b"<p>x<b>y</b></p>" * 1_500_000, content="text/html"),
        mail(("您好" * 4_000_000).encode("gbk"), content="text/plain; charset=gb2312"),
        mail(b"\0" * 20_000_000, content="text/html"),
        mail(b"--b\n\nx\n" * 2_000_000, content="multipart/mixed; boundary=b"),
        mail(
            "".join(f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(200_000)),
            content="multipart/mixed; boundary=b0",
        ),
        mail(b"=" * 20_000_000, head="Content-Transfer-Encoding: base64"),
        mail(b"=\n" * 10_000_000, head="Content-Transfer-Encoding: quoted-printable"),
    ],
    ids=[
        "headers",
        "folded",
        "lines",
        "one line",
        "tags",
        "gbk",
        "nul",
        "parts",
        "levels",
        "padding",
        "soft",
    ],
)
def test_a_huge_mail_is_read_or_set_aside_in_time(raw: bytes) -> None:
    began = time.monotonic()
    try:
        read = parse_limited(raw)
    except Unreadable as refused:
        assert refused.reason in (Reason.TIME, Reason.MEMORY)
    else:
        assert read.sender
    assert time.monotonic() - began < limits.WALL_SECONDS


def test_what_no_mailbox_would_take_is_not_read() -> None:
    with pytest.raises(Unreadable) as refused:
        parse_limited(b"x" * (LARGEST + 1))
    assert refused.value.reason == Reason.TOO_LARGE


def test_a_mail_that_loops_is_given_up_after_two_seconds_of_work(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _instead_of_reading(monkeypatch, tmp_path, "while True: pass")
    began = time.monotonic()
    assert reason_of(pool, GOOD) == Reason.TIME
    assert CPU_SECONDS <= time.monotonic() - began < limits.WALL_SECONDS


def test_a_loop_within_c_is_given_up_too(pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _instead_of_reading(monkeypatch, tmp_path, "import re; re.match('(a+)+$', 'a' * 60 + 'b')")
    assert reason_of(pool, GOOD) == Reason.TIME


def test_a_mail_that_waits_is_given_up(pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _instead_of_reading(monkeypatch, tmp_path, "import time; time.sleep(60)")
    monkeypatch.setattr(limits, "WALL_SECONDS", 1.5)
    assert reason_of(pool, GOOD) == Reason.TIME


def test_a_mail_that_swells_is_given_up(pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _instead_of_reading(monkeypatch, tmp_path, f"x = bytearray({2 * MEMORY})")
    assert reason_of(pool, GOOD) == Reason.MEMORY


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", Reason.CRASH),
        ("import os; os._exit(0)", Reason.CRASH),
        ("raise ZeroDivisionError('a name of somebody')", Reason.ERROR),
        ("raise RecursionError", Reason.ERROR),
    ],
)
def test_whatever_goes_wrong_is_said_without_words_of_the_mail(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, reason: Reason
) -> None:
    _instead_of_reading(monkeypatch, tmp_path, code)
    with pytest.raises(Unreadable) as refused:
        pool.parse(GOOD)
    assert refused.value.reason == reason
    assert "somebody" not in str(refused.value)


def test_the_process_can_write_no_file(pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _instead_of_reading(
        monkeypatch, tmp_path, f"open({str(tmp_path / 'written')!r}, 'w').write('x' * 100_000)"
    )
    assert reason_of(pool, GOOD) in (Reason.CRASH, Reason.ERROR)
    assert not (tmp_path / "written").read_text()


def test_the_process_knows_no_secrets(pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _instead_of_reading(
        monkeypatch,
        tmp_path,
        "import os; assert not [name for name in os.environ if name.startswith(('KEFU', 'DATABASE', 'DJANGO'))]; import os; os._exit(3)",
    )
    assert reason_of(pool, GOOD) == Reason.CRASH


def test_a_killed_process_is_replaced(pool: Pool) -> None:
    pool.parse(GOOD)
    os.kill(_process(pool), signal.SIGKILL)
    reason_of(pool, GOOD)
    assert pool.parse(GOOD).text


def test_a_process_is_replaced_after_many_mails(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_MAILS", 2)
    pool.parse(GOOD)
    first = _process(pool)
    pool.parse(GOOD)
    assert not _lives(first)
    assert pool.parse(GOOD).text


def test_several_threads_share_the_processes() -> None:
    shared, read = Pool(most=2), list[str]()
    threads = [
        threading.Thread(target=lambda: read.extend(shared.parse(GOOD).text for _each in range(5)))
        for _thread in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(read) == 30
    assert len(shared._idle) <= 2
    shared.end()


def test_the_process_ends_with_the_desk(pool: Pool) -> None:
    pool.parse(GOOD)
    process = _process(pool)
    pool._idle[0].connection.close()
    assert pool._idle[0].process.wait(5) == 0
    assert not _lives(process)


def _instead_of_reading(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """The process does this when it is asked to read a mail."""
    program = f"import sys\nfrom kefu.inboxes.email import reader\ndef parse(raw):\n    {code}\nreader.parse = parse\nimport socket\nreader.serve(socket.socket(fileno=int(sys.argv[-1])))\n"
    path = folder / "reader.py"
    path.write_text(program)
    monkeypatch.setattr(limits, "COMMAND", [sys.executable, "-P", str(path)])


def _process(pool: Pool) -> int:
    return pool._idle[0].process.pid


def _lives(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def _cpu_of(process: int) -> float:
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _most_memory_of(process: int) -> int:
    told = Path(f"/proc/{process}/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) * 1024
