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
from kefu.inboxes.models import AnswerByMail
from kefu.people import customers
from kefu.people.models import Customer, IdentityKind


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
    except (customers.HeldByAnother, IntegrityError):  # another browser proved the same at this moment
        with transaction.atomic():
            return _recognise(inbox, visitor, claim, language)


def _recognise(inbox: Inbox, visitor: Visitor | None, claim: Claim, language: str) -> tuple[Visitor, str]:
    known = customers.find(claim.kind, claim.value, scope=claim.scope)
    own = _own_customer(visitor)
    if own is not None and visitor is not None and visitor.verified_at is not None:
        own = _still_the_same(own, known, claim)
    customer = known or own or Customer.objects.create(language=language)
    if known is None:
        customers.verify(customer, claim.kind, claim.value, by=customer, scope=claim.scope)
    elif own is not None and own.pk != known.pk:
        _bring_over(own, to=known)
    _remember(customer, claim)
    if visitor is not None:
        visitors.dismiss(visitor)
    fresh, token = visitors.admit(inbox, customer, language=language, verified=True)
    log.record("customer.recognised", customer, by=customer, visitor=fresh.pk, inbox=inbox.pk, how=claim.kind)
    return fresh, token


def _own_customer(visitor: Visitor | None) -> Customer | None:
    """None too when another tab of this browser has just proved who it is: all they had has gone there."""
    if visitor is None:
        return None
    unmerged = Customer.objects.filter(merged_into=None).select_for_update(no_key=True)
    return unmerged.filter(pk=visitor.customer_id).first()


def _still_the_same(own: Customer, known: Customer | None, claim: Claim) -> Customer | None:
    """Who proves one more address stays who they are; an account of the brand's site is another person."""
    if known is not None and known.pk == own.pk:
        return own
    if claim.kind == IdentityKind.USER:
        return None
    if known is not None:
        raise AnotherPerson
    return own


def _bring_over(anonymous: Customer, *, to: Customer) -> None:
    _keep_promises(anonymous, to)
    customers.merge(anonymous, to, by=to)
    flows.move_matters(of=anonymous, to=to, by=to)
    File.objects.filter(uploader_id=anonymous.pk, message__isnull=True).update(uploader_id=to.pk)
    Visitor.objects.filter(customer=anonymous).update(revoked_at=timezone.now())


def _keep_promises(anonymous: Customer, to: Customer) -> None:
    """Mail that was promised goes to the address that stays: of two alike, joining keeps one."""
    for promise in AnswerByMail.objects.filter(address__customer=anonymous).select_related("address"):
        promise.address = customers.claim(to, promise.address.kind, promise.address.value or "", by=to)
        promise.save(update_fields=["address"])


def _remember(customer: Customer, claim: Claim) -> None:
    if claim.name and not customer.name:
        customers.describe(customer, by=customer, name=claim.name)
    customer.seen_at = timezone.now()
    customer.save(update_fields=["seen_at"])
    if claim.email:
        customers.claim(customer, IdentityKind.EMAIL, claim.email, by=customer)
