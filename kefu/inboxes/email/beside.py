"""The way to a new mail from beside a conversation, where its brand has a mailbox to write from."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from kefu.conversations.context import Panel
from kefu.conversations.models import Conversation
from kefu.inboxes.email.beginning import mailboxes_of
from kefu.people.models import Staff
from kefu.people.roles import Can


def shows(conversation: Conversation, agent: Staff) -> dict[str, Any] | None:
    """With one query."""
    if agent.can(Can.ANSWER) and mailboxes_of(agent).filter(brand=conversation.brand_id).exists():
        return {}
    return None


PANEL = Panel("mail", _("Mail"), "email/beside.html", "email/console.css", shows)
