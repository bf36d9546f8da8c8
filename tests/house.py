"""A real desk for tests: web processes of their own on loopback, on the test's own database."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from django.utils import timezone

from kefu.conversations.models import Inbox
from kefu.inboxes.chat.models import Visitor
from kefu.lib.ids import secret_token, token_hash, uuid7
from kefu.people.models import Customer

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """``kefu web`` with so many workers, and ``kefu worker`` if there are jobs; ``kill`` is kill -9 of all at once."""

    def __init__(self, *, workers: int = 1, jobs: bool = False, **environment: str) -> None:
        self.port = free_port()
        self.workers = workers
        self.jobs = jobs
        self.base = f"http://localhost:{self.port}"
        self._environment = environment
        self._log = Path(os.environ["KEFU_DATA"]) / "house.log"
        self._said_by_others = self._log.stat().st_size if self._log.exists() else 0
        self._process: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = self._run("web", "--port", str(self.port), "--workers", str(self.workers))
        if self.jobs:
            self._worker = self._run("worker")
        self._wait()

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "KEFU_PORT": str(self.port),
            "KEFU_BASE_URL": self.base,
            "KEFU_LIVE_RATE": "10000",
            "KEFU_LIVE_BURST": "10000",
            "KEFU_PROCESS": "web",
            **self._environment,
        }
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "kefu", *command],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

    def _wait(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.base}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the desk did not come up: {self.log()[-2000:]}")

    def log(self) -> str:
        """What this desk said; those before it wrote into the same file."""
        return self._log.read_bytes()[self._said_by_others :].decode()

    def kill(self) -> None:
        """Everything at once, as a power cut would."""
        for process in self._running():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._process = self._worker = None

    def stop(self) -> None:
        for process in self._running():
            process.send_signal(signal.SIGTERM)
        try:
            for process in self._running():
                process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = self._worker = None

    def _running(self) -> list[subprocess.Popen[bytes]]:
        return [process for process in (self._process, self._worker) if process is not None]


@contextmanager
def house(*, workers: int = 1, jobs: bool = False, **environment: str) -> Iterator[House]:
    desk = House(workers=workers, jobs=jobs, **environment)
    try:
        desk.start()
        yield desk
    finally:
        desk.stop()


@dataclass
class Browser:
    """A visitor's browser as the desk knows it: a token and a customer."""

    customer: Customer
    token: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def visitor(inbox: Inbox, name: str = "") -> Browser:
    token = secret_token()
    customer = Customer.objects.create(name=name, language="en")
    Visitor.objects.create(
        inbox=inbox,
        customer=customer,
        token_hash=token_hash(token),
        expires_at=timezone.now() + timedelta(days=1),
        language="en",
    )
    return Browser(customer, token, inbox.key)


def message(conversation: UUID, text: str, client_id: UUID | None = None) -> dict[str, Any]:
    return {"conversation": str(conversation), "client_id": str(client_id or uuid7()), "text": text}


def send_until_acknowledged(
    base: str, browser: Browser, body: dict[str, Any], *, seconds: float = 60
) -> dict[str, Any]:
    """As the widget does: again and again with the same client id, until the desk says that it is stored."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            answer = httpx.post(
                f"{base}/live/w/{browser.key}/messages", json=body, headers=browser.headers, timeout=5
            )
            if answer.status_code in (200, 201):
                return dict(answer.json())
            assert answer.status_code in (429, 503), answer.text
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError("never acknowledged")


class Listener:
    """Reads a visitor's stream and comes back with its cursor when the line breaks, as the widget does."""

    def __init__(self, base: str, browser: Browser, cursor: str = "") -> None:
        self.base, self.browser = base, browser
        self.cursor = cursor
        self.seen: list[dict[str, Any]] = []
        self.resyncs = 0
        self.stopped = False

    def run(self) -> None:
        while not self.stopped:
            try:
                self._read()
            except httpx.HTTPError:
                time.sleep(0.05)

    def _read(self) -> None:
        headers = self.browser.headers | ({"Last-Event-ID": self.cursor} if self.cursor else {})
        url = f"{self.base}/live/w/{self.browser.key}/events"
        with httpx.stream("GET", url, headers=headers, timeout=3) as answer:
            event = ""
            for line in answer.iter_lines():
                if self.stopped:
                    return
                if line.startswith("id: "):
                    self.cursor = line[4:]
                elif line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: "):
                    self._take(event, json.loads(line[6:]))

    def _take(self, event: str, data: dict[str, Any]) -> None:
        if event == "message":
            self.seen.append(data)
        elif event == "resync":
            self.resyncs += 1
