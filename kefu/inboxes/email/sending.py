"""Getting written mails out: each by one worker, retried with patience, told honestly when it did not work.

A batch shares a connection, so that what has queued up during an outage leaves quickly afterwards, and each mailbox
has batches of its own, so that a slow server delays nobody else's mail.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from kefu.conversations import delivering
from kefu.conversations.models import Delivery, Inbox
from kefu.events import era, log
from kefu.events.actors import SYSTEM, Actor
from kefu.events.deliveries import pause_after
from kefu.events.log import Entry
from kefu.inboxes.email import bounces, composing, tokens
from kefu.inboxes.email.connecting import Unreachable
from kefu.inboxes.email.models import OutgoingMail, OutgoingState
from kefu.inboxes.email.settings import MailSettings
from kefu.inboxes.email.transports import Refused, Transport, transport_of
from kefu.inboxes.email.writing import Content

MOST_ATTEMPTS = 12
LEASE = timedelta(minutes=3)
BATCH = 100
PATIENCE = timedelta(days=3)
AGAIN_SECONDS = 20  # after the server could not be reached

logger = logging.getLogger(__name__)


def queue_outboxes(entries: list[Entry]) -> None:
    """Reader of ``mail.written``: one job for each mailbox, however much was written."""
    from kefu.inboxes.email.tasks import empty_soon

    for inbox in sorted({UUID(entry.data["inbox"]) for entry in entries}):
        empty_soon(inbox)


def waiting_inboxes() -> list[UUID]:
    """Those with something that may leave now."""
    return list(_due(timezone.now()).order_by("inbox").values_list("inbox", flat=True).distinct())


def empty(inbox: Inbox) -> float | None:
    """Send what is due, as long as there is something. The answer: in how many seconds to come back, None if all left.

    Nothing leaves in an era that nobody has confirmed. The mailbox's job holds a lock, so nobody else is at it.
    """
    if not era.may_send():
        return None
    try:
        while batch := _claimed(inbox):
            _send_all(inbox, batch)
    except Unreachable:
        return AGAIN_SECONDS
    return None


@transaction.atomic
def retry(mail: OutgoingMail, *, by: Actor) -> bool:
    """For one that failed or came back: from the start. Whether it was such a one."""
    changed = OutgoingMail.objects.filter(
        pk=mail.pk, state__in=(OutgoingState.FAILED, OutgoingState.BOUNCED)
    ).update(state=OutgoingState.WAITING, attempts=0, error="", next_at=timezone.now())
    if changed:
        delivering.tell(mail.message_id, Delivery.WAITING, by=by)
        _record("mail.written", mail, by)
    return bool(changed)


def _claimed(inbox: Inbox) -> list[OutgoingMail]:
    """A claim whose worker died is free again after the lease."""
    now = timezone.now()
    with transaction.atomic():
        due = _due(now).filter(inbox=inbox).order_by("next_at", "pk").select_for_update(skip_locked=True)
        claimed = list(due.values_list("pk", flat=True)[:BATCH])
        OutgoingMail.objects.filter(pk__in=claimed).update(state=OutgoingState.SENDING, next_at=now + LEASE)
    return list(
        OutgoingMail.objects.filter(pk__in=claimed)
        .select_related(
            "inbox__brand",
            "message__conversation__customer",
            "message__conversation__brand",
            "message__conversation__team",
        )
        .order_by("pk")
    )


def _due(now: datetime) -> QuerySet[OutgoingMail]:
    states = (OutgoingState.WAITING, OutgoingState.SENDING)
    return OutgoingMail.objects.filter(state__in=states, next_at__lte=now)


def _send_all(inbox: Inbox, batch: list[OutgoingMail]) -> None:
    """When the line breaks, whatever was not tried waits as it was."""
    left = list(batch)
    try:
        with transport_of(inbox) as transport:
            while left:
                _send(transport, left[0])
                del left[0]
    except Unreachable as problem:
        _put_back(left, problem.code)
        raise


def _send(transport: Transport, mail: OutgoingMail) -> None:
    """Raises ``Unreachable``: then it may have left or not, and goes once more under the same Message-ID."""
    content = Content.of(mail)
    recipients = list(dict.fromkeys(address for _name, address in content.everyone))
    try:
        made = composing.compose(mail)
    except Exception:
        logger.exception("a mail could not be composed")
        _give_up(mail, "composing")
        return
    OutgoingMail.objects.filter(pk=mail.pk).update(attempts=F("attempts") + 1)
    try:
        refused = transport.send(made, sender=_return_path(mail), recipients=recipients)
    except Refused as problem:
        _refused(mail, problem, recipients)
    else:
        _sent(mail, "partly refused" if refused else "")


def _return_path(mail: OutgoingMail) -> str:
    """One of its own where the mailbox allows it, so that a report names the mail; none for automatic answers."""
    address = composing.main_address(mail.inbox)
    if MailSettings.of(mail.inbox).bounce_addresses:
        return tokens.bounce_address(address, bytes(mail.token))
    return "" if mail.is_automatic else address


def _sent(mail: OutgoingMail, error: str) -> None:
    with transaction.atomic():
        OutgoingMail.objects.filter(pk=mail.pk).update(
            state=OutgoingState.SENT, sent_at=timezone.now(), error=error
        )
        delivering.tell(mail.message_id, Delivery.SENT)
        _record("mail.sent", mail, SYSTEM)


def _refused(mail: OutgoingMail, problem: Refused, recipients: list[str]) -> None:
    if not problem.is_final:
        _later(mail, str(problem.code))
        return
    bounces.came_back(mail, code=str(problem.code))
    if len(recipients) == 1:
        bounces.remember(recipients[0])


def _later(mail: OutgoingMail, error: str) -> None:
    """For this mail only: the server takes others."""
    attempts = mail.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        _give_up(mail, error)
        return
    OutgoingMail.objects.filter(pk=mail.pk).update(
        state=OutgoingState.WAITING, error=error, next_at=timezone.now() + pause_after(attempts)
    )


def _put_back(mails: list[OutgoingMail], code: str) -> None:
    """The first of them was being sent, perhaps: should it be what breaks the line, it stands behind the others."""
    now = timezone.now()
    for mail in mails:
        if mail.created_at < now - PATIENCE:
            _give_up(mail, code)
    waiting = OutgoingMail.objects.filter(pk__in=[one.pk for one in mails], state=OutgoingState.SENDING)
    tried = waiting.filter(pk=mails[0].pk, attempts__gt=mails[0].attempts)
    tried.update(state=OutgoingState.WAITING, error=code, next_at=now + pause_after(mails[0].attempts + 1))
    waiting.update(state=OutgoingState.WAITING, error=code, next_at=now)


def _give_up(mail: OutgoingMail, error: str) -> None:
    with transaction.atomic():
        OutgoingMail.objects.filter(pk=mail.pk).update(state=OutgoingState.FAILED, error=error[:40])
        delivering.tell(mail.message_id, Delivery.FAILED)
        _record("mail.failed", mail, SYSTEM)


def _record(kind: str, mail: OutgoingMail, by: Actor) -> None:
    conversation = mail.message.conversation_id
    log.record(kind, mail, by=by, inbox=mail.inbox_id, message=mail.message_id, conversation=conversation)
