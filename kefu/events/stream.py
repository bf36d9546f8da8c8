"""The address that a screen keeps open: a plain ASGI application, outside Django's request cycle."""

from __future__ import annotations

from collections.abc import Mapping

from kefu.events.log import Cursor
from kefu.events.screens import Screen, hub
from kefu.events.viewers import Viewer
from kefu.web.plain import Receive, Request, Send, api_headers, problem

POLL_ANSWER_SECONDS = 25.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
]


async def show(
    request: Request, receive: Receive, send: Send, viewer: Viewer, topics: Mapping[str, str]
) -> None:
    """Keep ``viewer``'s screen up to date until either side goes away; with ``?poll=1`` answer once and end."""
    polling = request.query.get("poll") == "1"
    screen = Screen(viewer, topics, send)
    if hub.stopping or not hub.add(screen):
        await problem(send, 503 if hub.stopping else 429, retry_after=5)
        return
    try:
        after = cursor_of(request)
        request.forget_headers()
        await hub.catch_up(screen, after, greet=not polling)
        if polling:
            await _answer_once(screen, receive, send)
        else:
            await _keep_open(screen, receive, send)
    finally:
        hub.remove(screen)


def cursor_of(request: Request) -> Cursor | None:
    """None without one; a cursor that nobody handed out is treated as too old."""
    text = request.header("last-event-id") or request.query.get("after")
    return (Cursor.parse(text) or Cursor()) if text else None


async def _keep_open(screen: Screen, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS + api_headers()})
    # Nothing is sent until the first frame, and a screen without news would wait for it: proxies and browsers
    # announce a stream only when its first bytes have come.
    screen.show(b": \n\n")
    screen.start()
    await screen.until_gone(receive)
    if screen.is_closed:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answer_once(screen: Screen, receive: Receive, send: Send) -> None:
    await screen.something(POLL_ANSWER_SECONDS)
    body = screen.take()
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS + api_headers()})
    await send({"type": "http.response.body", "body": body, "more_body": False})
