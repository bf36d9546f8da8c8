"""Tying an order to the conversation that is about it, by the customer who named it or by a colleague.

The facts are the conversation's, so that its timeline tells them and open screens show the order at once.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kefu.conversations.models import Conversation
from kefu.conversations.models.conversation import Refused
from kefu.events import log
from kefu.events.actors import Actor
from kefu.orders.models import LinkedOrder, Order
from kefu.people.models import Staff

FIELD = "order_number"


@transaction.atomic
def link(order: Order, conversation: Conversation, *, by: Actor) -> None:
    """Twice is once. The conversation's order number, if the brand keeps one, becomes this one unless it has one."""
    if order.brand_id != conversation.brand_id:
        raise Refused(_("This order belongs to another brand."))
    staff = by if isinstance(by, Staff) else None
    made = LinkedOrder.objects.get_or_create(
        conversation=conversation, order=order, defaults={"linked_by": staff}
    )[1]
    if made:
        _note_number(order, conversation, by)
        log.record("conversation.order_linked", conversation, by=by, **conversation.scope(), order=order.pk)


@transaction.atomic
def unlink(order: Order, conversation: Conversation, *, by: Actor) -> None:
    """It was about something else."""
    if LinkedOrder.objects.filter(conversation=conversation, order=order).delete()[0]:
        log.record("conversation.order_unlinked", conversation, by=by, **conversation.scope(), order=order.pk)


def fields_of(order: Order) -> dict[str, Any]:
    """What a conversation that begins about it holds from the start."""
    return {FIELD: order.external_no}


def _note_number(order: Order, conversation: Conversation, by: Actor) -> None:
    if not conversation.fields.get(FIELD) and conversation.brand.fields.filter(key=FIELD).exists():
        conversation.describe(fields_of(order), by=by)
