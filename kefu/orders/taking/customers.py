"""Whose order it is: known by the source's own id for them, else by how its guests were reached, else new."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.events import log
from kefu.events.actors import Actor
from kefu.orders.incoming import BadRow, IncomingCustomer
from kefu.orders.models import Order, OrderSource, ReportedCustomer
from kefu.orders.models.orders import email_index, phone_index
from kefu.orders.taking import methods
from kefu.orders.taking.merging import Outcome, rewrite, to_write
from kefu.people.models import Customer, Identity, IdentityKind

CONTACTS = (IdentityKind.EMAIL, IdentityKind.PHONE)
LANGUAGES = {code for code, _name in settings.LANGUAGES}
Key = tuple[str, bytes]


def store(source: OrderSource, rows: Sequence[IncomingCustomer], *, by: Actor) -> list[Outcome]:
    """Customers of a list of customers: with their default address and their ways to pay."""
    if any(not row.user_id for row in rows):
        raise BadRow(_("The customer has no id from the source."))
    found, new = recognise(source, rows, by=by)
    told = ((customer, one) for customer, row in zip(found, rows, strict=True) for one in row.methods)
    changes = {whose: ["payment methods"] for whose in methods.store(told)[1]}
    for customer, parts in _describe(source, found, rows).items():
        changes[customer] = [*parts, *changes.get(customer, [])]
    old = {customer.pk: customer for customer in found if customer.pk not in new}
    _tell_changes({old[customer]: parts for customer, parts in changes.items() if customer in old}, by)
    return [_outcome(customer, new, changes) for customer in found]


def recognise(
    source: OrderSource, rows: Sequence[IncomingCustomer], *, by: Actor
) -> tuple[list[Customer], set[UUID]]:
    """The customer of each row, and which of them are new."""
    held = {**_accounts(source, rows), **_guests(source, rows)}
    made: list[tuple[Customer, IncomingCustomer]] = []
    found = []
    for row in rows:
        customer = _known(held, row)
        if customer is None:
            customer = Customer(
                name=row.name[:80], language=row.language if row.language in LANGUAGES else ""
            )
            made.append((customer, row))
            held.update(dict.fromkeys(_keys(row), customer))
        found.append(customer)
    _enter([customer for customer, _row in made], by)
    _note_contacts(source, list(zip(found, rows, strict=True)), by)
    return found, {customer.pk for customer, _row in made}


def _keys(row: IncomingCustomer) -> list[Key]:
    """What this row may be known by: its account alone, or the addresses of a guest.

    A guest's address never leads to an account: anyone can write any address into an order.
    """
    if row.user_id:
        return [("user", Identity.index_of(IdentityKind.USER, row.user_id))]
    found = [("email", email_index(row.email)), ("phone", phone_index(row.phone))]
    return [key for key in found if key[1]]


def _known(held: dict[Key, Customer], row: IncomingCustomer) -> Customer | None:
    return next((held[key] for key in _keys(row) if key in held), None)


def _accounts(source: OrderSource, rows: Iterable[IncomingCustomer]) -> dict[Key, Customer]:
    indexes = {Identity.index_of(IdentityKind.USER, row.user_id) for row in rows if row.user_id}
    known = Identity.objects.filter(
        kind=IdentityKind.USER, scope=source.pk, index__in=indexes, verified_at__isnull=False
    )
    return {("user", bytes(one.index)): one.customer for one in known.select_related("customer")}


def _guests(source: OrderSource, rows: Iterable[IncomingCustomer]) -> dict[Key, Customer]:
    keys = [key for row in rows if not row.user_id for key in _keys(row)]
    emails = [index for kind, index in keys if kind == "email"]
    phones = [index for kind, index in keys if kind == "phone"]
    if not keys:
        return {}
    account = Identity.objects.filter(
        customer=OuterRef("customer"), kind=IdentityKind.USER, scope=source.pk, verified_at__isnull=False
    )
    orders = Order.objects.filter(~Exists(account), source=source)
    found: dict[Key, Customer] = {}
    reached = orders.filter(Q(email_index__in=emails) | Q(phone_index__in=phones))
    for order in reached.select_related("customer__merged_into").order_by("-id"):
        customer = order.customer.merged_into or order.customer
        for key in (("email", bytes(order.email_index)), ("phone", bytes(order.phone_index))):
            found |= {key: customer} if key[1] else {}
    return found


def _enter(customers: Sequence[Customer], by: Actor) -> None:
    Customer.objects.bulk_create(customers)
    log.record_each("customer.entered", ((customer, {}) for customer in customers), by=by)


def _note_contacts(
    source: OrderSource, found: Sequence[tuple[Customer, IncomingCustomer]], by: Actor
) -> None:
    """Their account, proved by the source's word; e-mail and phone as claims, which they may prove one day."""
    wanted: dict[tuple[UUID, str, bytes], Identity] = {}
    for customer, row in found:
        for identity in _identities(source, customer, row):
            wanted.setdefault((customer.pk, identity.kind, bytes(identity.index)), identity)
    whose = {customer for customer, _kind, _index in wanted}
    here = Identity.objects.filter(Q(scope=source.pk) | Q(kind__in=CONTACTS, scope=None), customer__in=whose)
    for held in here:
        wanted.pop((held.customer_id, held.kind, bytes(held.index)), None)
    Identity.objects.bulk_create(wanted.values())
    _tell_identities(list(wanted.values()), by)


def _identities(source: OrderSource, customer: Customer, row: IncomingCustomer) -> Iterable[Identity]:
    told = (
        (IdentityKind.USER, row.user_id),
        (IdentityKind.EMAIL, row.email),
        (IdentityKind.PHONE, row.phone),
    )
    for kind, value in told:
        if value:
            account = kind == IdentityKind.USER
            yield Identity(
                customer=customer,
                kind=kind,
                scope=source.pk if account else None,
                value=value,
                index=Identity.index_of(kind, value),
                verified_at=timezone.now() if account else None,
            )


def _tell_identities(identities: Sequence[Identity], by: Actor) -> None:
    claimed: list[Any] = [
        (one, {"customer": one.customer_id, "identity_kind": one.kind}) for one in identities
    ]
    log.record_each("identity.claimed", claimed, by=by)
    proved: list[Any] = [(one, {"customer": one.customer_id}) for one in identities if one.verified_at]
    log.record_each("identity.verified", proved, by=by)


def _describe(
    source: OrderSource, customers: Sequence[Customer], rows: Sequence[IncomingCustomer]
) -> dict[UUID, list[str]]:
    """Name and address, where nobody here has changed them; says whose have changed, and what of them."""
    pks = [customer.pk for customer in customers]
    locked = Customer.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True).in_bulk()
    reported = ReportedCustomer.objects.filter(source=source, customer__in=pks)
    held = {one.customer_id: one for one in reported}
    said, changed = [], {}
    for pk, row in zip(pks, rows, strict=True):
        last = held.get(pk) or ReportedCustomer(source=source, customer=locked[pk])
        before = dict(last.reported)
        if parts := _write(locked[pk], row, last.reported):
            changed[pk] = parts
        if last.reported != before:
            said.append(last)
    rewrite([locked[pk] for pk in changed], ["name", "address_text"])
    rewrite(said, ["reported"])
    return changed


def _write(customer: Customer, row: IncomingCustomer, reported: dict[str, str]) -> list[str]:
    parts: list[tuple[str, Any, Callable[[], Any]]] = [
        ("name", row.name[:80], lambda: customer.name),
        ("address", dict(row.address), lambda: customer.address),
    ]
    written = [part for part in parts if part[1] and to_write(reported, *part)]
    for part, told, _held in written:
        setattr(customer, part, told)
    return [part for part, _told, _held in written]


def _tell_changes(changes: dict[Customer, list[str]], by: Actor) -> None:
    facts: list[Any] = [(customer, {"details": parts}) for customer, parts in changes.items()]
    log.record_each("customer.described", facts, by=by)


def _outcome(customer: Customer, new: set[UUID], changed: Container[UUID]) -> Outcome:
    if customer.pk in new:
        return Outcome.CREATED
    return Outcome.CHANGED if customer.pk in changed else Outcome.UNCHANGED
