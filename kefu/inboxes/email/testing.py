"""A mailbox for tests of other rooms."""

from __future__ import annotations

from django.utils import timezone

from kefu.conversations.models import Inbox, InboxKind
from kefu.inboxes.email.models import MailAddress, ReceivedMail, ReceivedState, Way
from kefu.inboxes.email.settings import MailSettings, WayIn
from kefu.inboxes.stored import Words
from kefu.lib.ids import uuid7
from kefu.people.models import Team


def make_mailbox(team: Team, address: str, *, name: str = "Mail", words: str = "") -> Inbox:
    """Delivered to, answered through the desk. ``words`` stand wherever an admin may write."""
    inbox = Inbox.objects.create(brand=team.brand, team=team, kind=InboxKind.EMAIL, name=name, language="en")
    MailAddress.objects.create(inbox=inbox, address=address, is_main=True)
    said = Words(words, words)
    MailSettings(
        way_in=WayIn.DELIVERED,
        sender_name=Words(words[:60], words[:60]),
        signature=said,
        acknowledgement=said,
    ).save(inbox)
    return inbox


def set_aside(inbox: Inbox, reason: str = "crash", stored: str = "") -> ReceivedMail:
    """Its raw source is wherever ``stored`` names it; nowhere unless told."""
    return ReceivedMail.objects.create(
        inbox=inbox,
        once=uuid7().bytes,
        way=Way.LMTP,
        stored=stored or f"mail/{uuid7()}",
        size=2048,
        received_at=timezone.now(),
        state=ReceivedState.ASIDE,
        reason=reason,
    )
