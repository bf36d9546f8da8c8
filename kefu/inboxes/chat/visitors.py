"""Browsers that talk to us: letting one in, knowing it again, letting it go."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kefu.conversations.models import Inbox
from kefu.events import log
from kefu.inboxes.chat.models import Visitor
from kefu.lib.ids import secret_token, token_hash
from kefu.people.models import Customer

KEPT = timedelta(days=60)
KEPT_VERIFIED = timedelta(days=14)
RENEWED_EVERY = timedelta(hours=6)


@transaction.atomic
def welcome(inbox: Inbox, *, language: str) -> tuple[Visitor, str]:
    """A browser seen for the first time, and its token. Its customer is its own until it proves who it is."""
    customer = Customer.objects.create(language=language, seen_at=timezone.now())
    return admit(inbox, customer, language=language)


def admit(inbox: Inbox, customer: Customer, *, language: str, verified: bool = False) -> tuple[Visitor, str]:
    token, now = secret_token(), timezone.now()
    visitor = Visitor.objects.create(
        inbox=inbox,
        customer=customer,
        token_hash=token_hash(token),
        language=language,
        verified_at=now if verified else None,
        expires_at=now + (KEPT_VERIFIED if verified else KEPT),
    )
    return visitor, token


def known_by(token: str, *, at: str) -> Visitor | None:
    """Whose token this is, at the inbox with the key ``at`` and nowhere else."""
    return (
        Visitor.objects.filter(
            token_hash=token_hash(token),
            inbox__key=at,
            inbox__is_active=True,
            revoked_at__isnull=True,
            expires_at__gt=timezone.now(),
        )
        .select_related("inbox__brand", "inbox__schedule", "customer")
        .first()
    )


def renew(visitor: Visitor, *, language: str) -> None:
    """Still in use: the token lives on. Written a few times a day at most."""
    now = timezone.now()
    if visitor.language == language and now - visitor.seen_at < RENEWED_EVERY:
        return
    visitor.language, visitor.seen_at = language, now
    visitor.expires_at = now + (KEPT_VERIFIED if visitor.verified_at else KEPT)
    visitor.save(update_fields=["language", "seen_at", "expires_at"])


@transaction.atomic
def dismiss(visitor: Visitor) -> None:
    """Its token opens nothing from now on; what was said stays with the customer."""
    if Visitor.objects.filter(pk=visitor.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        log.record("visitor.left", visitor, by=visitor.customer, inbox=visitor.inbox_id)
