"""Posting together: whatever arrives while one commit runs goes into the next one.

A commit costs the same for one message as for sixty, so under load the batches grow by themselves and an idle desk
waits for nobody. One thread of the process writes, on a connection that it keeps; each sender is answered only after
the commit that holds its message.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
from django.db import DatabaseError, InterfaceError, connection

from kefu.conversations import posting
from kefu.conversations.posting import Draft, Posted, Unposted

MOST_WAITING = 2_000
MOST_TOGETHER = 256

logger = logging.getLogger(__name__)

Outcome = Posted | Unposted


class Full(Exception):
    """More waits than can be stored soon: the sender should come back in a moment."""


class Postbox:
    def __init__(
        self,
        store: Callable[[Sequence[Draft]], list[Outcome]] = posting.post,
        *,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._store = store
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[Draft, asyncio.Future[Outcome]]] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postbox")
        self._writing: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    async def post(self, draft: Draft) -> Outcome:
        """Raises ``Full``. A sender that hangs up meanwhile changes nothing: its message is stored all the same."""
        if len(self._waiting) >= self._most_waiting:
            raise Full
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append((draft, done))
        self._see_to_writing(loop)
        return await done

    def _see_to_writing(self, loop: asyncio.AbstractEventLoop) -> None:
        """Also when the thread has just ended: what came while it did so must not wait for the next sender."""
        if self._waiting and (self._writing is None or self._writing.done()):
            self._writing = loop.run_in_executor(self._thread, self._write, loop)
            self._writing.add_done_callback(lambda _ended: self._see_to_writing(loop))

    def _write(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the thread, which takes what is there when it gets to it; a commit goes on while answers go out."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]
            outcomes = self._store_or_fail([draft for draft, _done in batch])
            loop.call_soon_threadsafe(_tell, [done for _draft, done in batch], outcomes)

    def _store_or_fail(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """A broken line is tried once more on a new one; resends are harmless, so a lost answer is too."""
        for _attempt in range(2):
            try:
                return self._store(drafts)
            except (DatabaseError, InterfaceError, psycopg.Error):
                logger.warning("posting waits for the database")
                connection.close()
            except Exception:
                logger.exception("posting failed")
                break
        return [Unposted(draft, posting.Why.FAILED) for draft in drafts]

    async def close(self) -> None:
        """After what waits has been stored."""
        while self._writing is not None and not self._writing.done():
            await self._writing
        self._thread.submit(lambda: connection.close()).result()
        self._thread.shutdown(wait=False)


def _tell(senders: Sequence[asyncio.Future[Outcome]], outcomes: Sequence[Outcome]) -> None:
    for done, outcome in zip(senders, outcomes, strict=True):
        if not done.done():
            done.set_result(outcome)


class Pace:
    """How fast one person may write, by process: ``burst`` at once, then ``each_second``."""

    def __init__(self, *, burst: int, each_second: float) -> None:
        self.burst, self.each_second = burst, each_second
        self._left: dict[str, tuple[float, float]] = {}

    def allows(self, who: str, now: float) -> bool:
        left, then = self._left.get(who, (float(self.burst), now))
        left = min(self.burst, left + (now - then) * self.each_second)
        if len(self._left) > 50_000:
            self._left.clear()
        self._left[who] = (left - 1 if left >= 1 else left, now)
        return left >= 1
