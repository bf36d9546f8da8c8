"""Who writes: the customer whom a mail belongs to, as far as its address can be believed."""

from __future__ import annotations

from django.db import connection

from kefu.events.actors import SYSTEM
from kefu.inboxes.email.models import UnprovenSender, index_of
from kefu.people import customers
from kefu.people.models import Customer, Identity, IdentityKind


def customer_of(address: str, name: str, *, proven: bool, language: str = "") -> Customer:
    """A proven address finds who has proved it before, and proves it; any other has a customer of its own.

    ``language``: what somebody new is written to in. In the caller's transaction.
    """
    _one_at_a_time(address)
    return _proven(address, name, language) if proven else _unproven(address, name, language)


def writes_as(customer: Customer, address: str) -> bool:
    """Whether this customer is known by the address, proved or only said."""
    index = Identity.index_of(IdentityKind.EMAIL, address)
    return Identity.objects.filter(customer=customer, kind=IdentityKind.EMAIL, index=index).exists()


def _proven(address: str, name: str, language: str) -> Customer:
    known = customers.find(IdentityKind.EMAIL, address)
    if known is not None:
        return known
    customer = customers.enter(by=SYSTEM, name=name[:80], language=language)
    try:
        customers.verify(customer, IdentityKind.EMAIL, address, by=customer)
    except customers.HeldByAnother as other:  # proved elsewhere this very moment
        customer.delete()
        return other.customer
    return customer


def _unproven(address: str, name: str, language: str) -> Customer:
    index = index_of(address)
    known = UnprovenSender.objects.filter(index=index).select_related("customer__merged_into").first()
    if known is not None:
        return known.customer.merged_into or known.customer
    customer = customers.enter(by=SYSTEM, name=name[:80], language=language)
    customers.claim(customer, IdentityKind.EMAIL, address, by=customer)
    UnprovenSender.objects.create(index=index, customer=customer)
    return customer


def _one_at_a_time(address: str) -> None:
    """Two mails of one new sender are one customer's; held until the end of the transaction."""
    key = int.from_bytes(index_of(address)[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
