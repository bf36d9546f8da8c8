"""How it goes with replies that leave the desk: said by the rooms that send them, shown with the message."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kefu.conversations.models import Delivery, Message
from kefu.events import log
from kefu.events.actors import SYSTEM, Actor

CHANGED = "message.delivery"


@transaction.atomic
def tell(message_id: int, state: Delivery, *, by: Actor = SYSTEM, leaves_at: datetime | None = None) -> bool:
    """Whether it was news. ``leaves_at``: not before that moment. Screens draw the message again."""
    as_it_is = {"delivery": state, "leaves_at": leaves_at}
    if not Message.objects.filter(pk=message_id).exclude(**as_it_is).update(**as_it_is):
        return False
    message = Message.objects.select_related("conversation").get(pk=message_id)
    log.record(
        CHANGED,
        message.conversation,
        by=by,
        message=message_id,
        seq=message.seq,
        delivery=str(state),
        **message.conversation.scope(),
    )
    return True
