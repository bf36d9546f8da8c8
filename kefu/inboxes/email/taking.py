"""What becomes of a mail that was kept: read it, tell what it is, put it where it belongs. Once, whatever dies.

One that cannot be read, or fails in a way that nobody thought of, is set aside with a word that says why, and holds
up no other.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from kefu.events import log
from kefu.events.actors import SYSTEM, Actor
from kefu.events.log import Entry
from kefu.inboxes.email import bounces, entering, kinds, raws, tokens
from kefu.inboxes.email.limits import Unreadable, parse_limited
from kefu.inboxes.email.models import MailKind, OutgoingMail, ReceivedMail, ReceivedState
from kefu.inboxes.email.parsed import Mail

logger = logging.getLogger(__name__)


def take_in(entries: list[Entry]) -> None:
    """Reader of ``mail.received``."""
    for entry in entries:
        take(entry.subject_id)


def take(received_id: UUID) -> None:
    """Does nothing for one that was taken before. Raises only when the database is away."""
    received = ReceivedMail.objects.select_related("inbox__brand", "inbox__team").get(pk=received_id)
    if received.state != ReceivedState.WAITING:
        return
    try:
        _settle(received, parse_limited(raws.open_raw(received)))
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
def _settle(received: ReceivedMail, mail: Mail) -> None:
    row = ReceivedMail.objects.filter(pk=received.pk)
    if row.select_for_update().values_list("state", flat=True).get() != ReceivedState.WAITING:
        return
    kind, reason = _kind(mail), ""
    if kind == MailKind.BOUNCE:
        reason = bounces.report(received, mail)
    elif kind == MailKind.LOOP:
        reason = "loop"
    else:
        entering.enter(received, mail, is_human=kind == MailKind.HUMAN)
    state = ReceivedState.PASSED_OVER if reason else ReceivedState.TAKEN
    row.update(kind=kind, reason=reason, state=state)


def _kind(mail: Mail) -> MailKind:
    return MailKind.LOOP if kinds.came_back(mail, marks=(), is_ours=_is_ours) else MailKind(mail.kind.value)


def _is_ours(message_id: str) -> bool:
    own = tokens.mail_of(message_id)
    return own is not None and OutgoingMail.objects.filter(pk=own).exists()


def _set_aside(received: ReceivedMail, reason: str) -> None:
    with transaction.atomic():
        changed = ReceivedMail.objects.filter(pk=received.pk, state=ReceivedState.WAITING).update(
            state=ReceivedState.ASIDE, reason=reason[:30], attempts=received.attempts + 1
        )
        if changed:
            log.record("mail.set_aside", received, by=SYSTEM, inbox=received.inbox_id)
