"""Mails a second that leave one outbox, through a mail server on loopback that takes whatever comes.

The bar is an outage: a thousand mails that have queued up must be gone within 120 s of its end, the wait for the next
try among them.
"""

from __future__ import annotations

import time
from typing import Any

from aiosmtpd.controller import Controller

from bench.figure import Figure
from bench.ground import free_port, ground
from bench.mail import furnish, mail, take

MAILS, WITHIN = 1_000, 120.0


class Sink:
    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken += 1
        return "250 ok"


def measure(size: int = MAILS) -> Figure:
    with ground("mailing") as where:
        where.adopt()
        sink, port = Sink(), free_port()
        inbox = _queued(size, port)
        controller = Controller(sink, hostname="127.0.0.1", port=port)
        controller.start()
        began = time.perf_counter()
        _empty(inbox)
        seconds = time.perf_counter() - began
        controller.stop()
    assert sink.taken == size, f"{sink.taken} of {size} arrived"
    from kefu.inboxes.email.sending import AGAIN_SECONDS

    return Figure(
        figure="mail-out",
        value=round(size / seconds, 1),
        unit="mails/s",
        size=size,
        limit=f"1,000 within {WITHIN:.0f} s of an outage's end",
        met=AGAIN_SECONDS + MAILS * seconds / size <= WITHIN,
        parts={"s for all of them": round(seconds, 1), "s until the next try, at most": AGAIN_SECONDS},
    )


def _empty(inbox: Any) -> None:
    from kefu.inboxes.email import sending

    assert sending.empty(inbox) is None


def _queued(size: int, port: int) -> Any:
    from django.conf import settings

    from kefu.conversations.models import Message
    from kefu.events.actors import SYSTEM
    from kefu.inboxes.email import writing
    from kefu.inboxes.email.settings import MailSettings, Security, Server, WayOut

    settings.KEFU_OUTBOUND_NETWORKS = ("127.0.0.0/8",)
    inbox, _answered = furnish()
    MailSettings(
        way_out=WayOut.SMTP, smtp=Server("127.0.0.1", port, Security.NONE), plus_addresses=True
    ).save(inbox)
    for number in range(size - 100):
        take(inbox, mail(number).as_bytes())
    for message in Message.objects.filter(outgoing__isnull=True).select_related("conversation__inbox"):
        writing.write(message, writing.Wanted(), by=SYSTEM)
    return inbox
