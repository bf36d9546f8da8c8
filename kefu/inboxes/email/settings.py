"""What an admin decides about one mailbox: how mail comes in and goes out, and what is said without being asked.

What is secret of it (passwords, keys, tokens) is kept apart: see ``MailSecrets``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from kefu.conversations.models import Inbox
from kefu.inboxes.stored import BadSettings, Words

LONGEST_TEXT = 2000
LONGEST_LINE = 254
MOST_FOLDERS = 10
HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|[0-9a-f:]+", re.ASCII)
IMAP_PORTS = frozenset({143, 993})
SMTP_PORTS = frozenset({25, 465, 587, 2525})
Choice = TypeVar("Choice", bound=StrEnum)
NO_WORDS = Words()


class WayIn(StrEnum):
    NONE = "none"
    IMAP = "imap"
    DELIVERED = "delivered"  # by LMTP, a pipe or a provider's webhook


class WayOut(StrEnum):
    DESK = "desk"  # the mail server that the installation sends its own mail through
    SMTP = "smtp"
    PROVIDER = "provider"


class Security(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class SignIn(StrEnum):
    PASSWORD = "password"  # noqa: S105 - the name of a way
    OAUTH = "oauth"


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mail server is and how it is signed in to; ``user`` is empty where none is asked for."""

    host: str = ""
    port: int = 0
    security: Security = Security.TLS
    sign_in: SignIn = SignIn.PASSWORD
    user: str = ""


@dataclass(frozen=True, slots=True)
class OAuth:
    """Where fresh access tokens come from (RFC 6749, section 6), and where the mailbox's owner allows them.

    Without ``sign_in_url`` a refresh token is made elsewhere and entered.
    """

    token_url: str = ""
    client_id: str = ""
    scope: str = ""
    sign_in_url: str = ""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """``trusted_server``: whose Authentication-Results are believed (its authserv-id); none when empty.

    ``plus_addresses``: mail to ``support+anything@`` arrives as well, so replies are known by their address.
    ``bounce_addresses``: each mail has a return path of its own. ``continue_minutes``: after how long without its
    customer a chat of the brand goes on through this mailbox; 0 is never.
    """

    way_in: WayIn = WayIn.NONE
    imap: Server = Server(port=993)
    folders: tuple[str, ...] = ("INBOX",)
    way_out: WayOut = WayOut.DESK
    smtp: Server = Server(port=465)
    provider: str = ""
    oauth: OAuth = OAuth()
    sender_name: Words = NO_WORDS
    signature: Words = NO_WORDS
    trusted_server: str = ""
    plus_addresses: bool = False
    bounce_addresses: bool = False
    acknowledge: bool = True
    acknowledgement: Words = NO_WORDS
    continue_minutes: int = 0

    @classmethod
    def of(cls, inbox: Inbox) -> MailSettings:
        """What is not set is as usual; what is set and makes no sense raises ``BadSettings``."""
        return cls.parse(inbox.settings)

    @classmethod
    def parse(cls, stored: dict[str, Any]) -> MailSettings:
        unknown = sorted(set(stored) - set(_READERS))
        if unknown:
            raise BadSettings(_("There is no setting named %(name)s.") % {"name": unknown[0]})
        return cls(**{name: read(stored[name]) for name, read in _READERS.items() if name in stored})

    def plain(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return found

    def save(self, inbox: Inbox) -> None:
        """Stored only if it can be read again."""
        inbox.settings = MailSettings.parse(self.plain()).plain()
        inbox.save(update_fields=["settings"])


@dataclass(frozen=True, slots=True)
class MailSecrets:
    """``access_until`` is a Unix time. Never shown again once stored, and never in a log."""

    imap_password: str = ""
    smtp_password: str = ""
    client_secret: str = ""
    refresh_token: str = ""
    access_token: str = ""
    access_until: int = 0
    provider_key: str = ""
    webhook_secret: str = ""

    def __repr__(self) -> str:
        return "<MailSecrets>"

    @classmethod
    def of(cls, inbox: Inbox) -> MailSecrets:
        return cls(**json.loads(inbox.secrets)) if inbox.secrets else cls()

    @staticmethod
    @transaction.atomic
    def change(inbox: Inbox, **secrets: str | int) -> MailSecrets:
        """Those named, under the inbox's lock; the others stay as they are."""
        inbox.refresh_from_db(from_queryset=Inbox.objects.select_for_update())
        changed = replace(MailSecrets.of(inbox), **secrets)  # type: ignore[arg-type]  # by name, as declared
        inbox.secrets = json.dumps(asdict(changed))
        inbox.save(update_fields=["secrets"])
        return changed


def _one_of(kind: type[Choice]) -> Callable[[Any], Choice]:
    def read(value: Any) -> Choice:
        try:
            return kind(value)
        except ValueError as problem:
            raise BadSettings(_("“%(text)s” cannot be chosen here.") % {"text": str(value)[:40]}) from problem

    return read


def _line(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_LINE or not value.isprintable():
        raise BadSettings(_("This text is not readable."))
    return value.strip()


def _words(value: Any) -> Words:
    said = {language: value.get(language, "") for language in ("zh", "en")} if isinstance(value, dict) else {}
    if set(said) != set(value) or not all(isinstance(text, str) for text in said.values()):
        raise BadSettings(_("These settings are not readable."))
    if any("\x00" in text or len(text) > LONGEST_TEXT for text in said.values()):
        raise BadSettings(_("This text is longer than %(most)d characters.") % {"most": LONGEST_TEXT})
    return Words(said["zh"].strip(), said["en"].strip())


def _server(value: Any) -> Server:
    _named(value, Server)
    host, port = _line(value.get("host", "")).lower(), value.get("port", 0)
    if host and not HOST.fullmatch(host):
        raise BadSettings(_("“%(text)s” is not the name of a server.") % {"text": host[:80]})
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= 65535:
        raise BadSettings(_("A port is a number up to 65535."))
    security, sign_in = _one_of(Security), _one_of(SignIn)
    return Server(
        host,
        port,
        security(value.get("security", Security.TLS)),
        sign_in(value.get("sign_in", SignIn.PASSWORD)),
        _line(value.get("user", "")),
    )


def _oauth(value: Any) -> OAuth:
    _named(value, OAuth)
    return OAuth(**{name: _line(text) for name, text in value.items()})


def _named(value: Any, kind: type[Any]) -> None:
    if not isinstance(value, dict) or set(value) - set(kind.__dataclass_fields__):
        raise BadSettings(_("These settings are not readable."))


def _folders(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_FOLDERS:
        raise BadSettings(_("At most %(most)d entries are possible here.") % {"most": MOST_FOLDERS})
    return tuple(dict.fromkeys(name for name in map(_line, value) if name)) or ("INBOX",)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadSettings(_("A switch is either on or off."))
    return value


def _minutes(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10_080:
        raise BadSettings(_("Minutes are a number up to 10,080, which is a week."))
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "way_in": _one_of(WayIn),
    "imap": _server,
    "folders": _folders,
    "way_out": _one_of(WayOut),
    "smtp": _server,
    "provider": _line,
    "oauth": _oauth,
    "sender_name": _words,
    "signature": _words,
    "trusted_server": _line,
    "plus_addresses": _flag,
    "bounce_addresses": _flag,
    "acknowledge": _flag,
    "acknowledgement": _words,
    "continue_minutes": _minutes,
}
