"""What a visitor's chat shows when it starts: who is here, what may be asked, and what was said so far."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefu.conversations import bubbles, waits
from kefu.conversations.bubbles import Bubble
from kefu.conversations.models import Conversation, Inbox
from kefu.events import log
from kefu.hours.clock import is_open, next_closing, next_opening
from kefu.inboxes.chat.models import Visitor
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.topics import FormField, Topic
from kefu.orders.models import OrderSource
from kefu.people.models import PresenceState, Staff

MOST_CONVERSATIONS = 20
SEEN_LATELY = timedelta(seconds=90)
MOST_FACES = 4


def state_for(visitor: Visitor) -> dict[str, Any]:
    """The cursor is taken first: whatever happens while the rest is read comes again over the stream."""
    cursor = log.horizon()
    return {
        "cursor": str(cursor),
        "brand": {"name": visitor.inbox.brand.name},
        **day_at(visitor.inbox),
        "conversations": _conversations(visitor),
    }


def day_at(inbox: Inbox) -> dict[str, Any]:
    """What changes as the day goes on, whatever is said: a chat that stays open asks for it again."""
    settings, open_now = ChatSettings.of(inbox), is_open(inbox.schedule, timezone.now())
    return {
        "greeting": str(settings.greeting),
        "hours": {
            "open": open_now,
            "text": "" if open_now else opening_words(inbox),
            "changes_in": _seconds_to_the_change(inbox),
        },
        "expected_reply": _expected_reply(inbox, settings),
        "agents": _who_is_here(inbox),
        "has_orders": OrderSource.objects.filter(brand=inbox.brand_id).exists(),
        "form": {"offline": not open_now, "topics": [_topic(topic, open_now) for topic in settings.topics]},
    }


def _expected_reply(inbox: Inbox, settings: ChatSettings) -> str:
    """As measured lately, which the words say; or else as the brand promises."""
    wait = waits.usual_waits([inbox], timezone.now()).get(inbox.pk)
    return str(settings.expected_reply) if wait is None else waits.sentence(wait, inbox.schedule)


def _seconds_to_the_change(inbox: Inbox) -> int | None:
    """Until it opens or closes, and not the moment itself: visitors' clocks are wrong."""
    now = timezone.now()
    change = next_closing(inbox.schedule, now) or next_opening(inbox.schedule, now)
    return ceil((change - now).total_seconds()) if change else None


def of_visitor(visitor: Visitor) -> Any:
    """The conversations that this browser may see: its customer's, at this brand."""
    return Conversation.objects.filter(customer=visitor.customer_id, brand=visitor.inbox.brand_id)


def shown(conversation: Conversation) -> dict[str, Any]:
    return _shown(conversation, bubbles.replies_before(conversation.pk))


def _conversations(visitor: Visitor) -> list[dict[str, Any]]:
    latest = of_visitor(visitor).order_by("-last_message_at", "-id")[:MOST_CONVERSATIONS]
    return [shown(conversation) for conversation in latest]


def _shown(conversation: Conversation, said: list[Bubble]) -> dict[str, Any]:
    return {
        "id": str(conversation.pk),
        "number": conversation.public_number,
        "status": conversation.status,
        "subject": conversation.subject,
        "last_seq": conversation.last_reply_seq,
        "read_seq": conversation.customer_read_seq,
        "staff_read_seq": conversation.staff_read_seq,
        "staff_delivered_seq": conversation.staff_delivered_seq,
        "messages": [bubble.for_customer() for bubble in said],
    }


def _topic(topic: Topic, open_now: bool) -> dict[str, Any]:
    fields = [_field(field) for field in topic.asks(open_now=open_now)]
    return {"id": topic.key, "label": str(topic.label), "fields": fields}


def _field(field: FormField) -> dict[str, Any]:
    return {
        "name": field.key,
        "label": str(field.label),
        "help": str(field.help),
        "type": str(field.type),
        "required": field.required,
        "options": list(field.choices),
    }


def _who_is_here(inbox: Inbox) -> list[dict[str, str]]:
    here = Staff.objects.filter(
        is_active=True,
        memberships__team=inbox.team_id,
        presence__chosen=PresenceState.ONLINE,
        presence__seen_at__gt=timezone.now() - SEEN_LATELY,
    ).order_by("id")[:MOST_FACES]
    return [{"name": staff.alias, "avatar_initials": bubbles.initials(staff.alias)} for staff in here]


def opening_words(inbox: Inbox) -> str:
    """When it opens next, in words: "We open at 09:00, in 7 hours." """
    now = timezone.now()
    opening = next_opening(inbox.schedule, now)
    if opening is None:
        return _("We are closed at the moment.")
    clock, wait = opening.strftime("%H:%M"), opening - now
    if wait < timedelta(hours=20):
        return _("We open at %(clock)s, in %(wait)s.") % {"clock": clock, "wait": _how_long(wait)}
    if wait < timedelta(days=6):
        return _("We open on %(day)s at %(clock)s.") % {"day": WEEKDAYS[opening.weekday()], "clock": clock}
    return _("We open on %(date)s at %(clock)s.") % {"date": opening.strftime("%Y-%m-%d"), "clock": clock}


def _how_long(wait: timedelta) -> str:
    minutes = max(1, round(wait.total_seconds() / 60))
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = round(minutes / 60)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
