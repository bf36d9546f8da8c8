"""Who floods a mailbox is still heard, but no machine of ours answers any more (RFC 3834, section 2)."""

from __future__ import annotations

from kefu.conversations.models import Inbox
from kefu.database import limits
from kefu.inboxes.email.models import index_of

MAILS_AN_HOUR = 20


def lets(inbox: Inbox, address: str) -> bool:
    """Whether a machine may answer this mail of theirs, which is counted by asking.

    In the transaction that takes it in: a mail that is not taken in after all has not come either.
    """
    key = f"mail in {inbox.pk} {index_of(address).hex()}"
    return limits.hit(key, limit=MAILS_AN_HOUR, per=3600)
