"""The client's side of HTTP, as lean as it gets: a connection that sends, and a screen that listens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast


def request(method: str, path: str, port: int, headers: str = "", body: bytes = b"") -> bytes:
    length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{headers}{length}\r\n".encode() + body


class Line(asyncio.Protocol):
    """One kept connection: writes requests, one after the other, and counts how they were answered."""

    def __init__(self) -> None:
        self.buffer = b""
        self.statuses: dict[int, int] = {}
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own class, of the same shape

    def send(self, data: bytes) -> None:
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            at = self.buffer.find(b"content-length: ") + 16
            whole = end + 4 + int(self.buffer[at : self.buffer.find(b"\r", at)])
            if len(self.buffer) < whole:
                return
            status = int(self.buffer[9:12])
            self.statuses[status] = self.statuses.get(status, 0) + 1
            self.buffer = self.buffer[whole:]


class Stream(asyncio.Protocol):
    """One screen: ``hear`` is called with every whole event and the moment when its last byte came."""

    __slots__ = ("buffer", "hear", "opened", "request", "transport")

    def __init__(self, request: bytes, hear: Callable[[bytes, float], None]) -> None:
        self.request, self.hear = request, hear
        self.buffer = b""
        self.opened: asyncio.Future[bool] | None = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        *events, self.buffer = (self.buffer + data).split(b"\n\n")
        for event in events:
            if b"event: ready" in event:
                self._open(True)
            elif b"data: " in event:
                self.hear(event, now)
        if self.opened is not None and self.buffer.startswith(b"HTTP/1.1 ") and self.buffer[9:12] != b"200":
            self._open(False)

    def connection_lost(self, problem: Exception | None) -> None:
        self._open(False)

    def _open(self, well: bool) -> None:
        if self.opened is not None and not self.opened.done():
            self.opened.set_result(well)
            self.opened = None


async def open_line(port: int) -> Line:
    _transport, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", port)
    return line


async def open_stream(
    port: int, asked: bytes, hear: Callable[[bytes, float], None], source: str = "127.0.0.1"
) -> tuple[bool, Stream]:
    """Whether it opened, and the screen."""
    stream = Stream(asked, hear)
    opened = stream.opened
    assert opened is not None
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: stream, "127.0.0.1", port, local_addr=(source, 0))
    return await opened, stream
