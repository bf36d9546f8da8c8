"""Money going back: planned over what was paid, set aside under lock, and queued. ``sending`` talks to providers.

A refund that is above what one person may decide waits for a second one. Everything here runs in the transaction of
the verb that owes the money; nothing leaves before it has committed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims import clocks
from kefu.claims.models import Claim, ProviderAccount, Refund, RefundState
from kefu.claims.models.claims import Destination
from kefu.claims.models.refunds import WITHOUT_MONEY
from kefu.claims.owed import PARTS
from kefu.claims.providers.registry import PROVIDERS, capabilities
from kefu.claims.terms import Terms
from kefu.events import log
from kefu.events.actors import Actor
from kefu.lib.ids import uuid7
from kefu.lib.money import Money, shares
from kefu.orders.models import MethodKind, NotEnough, Order, Payment, PaymentMethod
from kefu.people.models import Customer, Refused, Staff

INTERNAL, BY_HAND = "store_credit", "manual"
CHANGE = "order_change"
FORGOTTEN_AFTER = timedelta(minutes=5)  # a queued refund that no job has taken up by then is looked for


@dataclass(frozen=True, slots=True)
class Target:
    """Where money goes: back to each payment's own method unless ``method`` is another."""

    destination: str = Destination.ORIGINAL
    method: PaymentMethod | None = None

    @classmethod
    def of(cls, claim: Claim) -> Target:
        return cls.to(claim.destination, claim.customer, claim.currency, claim.refund_to)

    @classmethod
    def to(
        cls, destination: str, customer: Customer, currency: str, method: PaymentMethod | None = None
    ) -> Target:
        if destination == Destination.STORE_CREDIT:
            return cls(destination, credit_of(customer, currency))
        if destination == Destination.GIFT_CARD:
            if method is None or not method.holds_value or not method.can_hold(currency):
                raise Refused(_("Choose the gift card for the refund."))
            return cls(destination, method)
        return cls(destination)


def credit_of(customer: Customer, currency: str) -> PaymentMethod:
    """Their store credit, opened with nothing in it if they have none yet."""
    found: PaymentMethod = PaymentMethod.objects.get_or_create(
        customer=customer, kind=MethodKind.STORE_CREDIT, currency=currency, defaults={"balance_minor": 0}
    )[0]
    return found


@transaction.atomic
def pay_back(claim: Claim, owed: dict[str, int], *, by: Actor, why: str = "claim") -> list[Refund]:
    """What of ``owed`` has not gone back for this claim yet, over the payments of its order. The claim is held."""
    if claim.order is None:
        raise Refused(_("We have no record of a payment for this."))
    rest = outstanding(claim, owed)
    if sum(rest.values()) <= 0:
        return []
    refunds = _written(claim.order, rest, Target.of(claim), claim, why, by)
    return _let_go(refunds, Terms.read(claim.terms), by)


def outstanding(claim: Claim, owed: dict[str, int]) -> dict[str, int]:
    """Without what a refund stands for already, also one that failed: that is sent again, not written again."""
    gone = claim.refunds.exclude(state__in=WITHOUT_MONEY).exclude(replaced_by__isnull=False)
    waiting = claim.refunds.filter(state__in=(RefundState.FAILED, RefundState.REVERSED, RefundState.CLOSED))
    counted = [
        *gone,
        *waiting.filter(replaced_by__isnull=True),
    ]  # those will be sent again, under their own rows
    return {
        part: owed.get(part, 0) - sum(refund.breakdown.get(part, 0) for refund in counted) for part in PARTS
    }


def standing(claim: Claim) -> list[Refund]:
    """Its refunds, except those that another has taken the place of."""
    return list(claim.refunds.filter(replaced_by=None).order_by("id"))


@transaction.atomic
def give(
    order: Order, amount: Money, *, by: Staff, why: str = "goodwill", destination: str = Destination.ORIGINAL
) -> list[Refund]:
    """Outside any claim: what finance gives back on an order. A second person decides on all of it."""
    order.locked()
    if amount.currency != order.currency or amount.minor <= 0:
        raise Refused(_("Enter an amount in the order's currency."))
    target = Target.to(destination, order.customer, order.currency)
    refunds = _written(order, {"items": amount.minor}, target, None, why, by)
    for refund in refunds:
        _tell(refund, "requested", by)
    return refunds


@transaction.atomic
def give_difference(
    order: Order, amount_minor: int, method: PaymentMethod, terms: Terms, *, by: Actor
) -> list[Refund]:
    """What a change made a held order cheaper by, to ``method``. Nothing is a row as well, and settled at once."""
    payments = order.payments.select_for_update(no_key=True, of=("self",)).order_by("created_at", "id")
    known = sorted(payments.select_related("method"), key=lambda payment: payment.method_id != method.pk)
    plan = planned(known, amount_minor) if amount_minor else [(payment, 0) for payment in known[:1]]
    refunds = [
        _row(order, payment, {"items": share}, _back_to(method, payment), None, CHANGE, by)
        for payment, share in plan
    ]
    if amount_minor:
        return _let_go(refunds, terms, by)
    for refund in refunds:
        move(refund, RefundState.SUCCEEDED, by=by, settled_at=timezone.now())
    return refunds


def _back_to(method: PaymentMethod, payment: Payment) -> Target:
    """What cannot go back the way it came, nor into a balance of ours, somebody pays by hand."""
    if method.pk == payment.method_id:
        return Target()
    if method.holds_value:
        is_card = method.kind == MethodKind.GIFT_CARD
        return Target(Destination.GIFT_CARD if is_card else Destination.STORE_CREDIT, method)
    return Target(Destination.BANK, method)


def returned_for(claim: Claim) -> int:
    """What has arrived or is on its way."""
    counted = claim.refunds.exclude(state__in=WITHOUT_MONEY)
    return counted.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def planned(payments: Iterable[Payment], amount_minor: int) -> list[tuple[Payment, int]]:
    """The oldest payment first, each as far as it goes. Raises ``Refused`` if less is left than is asked."""
    plan, rest = [], amount_minor
    for payment in payments:
        share = min(rest, payment.left_minor)
        if share > 0:
            plan.append((payment, share))
            rest -= share
    if rest:
        raise Refused(_("That is more than is left of the payment."))
    return plan


def _written(
    order: Order, breakdown: dict[str, int], target: Target, claim: Claim | None, why: str, by: Actor
) -> list[Refund]:
    payments = order.payments.select_for_update(no_key=True, of=("self",)).order_by("created_at", "id")
    plan = planned(payments.select_related("method"), sum(breakdown.values()))
    parts = _parted(breakdown, [share for _payment, share in plan])
    return [
        _row(order, payment, part, target, claim, why, by)
        for (payment, _share), part in zip(plan, parts, strict=True)
    ]


def _parted(breakdown: dict[str, int], amounts: list[int]) -> list[dict[str, int]]:
    """Each part adds up to its amount, and all parts to the whole; what rounding leaves is with the items."""
    split = {name: shares(value, amounts) for name, value in breakdown.items() if name != "items"}
    parts = [{name: each[place] for name, each in split.items()} for place in range(len(amounts))]
    return [
        {"items": amount - sum(part.values()), **part} for part, amount in zip(parts, amounts, strict=True)
    ]


def _row(
    order: Order,
    payment: Payment,
    breakdown: dict[str, int],
    target: Target,
    claim: Claim | None,
    why: str,
    by: Actor,
) -> Refund:
    amount, pk = sum(breakdown.values()), uuid7()
    set_aside(payment, amount)
    method = target.method or payment.method
    return Refund.objects.create(
        id=pk,
        claim=claim,
        order=order,
        payment=payment,
        amount_minor=amount,
        currency=payment.currency,
        destination=target.destination,
        to_method=method if method.holds_value else target.method,
        breakdown=breakdown,
        why=why,
        provider=_provider(order, payment, target),
        request_no=f"R{pk.hex}",
        requested_by=by if isinstance(by, Staff) else None,
        expected_by=clocks.paid_by(claim, timezone.now()) if claim else None,
    )


def set_aside(payment: Payment, amount_minor: int) -> None:
    try:
        payment.reserve(amount_minor)
    except NotEnough as problem:
        raise Refused(_("That is more than is left of the payment.")) from problem


def _provider(order: Order, payment: Payment, target: Target) -> str:
    if (target.method or payment.method).holds_value:
        return INTERNAL
    name = payment.method.provider
    if target.destination != Destination.ORIGINAL or name not in PROVIDERS or not payment.external_id:
        return BY_HAND
    known = ProviderAccount.objects.filter(brand_id=order.brand_id, provider=name, is_active=True)
    return name if known.exists() and _takes_back(name, payment) else BY_HAND


def _takes_back(name: str, payment: Payment) -> bool:
    """Some only for a year, or so many parts of a payment (WeChat Pay: fifty)."""
    can = capabilities(name)
    oldest = timezone.now() - timedelta(days=can.max_age_days) if can.max_age_days else None
    if oldest and payment.captured_at and payment.captured_at < oldest:
        return False
    if can.max_parts and payment.refunds.count() >= can.max_parts:
        return False
    return can.currencies is None or payment.currency in can.currencies


# -- letting it go


def _let_go(refunds: list[Refund], terms: Terms, by: Actor) -> list[Refund]:
    total = Money(sum(refund.amount_minor for refund in refunds), refunds[0].currency)
    for refund in refunds:
        _tell(refund, "requested", by)
        if terms.approval.by_one_alone(total):
            queue(refund, by=by)
    return refunds


def queue(refund: Refund, *, by: Actor) -> None:
    """Decided on: it goes out after this transaction; what we hold ourselves is there at once."""
    move(refund, RefundState.APPROVED, by=by)
    move(refund, RefundState.QUEUED, by=by, next_try_at=_forgotten_at())
    if refund.provider == INTERNAL:
        _credit(refund, by)


def replace(refund: Refund, target: Target, *, by: Actor) -> Refund:
    """The same money in a new row under a new number; the old one holds nothing any more. What was called off waits
    for a second person again.
    """
    new = _row(refund.order, refund.payment, refund.breakdown, target, refund.claim, refund.why, by)
    new.replaces, new.approved_by = refund, refund.approved_by
    new.save()
    _tell(new, "requested", by)
    if refund.state != RefundState.CANCELLED:
        queue(new, by=by)
    return new


def queue_again(refund: Refund, *, by: Actor) -> None:
    """Under the same number, which moves money once at most."""
    move(refund, RefundState.QUEUED, by=by, next_try_at=_forgotten_at(), failure_code="")


def _credit(refund: Refund, by: Actor) -> None:
    assert refund.to_method is not None
    refund.to_method.enter(refund.amount_minor, why="refund", reference=f"refund {refund.pk}")
    move(refund, RefundState.SUCCEEDED, by=by, settled_at=timezone.now(), next_try_at=None)


def _forgotten_at() -> datetime:
    return timezone.now() + FORGOTTEN_AFTER


def move(refund: Refund, state: RefundState, *, by: Actor, **changed: object) -> None:
    """The one place where a refund changes its state; the row is locked or new."""
    before = RefundState(refund.state)
    refund.state = state
    for name, value in changed.items():
        setattr(refund, name, value)
    refund.save()
    log.record(f"refund.{state}", refund, by=by, before=before, **_facts(refund))


def _tell(refund: Refund, fact: str, by: Actor) -> None:
    log.record(f"refund.{fact}", refund, by=by, **_facts(refund))


def _facts(refund: Refund) -> dict[str, object]:
    return {**refund.scope(), "payment": refund.payment_id, "currency": refund.currency}
