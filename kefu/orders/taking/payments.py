"""What was paid for orders, and what the shop has already given back. Both are only ever added to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from kefu.orders.incoming import BadRow, IncomingPayment, IncomingRefund
from kefu.orders.models import Payment, PaymentMethod, ReportedRefund
from kefu.orders.taking import methods
from kefu.orders.taking.case import Case
from kefu.orders.taking.merging import rewrite

Held = dict[UUID, list[Payment]]


def store(cases: Sequence[Case]) -> None:
    cases = [case for case in cases if case.row.payments or case.row.refunds]
    if not cases:
        return
    held = _held(cases)
    ways, _whose = methods.store(
        (case.order.customer, payment.method) for case in cases for payment in case.row.payments
    )
    new, changed = [], []
    for case in cases:
        added, corrected = _merge(case, held.setdefault(case.order.pk, []), ways)
        new += added
        changed += corrected
    Payment.objects.bulk_create(new)
    rewrite(changed, ["captured_minor", "captured_at"])
    _store_refunds(cases, held)


def _held(cases: Sequence[Case]) -> Held:
    """Locked, after their orders: what is set aside for a refund of ours may move at the same time."""
    held: Held = {}
    orders = [case.order.pk for case in cases if not case.is_new]
    if orders:
        locked = Payment.objects.filter(order__in=orders).select_related("method").order_by("pk")
        locked = locked.select_for_update(no_key=True, of=("self",))
        for payment in sorted(locked, key=lambda payment: payment.created_at):
            held.setdefault(payment.order_id, []).append(payment)
    return held


def _merge(case: Case, held: list[Payment], ways: methods.Methods) -> tuple[list[Payment], list[Payment]]:
    """New payments, and those of which more or less was captured than had been told."""
    known = {payment.external_id: payment for payment in held}
    new, changed = [], []
    for number, row in enumerate(case.row.payments, 1):
        external_id = row.external_id or f"#{number}"
        payment = known.get(external_id)
        if payment is None:
            new.append(_made(case, row, external_id, ways.of(case.order.customer, row.method)))
        elif _correct(payment, row):
            changed.append(payment)
    held += new
    if new or changed:
        case.changed.add("payments")
    return new, changed


def _made(case: Case, row: IncomingPayment, external_id: str, method: PaymentMethod | None) -> Payment:
    return Payment(
        order=case.order,
        method=method,
        external_id=external_id,
        captured_minor=row.amount_minor,
        currency=case.order.currency,
        captured_at=row.captured_at,
    )


def _correct(payment: Payment, row: IncomingPayment) -> bool:
    """Never below what has already gone back."""
    captured = max(row.amount_minor, payment.returned_minor)
    at = row.captured_at or payment.captured_at
    if (captured, at) == (payment.captured_minor, payment.captured_at):
        return False
    payment.captured_minor, payment.captured_at = captured, at
    return True


# -- what went back


def _store_refunds(cases: Sequence[Case], held: Held) -> None:
    cases = [case for case in cases if case.row.refunds]
    known = _known(held[case.order.pk] for case in cases)
    new: list[ReportedRefund] = []
    touched: dict[UUID, Payment] = {}
    for case in cases:
        for number, row in enumerate(case.row.refunds, 1):
            external_id = row.external_id or f"#{number}"
            if (case.order.pk, external_id) not in known:
                refund = _refund(row, external_id, held[case.order.pk])
                new.append(refund)
                touched[refund.payment.pk] = refund.payment
                case.changed.add("refunds")
    ReportedRefund.objects.bulk_create(new)
    rewrite(list(touched.values()), ["returned_minor"])


def _known(payments: Iterable[list[Payment]]) -> set[tuple[UUID, str]]:
    ids = [payment.pk for some in payments for payment in some]
    found = ReportedRefund.objects.filter(payment__in=ids)
    return set(found.values_list("payment__order_id", "external_id"))


def _refund(row: IncomingRefund, external_id: str, payments: list[Payment]) -> ReportedRefund:
    """Our own refunds may have been told to the shop, which now tells them to us: no more than was paid goes back."""
    payment = _payment_of(row, payments)
    payment.returned_minor = min(payment.captured_minor, payment.returned_minor + row.amount_minor)
    return ReportedRefund(payment=payment, external_id=external_id, amount_minor=row.amount_minor, at=row.at)


def _payment_of(row: IncomingRefund, payments: list[Payment]) -> Payment:
    its = [
        payment
        for payment in payments
        if (not row.payment or payment.external_id == row.payment)
        and (not row.method or payment.method.external_id == row.method)
    ]
    if not its:
        raise BadRow(_("A refund refers to a payment that the order does not have."))
    return next((payment for payment in its if payment.left_minor >= row.amount_minor), its[0])
