"""The process in which strangers' mail is read: no secrets, no files, no database, little time and memory.

``python -m kefu.inboxes.email.reader SOCKET``: a length and a raw mail in, an outcome, a length and the mail out,
until the other end is closed. Of its own limits it dies; ``limits`` starts another.
"""

from __future__ import annotations

import resource
import signal
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

from kefu.inboxes.email.parsing import parse
from kefu.inboxes.email.wire import packed

MEMORY = 256 * 1024 * 1024
CPU_SECONDS = 2.0
LENGTH = 8
READ, TOO_MUCH_MEMORY, WRONG = b"r", b"m", b"w"


def serve(connection: socket.socket) -> None:
    _limit_what_it_may_use()
    while (raw := _received(connection)) is not None:
        # Counts this mail's time alone, which RLIMIT_CPU does not; the signal's default is death, also within C.
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        outcome, pieces = _outcome(raw)
        signal.setitimer(signal.ITIMER_PROF, 0)
        del raw
        pieces = list(pieces)
        connection.sendall(outcome + sum(map(len, pieces)).to_bytes(LENGTH, "big"))
        for piece in pieces:
            connection.sendall(piece)
        if outcome == TOO_MUCH_MEMORY:
            return


def _outcome(raw: bytes) -> tuple[bytes, Iterable[bytes]]:
    try:
        return READ, packed(parse(raw))
    except MemoryError:
        return TOO_MUCH_MEMORY, []
    except Exception as problem:
        return WRONG, [type(problem).__name__.encode()]


def _received(connection: socket.socket) -> bytes | None:
    """None when nobody asks any more."""
    head = connection.recv(LENGTH, socket.MSG_WAITALL)
    if len(head) < LENGTH:
        return None
    room = bytearray(int.from_bytes(head, "big"))
    view, position = memoryview(room), 0
    while position < len(room):
        count = connection.recv_into(view[position:])
        if not count:
            return None
        position += count
    view.release()
    return bytes(room)


def _limit_what_it_may_use() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    memory = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
