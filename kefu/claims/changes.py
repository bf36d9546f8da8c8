"""What a customer changes about an order before it is sent: address, items, payment; each as far as the policy goes.

Every change is one transaction under the order's lock. What is refused leaves no trace: ``Refused`` for what the order
or the policy does not bear, ``Incomplete`` for what was handed in, ``Stale`` for an order that has moved on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.claims.asked import Asked, AskedLine
from kefu.claims.case import holding
from kefu.claims.changes_paid import check_difference, ids_of, method_of, only_payment, settle, take
from kefu.claims.machines import Kind, Status
from kefu.claims.models import Changed, ClaimLine, OrderChange
from kefu.claims.policies import policy_for
from kefu.claims.refunding import give_difference
from kefu.claims.refusals import Incomplete, Stale
from kefu.claims.terms import BeforeShipment, Terms
from kefu.events import log
from kefu.events.actors import Actor
from kefu.lib.ids import uuid7
from kefu.orders.incoming import ADDRESS_PARTS
from kefu.orders.models import Order, OrderLine, PaymentMethod, Variant
from kefu.people.models import Refused

NEEDED = ("line1", "city")
RECIPIENT = ("name", "phone")


@dataclass(frozen=True, slots=True)
class Swap:
    """A row of the order, and the article that its customer would rather have."""

    line: UUID
    sku: str


@dataclass(frozen=True, slots=True)
class Exchanged:
    line: OrderLine
    variant: Variant

    @property
    def difference(self) -> int:
        """Today's price of the new against what was paid; the very same costs what it did."""
        if self.variant.pk == self.line.variant_id:
            return 0
        return self.variant.price_minor * self.line.qty - self.line.paid_minor


def is_final(order: Order, terms: Terms) -> bool:
    """Its items were changed, and the policy has that be the last change."""
    return terms.before_shipment.final_after_items and order.changes.filter(what=Changed.ITEMS).exists()


def offered(order: Order) -> BeforeShipment:
    """What of it the customer may still change now: nothing once it is being sent, or without a policy."""
    nothing = BeforeShipment(change_address=False, change_items=False, change_payment=False)
    try:
        terms = _terms(order)
    except Refused:
        return nothing
    still = order.status in terms.before_shipment.change_while and not is_final(order, terms)
    return terms.before_shipment if still else nothing


@transaction.atomic
def change_address(
    order: Order, address: Mapping[str, str], *, by: Actor, version: int | None = None
) -> OrderChange:
    """As a whole; recipient and telephone stay as they are unless they are named."""
    terms = _held(order, version)
    _offered(terms.before_shipment.change_address)
    before, after = order.address, _written(address)
    order.address = {part: before[part] for part in RECIPIENT if part in before} | after
    if after.get("country") != before.get("country"):
        order.country = _country(after)
    change = _change(order, Changed.ADDRESS, by)
    change.address_before = before
    return _keep(order, change, by)


@transaction.atomic
def change_items(
    order: Order, swaps: Sequence[Swap], *, settle_with: UUID, by: Actor, version: int | None = None
) -> OrderChange:
    """Other variants of the same products. What they cost more is paid with ``settle_with``, one of the customer's
    payment methods; what they cost less goes back to it.
    """
    terms = _held(order, version)
    _offered(terms.before_shipment.change_items)
    exchanged = _exchanged(order, swaps, terms)
    method = method_of(order, settle_with, "settle_with")
    difference = sum(one.difference for one in exchanged)
    check_difference(order, difference, method, terms)
    change = _change(order, Changed.ITEMS, by, difference, method)
    change.before = {"lines": [_facts(one.line) for one in exchanged]}
    settled = settle(order, difference, method, terms, by)
    for one in exchanged:
        _rewrite(one)
    change.after = {"lines": [_facts(one.line) for one in exchanged], **settled}
    return _keep(order, change, by)


@transaction.atomic
def change_payment(
    order: Order, payment_method: UUID, *, by: Actor, version: int | None = None
) -> OrderChange:
    """All of it by one other method, and what was paid goes back to where it came from."""
    terms = _held(order, version)
    _offered(terms.before_shipment.change_payment)
    method = method_of(order, payment_method, "payment_method")
    old = only_payment(order)
    if old.method_id == method.pk:
        raise Incomplete({"payment_method": _("The order is already paid with this.")})
    change = _change(order, Changed.PAYMENT, by, old.captured_minor, method)
    change.before = {"payment": str(old.pk), "method": str(old.method_id)}
    payment = take(order, old.captured_minor, method, "payment_method", by)
    refunds = give_difference(order, old.captured_minor, old.method, terms, by=by)
    change.after = {"payment": str(payment.pk), "method": str(method.pk), "refunds": ids_of(refunds)}
    return _keep(order, change, by)


# -- may it be changed at all


def _held(order: Order, version: int | None) -> Terms:
    order.locked()
    if version is not None and order.version != version:
        raise Stale
    terms = _terms(order)
    if order.status not in terms.before_shipment.change_while or is_final(order, terms):
        raise Refused(_("This order can no longer be changed."))
    if order.claims.live().exclude(status=Status.DRAFT).exists():
        raise Refused(_("There is an open request for this order. Withdraw it first."))
    return terms


def _terms(order: Order) -> Terms:
    """Without a policy nothing is offered."""
    lines = tuple(AskedLine(order_line=line, qty=line.qty) for line in order.lines.all())
    asked = Asked(Kind.CANCELLATION, order.brand, order.customer, order, lines)
    policy = policy_for(asked, timezone.now())
    if policy is None:
        raise Refused(_("Orders cannot be changed here. Please write to us."))
    return Terms.read(policy.terms)


def _offered(offered: bool) -> None:
    if not offered:
        raise Refused(_("This cannot be changed here. Please write to us."))


# -- address


def _written(address: Mapping[str, str]) -> dict[str, str]:
    told = {part: address.get(part, "").strip() for part in ADDRESS_PARTS}
    missing = {part: _("This part of the address is missing.") for part in NEEDED if not told[part]}
    if missing:
        raise Incomplete(missing)
    return {part: text for part, text in told.items() if text}


def _country(address: Mapping[str, str]) -> str:
    country = address.get("country", "")
    return country.upper() if len(country) == 2 else ""


# -- items


def _exchanged(order: Order, swaps: Sequence[Swap], terms: Terms) -> list[Exchanged]:
    """First whether there is that much of everything, then article by article."""
    if not swaps:
        raise Incomplete({"lines": _("Choose at least one item.")})
    lines = {line.pk: line for line in order.lines.all()}
    for place, swap in enumerate(swaps):
        if swap.line not in lines or swap.line in [earlier.line for earlier in swaps[:place]]:
            raise Incomplete(
                {f"lines.{place}.order_line": _("The order does not contain that many of this item.")}
            )
    if holding(ClaimLine.objects.filter(order_line__in=[swap.line for swap in swaps])).exists():
        raise Refused(_("Part of this was cancelled or paid back, so it stays as it is."))
    of_brand = Variant.objects.filter(brand=order.brand_id, sku__in=[swap.sku for swap in swaps])
    variants = {variant.sku: variant for variant in of_brand}
    found = []
    for place, swap in enumerate(swaps):
        line, variant = lines[swap.line], variants.get(swap.sku)
        if variant is None or not _fits(line, variant, order, terms):
            raise Incomplete({f"lines.{place}.new_sku": _("This item cannot be chosen as the replacement.")})
        found.append(Exchanged(line, variant))
    return found


def _fits(line: OrderLine, variant: Variant, order: Order, terms: Terms) -> bool:
    same = variant.pk == line.variant_id
    return (
        variant.product_id == line.product_id
        and variant.available
        and variant.currency == order.currency
        and (not same or terms.exchange.same_item_again)
    )


def _rewrite(one: Exchanged) -> None:
    line, variant = one.line, one.variant
    if line.variant_id == variant.pk:
        return
    line.variant, line.sku, line.options = variant, variant.sku, variant.options
    line.unit_price_minor, line.discount_minor, line.tax_minor = variant.price_minor, 0, 0
    line.save(update_fields=["variant", "sku", "options", "unit_price_minor", "discount_minor", "tax_minor"])


def _facts(line: OrderLine) -> dict[str, Any]:
    variant = str(line.variant_id) if line.variant_id else None
    return {"line": str(line.pk), "variant": variant, "sku": line.sku, "paid_minor": line.paid_minor}


# -- writing it down


def _change(
    order: Order, what: Changed, by: Actor, amount_minor: int = 0, method: PaymentMethod | None = None
) -> OrderChange:
    return OrderChange(
        id=uuid7(),
        order=order,
        what=what,
        amount_minor=amount_minor,
        currency=order.currency,
        method=method,
        actor_kind=by.actor_kind,
        actor_id=by.actor_id,
    )


def _keep(order: Order, change: OrderChange, by: Actor) -> OrderChange:
    order.version += 1
    order.save(update_fields=["address_text", "country", "version"])
    change.version = order.version
    change.save()
    facts = {"change": change.pk, "amount": change.amount_minor, "version": change.version}
    log.record(f"order.changed_{change.what}", order, by=by, **order.scope(), **facts)
    return change
