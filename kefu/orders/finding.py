"""Finding customers and orders by what a colleague was told, and only what they may see."""

from __future__ import annotations

import re
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from kefu.orders.models import Order, number_key
from kefu.orders.models.orders import PHONE_DIGITS, OrderQuerySet, email_index, phone_index
from kefu.orders.reach import customers_of
from kefu.people.models import Customer, Identity, IdentityKind, Staff

CANDIDATES = 100
SHORTEST_NAME = 2
SHORTEST_INNER = 3


def orders(query: str, staff: Staff) -> OrderQuerySet:
    """By number, whole e-mail address, whole telephone number, or a part of the customer's name."""
    query = " ".join(query.replace("\0", " ").split())[:200]
    wanted = Q(number_key=number_key(query)) if query else Q(pk__in=[])
    if "@" in query:
        wanted |= Q(email_index=email_index(query)) | Q(customer__in=_known_by(IdentityKind.EMAIL, query))
    elif len(re.sub(r"\D", "", query)) >= PHONE_DIGITS:
        wanted |= Q(phone_index=phone_index(query)) | Q(customer__in=_known_by(IdentityKind.PHONE, query))
    elif len(query) >= SHORTEST_NAME:
        wanted |= Q(customer__in=_named(query))
    return Order.objects.visible_to(staff).filter(wanted)


def _known_by(kind: str, value: str) -> list[UUID]:
    """Asked for first, like every part of an OR: as a subquery it would have all orders read."""
    known = Identity.objects.filter(kind=kind, scope=None, index=Identity.index_of(kind, value))
    return list(known.values_list("customer", flat=True)[:CANDIDATES])


def _named(name: str) -> list[UUID]:
    """Anywhere in the name from three letters on, which a trigram index carries; shorter ones from its beginning."""
    inner = Q(name__icontains=name) if len(name) >= SHORTEST_INNER else Q(name__istartswith=name)
    named = Customer.objects.filter(inner, Exists(Order.objects.filter(customer=OuterRef("pk")))).order_by(
        "-id"
    )
    return list(named.values_list("pk", flat=True)[:CANDIDATES])


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
