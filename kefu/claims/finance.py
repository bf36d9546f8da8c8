"""What finance does with refunds: the second look, what was paid by hand, and those that went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims import settling, steps
from kefu.claims.machines import Status
from kefu.claims.models import Refund, RefundState
from kefu.claims.models.claims import Destination
from kefu.claims.models.refunds import WITHOUT_MONEY
from kefu.claims.providers.contract import BankCard
from kefu.claims.providers.manual import Manual
from kefu.claims.providers.manual import Settings as NoSettings
from kefu.claims.refunding import BY_HAND, Target, move, queue, queue_again, replace, set_aside
from kefu.claims.refusals import AboveLimit, NotTheirs
from kefu.claims.sending import held, redirect
from kefu.events import log
from kefu.events.actors import Actor
from kefu.lib.csv import lines
from kefu.lib.money import major
from kefu.orders.models import PaymentMethod
from kefu.people.models import Refused, Staff
from kefu.people.reach import brands_of
from kefu.people.roles import Can

COLUMNS = (
    "number",
    "state",
    "claim",
    "order",
    "amount",
    "currency",
    "destination",
    "provider",
    "request_no",
    "provider_refund_id",
    "bank_reference",
    "failure_code",
    "created_at",
    "sent_at",
    "settled_at",
)


def approve(refund: Refund, *, by: Staff) -> None:
    """The second person's word on one that is above what one may decide alone."""
    try:
        with transaction.atomic():
            row = _held(refund, by, Can.MOVE_MONEY, Can.DECIDE_CLAIMS)
            _must_be(row, RefundState.REQUESTED)
            if row.requested_by_id == by.pk:
                raise AboveLimit(_("Someone else has to approve what you requested."))
            row.approved_by = by
            queue(row, by=by)
            settling.follow(row)
    except AboveLimit:
        log.audit("refund.limit_refused", refund, by=by, amount=refund.amount_minor)
        raise


@transaction.atomic
def call_off(refund: Refund, *, by: Staff) -> None:
    """Before it has gone to anybody. Its claim is then in trouble until somebody retries or redirects it."""
    row = _held(refund, by, Can.MOVE_MONEY)
    _must_be(row, RefundState.REQUESTED, RefundState.QUEUED)
    row.payment.release(row.amount_minor)
    move(row, RefundState.CANCELLED, by=by, next_try_at=None)
    settling.follow(row)


@transaction.atomic
def paid_by_hand(refund: Refund, reference: str, *, by: Staff) -> None:
    """``reference`` is the bank's, as it stands in the statement."""
    row = _held_by_hand(refund, by)
    try:
        Manual(NoSettings()).paid(reference)
    except ValueError as problem:
        raise Refused(
            _("A bank reference has 1 to 64 characters: letters, digits and . / : + # - _")
        ) from problem
    now = timezone.now()
    move(row, RefundState.SUCCEEDED, by=by, bank_reference=reference.strip(), settled_at=now)
    settling.follow(row)


@transaction.atomic
def not_paid_by_hand(refund: Refund, *, by: Staff) -> None:
    """The bank would not take it."""
    row = _held_by_hand(refund, by)
    row.payment.release(row.amount_minor)
    move(row, RefundState.FAILED, by=by, failure_code="refused_by_bank")
    settling.follow(row)


@transaction.atomic
def retry(refund: Refund, *, by: Staff) -> Refund:
    """What failed goes out again under its number; what the provider has ended or
    we have called off, under a new one.
    """
    row = _held(refund, by, Can.MOVE_MONEY)
    _must_be(row, *WITHOUT_MONEY)
    _step(row, "retry", by)
    if row.state == RefundState.FAILED:
        set_aside(row.payment, row.amount_minor)
        queue_again(row, by=by)
    else:
        row = replace(row, Target(row.destination, row.to_method), by=by)
    settling.follow(row)
    return row


@transaction.atomic
def change_destination(
    refund: Refund, to: str, *, by: Staff, consent: str, method: PaymentMethod | None = None
) -> Refund:
    """Another way, as the customer has agreed; ``consent`` says how and when they did. What a provider still holds of
    the first one is called back to our own account.
    """
    row = _held(refund, by, Can.MOVE_MONEY)
    _must_be(row, *settling.TROUBLE)
    _has_words(consent)
    if to == Destination.ORIGINAL:
        raise Refused(_("Choose a destination other than the one that failed."))
    if method is not None and method.customer_id != row.order.customer_id:
        raise Refused(_("That does not belong to this customer."))
    _step(row, "change_destination", by, consent)
    held_by_provider = row.state == RefundState.ABNORMAL
    if row.state not in WITHOUT_MONEY:
        row.payment.release(row.amount_minor)
        move(row, RefundState.CLOSED, by=by, failure_code="sent_elsewhere", next_try_at=None)
    new = replace(row, Target.to(to, row.order.customer, row.currency, method), by=by)
    if held_by_provider:
        log.record("refund.to_call_back", row, by=by, **row.scope())
    settling.follow(new)
    return new


def send_to_card(refund: Refund, card: BankCard, *, by: Staff, consent: str) -> None:
    """An abnormal one, to another card of the customer. Speaks to the provider at once: the card is kept nowhere."""
    with transaction.atomic():
        row = _held(refund, by, Can.MOVE_MONEY)
        _must_be(row, RefundState.ABNORMAL)
        _has_words(consent)
        _step(row, "change_destination", by, consent)
        move(row, RefundState.SENT, by=by, sent_at=timezone.now(), next_try_at=timezone.now())
    redirect(row, card)


def listed(refunds: Iterable[Refund]) -> Iterator[str]:
    """For reconciling, line by line as a table. Come with ``claim``, ``order``; amounts in whole currency units."""
    return lines(chain([COLUMNS], ([_shown(refund, column) for column in COLUMNS] for refund in refunds)))


def _shown(refund: Refund, column: str) -> object:
    if column == "number":
        return str(refund)
    if column == "amount":
        return major(refund.amount_minor, refund.currency)
    found = getattr(refund, column)
    return found.isoformat() if hasattr(found, "isoformat") else "" if found is None else str(found)


# -- guards


def _held(refund: Refund, by: Actor, *any_of: Can) -> Refund:
    row = held(refund.pk)
    if not isinstance(by, Staff) or not any(by.can(one) for one in any_of):
        raise NotTheirs([])
    if not brands_of(by).filter(pk=row.order.brand_id).exists():
        raise NotTheirs([])
    return row


def _held_by_hand(refund: Refund, by: Staff) -> Refund:
    row = _held(refund, by, Can.MOVE_MONEY)
    _must_be(row, RefundState.PROCESSING)
    if row.provider != BY_HAND:
        raise Refused(_("This refund is not one that is paid manually."))
    return row


def _must_be(refund: Refund, *states: RefundState) -> None:
    if refund.state not in states or hasattr(refund, "replaced_by"):
        raise Refused(
            _("This refund is “%(state)s”, so that is not possible now.")
            % {"state": RefundState(refund.state).label}
        )


def _has_words(consent: str) -> None:
    if not consent.strip():
        raise Refused(_("Note how the customer agreed."))


def _step(refund: Refund, action: str, by: Staff, reason: str = "") -> None:
    """Of the claim, if it stands at the trouble with this refund."""
    if refund.claim is not None and refund.claim.status == Status.REFUND_PROBLEM:
        steps.apply(refund.claim, action, by=by, reason=reason)
