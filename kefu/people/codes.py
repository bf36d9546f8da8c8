"""One-time codes by mail: six digits, ten minutes, five tries, single use, and only for whoever asked."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kefu.database import limits
from kefu.events.deliveries import queue
from kefu.lib.ids import uuid7
from kefu.lib.keys import blind_index
from kefu.people.models import Identity, IdentityKind, OneTimeCode

LASTS = timedelta(minutes=10)
MOST_TRIES = 5


def send(
    email: str,
    *,
    asked_by: UUID,
    language: str,
    template: str = "mail/code",
    context: dict[str, Any] | None = None,
) -> bool:
    """Mail a code, and end the one before. False when too many were asked for; the same for every address.

    Call it outside a transaction, so that a rollback does not take the count back.
    """
    index = Identity.index_of(IdentityKind.EMAIL, email)
    if not _within_limits(index, asked_by):
        return False
    with transaction.atomic():
        _latest(index, asked_by).update(used_at=timezone.now())
        digits, row = f"{secrets.randbelow(10**6):06d}", uuid7()
        OneTimeCode.objects.create(
            id=row,
            index=index,
            asked_by=asked_by,
            code_hash=_hash(row, digits),
            expires_at=timezone.now() + LASTS,
        )
        queue(
            template=template,
            to=email.strip(),
            key=f"code {row}",
            language=language,
            context={**(context or {}), "code": digits},
        )
    return True


def check(email: str, code: str, *, asked_by: UUID) -> bool:
    """True once for the right digits. Every call is a try; call it outside a transaction."""
    latest = _latest(Identity.index_of(IdentityKind.EMAIL, email), asked_by).first()
    if latest is None or not _try(latest):
        return False
    if not hmac.compare_digest(bytes(latest.code_hash), _hash(latest.pk, _digits(code))):
        return False
    return bool(OneTimeCode.objects.filter(pk=latest.pk, used_at=None).update(used_at=timezone.now()))


def _within_limits(index: bytes, asked_by: UUID) -> bool:
    """Few enough for an address that guessing day and night stays below one in ten thousand a day."""
    return (
        limits.hit(f"code by {asked_by}", limit=5, per=600)
        and limits.hit(f"code to {index.hex()}", limit=3, per=600)
        and limits.hit(f"code a day to {index.hex()}", limit=10, per=86_400)
    )


def _latest(index: bytes, asked_by: UUID) -> Any:
    return OneTimeCode.objects.filter(
        index=index, asked_by=asked_by, used_at=None, expires_at__gt=timezone.now()
    )


def _try(code: OneTimeCode) -> bool:
    """Counted before looking, in one statement: tries at the same moment are tries too."""
    return bool(OneTimeCode.objects.filter(pk=code.pk, tries__lt=MOST_TRIES).update(tries=F("tries") + 1))


def _digits(code: str) -> str:
    """As people type them: full width, with spaces or a dash."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", code[:40]) if sign.isdigit())


def _hash(row: UUID, digits: str) -> bytes:
    """Keyed: a million codes are soon tried against a plain hash."""
    return blind_index(f"{row}:{digits}", purpose="code")
