"""Where mail goes on a desk without a mail server: into a folder, a file each, to be read in the browser."""

from __future__ import annotations

import email
import email.policy
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage as Parsed
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

KEPT = 500
NAME = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{8}")


class FolderBackend(BaseEmailBackend):
    """A mail backend of Django's: ``.eml`` files in ``KEFU_MAIL_FOLDER``, readable by the desk only."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _write(_folder(), message.message().as_bytes())
        _forget_old(_folder())
        return len(email_messages)


@dataclass(frozen=True, slots=True)
class Kept:
    """One mail of the folder. ``html`` is what its sender wrote, not cleaned."""

    name: str
    at: datetime
    sender: str
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[str, ...]


def newest(limit: int = 100) -> list[Kept]:
    """The latest first."""
    names = sorted((file.stem for file in _folder().glob("*.eml")), reverse=True)
    return [kept for name in names[:limit] if (kept := find(name))]


def find(name: str) -> Kept | None:
    """None for whatever is not the name of a mail in the folder."""
    if not NAME.fullmatch(name):
        return None
    try:
        content = (_folder() / f"{name}.eml").read_bytes()
    except FileNotFoundError:
        return None
    return _read(name, email.message_from_bytes(content, _class=Parsed, policy=email.policy.default))


def _folder() -> Path:
    folder: Path = settings.KEFU_MAIL_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _write(folder: Path, content: bytes) -> None:
    """Under a name that sorts by time; moved into place when complete, so that nobody reads half a mail."""
    name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    half = folder / f".{name}"
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    half.rename(folder / f"{name}.eml")


def _forget_old(folder: Path) -> None:
    for file in sorted(folder.glob("*.eml"))[:-KEPT]:
        file.unlink(missing_ok=True)


def _read(name: str, mail: Parsed) -> Kept:
    return Kept(
        name=name,
        at=datetime.strptime(name.split("-")[0] + "+0000", "%Y%m%dT%H%M%S%f%z"),
        sender=str(mail["From"] or ""),
        to=str(mail["To"] or ""),
        subject=str(mail["Subject"] or ""),
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        attachments=tuple(part.get_filename() or "" for part in mail.iter_attachments()),
    )


def _body(mail: Parsed, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
