"""What a change of an order costs its customer, and what it gives back: which method, how much, and whether it may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims.models import Refund
from kefu.claims.models.claims import Destination
from kefu.claims.refunding import give_difference
from kefu.claims.refusals import Incomplete
from kefu.claims.termchoices import PriceDifference
from kefu.claims.terms import Terms
from kefu.events import log
from kefu.events.actors import Actor
from kefu.orders.models import MethodKind, NotEnough, Order, Payment, PaymentMethod
from kefu.people.models import Refused


def method_of(order: Order, named: UUID, field: str) -> PaymentMethod:
    """One of the customer's own, good for this order's currency. All that hold a value are locked, in one order: two
    changes that move money between the same two the other way round do not wait for each other.
    """
    theirs = order.customer.payment_methods
    list(theirs.filter(balance_minor__isnull=False).order_by("pk").select_for_update(no_key=True))
    found = theirs.filter(pk=named).exclude(kind=MethodKind.POINTS).first()
    if found is None or not found.can_hold(order.currency):
        raise Incomplete({field: _("This is not one of the customer's payment methods.")})
    return found


def only_payment(order: Order) -> Payment:
    payments = list(order.payments.select_for_update(no_key=True, of=("self",)).select_related("method")[:2])
    if len(payments) != 1 or payments[0].returned_minor or order.refunds.exists():
        raise Refused(
            _("This order was not paid in one single payment, so the payment method cannot be changed.")
        )
    return payments[0]


def take(order: Order, amount_minor: int, method: PaymentMethod, field: str, by: Actor) -> Payment:
    """From a balance at once. What a card or a wallet owes is collected by the shop, which hears of it here."""
    payment = Payment.objects.create(
        order=order,
        method=method,
        captured_minor=amount_minor,
        currency=order.currency,
        captured_at=timezone.now() if method.holds_value else None,
    )
    if method.holds_value:
        try:
            method.enter(-amount_minor, why="payment", reference=f"payment {payment.pk}")
        except NotEnough as problem:
            raise Incomplete({field: _("The balance is not enough.")}) from problem
    fact = "payment.taken" if method.holds_value else "payment.due"
    log.record(fact, payment, by=by, **order.scope(), order=order.pk, method=method.pk, amount=amount_minor)
    return payment


def check_difference(order: Order, difference: int, method: PaymentMethod, terms: Terms) -> None:
    if difference and terms.exchange.price_difference == PriceDifference.EQUAL_ONLY:
        raise Refused(_("Only items of the same price can be chosen."))
    if difference < 0 and not (terms.exchange.any_method or _is_where_refunds_go(order, method, terms)):
        raise Incomplete({"settle_with": _("The refund cannot go there.")})


def _is_where_refunds_go(order: Order, method: PaymentMethod, terms: Terms) -> bool:
    if order.payments.filter(method=method).exists():
        return True
    by_kind = {MethodKind.GIFT_CARD: Destination.GIFT_CARD, MethodKind.STORE_CREDIT: Destination.STORE_CREDIT}
    return by_kind.get(MethodKind(method.kind)) in terms.money.destinations


def settle(order: Order, difference: int, method: PaymentMethod, terms: Terms, by: Actor) -> dict[str, Any]:
    if difference > 0:
        return {"payment": str(take(order, difference, method, "settle_with", by).pk)}
    return {"refunds": ids_of(give_difference(order, -difference, method, terms, by=by))}


def ids_of(refunds: Sequence[Refund]) -> list[str]:
    return [str(refund.pk) for refund in refunds]
