"""The ways a mail leaves: the desk's own mail server, the mailbox's, or a provider's interface."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Protocol

from anymail.exceptions import (  # type: ignore[import-untyped]
    AnymailError,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
)
from django.core.mail import EmailMessage as DjangoMessage
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from kefu.conversations.models import Inbox
from kefu.inboxes.email import connecting, oauth
from kefu.inboxes.email.connecting import Unreachable
from kefu.inboxes.email.settings import MailSecrets, MailSettings, SignIn, WayOut

PROVIDERS: Mapping[str, tuple[str, str]] = {
    # name: (Anymail's backend, the setting that its key is given as)
    "brevo": ("brevo", "api_key"),
    "mailgun": ("mailgun", "api_key"),
    "mailjet": ("mailjet", "api_key"),
    "postmark": ("postmark", "server_token"),
    "resend": ("resend", "api_key"),
    "sendgrid": ("sendgrid", "api_key"),
}


class Refused(Exception):
    """Not taken for anybody. ``code`` is as servers number it: 4xx may be tried again, 5xx not."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    @property
    def is_final(self) -> bool:
        return self.code >= 500


class Transport(Protocol):
    def send(self, mail: EmailMessage, *, sender: str, recipients: Sequence[str]) -> dict[str, int]:
        """Whom the server refused while it took the mail for others, with its codes.

        Raises ``Refused``; ``Unreachable`` when the line broke, which may have been before or after it was taken.
        """


@contextmanager
def transport_of(inbox: Inbox) -> Iterator[Transport]:
    """Open for a batch. Raises ``Unreachable``."""
    settings = MailSettings.of(inbox)
    if settings.way_out == WayOut.SMTP:
        with _smtp(inbox, settings) as transport:
            yield transport
    elif settings.way_out == WayOut.PROVIDER:
        yield _ThroughProvider(_provider(settings, MailSecrets.of(inbox)))
    else:
        yield _ThroughBackend(get_connection())


@contextmanager
def _smtp(inbox: Inbox, settings: MailSettings) -> Iterator[Transport]:
    by_token = settings.smtp.sign_in == SignIn.OAUTH
    secret = oauth.access_token(inbox) if by_token else MailSecrets.of(inbox).smtp_password
    try:
        client = connecting.smtp(settings.smtp, secret)
    except Unreachable as problem:
        if by_token and problem.code == "sign_in":
            oauth.forget(inbox)
        raise
    try:
        yield _ThroughSmtp(client)
    finally:
        client.close()


def _provider(settings: MailSettings, secrets: MailSecrets) -> BaseEmailBackend:
    if settings.provider not in PROVIDERS:
        raise Unreachable("provider")
    name, key = PROVIDERS[settings.provider]
    options: dict[str, Any] = {key: secrets.provider_key}
    made: BaseEmailBackend = get_connection(f"anymail.backends.{name}.EmailBackend", **options)
    return made


class _ThroughSmtp:
    def __init__(self, client: smtplib.SMTP) -> None:
        self._client = client

    def send(self, mail: EmailMessage, *, sender: str, recipients: Sequence[str]) -> dict[str, int]:
        try:
            refused = self._client.send_message(mail, from_addr=sender, to_addrs=list(recipients))
        except smtplib.SMTPRecipientsRefused as problem:
            raise Refused(min(code for code, _said in problem.recipients.values())) from None
        except smtplib.SMTPResponseException as problem:
            self._start_afresh()
            raise Refused(problem.smtp_code) from None
        except (smtplib.SMTPException, OSError):
            raise Unreachable("broken") from None
        return {address: code for address, (code, _said) in refused.items()}

    def _start_afresh(self) -> None:
        try:
            self._client.rset()
        except (smtplib.SMTPException, OSError):
            raise Unreachable("broken") from None


class _ThroughBackend:
    """The installation's own way of sending mail, as Django is set up for it."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend

    def send(self, mail: EmailMessage, *, sender: str, recipients: Sequence[str]) -> dict[str, int]:
        try:
            self._backend.send_messages([_Composed(mail, sender, recipients)])
        except smtplib.SMTPRecipientsRefused as problem:
            raise Refused(min(code for code, _said in problem.recipients.values())) from None
        except smtplib.SMTPResponseException as problem:
            raise Refused(problem.smtp_code) from None
        except (smtplib.SMTPException, OSError):
            raise Unreachable("broken") from None
        return {}


class _Composed(DjangoMessage):
    """A mail that is composed already, in the clothes that Django's backends expect."""

    def __init__(self, mail: EmailMessage, sender: str, recipients: Sequence[str]) -> None:
        super().__init__(from_email=sender, to=list(recipients))
        self._mail = mail

    def message(self) -> Any:
        return _AsDjangoAsks(self._mail)


class _AsDjangoAsks:
    def __init__(self, mail: EmailMessage) -> None:
        self._mail = mail

    def as_bytes(self, linesep: str = "\n") -> bytes:
        return self._mail.as_bytes(policy=SMTP.clone(linesep=linesep))


class _ThroughProvider:
    """Providers take a mail in pieces; which Message-ID they give it is theirs to say."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend

    def send(self, mail: EmailMessage, *, sender: str, recipients: Sequence[str]) -> dict[str, int]:
        try:
            self._backend.send_messages([_in_pieces(mail, recipients)])
        except AnymailRecipientsRefused:
            raise Refused(550) from None
        except AnymailRequestsAPIError as problem:
            raise _said_by_provider(problem) from None
        except (AnymailError, OSError):
            raise Unreachable("broken") from None
        return {}


def _in_pieces(mail: EmailMessage, recipients: Sequence[str]) -> EmailMultiAlternatives:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    shown = {address.addr_spec for name in ("To", "Cc") for address in _addresses(mail, name)}
    made = EmailMultiAlternatives(
        subject=str(mail["Subject"]),
        body=plain.get_content() if plain else "",
        from_email=str(mail["From"]),
        to=[str(address) for address in _addresses(mail, "To")],
        cc=[str(address) for address in _addresses(mail, "Cc")],
        bcc=[address for address in recipients if address not in shown],
        reply_to=[str(mail["Reply-To"])],
        headers={name: str(mail[name]) for name in _KEPT_BY_PROVIDERS if mail[name]},
    )
    if html:
        made.attach_alternative(html.get_content(), "text/html")
    for part in mail.iter_attachments():
        made.attach(part.get_filename() or "file", part.get_payload(decode=True), part.get_content_type())
    return made


def _addresses(mail: EmailMessage, name: str) -> Sequence[Address]:
    header = mail[name]
    return header.addresses if header else ()


def _said_by_provider(problem: AnymailRequestsAPIError) -> Exception:
    """What it says of us, that it is busy or that our key is wrong, may change; what it says of the mail stays."""
    status = problem.status_code or 0
    return Refused(554) if status in (400, 413, 422) else Unreachable("provider")


_KEPT_BY_PROVIDERS = (
    "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "X-Auto-Response-Suppress", "Precedence",
)  # fmt: skip
