"""Mail that a mail server hands to us: over LMTP or SMTP, or through a pipe. It is ours only once it is stored."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from asgiref.sync import sync_to_async
from django.db import DatabaseError, InterfaceError, close_old_connections

from kefu.inboxes.email import raws
from kefu.inboxes.email.models import Way

UNKNOWN = "550 5.1.1 No such mailbox here"
KEPT = "250 2.0.0 Kept"
LATER = "451 4.3.0 Please try again later"
TOO_LARGE = "552 5.3.4 Too large"
MOST_RECIPIENTS = 100
SECONDS = 300

logger = logging.getLogger(__name__)


def server(*, smtp: bool) -> SMTP:
    """One connection's protocol, for ``loop.create_server``."""
    options: dict[str, Any] = {
        "data_size_limit": raws.LARGEST,
        "enable_SMTPUTF8": True,
        "timeout": SECONDS,
        "ident": "Kefu",
        "hostname": "localhost",
    }
    return SMTP(_Taker(False), **options) if smtp else LMTP(_Taker(True), **options)


def from_pipe(raw: bytes, *, recipient: str, sender: str | None) -> int:
    """The exit code for the mail server: anything unforeseen means later, never no."""
    try:
        return {KEPT: os.EX_OK, UNKNOWN: os.EX_NOUSER, TOO_LARGE: os.EX_DATAERR}.get(
            _keep(raw, recipient, sender, Way.PIPE), os.EX_TEMPFAIL
        )
    except Exception:
        logger.exception("a mail could not be kept")
        return os.EX_TEMPFAIL


class _Taker:
    """What the server asks. LMTP wants an answer for each recipient, SMTP one for all."""

    def __init__(self, each: bool) -> None:
        self._each = each

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        known = await _in_thread(_is_ours, address)
        if known is True:
            envelope.rcpt_tos.append(address)
        return {True: "250 2.1.5 OK", False: UNKNOWN}.get(known, LATER)

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        sender = (envelope.mail_from or "").strip("<>")
        answers = [await _in_thread(_keep, raw, one, sender, Way.LMTP) or LATER for one in envelope.rcpt_tos]
        if self._each:
            return "\r\n".join(answers)
        return next((answer for answer in answers if answer != KEPT), KEPT)


async def _in_thread(function: Any, *arguments: Any) -> Any:
    """None for whatever goes wrong: the mail server asks again."""

    def run() -> Any:
        close_old_connections()
        try:
            return function(*arguments)
        except (DatabaseError, InterfaceError, OSError):
            logger.warning("mail is taken later", exc_info=True)
            return None
        finally:
            close_old_connections()

    return await sync_to_async(run, thread_sensitive=False)()


def _is_ours(address: str) -> bool:
    return raws.inbox_of(address) is not None


def _keep(raw: bytes, recipient: str, sender: str | None, way: str) -> str:
    inbox = raws.inbox_of(recipient)
    if inbox is None:
        return UNKNOWN
    try:
        raws.keep(raw, inbox=inbox, way=way, sender=sender, recipients=[recipient])
    except raws.TooLarge:
        return TOO_LARGE
    return KEPT


async def listen(host: str, port: int, *, smtp: bool) -> None:
    """Until it is cancelled. Raises ``OSError`` when the address is taken."""
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: server(smtp=smtp), host, port)
    async with listening:
        await listening.serve_forever()
