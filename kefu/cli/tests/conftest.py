"""A desk run by the command itself, in a data folder and on a database of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from kefu.database import places
from kefu.database.postmaster import Postmaster

ROOT = Path(__file__).resolve().parents[3]


class Desk:
    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = data.with_suffix(".log")
        self._running: subprocess.Popen[str] | None = None

    def environment(self, **more: str) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("KEFU_", "DATABASE_"))
        }
        return kept | {"KEFU_DATA": str(self.data), "KEFU_PORT": str(self.port), **more}

    def kefu(self, *words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kefu", *words],
            cwd=ROOT,
            env=self.environment(**environment),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        self._running = subprocess.Popen(
            [sys.executable, "-m", "kefu", *words],
            cwd=ROOT,
            env=self.environment(),
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.wait_until(lambda: self.status("/healthz") == 200)
        return self._running

    def status(self, path: str) -> int | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as answer:
            return answer.code
        except OSError:
            return None

    def wait_until(self, holds: object, seconds: float = 40) -> float:
        began = time.monotonic()
        while not holds():  # type: ignore[operator]
            assert time.monotonic() - began < seconds, self.log.read_text()[-3000:]
            time.sleep(0.05)
        return time.monotonic() - began

    def children(self, word: str) -> list[int]:
        """Pids of the running children whose command line ends in something like ``word``."""
        assert self._running
        listed = Path(f"/proc/{self._running.pid}/task/{self._running.pid}/children").read_text()
        return [pid for pid in map(int, listed.split()) if word in _command_line(pid)]

    def postmaster(self) -> int | None:
        return Postmaster(places.place(self.data)).pid()

    def end(self) -> None:
        if self._running and self._running.poll() is None:
            self._running.send_signal(signal.SIGTERM)
            self._running.wait(timeout=40)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Path(tempfile.mkdtemp(prefix="kefu-cli-"))
    made.chmod(0o711)
    desk = Desk(made / "data")
    yield desk
    desk.end()
    if (desk.data / "postgres").exists():
        shutil.rmtree(places.sockets(desk.data), ignore_errors=True)
    shutil.rmtree(made)


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
