"""A customer's claims beside their conversation in the console, the way to enter one, and a line in it for each step of
a claim that began there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.claims.entering_units import units_held
from kefu.claims.machines import Status
from kefu.claims.models import Claim
from kefu.claims.wording import STEPS, status_word
from kefu.conversations.context import Panel
from kefu.conversations.models import Conversation
from kefu.conversations.timeline import Fact
from kefu.events import log
from kefu.events.actors import SYSTEM, Actor, Someone
from kefu.events.log import Entry
from kefu.orders.models import Order, OrderStatus
from kefu.people.models import Staff
from kefu.people.roles import Can

MOST = 8
MOST_ORDERS = 5
MOVED = "conversation.claim_moved"
HEARS = frozenset(f"claim.{action}" for action in STEPS)
# Left again in the same moment.
PASSING = frozenset({Status.SUBMITTED, Status.COVERED, Status.NOT_ACCEPTED, Status.SETTLING_DIFFERENCE})


def shows(conversation: Conversation, agent: Staff) -> dict[str, Any] | None:
    """The latest first, with three queries."""
    if not agent.can(Can.SEE_ORDERS):
        return None
    claims = Claim.objects.visible_to(agent).of(conversation.customer).order_by("-opened_at", "-id")
    ways_in = _ways_in(conversation, agent) if agent.can(Can.HANDLE_CLAIMS) else {}
    return {"claims": claims[:MOST], **ways_in}


def _ways_in(conversation: Conversation, agent: Staff) -> dict[str, Any]:
    """To enter one from here: for an order, for a unit that they have registered, for another by its number."""
    units = units_held(conversation.customer, agent)
    return {
        "enters": _orders(conversation, agent),
        "units": [(str(unit.product), unit.serial, _address(conversation, unit=unit.pk)) for unit in units],
        "begins": _address(conversation),
    }


def _orders(conversation: Conversation, agent: Staff) -> list[tuple[str, str]]:
    """For which one may be entered from here: number and address."""
    orders = (
        Order.objects.visible_to(agent).of(conversation.customer).filter(customer=conversation.customer_id)
    )
    latest = orders.exclude(status=OrderStatus.CANCELLED).latest_first()[:MOST_ORDERS]
    return [(order.external_no, _address(conversation, order=order.pk)) for order in latest]


def _address(conversation: Conversation, **about: UUID) -> str:
    return f"{reverse('new-claim')}?{urlencode(about | {'conversation': conversation.pk})}"


def note_steps(entries: Iterable[Entry]) -> None:
    """Reader: the step becomes a fact about the conversation, so that its screens show it."""
    found = list(entries)
    begun_there = Claim.objects.filter(conversation__isnull=False).select_related("conversation")
    claims = begun_there.in_bulk({entry.subject_id for entry in found})
    for entry in found:
        claim = claims.get(entry.subject_id)
        if claim is not None and claim.conversation is not None and entry.data.get("after") not in PASSING:
            told = {"claim": claim.pk, "number": claim.number, "after": entry.data["after"]}
            log.record(MOVED, claim.conversation, by=_by(entry), **claim.conversation.scope(), **told)


def _by(entry: Entry) -> Actor:
    """A policy and a timer are the desk itself."""
    is_person = entry.actor_kind in ("staff", "customer")
    return Someone(entry.actor_kind, entry.actor_id) if is_person else SYSTEM


def sentence(fact: Fact) -> str:
    told = {"number": f"A-{fact.data.get('number')}", "status": str(status_word(fact.data["after"]))}
    return _now("%(who)s: claim {number} is at “{status}”").format(**told)


PANEL = Panel("claims", _("Claims"), "claims/beside.html", "claims/beside.css", shows)
