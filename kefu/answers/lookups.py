"""The assistant looks an order up: the number, the second fact, and what ``orders`` and ``claims`` say. Never more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.answers.models import Intent
from kefu.claims import beside_orders
from kefu.conversations.models import Conversation
from kefu.hours.models import Schedule
from kefu.orders import flows, linking, showing
from kefu.orders.models import Order
from kefu.web import moments

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
    """Masked, by the clock of the inbox; with what may be asked for of each item today, if they came for that."""
    actions = beside_orders.told(order) if wanted in ABOUT_CLAIMS else {}
    shown = showing.masked([order], actions=actions)[0]
    with timezone.override(ZoneInfo(schedule.time_zone) if schedule else UTC):
        return "\n".join(_lines(shown, with_actions=bool(actions)))


def _lines(shown: showing.Shown, *, with_actions: bool) -> Iterator[str]:
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
    for one in shown.lines[:MOST_LINES] if with_actions else ():
        yield f"{one.line.name}:"
        yield from (f"- {action.label}: {action.why}" for action in one.actions)
    if with_actions:
        yield _(
            "This says what can be asked for today. Whether it is granted, a person or the policy decides."
        )
