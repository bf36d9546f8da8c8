"""What the supervised children are: one web process on a socket that all of them share, and the worker."""

from __future__ import annotations

import asyncio
import gc
import importlib
import resource
import socket
import sys
import threading
from contextlib import suppress

import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kefu.lib import processes

HEADERS_WITHIN = 10
REQUESTS_MAY_FINISH = 25
# The thread that posts waits for the interpreter after each answer of the database: of the usual 5 ms, all too long.
SWITCH_SECONDS = 0.0002


def web_process(listening: int) -> int:
    processes.end_with_the_parent()
    raise_the_limit_of_open_files()
    _load_what_needs_no_tables()
    processes.pass_the_gate()
    config = uvicorn.Config(
        "kefu.asgi:application",
        loop="uvloop",
        http=ImpatientProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # addresses carry what people look for
        proxy_headers=False,  # who may say where a request came from is Kefu's own setting
        server_header=False,
        backlog=2048,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=REQUESTS_MAY_FINISH,
    )
    config.load()
    _leave_what_stays_out_of_the_garbage()
    sys.setswitchinterval(SWITCH_SECONDS)
    GentleServer(config).run(sockets=[socket.socket(fileno=listening)])
    return 0


def _load_what_needs_no_tables() -> None:
    """While they are being brought up to date. Settings that are wrong are told behind the gate, and once."""
    import django
    from django.core.exceptions import ImproperlyConfigured

    with suppress(ImproperlyConfigured):
        django.setup()
        importlib.import_module("kefu.urls")


def _leave_what_stays_out_of_the_garbage() -> None:
    """Looking through everything that was imported takes a tenth of a second, again and again while screens open."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def worker_process() -> int:
    processes.end_with_the_parent()
    import django

    django.setup()
    from kefu import reactions
    from kefu.events import worker

    worker.run(reactions.beside_the_worker())
    return 0


def raise_the_limit_of_open_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class GentleServer(uvicorn.Server):
    """Ends live screens first; a stream would otherwise hold the whole process until its time is up."""

    _stopping = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        from kefu import reactions

        await super().startup(sockets)
        for work in reactions.once_the_web_serves():
            threading.Thread(target=work, args=(self._stopping,), name="kefu-beside", daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        from kefu.events.screens import hub
        from kefu.web import health

        self._stopping.set()
        health.stop_taking_work()
        for server in self.servers:
            server.close()
        await hub.stop()
        await super().shutdown(sockets)


class LightFlowControl(FlowControl):
    """Makes its event when a reader turns out to be slow: among ten thousand streams hardly any is."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.read_paused = False
        self.write_paused = False

    def pause_writing(self) -> None:
        self._is_writable_event = asyncio.Event()
        self.write_paused = True


class ImpatientProtocol(HttpToolsProtocol):
    """Closes a connection whose request does not get through its headers in time."""

    _deadline: asyncio.TimerHandle | None = None
    _reading_headers = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = LightFlowControl(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._reading_headers and self._deadline is None:  # nearly all come in one piece and need no timer
            self._expect_headers()

    def on_message_begin(self) -> None:
        self._reading_headers = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._reading_headers = False
        self._expect_nothing()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self._deadline = self.loop.call_later(HEADERS_WITHIN, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
