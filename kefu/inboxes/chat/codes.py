"""Six digits by e-mail: proof that an address is one's own. Ten minutes, five tries, once."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kefu.events import deliveries
from kefu.inboxes.chat.models import Visitor
from kefu.lib.ids import token_hash, uuid7
from kefu.people.models import Identity, IdentityKind, OneTimeCode

LIVES = timedelta(minutes=10)
MOST_TRIES = 5


@transaction.atomic
def send(visitor: Visitor, email: str) -> None:
    """The same whether or not we know the address; an earlier code for it ends."""
    index, now = Identity.index_of(IdentityKind.EMAIL, email), timezone.now()
    OneTimeCode.objects.filter(index=index, asked_by=visitor.pk, used_at__isnull=True).update(used_at=now)
    digits, row = f"{secrets.randbelow(10**6):06d}", uuid7()
    OneTimeCode.objects.create(
        id=row, index=index, asked_by=visitor.pk, code_hash=_hash(row, digits), expires_at=now + LIVES
    )
    deliveries.queue(
        template="mail/chat_code",
        to=email,
        key=f"chat-code:{row}",
        language=visitor.language or visitor.inbox.language,
        context={"code": digits, "brand_name": visitor.inbox.brand.name},
    )


def check(visitor: Visitor, email: str, digits: str) -> bool:
    """Whether these are the digits we sent for this browser. Every call counts as a try, right or wrong."""
    index = Identity.index_of(IdentityKind.EMAIL, email)
    with transaction.atomic():
        code = (
            OneTimeCode.objects.select_for_update()
            .filter(index=index, asked_by=visitor.pk, used_at__isnull=True, expires_at__gt=timezone.now())
            .filter(tries__lt=MOST_TRIES)
            .first()
        )
        if code is None:
            return False
        right = hmac.compare_digest(bytes(code.code_hash), _hash(code.pk, digits))
        OneTimeCode.objects.filter(pk=code.pk).update(
            tries=F("tries") + 1, used_at=timezone.now() if right else None
        )
        return right


def _hash(row: UUID, digits: str) -> bytes:
    return token_hash(f"{row}:{digits}")
