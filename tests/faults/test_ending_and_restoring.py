"""A desk that is told to end finishes what it has begun; a copy of it has everything and sends nothing by itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from conftest import begin
from kefu.conversations.models import Inbox, Message
from kefu.events import deliveries
from kefu.people.models import Staff
from tests.early import _with_database
from tests.house import ROOT, Listener, house, message, send_until_acknowledged, visitor

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("committed")]

IN_FLIGHT = 20


def test_a_desk_that_is_told_to_end_answers_what_is_on_its_way(inbox: Inbox) -> None:
    """Fault 32: held up by a lock so that all are on their way, then told to end; screens hear of it first."""
    browser = visitor(inbox)
    conversation = begin(browser.customer, inbox)
    owner = os.environ["KEFU_DATABASE_OWNER_URL"]
    with house() as desk, psycopg.connect(owner) as rogue, ThreadPoolExecutor(IN_FLIGHT) as senders:
        listener = Listener(desk.base, browser)
        listening = threading.Thread(target=listener.run)
        listening.start()
        address = f"{desk.base}/live/w/{browser.key}/messages"
        rogue.execute("SELECT FROM conversations_conversation WHERE id = %s FOR UPDATE", [conversation.pk])
        asked = [
            senders.submit(
                httpx.post,
                address,
                json=message(conversation.pk, f"{n}"),
                headers=browser.headers,
                timeout=30,
            )
            for n in range(IN_FLIGHT)
        ]
        _wait(lambda: _waits_for_a_lock(owner))
        time.sleep(0.5)
        ending = threading.Thread(target=desk.stop)
        began = time.monotonic()
        ending.start()
        time.sleep(0.3)
        rogue.rollback()
        statuses = [one.result().status_code for one in asked]
        ending.join()
        listener.stopped = True
        listening.join()
    assert statuses == [201] * IN_FLIGHT
    assert time.monotonic() - began < 30
    assert Message.objects.filter(conversation=conversation).count() == IN_FLIGHT + 1


def _waits_for_a_lock(owner: str) -> bool:
    query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(owner) as db:
        return db.execute(query).rowcount > 0


def test_a_restored_copy_has_all_that_was_acknowledged_and_sends_nothing_until_an_admin_says_so(
    inbox: Inbox, admin: Staff, tmp_path: Path
) -> None:
    """Faults 35 and 36: backed up while people write, restored elsewhere, its worker run."""
    browser = visitor(inbox)
    conversation = begin(browser.customer, inbox)
    deliveries.queue(
        template="mail/chat_code",
        to="lin@example.test",
        key="held",
        language="en",
        context={"code": "1", "brand_name": "Lumo"},
    )
    acknowledged: list[str] = []
    stopped = threading.Event()

    def talk(base: str) -> None:
        while not stopped.is_set():
            text = f"line {len(acknowledged)}"
            send_until_acknowledged(base, browser, message(conversation.pk, text))
            acknowledged.append(text)

    with house() as desk:
        talking = threading.Thread(target=talk, args=(desk.base,))
        talking.start()
        _wait(lambda: len(acknowledged) > 20)
        before = list(acknowledged)
        _kefu("backup", str(tmp_path / "backups"), "--with-keys", str(tmp_path / "keys"))
        stopped.set()
        talking.join()
    with _empty_database() as (web, owner):
        elsewhere = {
            "DATABASE_URL": web,
            "KEFU_DATABASE_OWNER_URL": owner,
            "KEFU_DATA": str(tmp_path / "copy"),
        }
        _kefu("restore", str(tmp_path / "backups"), "--keys", str(tmp_path / "keys"), **elsewhere)
        with psycopg.connect(owner, autocommit=True) as db:
            rows = db.execute("SELECT seq, text FROM conversations_message ORDER BY seq").fetchall()
            assert set(before) <= {text for _seq, text in rows}
            assert [seq for seq, _text in rows] == list(range(1, len(rows) + 1))
            with _worker(**elsewhere):
                _wait(lambda: _count(db, "SELECT FROM procrastinate_jobs WHERE status = 'succeeded'") > 0, 40)
                assert _count(db, "SELECT FROM events_delivery WHERE state = 'sent'") == 0
                assert not list((tmp_path / "copy" / "mail").glob("*.eml"))
                _python(CONFIRM, **elsewhere)
                _wait(lambda: _count(db, "SELECT FROM events_delivery WHERE state = 'sent'") == 1, 40)
        assert len(list((tmp_path / "copy" / "mail").glob("*.eml"))) == 1


CONFIRM = """
import django
django.setup()
from kefu.events import era
from kefu.people.models import Staff
era.confirm_outbound(by=Staff.objects.get(role="admin"))
"""


def _kefu(*command: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kefu", *command],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def _python(script: str, **environment: str) -> None:
    settled = {"DJANGO_SETTINGS_MODULE": "kefu.settings", "KEFU_PROCESS": "command"}
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | settled | environment,
        check=True,
        timeout=60,
    )


@contextmanager
def _worker(**environment: str) -> Iterator[None]:
    running = subprocess.Popen(
        [sys.executable, "-m", "kefu", "worker"],
        cwd=ROOT,
        env=os.environ | environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        running.terminate()
        running.wait(timeout=60)


@contextmanager
def _empty_database() -> Iterator[tuple[str, str]]:
    """As ``kefu`` makes one: what every database of the cluster begins with, and nothing else."""
    name = f"kefu_copy_{os.getpid()}"
    owner = os.environ["KEFU_DATABASE_OWNER_URL"]
    with psycopg.connect(owner, autocommit=True) as db:
        db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield _with_database(os.environ["DATABASE_URL"], name), _with_database(owner, name)
        finally:
            db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            assert conninfo_to_dict(owner)["dbname"] != name


def _count(db: psycopg.Connection[Any], query: str) -> int:
    return db.execute(query.encode()).rowcount


def _wait(true: Callable[[], Any], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    assert true()
