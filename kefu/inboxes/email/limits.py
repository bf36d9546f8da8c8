"""Reads mail in a process of its own, so that one poisonous mail ends that process and not the desk.

A process is used for many mails and ended only after trouble, or now and then.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from enum import StrEnum
from pathlib import Path

import kefu
from kefu.inboxes.email.parsed import Mail
from kefu.inboxes.email.reader import LENGTH, MEMORY, READ, TOO_MUCH_MEMORY
from kefu.inboxes.email.wire import Garbled, unpacked

LARGEST = 50 * 1024 * 1024
WALL_SECONDS = 30.0  # of an overloaded machine; on CPU it has two
MOST_PROCESSES = 2
COMMAND = [sys.executable, "-P", "-m", "kefu.inboxes.email.reader"]
MOST_MAILS = 2_000
LARGEST_ANSWER = MEMORY


class Reason(StrEnum):
    TOO_LARGE = "too large"
    TIME = "time"
    MEMORY = "memory"
    CRASH = "crash"
    ERROR = "error"


class Unreadable(Exception):
    """This mail cannot be read, and trying again would not help."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason, self.detail = reason, detail


def parse_limited(raw: bytes) -> Mail:
    """``parsing.parse`` within 2 s of CPU and 256 MB; from any thread."""
    if len(raw) > LARGEST:
        raise Unreadable(Reason.TOO_LARGE)
    return _pool.parse(raw)


class Pool:
    """At most ``most`` processes; who comes when all are busy waits."""

    def __init__(self, most: int = MOST_PROCESSES) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._idle: list[_Reader] = []

    def parse(self, raw: bytes) -> Mail:
        with self._free:
            reader = self._idle.pop() if self._idle else _Reader()
            try:
                return reader.read(raw)
            finally:
                self._idle.append(reader) if reader.is_good else reader.end()

    def end(self) -> None:
        while self._idle:
            self._idle.pop().end()

    def forget(self) -> None:
        """After a fork the processes are our parent's."""
        for reader in self._idle:
            reader.connection.close()
        self._idle = []
        self._free = threading.BoundedSemaphore(MOST_PROCESSES)


class _Reader:
    """One process. It is good until it has not answered as it should, or has read enough."""

    def __init__(self) -> None:
        self.connection, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [*COMMAND, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=_ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self.is_good, self._left = True, MOST_MAILS

    def read(self, raw: bytes) -> Mail:
        good, self.is_good = False, False
        deadline = time.monotonic() + WALL_SECONDS
        try:
            outcome, content = self._asked(raw, deadline)
            good = outcome != TOO_MUCH_MEMORY
            return _told(outcome, content)
        except TimeoutError as problem:
            raise Unreadable(Reason.TIME) from problem
        except (OSError, EOFError, Garbled) as problem:
            raise Unreadable(self._why_it_died()) from problem
        finally:
            self._left -= 1
            self.is_good = good and self._left > 0

    def end(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.wait()

    def _asked(self, raw: bytes, deadline: float) -> tuple[bytes, memoryview]:
        self.connection.settimeout(WALL_SECONDS)
        self.connection.sendall(len(raw).to_bytes(LENGTH, "big"))
        self.connection.sendall(raw)
        head = self._received(1 + LENGTH, deadline)
        length = int.from_bytes(head[1:], "big")
        if length > LARGEST_ANSWER:
            raise Garbled
        return bytes(head[:1]), self._received(length, deadline)

    def _received(self, length: int, deadline: float) -> memoryview:
        content = memoryview(bytearray(length))
        position = 0
        while position < length:
            self.connection.settimeout(max(0.001, deadline - time.monotonic()))
            count = self.connection.recv_into(content[position:])
            if not count:
                raise EOFError
            position += count
        return content

    def _why_it_died(self) -> Reason:
        try:
            code = self.process.wait(1)
        except subprocess.TimeoutExpired:
            return Reason.CRASH
        return {-signal.SIGPROF: Reason.TIME, -signal.SIGABRT: Reason.MEMORY}.get(code, Reason.CRASH)


def _told(outcome: bytes, content: memoryview) -> Mail:
    if outcome == READ:
        return unpacked(content)
    elif outcome == TOO_MUCH_MEMORY:
        raise Unreadable(Reason.MEMORY)
    raise Unreadable(Reason.ERROR, bytes(content[:100]).decode("utf-8", "replace"))


# No secrets: this process reads what strangers send.
_ENVIRONMENT = {
    "PYTHONPATH": str(Path(kefu.__file__).parents[1]),
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
    "PATH": os.environ.get("PATH", ""),
}
_pool = Pool()
atexit.register(_pool.end)
os.register_at_fork(after_in_child=_pool.forget)
