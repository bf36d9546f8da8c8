"""Which conversation a mail goes on with. Never by its subject or a number in it: anyone can write those."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from kefu.conversations.models import Inbox
from kefu.inboxes.email import tokens
from kefu.inboxes.email.models import OutgoingMail

MOST_REFERENCES = 50


def answered(
    inbox: Inbox, *, in_reply_to: str, references: Sequence[str], recipients: Iterable[str]
) -> OutgoingMail | None:
    """The mail of ours that this one answers: by a Message-ID that only we can have made, else by a reply address.

    Of another brand's conversations nothing is found.
    """
    return _by_message_id(inbox, [in_reply_to, *reversed(references)]) or _by_address(inbox, recipients)


def was_sent_to(outgoing: OutgoingMail, address: str) -> bool:
    """Whether we wrote to this address, so that an answer from there surprises nobody."""
    content = json.loads(outgoing.content or "{}")
    people = [*content.get("to", []), *content.get("cc", []), *content.get("bcc", [])]
    return address.lower() in {other.lower() for _name, other in people}


def _by_message_id(inbox: Inbox, message_ids: Sequence[str]) -> OutgoingMail | None:
    """What stands nearest to the answer wins."""
    ours = [mail for text in message_ids[:MOST_REFERENCES] if (mail := tokens.mail_of(text))]
    found = {outgoing.pk: outgoing for outgoing in _mails(inbox).filter(pk__in=ours)} if ours else {}
    return next((found[mail] for mail in ours if mail in found), None)


def _by_address(inbox: Inbox, recipients: Iterable[str]) -> OutgoingMail | None:
    given = [token for address in recipients if (token := tokens.token_in(address))]
    return _mails(inbox).filter(token__in=given).order_by("pk").last() if given else None


def reported(inbox: Inbox, *, message_ids: Iterable[str], recipients: Iterable[str]) -> OutgoingMail | None:
    """The mail of ours that a delivery report is about: by the return path made for it, else by its Message-ID."""
    return _by_address(inbox, recipients) or _by_message_id(inbox, list(message_ids))


def _mails(inbox: Inbox) -> QuerySet[OutgoingMail]:
    """With their conversations; what they said is left out."""
    found = OutgoingMail.objects.filter(message__conversation__brand=inbox.brand_id)
    return found.select_related("message__conversation__customer").defer("content", *_UNREAD)


_UNREAD = tuple(f"message__{name}" for name in ("text", "masked", "salt", "commitment", "created_at"))
