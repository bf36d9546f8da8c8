"""What stands above the composer: sentences of rooms further down."""

from __future__ import annotations

from django import template

from kefu.conversations import context
from kefu.conversations.models import Conversation

register = template.Library()


@register.simple_tag
def said_above(conversation: Conversation) -> list[str]:
    return context.said_above(conversation)
