"""`kefu mail-in`: mail that a mail server hands over, by LMTP, by SMTP or through a pipe."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys

from kefu.cli import preparing
from kefu.cli.desk import opened
from kefu.database.unusable import Unusable


def mail_in(chosen: argparse.Namespace) -> int:
    """Listening until it is told to stop; with ``--to``, one mail from standard input."""
    return _from_pipe(chosen) if chosen.to else _listen(chosen)


def _from_pipe(chosen: argparse.Namespace) -> int:
    """Whatever is wrong with the desk, the mail server shall keep the mail and come again."""
    raw = sys.stdin.buffer.read()
    try:
        with opened() as desk:
            desk.enter("command")
            from kefu.inboxes.email import delivered

            return delivered.from_pipe(raw, recipient=chosen.to, sender=chosen.sender)
    except Exception as problem:
        print(f"kefu mail-in: {problem}", file=sys.stderr)
        return os.EX_TEMPFAIL


def _listen(chosen: argparse.Namespace) -> int:
    host, _colon, port = chosen.listen.rpartition(":")
    if not host or not port.isdigit():
        raise Unusable("--listen must be an address and a port, such as 127.0.0.1:8025.")
    with opened() as desk:
        desk.enter("worker")
        preparing.refuse_without_tables()
        asyncio.run(_until_stopped(host.strip("[]"), int(port), smtp=chosen.smtp))
    return 0


async def _until_stopped(host: str, port: int, *, smtp: bool) -> None:
    from kefu.inboxes.email import delivered

    listening = asyncio.create_task(delivered.listen(host, port, smtp=smtp))
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, listening.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        try:
            await listening
        except OSError as problem:
            raise Unusable(f"{host}:{port} cannot be listened on: {problem.strerror}.") from problem
