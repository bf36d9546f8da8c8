"""One process, two ways in: Django for pages and the API, a small plain application for what is live."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kefu.settings")

from django.core.asgi import get_asgi_application

_django = get_asgi_application()

from asgiref.sync import sync_to_async  # noqa: E402 - the apps must be loaded first

from kefu import reactions  # noqa: E402
from kefu.conversations import live as agents  # noqa: E402
from kefu.conversations.doors import postbox, serve  # noqa: E402
from kefu.events import era  # noqa: E402
from kefu.events.screens import hub  # noqa: E402
from kefu.inboxes.chat import live as visitors  # noqa: E402
from kefu.web.plain import Problem, Receive, Request, Scope, Send  # noqa: E402


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and scope["path"].startswith("/live/"):
        await serve(_live, Request(scope), receive, send)
    elif scope["type"] == "http":
        await _django(scope, receive, send)  # type: ignore[arg-type]
    elif scope["type"] == "lifespan":
        await _live_and_die(receive, send)


async def _live(request: Request, receive: Receive, send: Send) -> None:
    if request.path.startswith("/live/console/"):
        await agents.handle(request, receive, send)
    elif request.path.startswith("/live/w/"):
        await visitors.handle(request, receive, send)
    else:
        raise Problem(404)


async def _live_and_die(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await begin()
            await send({"type": "lifespan.startup.complete"})
        else:
            await end()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def begin() -> None:
    await sync_to_async(era.settle)()
    reactions.wire(hub)
    await hub.start()


async def end() -> None:
    """Screens are told first, then what waits is stored."""
    await hub.stop()
    await postbox.close()
