from __future__ import annotations

import os
import signal
import socket
import time
from argparse import Namespace
from contextlib import nullcontext
from unittest import mock

import pytest

from kefu.cli import preparing, running
from kefu.cli.tests.conftest import Desk
from kefu.database.unusable import Unusable
from kefu.lib.processes import Program
from tests.house import free_port

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]


def test_a_new_desk_comes_up_shows_its_setup_address_and_stops_with_its_database(desk: Desk) -> None:
    running = desk.start("up")
    desk.wait_until(lambda: "/setup/" in desk.log.read_text())
    assert desk.status("/readyz") == 200
    assert desk.postmaster()
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=40) == 0
    assert desk.postmaster() is None
    assert desk.status("/healthz") is None


def test_no_web_process_is_begun_before_the_catalogues_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """It imports what speaks while the tables are brought up to date, and would keep its English for good."""
    done: list[str] = []

    def begin(_program: Program) -> None:
        done.append("web")
        raise Unusable("far enough")

    monkeypatch.setenv("KEFU_PORT", str(free_port()))
    monkeypatch.setattr(running, "opened", lambda: nullcontext(mock.Mock(environment=lambda _kind: {})))
    monkeypatch.setattr(preparing, "compile_messages", lambda: done.append("catalogues"))
    monkeypatch.setattr(Program, "start_at_a_gate", begin)
    with pytest.raises(Unusable):
        running.up(Namespace(reload=False, demo=False, workers=1, host="127.0.0.1", port=None))
    assert done == ["catalogues", "web"]


def test_what_is_killed_comes_back_within_three_seconds_and_nobody_is_refused(desk: Desk) -> None:
    desk.start("up", "--workers", "2")
    for word in ("web-process", "worker-process"):
        before = desk.children(word)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        back_after = desk.wait_until(
            lambda word=word, before=before: len(_new(desk, word, before)) == len(before)
        )
        assert back_after < 3
        assert desk.status("/healthz") == 200


def test_a_killed_database_comes_back_and_the_desk_with_it(desk: Desk) -> None:
    desk.start("up")
    desk.wait_until(lambda: desk.status("/readyz") == 200)
    killed = desk.postmaster()
    assert killed
    os.kill(killed, signal.SIGKILL)
    desk.wait_until(lambda: desk.postmaster() not in {None, killed})
    assert desk.wait_until(lambda: desk.status("/readyz") == 200) < 10


def test_a_second_start_shares_the_database_of_the_first(desk: Desk) -> None:
    desk.start("up")
    assert "The tables are up to date" in desk.kefu("doctor").stdout
    assert desk.postmaster()


def test_an_open_screen_does_not_hold_up_the_end(desk: Desk) -> None:
    running = desk.start("up")
    with socket.create_connection(("127.0.0.1", desk.port)) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        running.terminate()
        assert running.wait(timeout=40) == 0
        assert time.monotonic() - began < 10


def test_a_request_that_drips_in_is_cut_off(desk: Desk) -> None:
    desk.start("up")
    with socket.create_connection(("127.0.0.1", desk.port), timeout=20) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
        began = time.monotonic()
        assert slow.recv(1) == b""
        assert 8 < time.monotonic() - began < 15


def _new(desk: Desk, word: str, before: list[int]) -> list[int]:
    return [pid for pid in desk.children(word) if pid not in before]
