"""Telling every process to look at the log again.

NOTIFY takes one lock for the whole cluster at commit, so it never runs inside a verb's transaction: a thread of its own
sends one for however many commits came together. A nudge that is lost costs the slow poll's wait, never an event.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import psycopg

from kefu.database.plain import plain_connection

CHANNEL = "kefu_events"
WHISPERS = "kefu_whispers"
GATHER_SECONDS = 0.004

logger = logging.getLogger(__name__)


class Nudger:
    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None
        self._whispers: list[str] = []
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        self.pid = 0  # of the server process that our NOTIFY comes from

    def on_local(self, wake: Callable[[], None]) -> None:
        """``wake`` is called at once, in the poking thread, besides the NOTIFY to other processes."""
        self._listeners.append(wake)

    def off_local(self, wake: Callable[[], None]) -> None:
        self._listeners.remove(wake)

    def poke(self) -> None:
        for wake in self._listeners:
            wake()
        self._start()
        self._wanted.set()

    def whisper(self, payload: str) -> None:
        """Something that is never stored (typing, who is viewing), to the screens of every process."""
        with self._lock:
            if len(self._whispers) < 1000:
                self._whispers.append(payload)
        self._start()
        self._wanted.set()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="nudges", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        connection: psycopg.Connection | None = None
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                if connection is None or connection.closed:
                    connection = plain_connection(autocommit=True)
                    self.pid = connection.info.backend_pid
                self._send(connection)
            except psycopg.Error:
                logger.warning("nudge not sent; the slow poll stands in")
                connection = None
            threading.Event().wait(GATHER_SECONDS)

    def _send(self, connection: psycopg.Connection) -> None:
        with self._lock:
            whispers, self._whispers = self._whispers, []
        connection.execute("SELECT pg_notify(%s, '')", [CHANNEL])
        for payload in whispers:
            connection.execute("SELECT pg_notify(%s, %s)", [WHISPERS, payload])


nudger = Nudger()


def poke() -> None:
    nudger.poke()


def whisper(kind: str, topics: list[str], **data: Any) -> None:
    """``topics`` are those of ``kefu.events.screens``; ``data`` must fit into NOTIFY's 8,000 bytes."""
    nudger.whisper(json.dumps({"kind": kind, "topics": topics, "data": data}, default=str))
