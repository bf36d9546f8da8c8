"""What there is to choose from when a claim is begun, by a customer or by a colleague for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone

from kefu.claims.asked import Asked, AskedLine
from kefu.claims.machines import Kind
from kefu.claims.models.claims import Destination, Wanted
from kefu.claims.policies import policy_for
from kefu.claims.terms import Terms
from kefu.orders.models import MethodKind, OrderLine, PaymentMethod, RegisteredProduct, Variant

WANTED = {Kind.EXCHANGE: Wanted.EXCHANGE, Kind.WARRANTY: Wanted.REPAIR}
WITH_CONDITION = (Kind.RETURN, Kind.EXCHANGE)
PAID_BACK = (Kind.CANCELLATION, Kind.REFUND_ONLY, Kind.RETURN)
LONGEST_WORDS = 2_000


def terms_for(asked: Asked) -> Terms:
    """Of the policy that takes all of it now; without one nothing is promised."""
    policy = policy_for(asked, timezone.now())
    return Terms.read(policy.terms) if policy else Terms()


def terms_for_unit(unit: RegisteredProduct) -> Terms:
    """Those of a warranty for a unit that somebody has."""
    line = AskedLine(registered=unit)
    return terms_for(Asked(Kind.WARRANTY, unit.product.brand, unit.customer, None, (line,)))


def variants_of(lines: Iterable[OrderLine]) -> list[Variant]:
    """Of the same products, those that can be sent."""
    products: set[UUID] = {line.product_id for line in lines if line.product_id}
    return list(Variant.objects.filter(product__in=products, available=True).order_by("sku"))


def described(variant: Variant) -> str:
    return " · ".join([variant.sku, *map(str, variant.options.values())])


def destinations(terms: Terms, methods: Sequence[PaymentMethod]) -> list[tuple[str, str]]:
    """Each gift card by itself, for the money goes to one of them."""
    offered: list[tuple[str, str]] = []
    for one in terms.money.destinations:
        if one == Destination.GIFT_CARD:
            cards = (card for card in methods if card.kind == MethodKind.GIFT_CARD)
            offered += [(str(card.pk), str(card)) for card in cards]
        else:
            offered.append((str(one), str(one.label)))
    return offered or [(str(Destination.ORIGINAL), str(Destination.ORIGINAL.label))]


def chosen_method(chosen: str, methods: Iterable[PaymentMethod]) -> PaymentMethod | None:
    return next((one for one in methods if str(one.pk) == chosen), None)


def chosen_destination(kind: str, chosen: str, method: PaymentMethod | None) -> str:
    """A method that was chosen to be paid back to is a gift card."""
    if method is not None and kind in PAID_BACK:
        return Destination.GIFT_CARD
    return chosen if chosen in Destination.values else Destination.ORIGINAL
