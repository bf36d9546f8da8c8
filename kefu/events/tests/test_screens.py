from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.events.log import Cursor, Entry
from kefu.events.models import SubjectId
from kefu.events.screens import MOST_WAITING_BYTES, Fetch, Hub, Screen, frame
from kefu.lib.ids import uuid7

pytestmark = pytest.mark.usefixtures("committed")


@dataclass(frozen=True)
class Reader:
    ticket: str
    kinds: frozenset[str] = frozenset({"test.happened"})
    person: UUID = field(default_factory=uuid4)
    kind: str = "test"
    language: str = "en"
    where: tuple[str, ...] = ()

    def topics(self) -> tuple[str, ...]:
        return self.where

    def may_see(self, entry: Entry) -> bool:
        return entry.kind in self.kinds

    def may_hear(self, kind: str, data: dict[str, Any]) -> bool:
        return True


async def present(
    chosen: Mapping[str, list[Entry]], fetch: Fetch
) -> dict[tuple[str, int], tuple[str, dict[str, Any]]]:
    return {
        (audience, entry.id): ("fact", {"n": entry.data.get("n"), "audience": audience})
        for audience, entries in chosen.items()
        for entry in entries
    }


class Window:
    """An open connection that remembers what it was sent."""

    def __init__(self, hub: Hub, viewer: Reader, *topics: str, audience: str = "all") -> None:
        self.bytes = b""
        self.hub = hub
        self.screen = Screen(viewer, dict.fromkeys(topics, audience), self._send)

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.bytes += message["body"]

    async def open(self, after: Cursor | None = None) -> Window:
        assert self.hub.add(self.screen)
        await self.hub.catch_up(self.screen, after)
        self.screen.start()
        await until(lambda: b"event: " in self.bytes)
        return self

    @property
    def facts(self) -> list[Any]:
        found = self.bytes.decode().split("\n\n")
        return [json.loads(one.split("data: ")[1])["n"] for one in found if "event: fact" in one]

    @property
    def last_id(self) -> str:
        return self.bytes.decode().rsplit("id: ", 1)[1].split("\n")[0]


def happens(kind: str = "test.happened", **data: Any) -> None:
    log.record(kind, SubjectId("test", uuid7()), by=SYSTEM, **data)


async def happen(*numbers: int, topic: str = "a", kind: str = "test.happened") -> None:
    for n in numbers:
        await sync_to_async(happens)(kind, n=n, topic=topic)


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to pass")


def with_hub(story: Callable[[Hub], Awaitable[None]]) -> None:
    async def run() -> None:
        hub = Hub()
        hub.recent.topics_of = lambda entry: (str(entry.data.get("topic")),)
        hub.presenters = [("", present)]
        await hub.start()
        try:
            await story(hub)
        finally:
            await hub.stop()
            await sync_to_async(connections.close_all)()

    asyncio.run(run())


def test_a_screen_shows_what_happens_in_its_topics_only() -> None:
    async def story(hub: Hub) -> None:
        window = await Window(hub, Reader("1"), "a").open()
        await happen(1, topic="a")
        await happen(2, topic="b")
        await happen(3, topic="a")
        await until(lambda: len(window.facts) == 2)
        assert window.facts == [1, 3]

    with_hub(story)


def test_the_right_is_asked_at_every_send() -> None:
    async def story(hub: Hub) -> None:
        window = await Window(hub, Reader("1"), "a").open()
        await happen(1)
        await happen(2, kind="test.secret")
        await until(lambda: 1 in window.facts)
        window.screen.viewer = Reader("1", frozenset())
        await happen(3)
        await asyncio.sleep(0.2)
        assert window.facts == [1]

    with_hub(story)


def test_a_screen_that_was_away_gets_what_it_missed_and_in_order() -> None:
    async def story(hub: Hub) -> None:
        window = await Window(hub, Reader("1"), "a").open()
        await happen(1)
        await until(lambda: window.facts == [1])
        hub.remove(window.screen)
        await happen(2, 3)
        await asyncio.sleep(0.1)
        back = await Window(hub, Reader("1"), "a").open(Cursor.parse(window.last_id))
        await happen(4)
        await until(lambda: 4 in back.facts)
        assert [n for n in back.facts if n != 1] == [2, 3, 4]

    with_hub(story)


def test_a_screen_of_the_process_before_resumes_in_the_next_one() -> None:
    ids: list[str] = []

    async def before(hub: Hub) -> None:
        window = await Window(hub, Reader("1"), "a").open()
        await happen(1)
        await until(lambda: window.facts == [1])
        ids.append(window.last_id)
        await happen(2)

    async def after(hub: Hub) -> None:
        back = await Window(hub, Reader("1"), "a").open(Cursor.parse(ids[0]))
        await until(lambda: 2 in back.facts)

    with_hub(before)
    with_hub(after)


@pytest.mark.parametrize("cursor", [Cursor(), Cursor(1, 1, 1), Cursor(99, 1, 1)])
def test_a_cursor_too_old_or_of_another_era_means_loading_afresh(cursor: Cursor) -> None:
    async def story(hub: Hub) -> None:
        hub.recent.known_from = Cursor(hub.cursor.era, 10, 0)
        window = await Window(hub, Reader("1"), "a").open(cursor)
        await until(lambda: b"event: resync" in window.bytes)

    with_hub(story)


def test_a_slow_reader_is_dropped_and_nobody_else_waits() -> None:
    async def story(hub: Hub) -> None:
        gate = asyncio.Event()

        async def stuck(message: MutableMapping[str, Any]) -> None:
            await gate.wait()

        slow, quick = Window(hub, Reader("1"), "a"), Window(hub, Reader("2"), "a")
        await slow.open()
        await quick.open()
        slow.screen._send = stuck
        slow.screen.show(frame("big", {"x": "y" * 10}))
        await asyncio.sleep(0.05)
        for _ in range(3):
            slow.screen.show(b"x" * (MOST_WAITING_BYTES // 2))
        assert slow.screen.is_closed
        await happen(1)
        await until(lambda: quick.facts == [1])
        gate.set()

    with_hub(story)


def test_one_person_cannot_open_screens_without_end() -> None:
    async def story(hub: Hub) -> None:
        windows = [Window(hub, Reader("same"), "a") for _ in range(13)]
        assert [hub.add(window.screen) for window in windows] == [True] * 12 + [False]
        assert hub.add(Window(hub, Reader("other"), "a").screen)

    with_hub(story)


def test_a_lost_nudge_costs_a_slow_poll_and_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(hub: Hub) -> None:
        window = await Window(hub, Reader("1"), "a").open()
        await asyncio.sleep(0.1)
        monkeypatch.setattr("kefu.events.nudges.Nudger.poke", lambda self: None)
        await happen(1)
        await until(lambda: window.facts == [1], seconds=5)

    with_hub(story)


def test_another_process_hears_by_notify() -> None:
    async def story(hub: Hub) -> None:
        from kefu.database.plain import plain_connection

        window = await Window(hub, Reader("1"), "a").open()
        await asyncio.sleep(0.2)

        def elsewhere() -> None:
            with plain_connection(autocommit=True) as db:
                db.execute(
                    "INSERT INTO events_event (era, kind, subject_kind, subject_id, actor_kind, data)"
                    " VALUES (1, 'test.happened', 'test', gen_random_uuid(), 'system', '{\"n\": 5, \"topic\": \"a\"}')"
                )
                db.execute("SELECT pg_notify('kefu_events', '')")

        await asyncio.to_thread(elsewhere)
        await until(lambda: window.facts == [5], seconds=1.5)

    with_hub(story)


def test_a_long_running_writer_delays_no_screen_and_hides_nothing() -> None:
    async def story(hub: Hub) -> None:
        from kefu.database.plain import plain_connection

        window = await Window(hub, Reader("1"), "a").open()

        def begin_slowly() -> Any:
            other = plain_connection()
            other.execute(
                "INSERT INTO events_event (era, kind, subject_kind, subject_id, actor_kind, data)"
                " VALUES (1, 'test.happened', 'test', gen_random_uuid(), 'system', '{\"n\": 1, \"topic\": \"a\"}')"
            )
            return other

        slow = await asyncio.to_thread(begin_slowly)
        await happen(2)
        await until(lambda: window.facts == [2])
        await asyncio.to_thread(slow.commit)
        await asyncio.to_thread(slow.close)
        await until(lambda: window.facts == [2, 1])
        back = await Window(hub, Reader("1"), "a").open(Cursor.parse(window.last_id))
        assert isinstance(back.facts, list)

    with_hub(story)


def test_only_the_last_frame_of_a_piece_carries_the_id() -> None:
    """Or a line that breaks in the middle would resume after frames that never came."""

    async def story(hub: Hub) -> None:
        window = await Window(hub, Reader("1"), "a").open()
        cursor = Cursor.parse(window.last_id)
        hub.remove(window.screen)
        await happen(1, 2, 3)
        await asyncio.sleep(0.2)
        back = await Window(hub, Reader("1"), "a").open(cursor)
        await until(lambda: back.facts == [1, 2, 3])
        before_last = back.bytes.decode().split("event: fact")[:-1]
        assert not any("id: " in part for part in before_last[:-1])

    with_hub(story)


def test_what_a_poll_missed_is_its_answer_and_no_greeting_is() -> None:
    async def story(hub: Hub) -> None:
        window = await Window(hub, Reader("1"), "a").open()
        cursor = Cursor.parse(window.last_id)
        poll = Window(hub, Reader("1"), "a")
        assert hub.add(poll.screen)
        await hub.catch_up(poll.screen, cursor, greet=False)
        assert poll.screen.take() == b""

    with_hub(story)


def test_a_screen_whose_viewer_may_look_elsewhere_now_opens_anew() -> None:
    async def story(hub: Hub) -> None:
        stays, moves, left = [await Window(hub, Reader(ticket), "a").open() for ticket in "123"]
        hub.rechecks = {"test": (lambda tickets: {"1": Reader("1"), "2": Reader("2", where=("b",))}, 0.0)}
        await hub._recheck(hub.rechecks["test"][0], [stays.screen, moves.screen, left.screen])
        assert [window.screen.is_closed for window in (stays, moves, left)] == [False, True, True]

    with_hub(story)
