"""Customers' ways to pay, as sources tell of them, and what is left on those that hold a value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from kefu.orders.incoming import BadRow, IncomingMethod
from kefu.orders.models import CreditEntry, MethodKind, PaymentMethod
from kefu.orders.models.money import STORED_VALUE
from kefu.orders.taking.merging import rewrite
from kefu.people.models import Customer

WHY = "reported"
Told = tuple[Customer, IncomingMethod]
Key = tuple[UUID, str]


class Methods:
    """The methods of a batch's customers: ``of`` finds the one that a report speaks of."""

    def __init__(self, held: Iterable[PaymentMethod]) -> None:
        self._held: dict[Key, PaymentMethod] = {}
        self._credits: dict[Key, PaymentMethod] = {}
        for method in held:
            self.add(method)

    def of(self, customer: Customer, told: IncomingMethod) -> PaymentMethod | None:
        """A customer has one store credit in each currency, whatever sources call it."""
        if told.kind == MethodKind.STORE_CREDIT:
            return self._credits.get((customer.pk, told.currency))
        return self._held.get((customer.pk, named(told)))

    def add(self, method: PaymentMethod) -> None:
        self._held[method.customer_id, method.external_id] = method
        if method.kind == MethodKind.STORE_CREDIT:
            self._credits[method.customer_id, method.currency] = method


def store(told: Iterable[Told]) -> tuple[Methods, set[UUID]]:
    """Make and complete them; answers also whose have changed."""
    told = list(told)
    methods = Methods(PaymentMethod.objects.filter(customer__in={customer.pk for customer, _one in told}))
    new, changed, whose = [], [], set()
    for customer, row in told:
        method = methods.of(customer, row)
        if method is None:
            method = _made(customer, row)
            methods.add(method)
            new.append(method)
            whose.add(customer.pk)
        elif _complete(method, row):
            changed.append(method)
            whose.add(customer.pk)
    PaymentMethod.objects.bulk_create(new)
    rewrite(changed, ["label", "display_tail", "provider_ref"])
    return methods, whose | _balance(methods, [one for one in told if one[1].balance_minor is not None])


def named(told: IncomingMethod) -> str:
    """Shops that give a method no id mean the same by the same kind, provider and last digits."""
    return told.external_id or ":".join((told.kind, told.provider, told.display_tail))


def _made(customer: Customer, row: IncomingMethod) -> PaymentMethod:
    if not row.kind:
        raise BadRow(_("The payment method “%s” is unknown, and its kind is not given.") % row.external_id)
    return PaymentMethod(
        customer=customer,
        external_id=named(row),
        kind=row.kind,
        provider=row.provider,
        provider_ref=row.provider_ref,
        label=row.label,
        display_tail=row.display_tail,
        currency=row.currency if row.kind in STORED_VALUE else "",
        balance_minor=0 if row.kind in STORED_VALUE else None,
    )


def _complete(method: PaymentMethod, row: IncomingMethod) -> bool:
    told = {"label": row.label, "display_tail": row.display_tail, "provider_ref": row.provider_ref}
    changes = {name: value for name, value in told.items() if value and getattr(method, name) != value}
    for name, value in changes.items():
        setattr(method, name, value)
    return bool(changes)


def _balance(methods: Methods, told: Iterable[Told]) -> set[UUID]:
    """Book by how much a reported balance differs from the one reported last: what moved here comes on top of it."""
    wanted = {found.pk: row.balance_minor for customer, row in told if (found := methods.of(customer, row))}
    if not wanted:
        return set()
    held = list(PaymentMethod.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True))
    last = {row["method"]: row for row in _reported(wanted)}
    entries = []
    for method in held:
        before = last.get(method.pk, {"sum": 0, "count": 0})
        moved = max((wanted[method.pk] or 0) - before["sum"], -(method.balance_minor or 0))
        if moved and method.holds_value:
            method.balance_minor = (method.balance_minor or 0) + moved
            reference = f"{WHY} {before['count'] + 1}"
            entries.append(CreditEntry(method=method, amount_minor=moved, why=WHY, reference=reference))
    CreditEntry.objects.bulk_create(entries)
    rewrite([entry.method for entry in entries], ["balance_minor"])
    return {entry.method.customer_id for entry in entries}


def _reported(methods: Iterable[UUID]) -> Iterable[dict[str, Any]]:
    reported = CreditEntry.objects.filter(method__in=methods, why=WHY).order_by()
    return reported.values("method").annotate(sum=Sum("amount_minor"), count=Count("pk"))
