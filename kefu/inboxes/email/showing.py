"""A letter as colleagues see it: who it came from and what is known of them, its page, its parts folded away."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import unquote

from django.core.files.storage import default_storage
from django.utils.dateparse import parse_datetime

from kefu.conversations.models import File
from kefu.inboxes.email.models import InlinePicture, Letter
from kefu.lib.html import MailPage, clean_mail

MOST_PICTURE_BYTES = 8 * 1024 * 1024  # of all pictures within one page
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:{remote}; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
REMOTE = " https: http:"


@dataclass(frozen=True, slots=True)
class Head:
    """``moment`` is when its sender says that it was written."""

    subject: str
    sender: tuple[str, str] | None
    to: list[tuple[str, str]]
    cc: list[tuple[str, str]]
    moment: datetime | None
    invitation: dict[str, Any] | None
    refused_files: list[str]


def head_of(letter: Letter) -> Head:
    found = letter.headers
    return Head(
        subject=found.get("subject", ""),
        sender=_pair(found.get("from")),
        to=_pairs(found.get("to")),
        cc=_pairs(found.get("cc")),
        moment=parse_datetime(found.get("date") or ""),
        invitation=_invitation(found.get("invitation")),
        refused_files=found.get("refused_files", []),
    )


def kept_apart(letter: Letter) -> int:
    """How many of its pictures would have to be fetched from elsewhere."""
    return clean_mail(letter.html, inline=_none).kept_apart if letter.html else 0


def page_of(letter: Letter, *, with_remote_pictures: bool) -> MailPage:
    """For a frame under ``policy``. The letter's own pictures are part of the page: a frame without an origin sends
    no cookies, so nothing of ours that asks who is looking could be fetched from within.
    """
    remote = str if with_remote_pictures else _none
    return clean_mail(letter.html, inline=_pictures(letter), remote=remote)


def policy(*, with_remote_pictures: bool) -> str:
    return POLICY.format(remote=REMOTE if with_remote_pictures else "")


def _pictures(letter: Letter) -> Callable[[str], str | None]:
    files = {
        one.content_id: one.file for one in InlinePicture.objects.filter(letter=letter).select_related("file")
    }
    left = MOST_PICTURE_BYTES

    @cache
    def address(content_id: str) -> str | None:
        nonlocal left
        file = files.get(unquote(content_id).strip("<> "))
        if file is None or not file.is_image or file.size > left:
            return None
        left -= file.size
        return _within(file)

    return address


def _within(file: File) -> str:
    """Pictures were encoded anew when they were kept."""
    with default_storage.open(file.stored) as opened:
        return f"data:{file.type};base64,{base64.b64encode(opened.read()).decode()}"


def _none(_address: str) -> None:
    return None


def _pair(stored: Any) -> tuple[str, str] | None:
    return (str(stored[0]), str(stored[1])) if stored else None


def _pairs(stored: Any) -> list[tuple[str, str]]:
    return [(str(one[0]), str(one[1])) for one in stored or [] if one]


def _invitation(stored: Any) -> dict[str, Any] | None:
    if not stored:
        return None
    moments = {name: parse_datetime(stored.get(name, "")) for name in ("starts", "ends")}
    return {**stored, **moments}
