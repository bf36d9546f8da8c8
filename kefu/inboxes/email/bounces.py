"""Reports that a mail of ours did not arrive."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from kefu.conversations import delivering
from kefu.conversations.models import Delivery
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.inboxes.email import threading
from kefu.inboxes.email.models import OutgoingMail, OutgoingState, Postmark, ReceivedMail, index_of
from kefu.inboxes.email.parsed import Failure, Mail

OFTEN = 3
FORGIVEN_AFTER = timedelta(days=30)


def report(received: ReceivedMail, mail: Mail) -> str:
    """Mark the message as undelivered, and the addresses. The answer is why it was passed over, "" if it was not.

    Only the addresses that this very mail was sent to are believed to have failed.
    """
    found = mail.report
    outgoing = threading.reported(
        received.inbox,
        message_ids=[found.original_message_id] if found else [],
        recipients=[*received.recipients, *(one.address for one in mail.to)],
    )
    if outgoing is None:
        return "not about ours"
    failures = [one for one in found.failures if one.action == "failed"] if found else []
    if not any(one.permanent for one in failures):
        return "delayed"
    came_back(outgoing, code=_code(failures))
    for failure in failures:
        if failure.permanent and threading.was_sent_to(outgoing, failure.recipient):
            remember(failure.recipient)
    return ""


def came_back(outgoing: OutgoingMail, *, code: str) -> None:
    """Whichever way the news comes: refused at once, by a report, or by a provider's webhook."""
    changed = OutgoingMail.objects.filter(pk=outgoing.pk).exclude(state=OutgoingState.BOUNCED)
    if changed.update(state=OutgoingState.BOUNCED, error=code[:40]):
        delivering.tell(outgoing.message_id, Delivery.BOUNCED)
        log.record(
            "mail.bounced",
            outgoing,
            by=SYSTEM,
            message=outgoing.message_id,
            conversation=outgoing.message.conversation_id,
        )


def remember(address: str) -> None:
    """One more that did not arrive there."""
    mark, made = Postmark.objects.get_or_create(
        index=index_of(address), defaults={"bounces": 1, "bounced_at": timezone.now()}
    )
    if not made:
        Postmark.objects.filter(pk=mark.pk).update(bounces=F("bounces") + 1, bounced_at=timezone.now())


def arrived(address: str) -> None:
    """Somebody writes from there: it works again."""
    Postmark.objects.filter(index=index_of(address), bounces__gt=0).update(bounces=0, bounced_at=None)


def is_dead(address: str) -> bool:
    """Mail came back from there often, and lately."""
    lately = timezone.now() - FORGIVEN_AFTER
    return Postmark.objects.filter(
        index=index_of(address), bounces__gte=OFTEN, bounced_at__gt=lately
    ).exists()


def _code(failures: list[Failure]) -> str:
    """As in RFC 3463, "5.1.1"; never what a server wrote, which repeats addresses."""
    return next((one.status for one in failures if one.permanent and one.status), "5.0.0")
