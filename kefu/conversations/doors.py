"""What the two live doors, the agents' and the visitors', have in common."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections

from kefu.conversations.postbox import Full, Pace, Postbox
from kefu.conversations.posting import SENTENCES, Draft, Posted, Unposted, Why
from kefu.web.plain import Problem, Receive, Request, Send, answer, problem

STATUS = {
    Why.NOT_FOUND: 404,
    Why.CLOSED: 409,
    Why.CHANGED: 409,
    Why.EMPTY: 422,
    Why.TOO_LONG: 413,
    Why.TOO_MANY_FILES: 422,
    Why.UNREADABLE: 422,
    Why.FILE_GONE: 422,
    Why.FAILED: 503,
}

logger = logging.getLogger(__name__)
T = TypeVar("T")

postbox = Postbox()
pace = Pace(burst=settings.KEFU_LIVE_BURST, each_second=settings.KEFU_LIVE_RATE)


async def in_thread(function: Callable[..., T], *arguments: Any) -> T:
    """Run what touches the database away from the event loop; its connection goes back to the pool afterwards."""

    def run() -> T:
        close_old_connections()
        try:
            return function(*arguments)
        finally:
            close_old_connections()

    return await sync_to_async(run, thread_sensitive=False)()


async def serve(
    handle: Callable[[Request, Receive, Send], Awaitable[None]],
    request: Request,
    receive: Receive,
    send: Send,
) -> None:
    """Answer, whatever goes wrong, with problem+json and nothing about our insides."""
    try:
        request.check_host()
        await handle(request, receive, send)
    except Problem as found:
        await problem(
            send, found.status, found.detail, retry_after=found.retry_after, language=request.language
        )
    except Full:
        await problem(send, 503, retry_after=1, language=request.language)
    except (DatabaseError, InterfaceError):
        logger.warning("live door without a database")
        await problem(send, 503, retry_after=2, language=request.language)


def slow_down(who: str) -> None:
    if not pace.allows(who, time.monotonic()):
        raise Problem(429, retry_after=2)


def uuid_of(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise Problem(422) from None


def uuids_of(value: Any) -> tuple[UUID, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > 50:
        raise Problem(422)
    return tuple(uuid_of(one) for one in value)


def text_of(value: Any) -> str:
    if not isinstance(value, str):
        raise Problem(422)
    return value


def passing_text_of(value: Any) -> str:
    """What is shown and never stored: half a character in it would break the line to every screen that hears it."""
    text = text_of(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Problem(422) from None
    return text


def number_of(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise Problem(422)
    return value


async def post(draft: Draft, send: Send, language: str, show: Callable[[Posted], dict[str, Any]]) -> None:
    """Store one message with whatever else is on its way, and answer after the commit."""
    outcome = await postbox.post(draft)
    if isinstance(outcome, Unposted):
        retry = 1 if outcome.why == Why.FAILED else None
        await problem(send, STATUS[outcome.why], SENTENCES[outcome.why], retry_after=retry, language=language)
    else:
        await answer(send, 200 if outcome.repeat else 201, show(outcome))


class Tickets:
    """Who a ticket lets in, remembered for two seconds so that a busy sender costs no query each time.

    A lost right therefore ends within two seconds here; that it may write is asked again under the conversation's lock.
    """

    SECONDS = 2.0

    def __init__(self, look_up: Callable[[Iterable[str]], Mapping[str, Any]]) -> None:
        self._look_up = look_up
        self._known: dict[str, tuple[float, Any]] = {}
        self._asked: dict[str, asyncio.Future[Any]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def viewer(self, ticket: str) -> Any:
        known = self._known.get(ticket)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        asked = self._asked.get(ticket)
        if asked is None:
            asked = self._asked[ticket] = asyncio.get_running_loop().create_future()
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(asked)

    async def _look(self) -> None:
        """Whoever comes during one look goes into the next: thousands who reconnect at once cost a few queries."""
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await in_thread(self._look_up, list(asked))
            except Exception as problem:
                for answer_ in asked.values():
                    answer_.set_exception(problem)
            else:
                self._remember(asked, found)

    def _remember(self, asked: Mapping[str, asyncio.Future[Any]], found: Mapping[str, Any]) -> None:
        until = time.monotonic() + self.SECONDS
        if len(self._known) > 20_000:
            self._known.clear()
        for ticket, answer_ in asked.items():
            viewer = found.get(ticket)
            self._known[ticket] = (until, viewer)
            answer_.set_result(viewer)
