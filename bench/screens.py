"""Ten thousand idle screens at one web process: what each weighs, how soon an answer reaches the right one.

The visitors' streams are opened by a process of their own, from four loopback addresses. Then an agent
answers one visitor after the other, 50 times a second.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
import uuid
from dataclasses import asdict
from typing import Any

import uvloop

from bench import cast
from bench.figure import Figure, spread
from bench.ground import ROOT, ground, resident_kb, web
from bench.wire import open_line, open_stream, request

SCREENS = 10_000
AT_ONCE = 200
WARM = 100
SOURCES = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4")
RATE, SECONDS = 50, 20
WEIGHT_LIMIT, P99_LIMIT = 15.0, 300.0

AS_BROWSERS_DO = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0\r\n"
    "Accept: text/event-stream\r\nAccept-Language: zh-CN,zh;q=0.9,en;q=0.8\r\nCache-Control: no-cache\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nReferer: http://localhost/w/chat\r\n"
    'sec-ch-ua: "Chromium";v="142", "Not_A Brand";v="99"\r\nsec-ch-ua-mobile: ?0\r\n'
    'sec-ch-ua-platform: "Linux"\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n'
    "Sec-Fetch-Dest: empty\r\n"
)


def measure(size: int = SCREENS) -> Figure:
    with ground() as where:
        where.adopt()
        visitors = cast.make_senders(size + WARM)
        cookie = "=".join(cast.make_agent_session())
        with web(where) as (port, pid):
            found = _crowd(visitors, port, cookie, pid)
    times = spread(found["took_ms"])
    each = (found["after_kb"] - found["before_kb"]) / size
    misses = found["missing"] + found["elsewhere"] + found["refused"]
    return Figure(
        "screens",
        round(each, 2),
        "kB each",
        **times,
        per_item_kb=round(each, 2),
        size=size,
        limit=f"≤ {WEIGHT_LIMIT:.0f} kB each, p99 ≤ {P99_LIMIT:.0f} ms",
        met=each <= WEIGHT_LIMIT and times["p99_ms"] <= P99_LIMIT and not misses,
        parts={
            "seconds_to_open": round(found["opening"], 1),
            "refused": found["refused"],
            "never_shown": found["missing"],
            "shown_elsewhere": found["elsewhere"],
        },
    )


def _crowd(visitors: list[cast.Sender], port: int, cookie: str, pid: int) -> dict[str, Any]:
    given = {"visitors": [asdict(one) for one in visitors], "port": port, "cookie": cookie, "pid": pid}
    done = subprocess.run(
        [sys.executable, "-m", "bench.screens"],
        input=json.dumps(given),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=500,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


# -- the crowd's process


class Crowd:
    def __init__(self, visitors: list[dict[str, str]], port: int) -> None:
        self.visitors, self.port = visitors, port
        self.due: dict[str, tuple[int, float]] = {}
        self.took_ms: list[float] = []
        self.refused = self.elsewhere = 0
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def open(self, places: range) -> None:
        await asyncio.gather(*map(self._open, places))

    async def _open(self, place: int) -> None:
        visitor = self.visitors[place]
        token = f"Authorization: Bearer {visitor['token']}\r\n"
        asked = request("GET", f"/live/w/{visitor['key']}/events", self.port, token + AS_BROWSERS_DO)
        async with self._gate:
            opened, _screen = await open_stream(
                self.port,
                asked,
                lambda event, now: self._hear(place, event, now),
                SOURCES[place % len(SOURCES)],
            )
        self.refused += not opened

    def _hear(self, place: int, event: bytes, now: float) -> None:
        if b"event: message" not in event:
            return
        said = json.loads(event.partition(b"data: ")[2])
        whom, at = self.due.pop(said["client_id"], (-1, 0.0))
        if whom == place:
            self.took_ms.append((now - at) * 1000)
        else:
            self.elsewhere += 1

    async def answer(self, places: range, cookie: str) -> None:
        lines = [await open_line(self.port) for _ in range(8)]
        head = f"Cookie: {cookie}\r\nOrigin: http://localhost:{self.port}\r\n"
        chance = random.Random(5)  # noqa: S311
        began = time.perf_counter() + 0.1
        for number in range(RATE * SECONDS):
            at = began + number / RATE
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            place, client_id = chance.choice(places), str(uuid.uuid4())
            self.due[client_id] = place, at
            conversation = self.visitors[place]["conversation"]
            body = {"conversation": conversation, "client_id": client_id, "text": "Here I am."}
            sent = request("POST", "/live/console/messages", self.port, head, json.dumps(body).encode())
            lines[number % len(lines)].send(sent)
        await asyncio.sleep(3)


async def gather(given: dict[str, Any]) -> dict[str, Any]:
    pid, measured = given["pid"], range(WARM, len(given["visitors"]))
    crowd = Crowd(given["visitors"], given["port"])
    await crowd.open(range(WARM))  # what the first ones cost once is no weight of a screen
    await asyncio.sleep(1)
    before = resident_kb(pid)
    began = time.perf_counter()
    await crowd.open(measured)
    opening = time.perf_counter() - began
    await asyncio.sleep(2)
    after = resident_kb(pid)
    await crowd.answer(measured, given["cookie"])
    return {
        "before_kb": before,
        "after_kb": after,
        "opening": opening,
        "took_ms": crowd.took_ms,
        "refused": crowd.refused,
        "missing": len(crowd.due),
        "elsewhere": crowd.elsewhere,
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(gather(json.load(sys.stdin)))))
