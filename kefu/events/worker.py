"""What a worker process does: it reads the log for those who must miss nothing, and runs jobs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterable
from typing import cast

import psycopg
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from procrastinate import App
from procrastinate.contrib.django import app as jobs_app
from procrastinate.contrib.django.django_connector import DjangoConnector

from kefu.database.plain import plain_connection
from kefu.events import era, keeping, readers
from kefu.events.nudges import CHANNEL

POLL_SECONDS = 2.0
HEARTBEAT_SECONDS = 5.0
QUIET_SECONDS = 20.0

logger = logging.getLogger(__name__)


def run(beside: Iterable[Callable[[threading.Event], None]] = ()) -> None:
    """Until SIGTERM or SIGINT; then finish the step and the jobs at hand.

    ``beside``: what else a worker does all the time, each in a thread of its own until the event is set.
    """
    era.settle()
    stop = threading.Event()
    threads = [threading.Thread(target=each, args=(stop,)) for each in (_read_forever, *beside)]
    for thread in threads:
        thread.start()
    try:
        asyncio.run(_work())
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=10)


def _read_forever(stop: threading.Event) -> None:
    line: psycopg.Connection | None = None
    while not stop.is_set():
        try:
            if line is None or line.closed:
                line = plain_connection(autocommit=True)
                line.execute(f"LISTEN {CHANNEL}")
            close_old_connections()
            readers.read_all()
            for _nudge in line.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass
        except (OperationalError, InterfaceError, psycopg.Error):
            logger.warning("readers wait for the database")
            line = None
            stop.wait(0.5)
        except Exception:
            logger.exception("readers stumbled")
            stop.wait(1)
    connection.close()


async def _work() -> None:
    # Jobs that run here queue further jobs through Django's connection; only fetching needs the asynchronous one.
    connector = cast(DjangoConnector, jobs_app.connector).get_worker_connector()
    app = jobs_app.with_connector(connector)
    async with app.open_async():
        minder = asyncio.create_task(_mind_stalled(app))
        try:
            await app.run_worker_async(
                concurrency=4,
                wait=True,
                fetch_job_polling_interval=2.0,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=QUIET_SECONDS,
                shutdown_graceful_timeout=20,
                install_signal_handlers=True,
            )
        finally:
            minder.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await minder


async def _mind_stalled(app: App) -> None:
    while True:
        try:
            await keeping.take_over_stalled(app, quiet_seconds=QUIET_SECONDS)
        except Exception:
            logger.warning("stalled jobs could not be looked at", exc_info=True)
        await asyncio.sleep(HEARTBEAT_SECONDS)
