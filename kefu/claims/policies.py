"""Which policy holds, and how one is written, published and followed by the next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kefu.claims.asked import Asked
from kefu.claims.models import Policy
from kefu.orders.models import Product
from kefu.people.models import Brand

SCOPES = ("countries", "categories", "skus", "channels")


def policy_for(asked: Asked, at: datetime) -> Policy | None:
    """The one in force whose scope takes all that is asked: the narrowest, of those the latest."""
    fitting = [policy for policy in in_force(asked.brand, at) if _takes(policy, asked)]
    return max(fitting, key=lambda one: (len(_scope(one)), one.effective_from, one.name), default=None)


def in_force(brand: Brand, at: datetime) -> list[Policy]:
    """The newest published version of each that has begun and not ended."""
    found = brand.policies.published().filter(effective_from__lte=at)
    newest = {policy.name: policy for policy in found.order_by("version")}
    return [one for one in newest.values() if one.effective_to is None or at < one.effective_to]


def _scope(policy: Policy) -> list[str]:
    return [name for name in SCOPES if policy.scope.get(name)]


def _takes(policy: Policy, asked: Asked) -> bool:
    """Of several lines all must be in the scope: one claim has one policy."""
    return all(set(_given(name, asked)) <= set(policy.scope[name]) for name in _scope(policy))


def _given(name: str, asked: Asked) -> Iterable[str]:
    if name == "countries":
        return [asked.order.country if asked.order else ""]
    if name == "channels":
        return [asked.channel]
    lines = [line.order_line for line in asked.lines if line.order_line]
    if name == "skus":
        return [line.sku for line in lines]
    products = {line.product_id for line in lines} | {
        line.registered.product_id for line in asked.lines if line.registered
    }
    return Product.objects.filter(pk__in=products).values_list("category", flat=True)
