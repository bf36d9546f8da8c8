"""Carriers by whatever name a shop gives them."""

from __future__ import annotations

from kefu.orders.models import Carrier

Names = dict[str, str]


def names() -> Names:
    """From each name, lower case, to the code."""
    found: Names = {}
    for carrier in Carrier.objects.all():
        found |= {name.casefold(): carrier.code for name in (carrier.code, carrier.name, *carrier.also)}
    return found


def code_of(told: str, known: Names) -> str:
    """As told when it is none that we know."""
    return known.get(told.casefold(), told)
