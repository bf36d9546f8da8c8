"""Whom the desk serves: finding them by what they have proved, and joining two who turn out to be one.

Only a proved identity finds anyone. What somebody merely says is kept as a claim, which anyone may make.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.events import log
from kefu.events.actors import Actor
from kefu.people.models import Customer, Identity
from kefu.people.models.staff import Refused


class HeldByAnother(Exception):
    """Somebody else has proved this identity before: ``customer``, as whom the caller may go on."""

    def __init__(self, customer: Customer) -> None:
        super().__init__("This identity is another customer's.")
        self.customer = customer


def find(kind: str, value: str, *, scope: UUID | None = None) -> Customer | None:
    """Who has proved that they are known by this."""
    held = _of(kind, value, scope).filter(verified_at__isnull=False).select_related("customer").first()
    return held.customer if held else None


@transaction.atomic
def enter(*, by: Actor, name: str = "", language: str = "", note: str = "") -> Customer:
    """Someone whom a colleague or a program of the brand knows of, before they have written themselves."""
    customer = Customer.objects.create(name=name, language=language, note=note)
    log.record("customer.entered", customer, by=by)
    return customer


def claim(customer: Customer, kind: str, value: str, *, by: Actor, scope: UUID | None = None) -> Identity:
    """What they say they are known by; twice is once."""
    known = _of(kind, value, scope).filter(customer=customer).first()
    return known or _add(customer, kind, value, scope, by)


def _add(customer: Customer, kind: str, value: str, scope: UUID | None, by: Actor) -> Identity:
    index = Identity.index_of(kind, value)
    try:
        with transaction.atomic():
            identity = Identity.objects.create(
                customer=customer, kind=kind, scope=scope, value=value.strip(), index=index
            )
            log.record("identity.claimed", identity, by=by, customer=customer.pk, identity_kind=kind)
            return identity
    except IntegrityError:  # the same was claimed at the same moment
        return _of(kind, value, scope).get(customer=customer)


def verify(customer: Customer, kind: str, value: str, *, by: Actor, scope: UUID | None = None) -> Identity:
    """They have proved it. Raises ``HeldByAnother`` when somebody else had."""
    holder = find(kind, value, scope=scope)
    if holder is not None and holder.pk != customer.pk:
        raise HeldByAnother(holder)
    identity = claim(customer, kind, value, by=by, scope=scope)
    return identity if identity.verified_at else _proved(identity, by)


def _proved(identity: Identity, by: Actor) -> Identity:
    try:
        with transaction.atomic():
            identity.verified_at = timezone.now()
            identity.save(update_fields=["verified_at"])
            log.record("identity.verified", identity, by=by, customer=identity.customer_id)
            return identity
    except IntegrityError as problem:
        holder = find(identity.kind, str(identity.value), scope=identity.scope)
        if holder is None:
            raise
        raise HeldByAnother(holder) from problem


@transaction.atomic
def withdraw(identity: Identity, *, by: Actor) -> None:
    """It was wrong, or they want it gone."""
    log.record("identity.withdrawn", identity, by=by, customer=identity.customer_id)
    identity.delete()


@transaction.atomic
def merge(of: Customer, into: Customer, *, by: Actor) -> None:
    """``of`` turns out to be ``into``. Their identities move, sealed anew under the other key; conversations
    are moved by ``kefu.conversations.flows.move_matters``, in the caller's transaction.
    """
    _lock_both(of, into)
    if of.pk == into.pk or of.merged_into_id == into.pk:
        return
    if of.merged_into_id or into.merged_into_id:
        raise Refused(_("One of the two has already been merged with someone else."))
    for identity in of.identities.all():
        _move(identity, into)
    _complete(into, of)
    of.merged_into = into
    of.save(update_fields=["merged_into", "phrase"])
    log.record("customer.merged", of, by=by, into=into.pk)
    log.audit("customer.merged", of, by=by, into=into.pk)


def _lock_both(of: Customer, into: Customer) -> None:
    """In id order, as everywhere, so that two who merge crosswise do not wait for each other."""
    for one in sorted((of, into), key=lambda one: one.pk):
        one.refresh_from_db(from_queryset=Customer.objects.select_for_update(no_key=True))


def _move(identity: Identity, into: Customer) -> None:
    value = identity.value
    present = Identity.objects.filter(
        customer=into, kind=identity.kind, scope=identity.scope, index=identity.index
    ).first()
    if present is None:
        identity.customer, identity.value = into, value
        identity.save(update_fields=["customer", "value"])
    else:
        proved = identity.verified_at
        identity.delete()
        if proved and not present.verified_at:
            present.verified_at = proved
            present.save(update_fields=["verified_at"])


def _complete(into: Customer, of: Customer) -> None:
    """What is known about the one who stays wins."""
    into.name = into.name or of.name
    into.language = into.language or of.language
    into.note = "\n\n".join(note for note in (into.note, of.note) if note)
    into.fields = {**of.fields, **into.fields}
    into.phrase, of.phrase = into.phrase or of.phrase, None
    into.save(update_fields=["name", "language", "note", "fields", "phrase"])


@transaction.atomic
def describe(customer: Customer, *, by: Actor, **details: Any) -> None:
    """``name``, ``language``, ``note`` and ``fields``, as many as are given."""
    unknown = set(details) - {"name", "language", "note", "fields"}
    if unknown:
        raise TypeError(f"A customer has no {', '.join(sorted(unknown))} to describe.")
    customer.refresh_from_db(from_queryset=Customer.objects.select_for_update(no_key=True))
    changed = [detail for detail, value in details.items() if getattr(customer, detail) != value]
    for detail in changed:
        setattr(customer, detail, details[detail])
    if changed:
        customer.save(update_fields=changed)
        log.record("customer.described", customer, by=by, details=sorted(changed))


@transaction.atomic
def move(customer: Customer, address: dict[str, str], *, by: Actor) -> None:
    """They live elsewhere now. ``address`` has the parts that ``Customer.address`` names."""
    customer.refresh_from_db(from_queryset=Customer.objects.select_for_update(no_key=True))
    if customer.address != address:
        customer.address = address
        customer.save(update_fields=["address_text"])
        log.record("customer.described", customer, by=by, details=["address"])


@transaction.atomic
def reveal(identity: Identity, *, by: Actor, address: str | None = None) -> str:
    """In full, to someone who may see it; that they looked is kept."""
    log.audit("identity.revealed", identity, by=by, address=address, customer=str(identity.customer_id))
    return str(identity.value)


def _of(kind: str, value: str, scope: UUID | None) -> QuerySet[Identity]:
    return Identity.objects.filter(kind=kind, scope=scope, index=Identity.index_of(kind, value))
