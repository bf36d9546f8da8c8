"""Asking a real web process for pages over one kept connection; how long each takes until it is whole."""

from __future__ import annotations

import http.client
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.figure import Figure, percentile, spread

LIMIT_MS = 50.0


@dataclass(frozen=True)
class Ask:
    """``what`` names the group that it is counted in."""

    what: str
    path: str
    cookie: str
    fragment: bool = True
    token: str = ""


@dataclass
class Answers:
    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    bytes_: dict[str, int] = field(default_factory=dict)

    @property
    def all_ms(self) -> list[float]:
        return [one for group in self.took_ms.values() for one in group]

    def worst_p95(self) -> float:
        return max(percentile(group, 0.95) for group in self.took_ms.values())


def ask_all(port: int, asks: Sequence[Ask], *, warm: int) -> Answers:
    """One after the other, so that the time is the server's and no queue's; the first do not count."""
    line, answers = http.client.HTTPConnection("127.0.0.1", port, timeout=60), Answers()
    for number, one in enumerate(asks):
        began = time.perf_counter()
        body = _ask(line, port, one)
        took = (time.perf_counter() - began) * 1000
        if number >= warm:
            answers.took_ms[one.what].append(took)
            answers.bytes_[one.what] = len(body)
    line.close()
    return answers


def ask(port: int, one: Ask) -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return _ask(line, port, one)
    finally:
        line.close()


def _ask(line: http.client.HTTPConnection, port: int, one: Ask) -> bytes:
    headers = {"Host": f"localhost:{port}", "Cookie": f"{one.cookie}; kefu-language=en"}
    if one.token:
        headers = {"Host": f"localhost:{port}", "Authorization": f"Bearer {one.token}"}
    line.request("GET", one.path, headers=headers | ({"HX-Request": "true"} if one.fragment else {}))
    answer = line.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{one.path} answered {answer.status}")
    return body


def as_figure(name: str, answers: Answers, size: int) -> Figure:
    """The value is the p95 of whichever group is slowest: a quick page must not hide a slow one."""
    worst = answers.worst_p95()
    return Figure(
        name,
        round(worst, 1),
        "ms worst p95",
        **spread(answers.all_ms),
        size=size,
        limit=f"every p95 ≤ {LIMIT_MS:.0f} ms",
        met=worst <= LIMIT_MS,
        parts={f"p95 {what}": round(percentile(group, 0.95), 1) for what, group in answers.took_ms.items()},
    )
