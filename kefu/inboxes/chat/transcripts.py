"""What was said, as a text to keep or a mail to oneself."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from kefu.conversations import bubbles
from kefu.conversations.bubbles import Bubble
from kefu.conversations.models import Conversation
from kefu.events import deliveries, log
from kefu.inboxes.chat.models import Visitor
from kefu.lib.ids import uuid7
from kefu.people.models import Identity, IdentityKind

STEP = 500


class NoAddress(Exception):
    """Nobody proved an address, so there is none to which a transcript may go."""


@dataclass(frozen=True, slots=True)
class Line:
    who: str
    at: str
    text: str
    files: tuple[str, ...]


def as_text(conversation: Conversation) -> str:
    head = _("Conversation %(number)s with %(brand)s") % {
        "number": conversation.public_number,
        "brand": conversation.brand.name,
    }
    return "\n\n".join([head, *map(_as_text, lines(conversation))]) + "\n"


def lines(conversation: Conversation) -> list[Line]:
    """Every reply, oldest first, in the brand's time zone. Notes are never among them."""
    zone, found, last = ZoneInfo(conversation.brand.time_zone), [], 0
    while page := bubbles.replies_after(conversation.pk, last, STEP):
        found += [_line(bubble, conversation, zone) for bubble in page]
        last = page[-1].reply_seq or 0
    return found


@transaction.atomic
def mail(conversation: Conversation, visitor: Visitor, *, language: str) -> None:
    """To the address that this customer proved; raises ``NoAddress``."""
    address = _proved_address(visitor)
    if address is None:
        raise NoAddress
    deliveries.queue(
        template="mail/chat_transcript",
        to=address.value or "",
        key=f"chat-transcript:{uuid7()}",
        language=language,
        by=visitor.customer,
        context={
            "brand_name": conversation.brand.name,
            "number": conversation.public_number,
            "transcript": as_text(conversation),
            "lines": lines(conversation),
        },
    )
    log.record("transcript.mailed", conversation, by=visitor.customer, customer=visitor.customer_id)


def _proved_address(visitor: Visitor) -> Identity | None:
    if visitor.verified_at is None:
        return None
    return (
        Identity.objects.filter(
            customer=visitor.customer_id, kind=IdentityKind.EMAIL, verified_at__isnull=False
        )
        .select_related("customer")
        .order_by("-verified_at")
        .first()
    )


def _line(bubble: Bubble, conversation: Conversation, zone: ZoneInfo) -> Line:
    shown = bubble.for_customer()
    others = {"customer": _("You"), "system": conversation.brand.name}
    who = others.get(bubble.author_kind) or shown["author"]["name"]
    at = bubble.at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
    return Line(who, at, bubble.text, tuple(file.name for file in bubble.files))


def _as_text(line: Line) -> str:
    files = "".join(f"\n[{name}]" for name in line.files)
    return f"{line.who}, {line.at}\n{line.text}{files}"
