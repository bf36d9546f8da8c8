"""Live screens: server-sent events to any number of open connections, with no thread and no database connection each.

One hub a process reads the log once for all of them. A nudge wakes it; a slow poll stands in for lost nudges. The id
sent with an event is the safe horizon, so that a screen that resumes gets what it missed and at worst sees a fragment
again, which replaces itself.

The last minutes of the log stay in memory by topic: a screen that comes back is served from there. One whose cursor is
older is told to load afresh (``resync``).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.db import close_old_connections

from kefu.database.plain import plain_async_connection
from kefu.events.log import Cursor, Entry
from kefu.events.nudges import CHANNEL, WHISPERS, nudger
from kefu.events.recent import Recent
from kefu.events.viewers import Recheck, Viewer

POLL_SECONDS = 2.0
READ_AGAIN_AFTER = (
    0.003  # under load one look serves the commits of a few milliseconds; a single event never waits
)
READ_AGAIN_UNSEEN = 0.05  # with nobody watching
HEARTBEAT_SECONDS = 25.0
RECHECK_SECONDS = 4.0
BETWEEN_PIECES = 0.005
MOST_WAITING_BYTES = 1_000_000
MOST_WAITING_FRAMES = 256
MOST_SCREENS_EACH = 12

logger = logging.getLogger(__name__)

Send = Callable[[Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]
Fetch = Callable[[str, Sequence[Any]], Awaitable[list[tuple[Any, ...]]]]
# Renders entries for the audiences that wait for them; an absent pair means "nothing to show".
Present = Callable[
    [Mapping[str, list[Entry]], Fetch], Awaitable[dict[tuple[str, int], tuple[str, dict[str, Any]]]]
]


class Screen:
    """One open connection."""

    __slots__ = (
        "_arrived", "_flushing", "_send", "_task", "_waiting", "_waiting_bytes", "is_closed", "open", "topics", "viewer"
    )  # fmt: skip

    def __init__(self, viewer: Viewer, topics: Mapping[str, str], send: Send) -> None:
        self.viewer = viewer
        self.topics = topics  # topic → audience that the topic's entries are shown to here
        self._send = send
        self._waiting: list[bytes] | None = None
        self._waiting_bytes = 0
        self._flushing = False
        self._arrived: asyncio.Event | None = None
        self.open = False
        self.is_closed = False
        self._task: asyncio.Task[Any] | None = None

    def show(self, frame: bytes) -> None:
        """Queue one frame; a reader that is too slow is dropped here and resumes by its cursor."""
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(frame)
        self._waiting_bytes += len(frame)
        if self._arrived is not None:
            self._arrived.set()
        if self._waiting_bytes > MOST_WAITING_BYTES or len(self._waiting) > MOST_WAITING_FRAMES:
            self.close()
        elif self.open and not self._flushing:
            self._flushing = True
            task = asyncio.ensure_future(self._flush())
            _running.add(task)
            task.add_done_callback(_running.discard)

    async def _flush(self) -> None:
        try:
            while self._waiting and not self.is_closed:
                body = b"".join(self._waiting)
                self._waiting, self._waiting_bytes = None, 0
                await self._send({"type": "http.response.body", "body": body, "more_body": True})
        except OSError:
            self.close()
        finally:
            self._flushing = False

    def start(self) -> None:
        """The head of the answer has gone out: what waits may follow."""
        self.open = True
        if self._waiting:
            self.show(b"")

    async def something(self, seconds: float) -> None:
        """Return as soon as there is something to show, or after so many seconds."""
        if not self._waiting:
            self._arrived = asyncio.Event()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), seconds)

    def take(self) -> bytes:
        """What waits, taken out."""
        waiting, self._waiting, self._waiting_bytes = self._waiting or [], None, 0
        return b"".join(waiting)

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            if self._task is not None:
                self._task.cancel()

    async def until_gone(self, receive: Receive) -> None:
        """Until either side closes it. One task serves for both: with ten thousand screens a second one each weighs."""
        self._task = asyncio.current_task()
        try:
            while not self.is_closed and (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            if not self.is_closed or self._task is None:
                raise
            self._task.uncancel()
        finally:
            self._task = None


_running: set[asyncio.Future[None]] = set()


def frame(event: str, data: dict[str, Any], id_: str | None = None) -> bytes:
    """One server-sent event. JSON has no line breaks of its own, so one data line carries it."""
    head = f"id: {id_}\n" if id_ else ""
    return f"{head}event: {event}\ndata: {json.dumps(data, ensure_ascii=False, default=str)}\n\n".encode()


class Hub:
    """All screens of this process, and the one reader of the log that serves them."""

    def __init__(self) -> None:
        self.recent = Recent()
        self.presenters: list[tuple[str, Present]] = []
        self.rechecks: dict[
            str, tuple[Recheck, float]
        ] = {}  # by kind of viewer: who still may look, how often to ask
        self.on_screens: list[Callable[[Screen, bool], None]] = []
        self.on_tick: list[Callable[[list[Screen]], None]] = []
        self._by_topic: dict[str, set[Screen]] = defaultdict(set)
        self._screens: set[Screen] = set()
        self._rechecked: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._read_at = 0.0
        self.cursor = Cursor()
        self.stopping = False

    # -- life

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._wake, self.stopping = asyncio.Event(), False
        nudger.on_local(self.wake)
        self.cursor = await self.recent.begin()
        self._tasks = [
            asyncio.create_task(self._forever(step))
            for step in (self._read_when_woken, self._listen, self._heartbeat, self._recheck_all)
        ]

    async def stop(self) -> None:
        """Say goodbye first, so that screens reconnect at once instead of waiting for a broken line."""
        if self.stopping:
            return
        self.stopping = True
        nudger.off_local(self.wake)
        for screen in list(self._screens):
            screen.show(frame("bye", {}))
        await asyncio.sleep(0.05)
        for screen in list(self._screens):
            screen.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.recent.close()

    def wake(self) -> None:
        """From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    # -- screens

    def __len__(self) -> int:
        return len(self._screens)

    def add(self, screen: Screen) -> bool:
        """False when one person has too many screens open. What comes now waits in the screen until it opens."""
        if (
            sum(other.viewer.ticket == screen.viewer.ticket for other in self._peers(screen))
            >= MOST_SCREENS_EACH
        ):
            return False
        self._screens.add(screen)
        for topic in screen.topics:
            self._by_topic[topic].add(screen)
        for listener in self.on_screens:
            listener(screen, True)
        return True

    def _peers(self, screen: Screen) -> Iterable[Screen]:
        """Those who could share a ticket share their first topic, so that opening a screen looks at few others."""
        first = next(iter(screen.topics), None)
        return self._by_topic.get(first, ()) if first else ()

    def _listening_to(self, topics: Iterable[str]) -> set[Screen]:
        return {screen for topic in topics for screen in self._by_topic.get(topic, ())}

    def remove(self, screen: Screen) -> None:
        self._screens.discard(screen)
        for topic in screen.topics:
            self._by_topic[topic].discard(screen)
            if not self._by_topic[topic]:
                del self._by_topic[topic]
        for listener in self.on_screens:
            listener(screen, False)

    async def catch_up(self, screen: Screen, after: Cursor | None, *, greet: bool = True) -> None:
        """Put what the screen missed before anything new. ``greet`` tells it at once where it stands."""
        here = str(self.cursor)
        if after is not None and (after < self.recent.known_from or after.era != self.cursor.era):
            screen.show(frame("resync", {}, here))
            return
        missed = self.recent.after(after, screen.topics) if after is not None else []
        shown = [body for _screen, body in await self._present(missed, {screen}, here)]
        if greet or after is None:
            shown.append(frame("ready", {}, here))
        meanwhile = screen.take()
        if shown or meanwhile:
            screen.show(b"".join([*shown, meanwhile]))

    # -- what the tasks do

    async def _forever(self, step: Callable[[], Awaitable[None]]) -> None:
        while not self.stopping:
            try:
                await step()
            except (psycopg.Error, OSError):
                logger.warning("live screens wait for the database", extra={"step": step.__name__})
                await asyncio.sleep(0.5)
            except Exception:
                logger.exception("a step of the live screens failed", extra={"step": step.__name__})
                await asyncio.sleep(0.5)

    async def _read_when_woken(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
        await self._breathe()
        self._wake.clear()
        fresh, horizon = await self.recent.fresh()
        topics = [topic for entry in fresh for topic in self.recent.remember(entry)]
        self.cursor = horizon  # only now: a screen that begins here finds in memory all that came before
        for entry in fresh:
            if entry.subject_kind in self.rechecks:
                await self._recheck_person(entry)
        wanted = self._listening_to(topics)
        for screen, shown in await self._present(fresh, wanted, str(horizon)):
            screen.show(shown)
        self.recent.forget_old()

    async def _breathe(self) -> None:
        again = self._read_at + (READ_AGAIN_AFTER if self._screens else READ_AGAIN_UNSEEN)
        if (wait := again - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        self._read_at = time.monotonic()

    async def _present(self, fresh: list[Entry], wanted: set[Screen], id_: str) -> list[tuple[Screen, bytes]]:
        """Ask the presenters once for every audience, then give each screen what its viewer may see, in one piece.

        Only the last frame of a piece carries the id: with an earlier one, a line that breaks in between would resume
        after frames that never came.
        """
        if not wanted or not fresh:
            return []
        plan, by_audience = self._who_sees_what(fresh, wanted)
        shown: dict[tuple[str, int], tuple[str, dict[str, Any]]] = {}
        for prefix, present in self.presenters:
            chosen = {
                name: list(found.values()) for name, found in by_audience.items() if name.startswith(prefix)
            }
            if chosen:
                shown |= await present(chosen, self.recent.fetch)
        frames = {key: frame(event, data) for key, (event, data) in shown.items()}
        pieces: dict[Screen, list[bytes]] = defaultdict(list)
        for screen, audience, entry in plan:
            if (audience, entry.id) in frames:
                pieces[screen].append(frames[audience, entry.id])
        mark = f"id: {id_}\n".encode()
        return [(screen, b"".join([*found[:-1], mark, found[-1]])) for screen, found in pieces.items()]

    def _who_sees_what(
        self, fresh: list[Entry], wanted: set[Screen]
    ) -> tuple[list[tuple[Screen, str, Entry]], dict[str, dict[int, Entry]]]:
        plan: list[tuple[Screen, str, Entry]] = []
        by_audience: dict[str, dict[int, Entry]] = defaultdict(dict)
        for entry in fresh:
            topics = tuple(self.recent.topics_of(entry))
            for screen in wanted & self._listening_to(topics):
                audiences = {screen.topics[topic] for topic in topics if topic in screen.topics}
                if screen.viewer.may_see(entry):
                    for audience in audiences:
                        plan.append((screen, audience, entry))
                        by_audience[audience][entry.id] = entry
        return plan, by_audience

    async def _listen(self) -> None:
        async with await plain_async_connection(autocommit=True) as line:
            await line.execute(f"LISTEN {CHANNEL}")
            await line.execute(f"LISTEN {WHISPERS}")
            self._wake.set()
            async for notice in line.notifies():
                if notice.channel != CHANNEL:
                    self.hear(json.loads(notice.payload))
                elif notice.pid != nudger.pid:  # of our own commits we know already
                    self._wake.set()

    def hear(self, whisper: dict[str, Any]) -> None:
        kind, data = whisper["kind"], whisper["data"]
        for screen in self._listening_to(whisper["topics"]):
            if screen.viewer.may_hear(kind, data):
                screen.show(frame(kind, data))

    async def _heartbeat(self) -> None:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        for some in _pieces(list(self._screens), 100):
            for screen in some:
                if screen._waiting is None:
                    screen.show(b": \n\n")
            await asyncio.sleep(BETWEEN_PIECES)

    async def _recheck_all(self) -> None:
        await asyncio.sleep(RECHECK_SECONDS)
        now = time.monotonic()
        for kind, (recheck, every) in self.rechecks.items():
            if now - self._rechecked.get(kind, 0.0) >= every:
                self._rechecked[kind] = now
                await self._recheck(recheck, [one for one in self._screens if one.viewer.kind == kind])
        for tick in self.on_tick:
            await sync_to_async(_in_thread(tick))(list(self._screens))

    async def _recheck_person(self, entry: Entry) -> None:
        screens = [screen for screen in self._screens if screen.viewer.person == entry.subject_id]
        if screens:
            await self._recheck(self.rechecks[entry.subject_kind][0], screens)

    async def _recheck(self, recheck: Recheck, screens: list[Screen]) -> None:
        for some in _pieces(screens, 500):
            now = await sync_to_async(_in_thread(recheck))({screen.viewer.ticket for screen in some})
            for screen in some:
                viewer = now.get(screen.viewer.ticket)
                if viewer is None or viewer.topics() != screen.viewer.topics():
                    screen.close()
                elif (
                    viewer != screen.viewer
                ):  # else the one that is there stays, and the new one's memory is free
                    screen.viewer = viewer
            await asyncio.sleep(BETWEEN_PIECES)


def _pieces(screens: list[Screen], size: int) -> Iterator[list[Screen]]:
    """Ten thousand at a time would hold up whatever else the process does."""
    for beginning in range(0, len(screens), size):
        yield screens[beginning : beginning + size]


def _in_thread(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def run(argument: Any) -> Any:
        close_old_connections()
        try:
            return function(argument)
        finally:
            close_old_connections()

    return run


hub = Hub()
