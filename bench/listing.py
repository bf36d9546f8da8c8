"""The console's lists and conversation pages at a million conversations, for four kinds of colleagues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle

from bench.asking import Ask, as_figure, ask, ask_all
from bench.figure import Figure
from bench.ground import web
from bench.seeding import CONVERSATIONS, Desk, desk

VIEWS = ("mine", "team", "unassigned", "waiting", "all")
ROUNDS, WARM_ROUNDS = 30, 2


def measure(size: int = CONVERSATIONS) -> Figure:
    with desk(size) as there, web(there.where) as (port, _pid):
        older = _deeper(port, there)
        conversations = cycle(there.conversations)
        asks = [list(_round(there, older, conversations)) for _ in range(ROUNDS + WARM_ROUNDS)]
        answers = ask_all(port, [one for each in asks for one in each], warm=WARM_ROUNDS * len(asks[0]))
    return as_figure("list", answers, size)


def _round(there: Desk, older: dict[str, str], conversations: Iterator[str]) -> Iterator[Ask]:
    for role, cookie in there.cookies.items():
        for view in VIEWS:
            yield Ask(f"list {view}, {role}", f"/console/?view={view}", cookie)
            yield Ask(f"list {view} of chats, {role}", f"/console/?view={view}&kind=chat", cookie)
        yield Ask(f"list scrolled on, {role}", older[role], cookie)
        yield Ask(f"whole console, {role}", "/console/?view=all", cookie, fragment=False)
    admin = there.cookies["admin"]
    for _ in range(3):
        yield Ask("conversation", f"/console/c/{next(conversations)}/", admin)
    yield Ask("conversation with the console", f"/console/c/{next(conversations)}/", admin, fragment=False)
    yield Ask("conversation of 5,000 messages", f"/console/c/{there.longest}/", admin)
    yield Ask("scrolled back in it", f"/console/c/{there.longest}/messages?before=2500", admin)


def _deeper(port: int, there: Desk) -> dict[str, str]:
    """The second page of the longest list that each can see, as the first names it."""
    path = "/console/?view=all"
    found = {}
    for role, cookie in there.cookies.items():
        page = ask(port, Ask("", path, cookie)).decode()
        before = re.search(r"before=([^\"&]+)", page)
        found[role] = f"{path}&before={before[1]}" if before else path
    return found
