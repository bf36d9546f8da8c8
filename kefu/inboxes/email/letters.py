"""What is kept of a mail beside the message that it became: its head, its HTML, its files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from kefu.conversations import files
from kefu.conversations.drafts import Posted
from kefu.conversations.models import File, Inbox, Message
from kefu.events.actors import Actor
from kefu.inboxes.email.authenticity import Verdict
from kefu.inboxes.email.lookalikes import poses_as
from kefu.inboxes.email.models import InlinePicture, Letter, ReceivedMail
from kefu.inboxes.email.parsed import Address, Attachment, Mail
from kefu.lib.files import Checked

MOST_FILES = 100
MOST_HTML = 1_000_000
MOST_REFERENCES = 20


# An attachment, and what it turned out to be; None where it may not be kept.
Looked = tuple[Attachment, Checked | None]


def looked_at(mail: Mail) -> list[Looked]:
    """Slow for pictures, which are drawn anew; wants no database."""
    return [(part, _look(part)) for part in mail.attachments[:MOST_FILES]]


def _look(part: Attachment) -> Checked | None:
    try:
        return files.look_at(SimpleUploadedFile(part.name or "file", part.content))
    except files.NotKept:
        return None


def write(
    posted: Posted,
    received: ReceivedMail,
    mail: Mail,
    *,
    looked: Sequence[Looked],
    verdict: Verdict,
    rest: str,
    uploaded_by: Actor,
    show_html: bool,
) -> Letter:
    """In the caller's transaction. Without ``show_html`` the text stands alone, because something in it was masked."""
    kept = _keep(looked, posted, uploaded_by)
    refused = [part.name for part, found in looked if found is None]
    refused += [part.name for part in mail.attachments[MOST_FILES:]]
    letter = Letter.objects.create(
        message_id=posted.message_id,
        received=received,
        header_id=mail.message_id[:1000],
        head=json.dumps(_head(mail, refused), ensure_ascii=False),
        html=mail.html[:MOST_HTML] if show_html else "",
        quoted=rest,
        signature=mail.signature,
        verdict=_verdict(verdict, mail, received.inbox),
    )
    InlinePicture.objects.bulk_create(
        InlinePicture(letter=letter, content_id=part.content_id[:255], file=file)
        for part, file in _once_each(kept)
    )
    if kept:
        Message.objects.filter(pk=posted.message_id).update(has_files=True)
    return letter


def _head(mail: Mail, refused: Sequence[str]) -> dict[str, Any]:
    return {
        "subject": mail.subject,
        "from": _pair(mail.sender) if mail.sender else None,
        "reply_to": [_pair(one) for one in mail.reply_to],
        "to": [_pair(one) for one in mail.to],
        "cc": [_pair(one) for one in mail.cc],
        "references": list(mail.references[-MOST_REFERENCES:]),
        "date": mail.date.isoformat() if mail.date else None,
        "invitation": _invitation(mail),
        "refused_files": list(refused),
        "problems": [str(one) for one in mail.problems],
    }


def _verdict(found: Verdict, mail: Mail, inbox: Inbox) -> dict[str, str]:
    """Words for colleagues: whether the sender is proved, by what, and whether it plays the brand."""
    domains = {one.address.rpartition("@")[2] for one in inbox.mail_addresses.all()}
    names = [inbox.brand.name]
    pose = poses_as(mail.sender, brand_names=names, brand_domains=domains) if mail.sender else None
    return {
        "standing": found.standing,
        "spf": found.spf.result,
        "dkim": found.dkim.result,
        "dmarc": found.dmarc.result,
        "poses_as": pose or "",
    }


def _pair(person: Address) -> list[str]:
    return [person.name, person.address]


def _invitation(mail: Mail) -> dict[str, str] | None:
    found = mail.invitation
    if found is None:
        return None
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else str(value or "")
        for name, value in asdict(found).items()
    }


def _keep(looked: Sequence[Looked], posted: Posted, by: Actor) -> list[tuple[Attachment, File]]:
    """What may not be kept as a file is named in the letter's head; the original mail still has it."""
    kept = [
        (part, files.keep_what_was_looked_at(found, by=by, conversation=None))
        for part, found in looked
        if found is not None
    ]
    if kept:
        File.objects.filter(pk__in=[file.pk for _part, file in kept]).update(
            message=posted.message_id, conversation=posted.conversation_id
        )
    return kept


def _once_each(kept: Sequence[tuple[Attachment, File]]) -> list[tuple[Attachment, File]]:
    """Of several parts with one name, the first is shown."""
    first = {part.content_id[:255]: (part, file) for part, file in reversed(kept) if part.content_id}
    return list(first.values())
