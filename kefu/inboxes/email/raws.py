"""Keeping a mail as it arrived, once: the first thing that happens to it, and the last that can fail unnoticed."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from kefu.conversations.models import Inbox
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.inboxes.email.models import MailAddress, ReceivedMail, ReceivedState
from kefu.inboxes.email.tokens import without_extension
from kefu.lib.ids import secret_token

LARGEST = 40 * 1024 * 1024  # 25 MB of files, as base64, and what is around them
_NAMES = (b"message-id", b"date", b"from", b"subject")


class TooLarge(Exception):
    pass


def keep(
    raw: bytes,
    *,
    inbox: Inbox,
    way: str,
    sender: str | None = None,
    recipients: Sequence[str] = (),
    received_at: datetime | None = None,
    aside: str = "",
) -> ReceivedMail:
    """Store it and its row; after the commit nothing that dies can lose it. What we have already is not kept twice.

    ``sender`` is the return path, empty for reports, None where the way in does not tell. ``aside``: why nothing more
    shall be done with it. Raises ``TooLarge``.
    """
    if len(raw) > LARGEST:
        raise TooLarge
    once = _once(raw)
    row = ReceivedMail(
        inbox=inbox,
        once=once,
        way=way,
        size=len(raw),
        envelope=json.dumps({"sender": sender, "recipients": list(recipients)}),
        received_at=received_at or timezone.now(),
        state=ReceivedState.ASIDE if aside else ReceivedState.WAITING,
        reason=aside,
    )
    return _stored(row, raw)


def open_raw(received: ReceivedMail) -> bytes:
    with default_storage.open(received.stored) as file:
        return bytes(file.read())


def inbox_of(recipient: str) -> Inbox | None:
    """Whose address this is, also with an extension after a plus sign."""
    addresses = {recipient.lower(), without_extension(recipient)}
    found = (
        MailAddress.objects.filter(address__in=addresses, inbox__is_active=True)
        .select_related("inbox__brand")
        .first()
    )
    return found.inbox if found else None


def _stored(row: ReceivedMail, raw: bytes) -> ReceivedMail:
    row.stored = _put(raw)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            if row.state == ReceivedState.WAITING:
                log.record("mail.received", row, by=SYSTEM, inbox=row.inbox_id)
            return row
    except IntegrityError:  # known: it came once more, or another poller was faster
        default_storage.delete(row.stored)
        return ReceivedMail.objects.get(inbox=row.inbox_id, once=row.once)


def _put(raw: bytes) -> str:
    """On the disk itself, not on its way there, before the mail server may forget it."""
    random = secret_token()
    name = default_storage.save(f"mail/{random[:2].lower()}/{random}", ContentFile(raw))
    with contextlib.suppress(NotImplementedError):  # storage elsewhere has its own promise
        file = os.open(default_storage.path(name), os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
    return name


def _once(raw: bytes) -> bytes:
    """By what its sender wrote: what servers on the way add differs from copy to copy."""
    head, _gap, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    fields = dict(_fields(head))
    told = (
        [fields[b"message-id"]] if fields.get(b"message-id") else [fields.get(name, b"") for name in _NAMES]
    )
    return sha256(b"\0".join([*told, sha256(body.rstrip()).digest()])).digest()


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """The first of each name wins; continued lines belong to the line before."""
    lines = re.sub(rb"\n[ \t]+", b" ", head).split(b"\n")
    pairs = [line.partition(b":") for line in reversed(lines)]
    return [(name.strip().lower(), value.strip()) for name, _colon, value in pairs]
