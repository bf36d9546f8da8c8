"""The secrets with which a brand's site or app vouches for its customers: two of a kind during a rotation."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.utils import timezone

from kefu.conversations.models import Inbox
from kefu.lib.ids import secret_token

Purpose = Literal["hash", "jwt"]
PURPOSES: tuple[Purpose, ...] = ("hash", "jwt")
MOST_VALID = 2


@dataclass(frozen=True, slots=True)
class IdentityKey:
    """``kid`` names it in public; ``created`` is an ISO 8601 moment in UTC."""

    kid: str
    secret: str
    created: str

    def __repr__(self) -> str:
        return f"<IdentityKey {self.kid}>"


def keys_of(inbox: Inbox, purpose: Purpose) -> list[IdentityKey]:
    """The newest first."""
    return [IdentityKey(**stored) for stored in _stored(inbox).get(purpose, [])]


def add_key(inbox: Inbox, purpose: Purpose) -> IdentityKey:
    """A new key; the one before it stays valid, older ones end. The caller holds the inbox's lock."""
    fresh = IdentityKey(secret_token()[:8], secret_token(), timezone.now().isoformat(timespec="seconds"))
    _store(inbox, purpose, [fresh, *keys_of(inbox, purpose)][:MOST_VALID])
    return fresh


def end_key(inbox: Inbox, purpose: Purpose, kid: str) -> bool:
    """No longer taken from now on. Whether there was such a key."""
    before = keys_of(inbox, purpose)
    kept = [key for key in before if key.kid != kid]
    _store(inbox, purpose, kept)
    return len(kept) < len(before)


def _stored(inbox: Inbox) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(inbox.secrets) if inbox.secrets else {}
    return stored


def _store(inbox: Inbox, purpose: Purpose, keys: list[IdentityKey]) -> None:
    inbox.secrets = json.dumps({**_stored(inbox), purpose: [asdict(key) for key in keys]})
    inbox.save(update_fields=["secrets"])
