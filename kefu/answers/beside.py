"""What a conversation is about, beside it in the console: for whoever answers, who may put it right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.answers.models import About, Destination, Intent
from kefu.conversations.context import Panel
from kefu.conversations.models import Conversation
from kefu.people.models import Staff, Team

ADVICE: Mapping[str, str | Promise] = {
    Intent.ORDER_STATUS: _("Look at the order and its parcels before you ask the customer for anything."),
    Intent.REFUND: _("Look at the refund's state first. Name no date that the payment provider decides."),
    Intent.RETURN: _("See beside each item what may be returned today, and enter the claim from here."),
    Intent.WARRANTY: _("Find the unit by its serial number; its cover is reckoned there."),
    Intent.TECHNICAL: _("Ask for the model and what it shows, then look for the article."),
    Intent.ACCOUNT: _("Let them prove who they are before anything is changed. Never ask for a code."),
    Intent.COMPLAINT: _("Say what you understood, what you do next and by when. Escalate early."),
    Intent.FRAUD: _("Ask for no codes and open no links. Tell them to pay nothing more, and escalate."),
}


def shows(conversation: Conversation, agent: Staff) -> dict[str, Any]:
    """With two queries."""
    about = About.objects.filter(conversation=conversation).select_related("set_by", "sent_to").first()
    return {
        "about": about,
        "intents": [("", _("Not said yet")), *Intent.choices] if about is None else Intent.choices,
        "percent": min(99, round(about.probability * 100)) if about else 0,  # a guess is never certain
        "advice": ADVICE.get(about.intent, "") if about else "",
        "team": _deals_with_it(conversation, about) if about else None,
        "was_sent": bool(about and about.sent_to_id and about.sent_to_id == conversation.team_id),
    }


def _deals_with_it(conversation: Conversation, about: About) -> Team | None:
    """The team that its brand has named for this."""
    named = Destination.objects.filter(
        brand=conversation.brand_id, intent=about.intent, team__brand=conversation.brand_id
    )
    found = named.select_related("team").first()
    return found.team if found else None


PANEL = Panel("intent", _("What it is about"), "answers/beside.html", "answers/beside.css", shows)
