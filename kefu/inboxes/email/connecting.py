"""Mail servers that an admin named: reached only at public addresses, with their certificates checked."""

from __future__ import annotations

import base64
import imaplib
import logging
import smtplib
import socket
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientError, LoginError  # type: ignore[import-untyped]

from kefu import __version__
from kefu.inboxes.email.settings import IMAP_PORTS, SMTP_PORTS, Security, Server, SignIn
from kefu.lib import hosts

SECONDS = 20.0
# What NetEase's servers want to know before they let anybody in (RFC 2971).
WHO_WE_ARE = {"name": "Kefu", "version": __version__, "vendor": "Kefu"}


class Unreachable(Exception):
    """No use of the server at present. ``code`` is a word for rows and screens; the reasons stay behind."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def xoauth2(user: str, token: str) -> str:
    """The first and only answer of SASL XOAUTH2, before base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def imap(server: Server, secret: str) -> IMAPClient:
    """Signed in, with the password or the access token. Raises ``Unreachable``."""
    with told():
        client = _Imap(server)
    try:
        with told():
            _greet(client, server, secret)
    except Unreachable:
        client.shutdown()
        raise
    return client


def smtp(server: Server, secret: str) -> smtplib.SMTP:
    """Signed in where a user is named. Raises ``Unreachable``."""
    with told():
        client = _smtp(server)
    try:
        with told():
            if server.user:
                _sign_in(client, server, secret)
    except Unreachable:
        client.close()
        raise
    return client


def _greet(client: IMAPClient, server: Server, secret: str) -> None:
    if server.security == Security.STARTTLS:
        client.starttls(tls())
    elif server.security == Security.NONE and client.has_capability("LOGINDISABLED"):
        raise Unreachable("certificate")
    if server.sign_in == SignIn.OAUTH:
        client.oauth2_login(server.user, secret)
    else:
        client.login(server.user, secret)
    if client.has_capability("ID"):
        client.id_(WHO_WE_ARE)


def _smtp(server: Server) -> smtplib.SMTP:
    kind = _SmtpOverTls if server.security == Security.TLS else _Smtp
    client = kind(server.host, server.port, timeout=SECONDS)
    if server.security == Security.STARTTLS:
        client.starttls(context=tls())
    client.ehlo()
    return client


def _sign_in(client: smtplib.SMTP, server: Server, secret: str) -> None:
    if server.sign_in == SignIn.PASSWORD:
        client.login(server.user, secret)
        return
    said = base64.b64encode(xoauth2(server.user, secret).encode()).decode()
    code, answer = client.docmd("AUTH", f"XOAUTH2 {said}")
    if code == 334:  # the server says why in base64 and wants an empty line
        code, answer = client.docmd("")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, answer)


@cache
def tls() -> ssl.SSLContext:
    """With the system's authorities, or those that the server's settings name instead."""
    return ssl.create_default_context(cafile=settings.KEFU_MAIL_CA or None)


def _open(host: str, port: int, ports: Collection[int], *, over_tls: bool) -> socket.socket:
    address = hosts.public_address(host, port, ports=ports, until=hosts.Until(SECONDS))
    opened = socket.create_connection((address, port), timeout=SECONDS)
    return tls().wrap_socket(opened, server_hostname=host) if over_tls else opened


class _ImapLine(imaplib.IMAP4):
    def __init__(self, server: Server) -> None:
        self._over_tls = server.security == Security.TLS
        super().__init__(server.host, server.port)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return _open(self.host, self.port, IMAP_PORTS, over_tls=self._over_tls)


class _Imap(IMAPClient):  # type: ignore[misc]  # the library has no types
    def __init__(self, server: Server) -> None:
        self._server = server
        super().__init__(server.host, server.port, timeout=SECONDS)

    def _create_IMAP4(self) -> _ImapLine:  # noqa: N802 - the library's name
        return _ImapLine(self._server)


class _Smtp(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return _open(host, port, SMTP_PORTS, over_tls=False)


class _SmtpOverTls(smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return _open(host, port, SMTP_PORTS, over_tls=True)


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong, as a word; whoever named the server learns nothing about our network from it."""
    try:
        yield
    except (hosts.Refused, hosts.Late, socket.gaierror):
        raise Unreachable("unreachable") from None
    except ssl.SSLError:
        raise Unreachable("certificate") from None
    except (LoginError, smtplib.SMTPAuthenticationError):
        raise Unreachable("sign_in") from None
    except (OSError, smtplib.SMTPException, IMAPClientError, imaplib.IMAP4.error):
        raise Unreachable("unreachable") from None


# At its most talkative this logger repeats commands, and with them passwords.
logging.getLogger("imapclient").setLevel(logging.INFO)
