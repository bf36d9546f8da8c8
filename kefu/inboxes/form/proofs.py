"""What is asked of a sender who may be a program: a little work, or a little patience. Each serves one form, once.

The work: a number with which SHA-256 of ``challenge:number`` begins with ``BITS`` zero bits. About a second for a
browser, dear for whoever wants to send thousands. Without scripts: to wait, and to send again.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from django.core import signing

from kefu.inboxes.form.stamps import Stamp

SALT = "kefu.inboxes.form.proof"
BITS = 15
LONGEST_PROOF = 20
WAIT_SECONDS = 20
VALID_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Challenge:
    text: str
    bits: int = BITS
    wait_seconds: int = WAIT_SECONDS


def challenge(stamp: Stamp) -> Challenge:
    return Challenge(signing.dumps([stamp.id.hex, int(time.time())], salt=SALT, compress=False))


def worked(challenge: str, proof: str, stamp: Stamp) -> bool:
    """Once for each form, since a form is sent in once."""
    if _asked_at(challenge, stamp) is None or not proof.isascii() or not 0 < len(proof) <= LONGEST_PROOF:
        return False
    return leading_zeros(hashlib.sha256(f"{challenge}:{proof}".encode()).digest()) >= BITS


def waited(challenge: str, stamp: Stamp) -> bool:
    asked_at = _asked_at(challenge, stamp)
    return asked_at is not None and time.time() - asked_at >= WAIT_SECONDS


def leading_zeros(digest: bytes) -> int:
    return len(digest) * 8 - int.from_bytes(digest).bit_length()


def _asked_at(challenge: str, stamp: Stamp) -> int | None:
    try:
        found: Any = signing.loads(challenge, salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature:
        return None
    return int(found[1]) if found[0] == stamp.id.hex else None
