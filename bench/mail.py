"""Mails a second taken in by one worker: kept raw on the disk, parsed in its limited process, threaded, stored.

Half of them answer mails of ours, a tenth carry a picture; beside the rate stands what a mail costs in CPU, here and
in the process that reads it.
"""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

from bench.figure import Figure
from bench.ground import ground

MAILS, WARM = 3_000, 50
BAR = 100.0
WORDS = "您好，我上周买的台灯还没有收到，请帮我查一下物流。 Could you tell me when it arrives? "
QUOTE = '在 2026-11-22 10:21:33，"客服" <support@desk.test> 写道：\n' + "> 您好，已发出。\n" * 12


def measure(size: int = MAILS) -> Figure:
    with ground("mail") as where:
        where.adopt()
        inbox, answered = furnish()
        mails = list(_mails(size + WARM, answered))
        for raw in mails[:WARM]:
            take(inbox, raw)
        before, began = _cpu(), time.perf_counter()
        taken = _through_a_worker(inbox, mails[WARM:])
        seconds, after = time.perf_counter() - began, _cpu()
    assert taken == size, f"{taken} of {size} were taken in"
    rate = size / seconds
    return Figure(
        figure="mail",
        value=round(rate, 1),
        unit="mails/s",
        size=size,
        limit=f"at least {BAR:.0f} mails/s by one worker",
        met=rate >= BAR,
        parts={
            "ms of CPU each, in the worker": round(1000 * (after - before) / size, 2),
            "kB each": round(sum(map(len, mails)) / len(mails) / 1000, 1),
        },
    )


def _through_a_worker(inbox: Any, mails: list[bytes]) -> int:
    """As in the worker: one thread keeps what comes, another takes in what has been kept."""
    from kefu.inboxes.email import taking

    keeping = threading.Thread(target=_keep_all, args=(inbox, mails))
    keeping.start()
    taken = 0
    while keeping.is_alive():
        taken += taking.take_waiting(inbox.pk)
    keeping.join()
    return taken + taking.take_waiting(inbox.pk)


def _keep_all(inbox: Any, mails: list[bytes]) -> None:
    from django.db import connection

    from kefu.inboxes.email import raws

    for raw in mails:
        raws.keep(raw, inbox=inbox, way="lmtp", sender="lin@customer.test")
    connection.close()


def take(inbox: Any, raw: bytes) -> None:
    from kefu.inboxes.email import raws, taking

    taking.take(raws.keep(raw, inbox=inbox, way="lmtp", sender="lin@customer.test").pk)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def furnish() -> tuple[Any, list[str]]:
    """A mailbox, and the Message-IDs of a hundred mails of ours that may be answered."""
    from kefu.conversations.models import Inbox, InboxKind
    from kefu.inboxes.email.models import MailAddress
    from kefu.inboxes.email.settings import MailSettings
    from kefu.people.models import Brand, Team

    brand = Brand.objects.create(name="Lumo", slug="lumo")
    team = Team.objects.create(brand=brand, name="Support")
    inbox = Inbox.objects.create(brand=brand, team=team, name="Mail", kind=InboxKind.EMAIL)
    MailAddress.objects.create(inbox=inbox, address="support@desk.test", is_main=True)
    MailSettings(trusted_server="mx.desk.test", plus_addresses=True).save(inbox)
    return inbox, [_answered(inbox, number) for number in range(100)]


def _answered(inbox: Any, number: int) -> str:
    from kefu.conversations.models import Message
    from kefu.events.actors import SYSTEM
    from kefu.inboxes.email import composing, writing

    take(inbox, mail(number).as_bytes())
    message = Message.objects.order_by("-pk")[0]
    written = writing.write(message, writing.Wanted(), by=SYSTEM)
    assert written is not None
    return composing.message_id(written)


def _mails(count: int, answered: list[str]) -> Iterator[bytes]:
    picture = _picture()
    for number in range(count):
        made = mail(number % 100)
        if number % 2:
            made["In-Reply-To"] = answered[number % 100]
        if number % 10 == 0:
            made.add_attachment(picture, maintype="image", subtype="png", filename="照片.png")
        yield made.as_bytes()


def mail(number: int) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = f"客户 <c{number}@customer.test>", "support@desk.test"
    made["Subject"], made["Message-ID"] = "订单 202611220001 没有收到", f"<{uuid4()}@customer.test>"
    made["Date"] = "Sun, 22 Nov 2026 10:21:33 +0800"
    made.set_content(WORDS * 4 + "\n\n" + QUOTE, charset="gb18030")
    made.add_alternative(
        f"<div>{WORDS * 4}</div><blockquote type='cite'>{QUOTE}</blockquote>", subtype="html"
    )
    return made


def _picture() -> bytes:
    import io

    from PIL import Image

    image = Image.frombytes("RGB", (320, 240), os.urandom(320 * 240 * 3))
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()
