"""A mail as it was read: what ``parsing.parse`` makes of the raw bytes.

No text here holds NUL or half a surrogate pair, so the database takes all of it. Nothing is cleaned for a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    HUMAN = "human"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    BULK = "bulk"
    LOOP = "loop"


class Problem(StrEnum):
    """What was wrong with a mail that could be read all the same."""

    ADDRESS = "address"
    BASE64 = "base64"
    BOUNDARY = "boundary"
    CHARSET = "charset"
    DATE = "date"
    HEADER = "header"
    HTML = "html"
    LONG_TEXT = "long text"
    MANY_PARTS = "many parts"
    NO_SENDER = "no sender"
    OUTSIDE_THE_PARTS = "text outside the parts"
    SEVERAL_SENDERS = "several senders"
    TOO_DEEP = "too deep"
    WINMAIL = "winmail"


@dataclass(frozen=True, slots=True)
class Address:
    """The domain is in small letters, as sent otherwise: an internationalised one may be in either form."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Attachment:
    """``name`` is the sender's, or made from the type, and may be empty; ``kefu.lib.files.examine`` cleans it.

    ``inline`` is shown within the text; ``content_id`` has no angle brackets.
    """

    name: str
    type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """The first event of a calendar part (RFC 5545), which is also among the attachments.

    ``method`` is REQUEST, CANCEL, REPLY …; a whole day, and a time in a zone nobody knows, has no UTC offset.
    """

    method: str
    summary: str
    starts: datetime | None
    ends: datetime | None
    place: str
    organiser: str
    uid: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient of a delivery report; ``status`` as in RFC 3463, "" if the report names none.

    ``action`` is failed, delayed, delivered, relayed or expanded (RFC 3464).
    """

    recipient: str
    action: str
    status: str
    permanent: bool
    diagnostic: str


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """``original_message_id`` is that of the mail it tells about, "" if it does not say."""

    failures: tuple[Failure, ...]
    original_message_id: str


@dataclass(frozen=True, slots=True)
class Mail:
    """Message-IDs have no angle brackets. ``sender`` is who the From header names, which proves nothing.

    ``text``, ``signature`` and ``quoted`` are the whole text in its order, but for white space between them.
    ``plain`` is that whole text: the one beside the HTML, or what the HTML says. ``html`` is as sent, but well formed
    and without scripts: for ``kefu.lib.html.clean_mail``, not for a page; ``reply_html`` is its part above signature
    and quote. ``headers`` keep their order, the topmost first,
    with names in small letters (those of ``headers.KEPT``). ``return_path`` is "" for ``<>`` and None if not told.
    """

    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    subject: str
    sender: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    return_path: str | None
    text: str
    signature: str
    quoted: str
    plain: str
    html: str
    reply_html: str
    attachments: tuple[Attachment, ...]
    headers: tuple[tuple[str, str], ...]
    kind: Kind
    report: DeliveryReport | None
    invitation: Invitation | None
    problems: tuple[Problem, ...]

    def header(self, name: str) -> str:
        """The topmost one of that name, "" without."""
        return next((value for each, value in self.headers if each == name), "")
