"""How an answer finds its conversation: Message-IDs that only we can make, and reply addresses nobody guesses."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from uuid import UUID

from kefu.inboxes.email.models import TOKEN_BYTES
from kefu.lib.encryption import blind_index

PURPOSE = "mail.message-id"
MARK_BYTES = 16
_OURS = re.compile(r"<?([a-z2-7]{26})\.([a-z2-7]{26})@[^<>\s@]+>?", re.ASCII)
_TOKEN = re.compile(r"[a-z2-7]{26}", re.ASCII)
BOUNCE = "b-"


def fresh_token() -> bytes:
    return secrets.token_bytes(TOKEN_BYTES)


def message_id(mail: UUID, domain: str) -> str:
    """The same for the same mail at every attempt: ``<id.mark@domain>``."""
    return f"<{_written(mail.bytes)}.{_written(_mark(mail))}@{domain}>"


def mail_of(message_id: str) -> UUID | None:
    """Which of our mails this Message-ID names; None for one that we did not make."""
    found = _OURS.fullmatch(message_id.strip().lower())
    if not found:
        return None
    mail = UUID(bytes=_read(found[1]))
    return mail if hmac.compare_digest(_read(found[2]), _mark(mail)) else None


def reply_address(address: str, token: bytes) -> str:
    return _plus(address, _written(token))


def bounce_address(address: str, token: bytes) -> str:
    return _plus(address, BOUNCE + _written(token))


def token_in(address: str) -> bytes | None:
    """Of a reply address or a bounce address."""
    extension = address.rpartition("@")[0].partition("+")[2].lower()
    text = extension.removeprefix(BOUNCE)
    return _read(text) if _TOKEN.fullmatch(text) else None


def is_bounce_address(address: str) -> bool:
    return "+" + BOUNCE in address.lower()


def without_extension(address: str) -> str:
    """``support@desk.test`` of ``support+anything@desk.test``."""
    name, _at, domain = address.lower().rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"


def _plus(address: str, extension: str) -> str:
    name, _at, domain = address.rpartition("@")
    return f"{name}+{extension}@{domain}"


def _mark(mail: UUID) -> bytes:
    return blind_index(str(mail), purpose=PURPOSE)[:MARK_BYTES]


def _written(value: bytes) -> str:
    """26 characters for 16 bytes, the same whatever a mail server does to capitals."""
    return base64.b32encode(value).decode().rstrip("=").lower()


def _read(text: str) -> bytes:
    return base64.b32decode(text.upper() + "======")
