"""The stamp on every form that is given out: which one it is, of which inbox, since when. Signed, so not to be made.

The id in it becomes the submission's and, for somebody unknown, the customer's: whatever is sent twice has one effect,
and files that were uploaded before the form was complete belong to whoever holds the stamp.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from kefu.conversations.models import Inbox
from kefu.lib.ids import uuid7

SALT = "kefu.inboxes.form.stamp"


@dataclass(frozen=True, slots=True)
class Stamp:
    """``given_at`` is in seconds since 1970."""

    id: UUID
    given_at: int
    text: str

    @property
    def age(self) -> float:
        return time.time() - self.given_at


def fresh(inbox: Inbox) -> Stamp:
    return stamped(inbox, uuid7(), int(time.time()))


def read(text: str, inbox: Inbox) -> Stamp | None:
    """None for one that is forged or another form's. How old it is, is for the caller to judge."""
    try:
        key, start, given_at = signing.loads(text, salt=SALT)
        return Stamp(UUID(start), int(given_at), text) if key == inbox.key else None
    except (signing.BadSignature, ValueError, TypeError):
        return None


def stamped(inbox: Inbox, start: UUID, given_at: int) -> Stamp:
    text = signing.dumps([inbox.key, start.hex, given_at], salt=SALT, compress=False)
    return Stamp(start, given_at, text)
