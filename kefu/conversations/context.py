"""What stands beside a conversation: who the customer is, what else they asked, details, tags, files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _

from kefu.conversations.models import Conversation, FieldDefinition, File, Tag
from kefu.lib.encryption import Tampered
from kefu.people.models import Identity, IdentityKind, Staff
from kefu.privacy.display import STARS, mask_email, mask_phone

MOST_HISTORY = 10
MOST_FILES = 30


@dataclass(frozen=True, slots=True)
class Known:
    """Something that a customer is known by, masked until someone with the right asks for it."""

    identity: Identity
    shown: str

    @property
    def icon(self) -> str:
        return {"email": "mail", "phone": "phone"}.get(self.identity.kind, "user")


@dataclass(frozen=True, slots=True)
class Panel:
    """What a room further down shows beside a conversation, folded: ``shows`` answers what ``template`` is drawn
    from as ``shown``, or None where it is not for this colleague.
    """

    key: str
    title: str | Promise
    template: str
    stylesheet: str
    shows: Callable[[Conversation, Staff], dict[str, Any] | None]
    script: str = ""


PANELS: list[Panel] = []  # filled by kefu.reactions
# Each says in a sentence, above the composer, what whoever answers here should know; "" where there is nothing.
LINES: list[Callable[[Conversation], str]] = []  # filled by kefu.reactions


def said_above(conversation: Conversation) -> list[str]:
    return [said for line in LINES if (said := line(conversation))]


class Context:
    """Asked for piece by piece, each with one query at most."""

    def __init__(self, conversation: Conversation, agent: Staff) -> None:
        self.conversation = conversation
        self.agent = agent

    @cached_property
    def known(self) -> list[Known]:
        customer = self.conversation.customer
        identities = list(customer.identities.order_by("created_at"))
        for identity in identities:
            identity.customer = customer
        return [Known(identity, masked(identity)) for identity in identities]

    @cached_property
    def history(self) -> Sequence[Conversation]:
        """The customer's other conversations, as far as one may see them, the latest first."""
        others = Conversation.objects.visible_to(self.agent).filter(customer=self.conversation.customer_id)
        return list(others.exclude(pk=self.conversation.pk).order_by("-last_message_at")[:MOST_HISTORY])

    @cached_property
    def tags(self) -> Sequence[Tag]:
        return list(self.conversation.tags.order_by("name"))

    @cached_property
    def details(self) -> list[tuple[FieldDefinition, Any]]:
        defined = FieldDefinition.objects.filter(brand=self.conversation.brand_id)
        return [(definition, self.conversation.fields.get(definition.key, "")) for definition in defined]

    @property
    def answers(self) -> list[tuple[str, Any]]:
        """What else a form asked, under the key that it has there: nobody at the desk can edit those."""
        defined = {definition.key for definition, _value in self.details}
        known = self.conversation.fields.items()
        return [
            (_words(key), value) for key, value in known if key not in defined and value not in ("", None)
        ]

    @property
    def site(self) -> list[tuple[str, Any]]:
        """What this brand's website says of the customer, who could have said it themselves: never trusted."""
        told = self.conversation.customer.fields.get("sites", {}).get(str(self.conversation.brand_id), {})
        page = [(_("Page"), told["page"])] if told.get("page") else []
        return page + sorted(told.get("said", {}).items())

    @cached_property
    def panels(self) -> list[tuple[Panel, dict[str, Any]]]:
        found = ((panel, panel.shows(self.conversation, self.agent)) for panel in PANELS)
        return [(panel, shown) for panel, shown in found if shown is not None]

    @cached_property
    def files(self) -> Sequence[File]:
        sent = File.objects.filter(conversation=self.conversation, message__isnull=False)
        return list(sent.select_related("message").order_by("-created_at")[:MOST_FILES])


def _words(key: str) -> str:
    return key.replace("_", " ").replace("-", " ").capitalize()


def masked(identity: Identity) -> str:
    """Enough to recognise it, too little to use it."""
    try:
        value = identity.value or ""
    except Tampered:
        return STARS
    if identity.kind == IdentityKind.EMAIL:
        return mask_email(value)
    if identity.kind == IdentityKind.PHONE:
        return mask_phone(value)
    return f"{value[:2]}{STARS}{value[-2:]}" if len(value) > 6 else STARS
