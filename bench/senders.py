"""The load generator, a process of its own: senders of whom each writes again as soon as it was answered.

Lean on purpose, since it shares the machine with what it measures: bytes made beforehand, one protocol object
a sender. Run as ``python -m bench.senders PORT SECONDS`` with the senders as JSON lines on standard input;
prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from itertools import cycle
from typing import cast

import uvloop

TEXTS = [
    "您好，我的订单 LM20261107-4471 显示已签收，但是我没有收到包裹。",
    "Hello, the left earbud stopped charging after two weeks, what can I do?",
    "请问退货地址是哪里？需要保留原包装吗？",
    "I would like to change the delivery address of my order 2026-1108-33871 please.",
    "固件更新到 2.4.1 之后就连不上手机了，重启也没有用。",
    "Thanks, that helped. One more question: how long does the refund take?",
]


class Sender(asyncio.Protocol):
    def __init__(self, known: dict[str, str], port: int, until: float, took: list[float]) -> None:
        self.head = (
            f"POST /live/w/{known['key']}/messages HTTP/1.1\r\nHost: localhost:{port}\r\n"
            f"Authorization: Bearer {known['token']}\r\nContent-Type: application/json\r\nContent-Length: "
        ).encode()
        self.bodies = cycle(
            [
                (
                    f'{{"conversation":"{known["conversation"]}","client_id":"'.encode(),
                    f'","text":{json.dumps(text, ensure_ascii=False)}}}'.encode(),
                )
                for text in TEXTS
            ]
        )
        self.prefix = uuid.uuid4().hex[:20]
        self.count, self.refused = 0, 0
        self.until, self.took = until, took
        self.buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own class, of the same shape
        self.send()

    def send(self) -> None:
        self.count += 1
        first, last = next(self.bodies)
        body = first + f"{self.prefix}{self.count:012x}".encode() + last
        self.began = time.perf_counter()
        self.transport.write(self.head + str(len(body)).encode() + b"\r\n\r\n" + body)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self.buffer.find(b"content-length: ") + 16
        length = int(self.buffer[at : self.buffer.find(b"\r", at)])
        if len(self.buffer) < end + 4 + length:
            return
        now = time.perf_counter()
        if self.buffer.startswith(b"HTTP/1.1 201"):
            self.took.append(now - self.began)
        else:
            self.refused += 1
        self.buffer = b""
        if now < self.until:
            self.send()
        else:
            self.transport.close()

    def connection_lost(self, problem: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def main(port: int, seconds: float) -> None:
    known = [json.loads(line) for line in sys.stdin]
    took: list[float] = []
    began = time.perf_counter()
    senders = [
        (await asyncio.get_running_loop().create_connection(
            lambda one=one: Sender(one, port, began + seconds, took), "127.0.0.1", port  # type: ignore[misc]
        ))[1]
        for one in known
    ]  # fmt: skip
    await asyncio.gather(*(sender.done for sender in senders))
    ended = time.perf_counter()
    took.sort()
    print(
        json.dumps(
            {
                "stored": len(took),
                "seconds": ended - began,
                "refused": sum(sender.refused for sender in senders),
                "p50_ms": took[len(took) // 2] * 1000,
                "p95_ms": took[int(len(took) * 0.95)] * 1000,
                "p99_ms": took[int(len(took) * 0.99)] * 1000,
            }
        )
    )


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2])))
