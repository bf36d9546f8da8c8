"""Finding customers and orders by what a colleague was told: exactly, and only what they may see."""

from __future__ import annotations

from django.db.models import Q

from kefu.orders.models import Order
from kefu.orders.models.orders import email_index
from kefu.orders.reach import customers_of
from kefu.people.models import Customer, Identity, IdentityKind, Staff

CANDIDATES = 100


def customers_by_email(email: str, staff: Staff) -> list[Customer]:
    """Whoever has proved the address; else those who said it or ordered with it."""
    index = email_index(email)
    said = Identity.objects.filter(kind=IdentityKind.EMAIL, scope=None, index=index)
    proved = said.filter(verified_at__isnull=False)
    mine = customers_of(staff).prefetch_related("identities")
    ordered = Order.objects.visible_to(staff).filter(email_index=index)
    by_whom = Q(pk__in=said.values("customer")) | Q(pk__in=ordered.values("customer"))
    known = list(mine.filter(pk__in=proved.values("customer")))
    return known or list(mine.filter(by_whom).order_by("id")[:CANDIDATES])


def customers_by_name(name: str, postal_code: str, staff: Staff) -> list[Customer]:
    """The whole name, whatever its case; addresses are sealed, so they are compared after opening."""
    named = customers_of(staff).filter(name__iexact=name).prefetch_related("identities")
    wanted = _plain(postal_code)
    return [
        customer
        for customer in named.order_by("id")[:CANDIDATES]
        if _plain(customer.address.get("postal_code", "")) == wanted
    ]


def _plain(code: str) -> str:
    return code.replace(" ", "").upper()
