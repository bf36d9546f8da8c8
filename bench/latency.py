"""From a visitor who sends to the agent's open screen, at 200 messages/s whether or not the desk keeps up.

A message's time runs from the moment at which it is due, so a desk that falls behind cannot hide it, until
the screen has the whole event. Senders and screen are one process, beside the desk's.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import uuid
from dataclasses import asdict
from typing import Any

import uvloop

from bench import cast
from bench.figure import Figure, percentile, spread
from bench.ground import ROOT, ground, web
from bench.senders import TEXTS
from bench.wire import open_line, open_stream, request

RATE = 200
WATCHED = 12
LINES_EACH = 4
WARM_SECONDS, SECONDS = 2, 15
P50_LIMIT, P99_LIMIT = 6.0, 20.0

_CLIENT_ID = re.compile(rb'"client_id": "([0-9a-f-]{36})"')


def measure() -> Figure:
    with ground() as where:
        where.adopt()
        senders = cast.make_senders(WATCHED)
        cookie = "=".join(cast.make_agent_session())
        with web(where) as (port, _pid):
            found = _watched(senders, port, cookie)
    times = spread(found["took_ms"])
    return Figure(
        "latency",
        times["p50_ms"],
        "ms",
        **times,
        size=len(found["took_ms"]),
        limit=f"p50 ≤ {P50_LIMIT:.0f} ms, p99 ≤ {P99_LIMIT:.0f} ms",
        met=times["p50_ms"] <= P50_LIMIT and times["p99_ms"] <= P99_LIMIT and not found["missing"],
        parts={"never_shown": found["missing"], "sender_woke_late_p99_ms": round(found["late_p99_ms"], 2)},
    )


def _watched(senders: list[cast.Sender], port: int, cookie: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.latency"],
        input=json.dumps({"senders": [asdict(one) for one in senders], "port": port, "cookie": cookie}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=120,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


# -- the process of the senders and the screen


async def watch(given: dict[str, Any]) -> dict[str, Any]:
    senders, port = given["senders"], given["port"]
    due: dict[bytes, float] = {}
    shown: dict[bytes, float] = {}

    def hear(event: bytes, now: float) -> None:
        if found := _CLIENT_ID.search(event):
            shown.setdefault(found[1], now)

    watched = "&".join(f"watch={one['conversation']}" for one in senders)
    asked = request("GET", f"/live/console/events?{watched}", port, f"Cookie: {given['cookie']}\r\n")
    opened, _screen = await open_stream(port, asked, hear)
    if not opened:
        raise SystemExit("the agent's screen did not open")
    lines = [(one, await open_line(port)) for one in senders for _line in range(LINES_EACH)]
    late: list[float] = []
    first_id = uuid.uuid4().int >> 32 << 32
    began = time.perf_counter() + 0.1
    for number in range((WARM_SECONDS + SECONDS) * RATE):
        at = began + number / RATE
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        sender, line = lines[number % len(lines)]
        late.append((time.perf_counter() - at) * 1000)
        client_id = str(uuid.UUID(int=first_id + number))
        due[client_id.encode()] = at
        line.send(_message(sender, port, client_id, TEXTS[number % len(TEXTS)]))
    await asyncio.sleep(2)
    counted = list(due)[WARM_SECONDS * RATE :]
    return {
        "took_ms": [(shown[one] - due[one]) * 1000 for one in counted if one in shown],
        "missing": sum(one not in shown for one in due),
        "late_p99_ms": percentile(late, 0.99),
    }


def _message(sender: dict[str, str], port: int, client_id: str, text: str) -> bytes:
    body = {"conversation": sender["conversation"], "client_id": client_id, "text": text}
    token = f"Authorization: Bearer {sender['token']}\r\n"
    return request("POST", f"/live/w/{sender['key']}/messages", port, token, json.dumps(body).encode())


if __name__ == "__main__":
    print(json.dumps(uvloop.run(watch(json.load(sys.stdin)))))
