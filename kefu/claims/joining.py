"""When one customer turns out to be another, what they bought and asked for goes along: a reader of the log."""

from __future__ import annotations

from django.db import transaction

from kefu.claims.models import Claim, OrderChange
from kefu.events.log import Entry
from kefu.orders.models import MethodKind, Order, PaymentMethod, RegisteredProduct
from kefu.people.models import Customer

HEARS = frozenset({"customer.merged"})
AT_ONCE = 100


def follow(entries: list[Entry]) -> None:
    for entry in entries:
        of = Customer.objects.filter(pk=entry.subject_id).select_related("merged_into").first()
        if of is not None and of.merged_into is not None:
            _join(of, of.merged_into)


def _join(of: Customer, into: Customer) -> None:
    while _some_orders(of, into):
        pass
    with transaction.atomic():
        Claim.objects.filter(customer=of).update(customer=into)
        RegisteredProduct.objects.filter(customer=of).update(customer=into)
        for method in PaymentMethod.objects.filter(customer=of).select_for_update(no_key=True):
            _move_method(method, into)


@transaction.atomic
def _some_orders(of: Customer, into: Customer) -> int:
    """What is sealed is sealed anew under the other key; in small batches, so that the log's readers need not wait."""
    orders = Order.objects.filter(customer=of).order_by("id").select_for_update(no_key=True)[:AT_ONCE]
    found = list(orders)
    for order in found:
        order.customer = of
        changes = list(OrderChange.objects.filter(order=order))
        replaced = [(change, _opened(change, order)) for change in changes]
        said = order.address, order.email or "", order.phone or ""
        order.customer = into
        order.address = said[0]
        order.email, order.phone = said[1], said[2]
        order.save(update_fields=["customer", "address_text", "email", "phone"])
        for change, address in replaced:
            change.order, change.address_text = order, address
            change.save(update_fields=["address_text"])
    return len(found)


def _opened(change: OrderChange, order: Order) -> str:
    change.order = order
    return change.address_text or ""


def _move_method(method: PaymentMethod, into: Customer) -> None:
    """Two balances of store credit become one; the same method known twice stays where it is, with its payments."""
    theirs = PaymentMethod.objects.filter(customer=into)
    if method.kind == MethodKind.STORE_CREDIT:
        same = theirs.filter(kind=MethodKind.STORE_CREDIT, currency=method.currency).first()
        if same is not None:
            _pour(method, same)
            return
    elif method.external_id and theirs.filter(external_id=method.external_id).exists():
        return
    method.customer = into
    method.save(update_fields=["customer"])


def _pour(method: PaymentMethod, into: PaymentMethod) -> None:
    amount = method.balance_minor or 0
    if amount:
        method.enter(-amount, why="joined", reference=f"joined {into.pk}")
        into.enter(amount, why="joined", reference=f"joined {method.pk}")
