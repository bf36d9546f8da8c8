"""What becomes of a mail that was kept: read it, tell what it is, put it where it belongs. Once, whatever dies.

One that cannot be read, or fails in a way that nobody thought of, is set aside with a word that says why, and holds
up no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import zip_longest
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from kefu.conversations.models import Inbox
from kefu.events import log
from kefu.events.actors import SYSTEM, Actor
from kefu.events.log import Entry
from kefu.inboxes.email import bounces, entering, kinds, letters, raws, tokens
from kefu.inboxes.email.limits import Unreadable, parse_limited
from kefu.inboxes.email.models import MailKind, OutgoingMail, ReceivedMail, ReceivedState
from kefu.inboxes.email.parsed import Mail

BATCH = 50
Read = tuple[Mail, list[letters.Looked]]

logger = logging.getLogger(__name__)


def queue_inboxes(entries: list[Entry]) -> None:
    """Reader of ``mail.received``: one job for each mailbox, however much came."""
    from kefu.inboxes.email.tasks import take_soon

    for inbox in sorted({UUID(entry.data["inbox"]) for entry in entries}):
        take_soon(inbox)


def waiting_inboxes() -> list[UUID]:
    """Those with something that nobody has looked at yet."""
    waiting = ReceivedMail.objects.filter(state=ReceivedState.WAITING)
    return list(waiting.order_by("inbox").values_list("inbox", flat=True).distinct())


def take_waiting(inbox: UUID) -> int:
    """Whatever waits, in the order in which it came, each in a transaction of its own. The answer: how many.

    The next one is read while this one is stored. Raises only when the database is away.
    """
    taken, home = 0, _inboxes().get(pk=inbox)
    with ThreadPoolExecutor(1, thread_name_prefix="reading mail") as reader:
        while batch := _waiting(home):
            for received, reading in _ahead(batch, reader):
                _take(received, reading)
                taken += 1
    return taken


def take(received_id: UUID) -> None:
    """This one, if it still waits."""
    received = ReceivedMail.objects.filter(pk=received_id, state=ReceivedState.WAITING).first()
    if received is not None:
        received.inbox = _inboxes().get(pk=received.inbox_id)
        _take(received, lambda: _read(received))


def _waiting(home: Inbox) -> list[ReceivedMail]:
    """All with the same inbox, which is read once."""
    waiting = list(
        ReceivedMail.objects.filter(inbox=home, state=ReceivedState.WAITING).order_by("pk")[:BATCH]
    )
    for received in waiting:
        received.inbox = home
    return waiting


def _inboxes() -> QuerySet[Inbox]:
    return Inbox.objects.select_related("brand", "schedule").prefetch_related("mail_addresses")


def _ahead(
    batch: list[ReceivedMail], reader: ThreadPoolExecutor
) -> Iterator[tuple[ReceivedMail, Callable[[], Read]]]:
    """Each with what reads it; one more than is asked for is being read."""
    reading = [reader.submit(_read, batch[0])]
    for received, after in zip_longest(batch, batch[1:]):
        if after is not None:
            reading.append(reader.submit(_read, after))
        yield received, reading.pop(0).result


def _read(received: ReceivedMail) -> Read:
    mail = parse_limited(raws.open_raw(received))
    return mail, letters.looked_at(mail)


def _take(received: ReceivedMail, read: Callable[[], Read]) -> None:
    try:
        _settle(received, *read())
    except (OperationalError, InterfaceError):
        raise
    except (Unreadable, entering.NoSender) as problem:
        _set_aside(received, problem.reason)
    except Exception:
        logger.exception("a mail could not be taken in")
        _set_aside(received, "failed")


@transaction.atomic
def try_again(received: ReceivedMail, *, by: Actor) -> bool:
    """Of one that was set aside. Whether it was such a one."""
    changed = ReceivedMail.objects.filter(pk=received.pk, state=ReceivedState.ASIDE).update(
        state=ReceivedState.WAITING, reason=""
    )
    if changed:
        log.record("mail.received", received, by=by, inbox=received.inbox_id)
        log.audit("mail.tried_again", received, by=by)
    return bool(changed)


@transaction.atomic
def _settle(received: ReceivedMail, mail: Mail, looked: Sequence[letters.Looked]) -> None:
    kind = _kind(mail, received.inbox)
    waits = ReceivedMail.objects.filter(pk=received.pk, state=ReceivedState.WAITING)
    if not waits.update(kind=kind, reason="", state=ReceivedState.TAKEN):
        return
    if kind == MailKind.BOUNCE:
        _pass_over(received, bounces.report(received, mail))
    elif kind == MailKind.LOOP:
        _pass_over(received, "loop")
    else:
        entering.enter(received, mail, is_human=kind == MailKind.HUMAN, looked=looked)


def _pass_over(received: ReceivedMail, reason: str) -> None:
    """Without a reason it is not."""
    if reason:
        row = ReceivedMail.objects.filter(pk=received.pk)
        row.update(reason=reason, state=ReceivedState.PASSED_OVER)


def _kind(mail: Mail, inbox: Inbox) -> MailKind:
    came_back = kinds.came_back(mail, marks=(), is_ours=partial(_is_ours, inbox))
    return MailKind.LOOP if came_back else MailKind(mail.kind.value)


def _is_ours(inbox: Inbox, message_id: str) -> bool:
    """Of this brand: two brands of one installation may write to each other as anybody may."""
    own = tokens.mail_of(message_id)
    return own is not None and OutgoingMail.objects.filter(pk=own, inbox__brand=inbox.brand_id).exists()


def _set_aside(received: ReceivedMail, reason: str) -> None:
    with transaction.atomic():
        changed = ReceivedMail.objects.filter(pk=received.pk, state=ReceivedState.WAITING).update(
            state=ReceivedState.ASIDE, reason=reason[:30], attempts=received.attempts + 1
        )
        if changed:
            log.record("mail.set_aside", received, by=SYSTEM, inbox=received.inbox_id)
