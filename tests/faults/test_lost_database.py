"""The database dies, ends its lines, or is held up: what was acknowledged stays, the rest is told to come back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from django.core.cache import cache
from django.db import connection
from psycopg import sql

from conftest import begin, draft
from kefu.conversations import posting
from kefu.conversations.models import Inbox, Message
from kefu.database import cluster, limits
from kefu.events import log, nudges
from kefu.lib.ids import uuid7
from tests.house import ROOT, Browser, House, Listener, house, message, send_until_acknowledged, visitor

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("committed"), pytest.mark.timeout(120)]

FEW = 5.0


@pytest.fixture(scope="module")
def desk() -> Iterator[House]:
    with house() as desk:
        yield desk


class Talk:
    """Somebody who goes on writing, and what was acknowledged to them."""

    def __init__(self, desk: House, browser: Browser, conversation: Any) -> None:
        self._desk, self._browser, self._conversation = desk, browser, conversation
        self.acknowledged: list[str] = []
        self.stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Talk:
        self._thread.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self.stopped.set()
        self._thread.join(timeout=60)

    def _run(self) -> None:
        while not self.stopped.is_set():
            text = f"line {len(self.acknowledged)}"
            send_until_acknowledged(self._desk.base, self._browser, message(self._conversation, text))
            self.acknowledged.append(text)
            time.sleep(0.02)

    def goes_on(self, seconds: float = 20) -> bool:
        """Whether more is acknowledged within so many seconds."""
        until, count = time.monotonic() + seconds, len(self.acknowledged)
        while len(self.acknowledged) < count + 3 and time.monotonic() < until:
            time.sleep(0.05)
        return len(self.acknowledged) >= count + 3


def _stored_once_and_in_order(conversation: Any, acknowledged: list[str]) -> None:
    rows = list(Message.objects.filter(conversation=conversation).order_by("seq").values_list("seq", "text"))
    texts = [text for _seq, text in rows[1:]]
    assert [seq for seq, _text in rows] == list(range(1, len(rows) + 1))
    assert set(acknowledged) <= set(texts)
    assert texts == sorted(set(texts), key=lambda text: int(text.split()[1]))


def test_all_lines_to_the_database_are_cut_again_and_again_and_nothing_is_lost(
    desk: House, inbox: Inbox
) -> None:
    """Fault 5"""
    browser = visitor(inbox)
    conversation = begin(browser.customer, inbox)
    listener = Listener(desk.base, browser, cursor=str(log.horizon()))
    listening = threading.Thread(target=listener.run)
    listening.start()
    with Talk(desk, browser, conversation.pk) as talk:
        for _ in range(3):
            assert talk.goes_on()
            _cut_all_lines()
        assert talk.goes_on()
    until = time.monotonic() + 15
    while len({one["seq"] for one in listener.seen}) < len(talk.acknowledged) and time.monotonic() < until:
        time.sleep(0.05)
    listener.stopped = True
    listening.join()
    _stored_once_and_in_order(conversation, talk.acknowledged)
    assert {one["text"] for one in listener.seen} >= set(talk.acknowledged)
    page = httpx.get(f"{desk.base}/account/login/", timeout=10)
    assert page.status_code == 200


def _cut_all_lines() -> None:
    """Those of the desk; the test's own stay."""
    with psycopg.connect(os.environ["KEFU_DATABASE_OWNER_URL"], autocommit=True) as db:
        mine = [_own_line(), db.info.backend_pid]
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> ALL(%s)",
            [mine],
        )


def _own_line() -> int:
    connection.ensure_connection()
    assert connection.connection is not None
    return int(connection.connection.info.backend_pid)


def test_when_hints_and_scratch_tables_are_lost_messages_come_by_polling_and_the_limiter_goes_on(
    desk: House, inbox: Inbox
) -> None:
    """Fault 8: every NOTIFY swallowed, the UNLOGGED tables emptied as a crash does."""
    browser = visitor(inbox)
    conversation = begin(browser.customer, inbox)
    listener = Listener(desk.base, browser, cursor=str(log.horizon()))
    listening = threading.Thread(target=listener.run)
    listening.start()
    send_until_acknowledged(desk.base, browser, message(conversation.pk, "with hints"))
    _wait(lambda: "with hints" in _texts(listener))
    with _nobody_nudges():
        posting.post([draft(conversation, browser.customer, "without hints")])
        began = time.monotonic()
        _wait(lambda: "without hints" in _texts(listener))
        assert time.monotonic() - began < FEW
    listener.stopped = True
    listening.join()
    assert _texts(listener)[-2:] == ["with hints", "without hints"]
    assert [limits.hit("fault8", limit=2, per=60) for _ in range(3)] == [True, True, False]
    with psycopg.connect(os.environ["KEFU_DATABASE_OWNER_URL"], autocommit=True) as db:
        unlogged = db.execute(
            "SELECT relname FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r'"
        ).fetchall()
        for (name,) in unlogged:
            db.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(name)))
    cache.set("after", 1)
    assert cache.get("after") == 1
    assert httpx.get(f"{desk.base}/readyz", timeout=5).status_code == 200


def _texts(listener: Listener) -> list[str]:
    """What was shown, each message where it was shown first: after a break some come again and replace themselves."""
    return list(dict.fromkeys(one["text"] for one in listener.seen))


@contextmanager
def _nobody_nudges() -> Iterator[None]:
    """In this process, so that no desk hears of what it stores."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(nudges.Nudger, "_send", lambda _self, _connection: None)
        yield


def _wait(true: Any, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    assert true()


def test_a_table_that_somebody_holds_makes_senders_wait_and_not_the_desk_fall(
    desk: House, inbox: Inbox
) -> None:
    """Fault 10: refused with 503 when it takes too long, everything else goes on, and it recovers at once."""
    browser = visitor(inbox)
    conversation = begin(browser.customer, inbox)
    body = message(conversation.pk, "held up")
    address = f"{desk.base}/live/w/{browser.key}/messages"
    with psycopg.connect(os.environ["KEFU_DATABASE_OWNER_URL"]) as rogue, ThreadPoolExecutor(20) as senders:
        rogue.execute("LOCK TABLE conversations_message IN ACCESS EXCLUSIVE MODE")
        asked = [
            senders.submit(httpx.post, address, json=body, headers=browser.headers, timeout=40)
            for _ in range(20)
        ]
        assert httpx.get(f"{desk.base}/healthz", timeout=5).status_code == 200
        assert httpx.get(f"{desk.base}/account/login/", timeout=10).status_code == 200
        answers = [one.result() for one in asked]
        assert {answer.status_code for answer in answers} <= {503, 429}
        assert all(answer.headers["Retry-After"] for answer in answers)
        rogue.rollback()
    began = time.monotonic()
    send_until_acknowledged(desk.base, browser, body)
    assert time.monotonic() - began < FEW
    assert Message.objects.filter(text="held up").count() == 1


def test_the_postmaster_is_killed_and_the_desk_serves_again_without_a_restart() -> None:
    """Fault 4, on a private cluster of its own: the supervisor brings the server back, nothing acknowledged is lost."""
    with _desk_of_its_own() as (desk, lease):
        guest = Guest(desk, lease)
        guest.says("before")
        os.kill(lease.postmaster.pid() or 0, signal.SIGKILL)
        asked = guest.asks_until_answered()
        guest.says("after")
        assert asked <= {200, 503}
        with psycopg.connect(lease.url("kefu")) as db:
            rows = db.execute(
                "SELECT text FROM conversations_message WHERE conversation_id = %s AND author_kind = 'customer'"
                " ORDER BY seq",
                [guest.conversation],
            ).fetchall()
        assert [text for (text,) in rows] == ["Hello", "before", "after"]


@contextmanager
def _desk_of_its_own() -> Iterator[tuple[House, cluster.Lease]]:
    data = Path(tempfile.mkdtemp(prefix="kefu-fault-"))
    data.chmod(0o755)
    desk = House()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("KEFU_DATA", str(data))
        for name in ("DATABASE_URL", "KEFU_DATABASE_OWNER_URL"):
            patched.delenv(name)
        try:
            with cluster.running(data) as lease:
                _furnish(lease)
                desk.start()
                yield desk, lease
                desk.stop()
        finally:
            desk.stop()
            shutil.rmtree(data, ignore_errors=True)


_LOAD = """
import django
django.setup()
from django.core.management import call_command
from kefu.demo.load import load_demo
from kefu.events import era
call_command("migrate", verbosity=0, skip_checks=True)
era.settle()
load_demo()
"""


def _furnish(lease: cluster.Lease) -> None:
    owner = {
        "DATABASE_URL": lease.url("kefu"),
        "KEFU_PROCESS": "migrate",
        "DJANGO_SETTINGS_MODULE": "kefu.settings",
    }
    subprocess.run(
        [sys.executable, "-c", _LOAD], env=os.environ | owner, check=True, cwd=ROOT, capture_output=True
    )


class Guest:
    """A visitor of a desk whose database is not the tests'."""

    def __init__(self, desk: House, lease: cluster.Lease) -> None:
        with psycopg.connect(lease.url("kefu")) as db:
            row = db.execute(
                "SELECT key FROM conversations_inbox WHERE kind = 'chat' ORDER BY created_at LIMIT 1"
            ).fetchone()
        assert row is not None
        self._api, self._live = f"{desk.base}/w/{row[0]}/api", f"{desk.base}/live/w/{row[0]}"
        token = httpx.post(f"{self._api}/start", json={}, timeout=10).json()["token"]
        self._headers = {"Authorization": f"Bearer {token}"}
        asked = {"client_id": str(uuid7()), "topic": "", "fields": {}, "text": "Hello", "files": []}
        begun = httpx.post(f"{self._api}/conversations", json=asked, headers=self._headers, timeout=10).json()
        self.conversation = UUID(begun["id"])

    def says(self, text: str) -> None:
        """Again and again with the same client id, until it is stored."""
        body = message(self.conversation, text)
        _wait(lambda: self._post(body) in {200, 201}, 40)

    def _post(self, body: dict[str, Any]) -> int:
        return httpx.post(f"{self._live}/messages", json=body, headers=self._headers, timeout=20).status_code

    def asks_until_answered(self) -> set[int]:
        """Every status met until three answers in a row were good."""
        met: list[int] = []
        until = time.monotonic() + 40
        while met[-3:] != [200, 200, 200] and time.monotonic() < until:
            answer = httpx.get(f"{self._api}/state", headers=self._headers, timeout=20)
            met.append(answer.status_code)
            assert "Traceback" not in answer.text
            if answer.status_code == 503:
                assert answer.headers["Retry-After"]
            time.sleep(0.2)
        return set(met)
