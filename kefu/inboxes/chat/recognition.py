"""An anonymous browser turns out to be a known customer. What it said moves to them, and never back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from kefu.conversations import flows
from kefu.conversations.models import File, Inbox
from kefu.events import log
from kefu.inboxes.chat import visitors
from kefu.inboxes.chat.identity import Proved
from kefu.inboxes.chat.models import Visitor
from kefu.people.models import Customer, Identity, IdentityKind


class AnotherPerson(Exception):
    """This browser is already known as somebody else; two known customers are never merged by themselves."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An identity that was just proved. ``scope`` is the inbox for ids of the brand's own site or app."""

    kind: str
    value: str
    scope: UUID | None = None
    name: str = ""
    email: str = ""


def vouched_for(inbox: Inbox, proved: Proved) -> Claim:
    return Claim(IdentityKind.USER, proved.identifier, inbox.pk, proved.name, proved.email)


def recognise(inbox: Inbox, visitor: Visitor | None, claim: Claim, *, language: str) -> tuple[Visitor, str]:
    """The visitor as the customer of ``claim``, under a new token. Who was someone else starts afresh."""
    try:
        with transaction.atomic():
            return _recognise(inbox, visitor, claim, language)
    except IntegrityError:  # another browser proved the same for the first time at this moment
        with transaction.atomic():
            return _recognise(inbox, visitor, claim, language)


def _recognise(inbox: Inbox, visitor: Visitor | None, claim: Claim, language: str) -> tuple[Visitor, str]:
    known = _holder(claim)
    own = _own_customer(visitor)
    if own is not None and visitor is not None and visitor.verified_at is not None:
        own = _still_the_same(own, known, claim)
    customer = known or own or Customer.objects.create(language=language)
    if known is None:
        _hold(customer, claim)
    elif own is not None and own.pk != known.pk:
        _merge(own, into=known)
    _remember(customer, claim)
    if visitor is not None:
        visitors.dismiss(visitor)
    fresh, token = visitors.admit(inbox, customer, language=language, verified=True)
    log.record("customer.recognised", customer, by=customer, visitor=fresh.pk, inbox=inbox.pk, how=claim.kind)
    return fresh, token


def _still_the_same(own: Customer, known: Customer | None, claim: Claim) -> Customer | None:
    """Who proves one more address stays who they are; an account of the brand's site is another person."""
    if known is not None and known.pk == own.pk:
        return own
    if claim.kind == IdentityKind.USER:
        return None
    if known is not None:
        raise AnotherPerson
    return own


def _holder(claim: Claim) -> Customer | None:
    held = Identity.objects.filter(
        kind=claim.kind,
        scope=claim.scope,
        index=Identity.index_of(claim.kind, claim.value),
        verified_at__isnull=False,
    ).first()
    return held.customer if held else None


def _own_customer(visitor: Visitor | None) -> Customer | None:
    if visitor is None:
        return None
    return Customer.objects.select_for_update(no_key=True).get(pk=visitor.customer_id)


def _hold(customer: Customer, claim: Claim) -> None:
    identity = claimed(customer, claim.kind, claim.value, scope=claim.scope)
    identity.verified_at = timezone.now()
    identity.save(update_fields=["verified_at"])
    log.record("identity.verified", identity, by=customer, customer=customer.pk, how=claim.kind)


def claimed(customer: Customer, kind: str, value: str, *, scope: UUID | None = None) -> Identity:
    """What a customer says they are known by: not verified, and anyone may say the same."""
    index = Identity.index_of(kind, value)
    found = Identity.objects.filter(customer=customer, kind=kind, scope=scope, index=index).first()
    return found or Identity.objects.create(
        customer=customer, kind=kind, scope=scope, value=value.strip(), index=index
    )


def _merge(anonymous: Customer, *, into: Customer) -> None:
    flows.move_matters(of=anonymous, to=into, by=into)
    for identity in anonymous.identities.filter(verified_at__isnull=True):
        claimed(into, identity.kind, identity.value or "", scope=identity.scope)
    File.objects.filter(uploader_id=anonymous.pk, message__isnull=True).update(uploader_id=into.pk)
    anonymous.merged_into = into
    anonymous.save(update_fields=["merged_into"])
    Visitor.objects.filter(customer=anonymous).update(revoked_at=timezone.now())
    log.record("customer.merged", anonymous, by=into, into=into.pk)


def _remember(customer: Customer, claim: Claim) -> None:
    if claim.name and not customer.name:
        customer.name = claim.name
    customer.seen_at = timezone.now()
    customer.save(update_fields=["name", "seen_at"])
    if claim.email:
        claimed(customer, IdentityKind.EMAIL, claim.email)
