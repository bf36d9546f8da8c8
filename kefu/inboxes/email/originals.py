"""The original of a mail as colleagues may save it: all of it, but for a phrase that only its owner may know."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message

from kefu.inboxes.email import raws
from kefu.inboxes.email.charsets import decode
from kefu.inboxes.email.models import Letter
from kefu.privacy.phrases import STARS, without_phrase


def original_of(letter: Letter) -> bytes:
    """Byte for byte where nothing was taken out; only a mail whose words show the stars is opened and written anew.

    Raises ``FileNotFoundError``.
    """
    raw = raws.open_raw(letter.received)
    shown = (letter.message.text, letter.quoted, letter.signature, letter.html)
    return _without_phrase(raw) if any(STARS in words for words in shown) else raw


def _without_phrase(raw: bytes) -> bytes:
    whole = message_from_bytes(raw)
    for part in whole.walk():
        if part.get_content_maintype() == "text" and not part.is_multipart():
            _rewrite(part)
    return whole.as_bytes()


def _rewrite(part: Message) -> None:
    content = part.get_payload(decode=True)
    text = decode(content, part.get_content_charset() or "").text if isinstance(content, bytes) else ""
    kept = without_phrase(text)
    if kept != text:
        del part["Content-Transfer-Encoding"]
        part.set_payload(kept, "utf-8")
