"""The assistant looks an order up: the number, the second fact, and what ``orders`` and ``claims`` say. Never more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.answers.models import Intent
from kefu.claims import amounts, beside_orders
from kefu.claims.amounts import Amounts
from kefu.claims.asked import Breakdown
from kefu.claims.machines import Kind
from kefu.conversations.models import Conversation
from kefu.hours.models import Schedule
from kefu.orders import flows, linking, showing
from kefu.orders.models import Order
from kefu.web import moments
from kefu.web.joining import listed
from kefu.web.money import price

ABOUT_CLAIMS = frozenset({Intent.REFUND, Intent.RETURN, Intent.WARRANTY})
MOST_LINES = 8


class NotFound(Exception):
    """Number and fact do not fit."""


class NoMoreTries(Exception):
    """Too much went wrong lately."""


def look_up(conversation: Conversation, number: str, fact: str) -> Order:
    """Outside a transaction. Wrong tries count for customer and order, and for the network if it is known."""
    try:
        found = flows.look_up_in(conversation, number, fact, holder=f"assistant {conversation.pk}")
    except flows.TooOften as problem:
        raise NoMoreTries from problem
    if found is None:
        raise NotFound
    linking.link(found.orders[0], conversation, by=conversation.customer)
    return found.orders[0]


def told(order: Order, wanted: str, schedule: Schedule | None) -> str:
    """Masked, by the clock of the inbox; with what may be asked for of each item today, if they came for that, and
    what the rules of today make of it in money.
    """
    about_claims = wanted in ABOUT_CLAIMS
    actions = beside_orders.told(order) if about_claims else {}
    sums = amounts.amounts(order, order.customer, at=timezone.now()) if about_claims else None
    shown = showing.masked([order], actions=actions)[0]
    with timezone.override(ZoneInfo(schedule.time_zone) if schedule else UTC):
        lines = [*_how_far(shown)]
    if actions:
        lines += _what_may_be_asked(shown, sums)
    return "\n".join(lines)


def _how_far(shown: showing.Shown) -> Iterator[str]:
    order = shown.order
    yield _("Order %(number)s: %(status)s. %(next)s") % {
        "number": order.external_no,
        "status": order.get_status_display(),
        "next": shown.next,
    }
    for parcel in shown.shipments[:MOST_LINES]:
        yield _("Parcel %(number)s, %(carrier)s: %(status)s") % {
            "number": parcel.shipment.tracking_no,
            "carrier": parcel.carrier,
            "status": parcel.shipment.get_status_display(),
        }
        for seen in parcel.entries[:1]:
            when = moments.shown(timezone.localtime(seen["when"]), "stamp", zone=True)
            yield f"{when}: {seen['text']}"


def _what_may_be_asked(shown: showing.Shown, sums: Amounts | None) -> Iterator[str]:
    for one in shown.lines[:MOST_LINES]:
        yield f"{one.line.name}:"
        yield from (f"- {action.label}: {action.why}" for action in one.actions)
        if sums and one.line.pk in sums.of:
            yield f"- {_of_an_item(sums.kind, *sums.of[one.line.pk])}"
    if sums and sums.together:
        yield _("Everything that may be given back, together: %(sum)s") % {"sum": _in_parts(sums.together)}
    yield _("This says what can be asked for today. Whether it is granted, a person or the policy decides.")
    if sums:
        yield _(
            "Sums are reckoned by the rules of today, for goods without a fault that come back as they should. They are"
            " no promise: a colleague decides."
        )


def _of_an_item(kind: Kind, qty: int, money: Breakdown) -> str:
    named = {"kind": kind.label, "qty": qty, "sum": _in_parts(money)}
    return _("%(kind)s of %(qty)d would give back: %(sum)s") % named


def _in_parts(money: Breakdown) -> str:
    total = price(money.total, money.currency)
    made_of = [f"{name} {price(amount, money.currency)}" for name, amount in amounts.parts(money)]
    return f"{total} ({listed(made_of)})" if len(made_of) > 1 else total
