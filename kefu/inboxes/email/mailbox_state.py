"""How a mailbox does: when it was last looked at, what is wrong since when, what waits and what is stuck."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, QuerySet

from kefu.conversations.models import Inbox, InboxKind
from kefu.inboxes.email.models import MailFolder, OutgoingMail, OutgoingState, ReceivedMail, ReceivedState
from kefu.inboxes.email.settings import MailSettings, WayIn
from kefu.inboxes.email.troubles import TROUBLES

STILL_LEAVING = (OutgoingState.WAITING, OutgoingState.SENDING)
LOST = (OutgoingState.FAILED, OutgoingState.BOUNCED)


@dataclass(frozen=True, slots=True)
class MailboxState:
    """``trouble`` and ``trouble_out`` are codes of ``troubles``, empty while all is well; numbers are of mails.

    ``looked_at``: when its folders were last read; None for a mailbox that nobody fetches, or not yet.
    """

    looked_at: datetime | None
    trouble: str
    trouble_since: datetime | None
    waiting_in: int
    aside: int
    waiting_out: int
    trouble_out: str
    trouble_out_since: datetime | None
    lost: int


def state_of(inbox: Inbox) -> MailboxState:
    folders = list(_folders(inbox))
    ill = next((folder for folder in folders if folder.trouble), None)
    received = ReceivedMail.objects.filter(inbox=inbox)
    stuck = _stuck(inbox)
    return MailboxState(
        looked_at=_earliest(folder.looked_at for folder in folders),
        trouble=ill.trouble if ill else "",
        trouble_since=ill.trouble_since if ill else None,
        waiting_in=received.filter(state=ReceivedState.WAITING).count(),
        aside=received.filter(state=ReceivedState.ASIDE).count(),
        waiting_out=OutgoingMail.objects.filter(inbox=inbox, state__in=STILL_LEAVING).count(),
        trouble_out=stuck.latest("created_at").error if stuck else "",
        trouble_out_since=stuck.aggregate(since=Min("created_at"))["since"],
        lost=lost_of(inbox).count(),
    )


def mails_out(inbox: Inbox) -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(inbox=inbox).select_related("message__conversation")


def lost_of(inbox: Inbox) -> QuerySet[OutgoingMail]:
    """What did not leave, or came back."""
    return OutgoingMail.objects.filter(inbox=inbox, state__in=LOST)


def in_trouble() -> list[tuple[Inbox, MailboxState]]:
    """Those mailboxes that somebody has to look at."""
    found = (
        Inbox.objects.filter(kind=InboxKind.EMAIL, is_active=True).select_related("brand").order_by("name")
    )
    states = [(inbox, state_of(inbox)) for inbox in found]
    return [(inbox, state) for inbox, state in states if state.trouble or state.trouble_out or state.aside]


def waiting() -> dict[str, float]:
    """For metrics: mails by where they stand, over all mailboxes."""
    received = ReceivedMail.objects.filter
    return {
        "in": received(state=ReceivedState.WAITING).count(),
        "aside": received(state=ReceivedState.ASIDE).count(),
        "out": OutgoingMail.objects.filter(state__in=STILL_LEAVING).count(),
    }


def unread_mailboxes() -> float:
    """For metrics: how many mailboxes cannot be read at present."""
    ill = MailFolder.objects.filter(inbox__is_active=True).exclude(trouble="")
    return ill.values("inbox").distinct().count()


def _folders(inbox: Inbox) -> QuerySet[MailFolder]:
    """Those that are read now: others may have been given up."""
    settings = MailSettings.of(inbox)
    names = settings.folders if settings.way_in == WayIn.IMAP else ()
    return MailFolder.objects.filter(inbox=inbox, name__in=names)


def _stuck(inbox: Inbox) -> QuerySet[OutgoingMail]:
    """What waits because of the server, not because of the mail."""
    waits = OutgoingMail.objects.filter(inbox=inbox, state__in=STILL_LEAVING)
    return waits.filter(error__in=list(TROUBLES))


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    found = list(moments)
    known = [moment for moment in found if moment is not None]
    return min(known) if known and len(known) == len(found) else None
