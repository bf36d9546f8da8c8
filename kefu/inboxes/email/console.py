"""What mail hangs into the console: below its messages, and in the composer of conversations that leave by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from kefu.conversations import posting
from kefu.conversations.channels import Channel
from kefu.conversations.models import Conversation, InboxKind, Status
from kefu.inboxes.email import choosing, signing, writing
from kefu.inboxes.email.settings import MailSettings
from kefu.inboxes.email.writing import Person
from kefu.people.models import Staff
from kefu.web import moments


def writes(conversation: Conversation, agent: Staff) -> dict[str, Any] | None:
    """To whom a reply goes, honestly, and what stands below it."""
    if conversation.inbox.kind != InboxKind.EMAIL or conversation.status == Status.CLOSED:
        return None
    usual = writing.usual_content(conversation)
    language = conversation.customer.language or conversation.inbox.language
    settings = MailSettings.of(conversation.inbox)
    signature = signing.signature(conversation, settings, by=agent, language=language)
    return {
        "to": listed(usual.to),
        "others": listed(writing.others(conversation)),
        "subject": usual.subject,
        "chosen": {
            "to": listed(usual.to),
            "subject": usual.subject,
            "quote": True,
            "signature": True,
        },
        "quote": usual.quote,
        "signature": signing.html_of(signature),
        "dead": choosing.lately_undelivered([address for _name, address in usual.to]),
        "zone": moments.zone_name(timezone.localtime()),
    }


def chosen(form: QueryDict) -> dict[str, Any]:
    """A box that is not ticked is not sent."""
    texts = {name: form.get(f"mail-{name}", "") for name in ("to", "cc", "bcc", "subject", "later")}
    return texts | {name: f"mail-{name}" in form for name in ("quote", "signature", "anyway")}


@transaction.atomic
def reply(
    conversation: Conversation,
    text: str,
    *,
    by: Staff,
    client_id: UUID,
    wanted: Mapping[str, Any],
    file_ids: Sequence[UUID],
    seen: int | None,
) -> posting.Posted:
    """``wanted`` as in ``choosing``, with ``solve`` to solve the conversation along with it."""
    chosen = choosing.wanted_of(wanted, zone=by.time_zone)
    posted = writing.reply(
        conversation, text, by=by, client_id=client_id, wanted=chosen, file_ids=file_ids, seen=seen
    )
    if wanted.get("solve") is True and not posted.repeat:
        conversation.solve(by=by)
    return posted


def listed(people: Sequence[Person]) -> str:
    """As it stands in a field, to be edited and read again."""
    return ", ".join(_shown(name, address) for name, address in people)


def _shown(name: str, address: str) -> str:
    """A comma within a name would cut the list; a name that is odd is left out, its address counts."""
    plain = " ".join(name.replace('"', " ").replace("<", " ").replace(">", " ").split())
    if not plain or not plain.isprintable():
        return address
    return f'"{plain}" <{address}>' if choosing.CUTS.search(plain) else f"{plain} <{address}>"


CHANNEL = Channel(
    below="email/below_message.html",
    composer="email/composer.html",
    line="email/composer_line.html",
    stylesheet="email/console.css",
    script="email/console.js",
    writes=writes,
    chosen=chosen,
    reply=reply,
)
