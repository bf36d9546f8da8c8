"""Looking an order up by its number and a second fact: the one flow for the page, the chat and every other door."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest

from django.db import transaction

from kefu.conversations.models import Conversation
from kefu.database import limits
from kefu.events import log
from kefu.events.actors import SYSTEM, Actor
from kefu.orders import networks, tickets
from kefu.orders.models import Order, number_key
from kefu.orders.models.orders import email_index, tail_index
from kefu.people.models import Brand

DAY = 24 * 3600
# What goes wrong in a day, and at once. Four digits can be guessed: five a day for each order.
TAILS_OF_AN_ORDER = 5
EMAILS_OF_AN_ORDER = 10
OF_AN_ADDRESS = 20
OF_A_NETWORK = 60
MOST_OF_ONE_NUMBER = 20
NO_FACT = bytes(32)  # no order has this for an index
Try = tuple[str, int]  # what it counts for, and how many of them a day


class TooOften(Exception):
    """Too much went wrong lately: for this order, by this asker, from this address or from its network."""


@dataclass(frozen=True, slots=True)
class Found:
    """Usually one; two shops of a brand may count alike. ``ticket`` opens them again for half an hour."""

    orders: Sequence[Order]
    ticket: str


def look_up(
    number: str, fact: str, *, brand: Brand, address: str, holder: str, by: Actor = SYSTEM
) -> Found | None:
    """``fact`` is the e-mail address of the order, or the last four digits of its telephone number.

    None for a wrong number as for a wrong fact, after the same work. Raises ``TooOften``; only what goes wrong counts.
    Call it outside a transaction, as ``limits.hit`` asks.
    """
    tries = [(f"look-up from {address}", OF_AN_ADDRESS), _of_a_network(networks.key(address))]
    return _look_up(number, fact, brand=brand, tries=tries, holder=holder, by=by)


def look_up_in(conversation: Conversation, number: str, fact: str, *, holder: str) -> Found | None:
    """The same for whoever asks in a conversation, which has no address of its own: tries count for its customer, in
    however many conversations, and for the network from which it was begun, where that is known.
    """
    customer = conversation.customer
    tries = [(f"look-up by {customer.pk}", OF_AN_ADDRESS)]
    if network := networks.of(conversation.pk):
        tries.append(_of_a_network(network))
    return _look_up(number, fact, brand=conversation.brand, tries=tries, holder=holder, by=customer)


def _of_a_network(key: str) -> Try:
    return f"look-up from {key}", OF_A_NETWORK


def _look_up(
    number: str, fact: str, *, brand: Brand, tries: list[Try], holder: str, by: Actor
) -> Found | None:
    number, fact = _as_typed_elsewhere(number), _as_typed_elsewhere(fact)
    paid = _pay(number, fact, brand, tries)
    orders = _that_fit(number, fact, brand)
    if not orders:
        return None
    for key, limit in paid:
        limits.give_back(key, limit=limit, per=DAY)
    _record(orders, by)
    return Found(orders, tickets.issue(orders, holder=holder))


def _as_typed_elsewhere(text: str) -> str:
    """Full-width letters and digits, as Chinese keyboards give them, are the usual ones."""
    return unicodedata.normalize("NFKC", text).replace("\0", "").strip()


def _pay(number: str, fact: str, brand: Brand, tries: list[Try]) -> list[Try]:
    """Whoever is refused for themselves pays nothing for the order: nobody can lock others out that way."""
    kind, most = ("email", EMAILS_OF_AN_ORDER) if "@" in fact else ("tail", TAILS_OF_AN_ORDER)
    due = [*tries, (f"look-up of {brand.pk} {number_key(number)} by {kind}", most)]
    for key, limit in due:
        if not limits.hit(key, limit=limit, per=DAY):
            raise TooOften
    return due


def _that_fit(number: str, fact: str, brand: Brand) -> list[Order]:
    """Both indexes are made and compared whatever the fact is, and something is compared if there is no such order."""
    email, tail = email_index(fact if "@" in fact else ""), tail_index("" if "@" in fact else fact)
    numbered = Order.objects.filter(brand=brand, number_key=number_key(number)).select_related("customer")
    candidates = list(numbered.order_by("-placed_at", "-id")[:MOST_OF_ONE_NUMBER])
    fitting = [_fits(order, email or NO_FACT, tail or NO_FACT) for order in candidates or [Order()]]
    return [order for order, fits in zip(candidates, fitting, strict=False) if fits]


def _fits(order: Order, email: bytes, tail: bytes) -> bool:
    same_email = compare_digest(bytes(order.email_index), email)
    same_tail = compare_digest(bytes(order.tail_index), tail)
    return same_email | same_tail


@transaction.atomic
def _record(orders: Sequence[Order], by: Actor) -> None:
    for order in orders:
        log.record("order.looked_up", order, by=by, **order.scope())
