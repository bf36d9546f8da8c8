"""A part of a mail that is a file."""

from __future__ import annotations

from mimetypes import MimeTypes

from kefu.inboxes.email.headers import read_head
from kefu.inboxes.email.parsed import Attachment
from kefu.inboxes.email.structure import Part
from kefu.inboxes.email.words import text_of


def attachment(part: Part) -> Attachment:
    content = part.content()
    name = part.name or (_name_of_mail(content) if part.type == "message/rfc822" else _name_by_type(part))
    inline = bool(part.content_id) and part.disposition.main != "attachment"
    return Attachment(name, part.type, content, part.content_id, inline or _is_shown_within(part))


def _is_shown_within(part: Part) -> bool:
    return part.disposition.main == "inline" and part.main_type == "image"


def _name_of_mail(content: bytes) -> str:
    subject = text_of(read_head(content, 0, min(len(content), 100_000)).first("subject"))
    return f"{subject[:100] or 'mail'}.eml"


def _name_by_type(part: Part) -> str:
    """``image.png``: what has no ending is hard to open. Empty if the type tells nothing."""
    ending = ".txt" if part.main_type in ("text", "message") else ""
    ending = _ENDINGS.guess_extension(part.type) or ending
    return f"{part.main_type}{ending}" if ending else ""


_ENDINGS = MimeTypes()  # not the machine's own list
