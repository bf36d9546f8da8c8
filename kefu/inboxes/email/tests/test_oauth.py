"""Signing in at mail servers with tokens: a real Dovecot and Postfix, and a token server that the test plays."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_django import Settings

from kefu.conversations.models import Inbox
from kefu.inboxes.email import connecting, fetching, oauth
from kefu.inboxes.email.connecting import Unreachable
from kefu.inboxes.email.settings import MailSecrets, MailSettings, OAuth, Security, Server, SignIn, WayIn
from tests.mailserver import MailServer

SUPPORT = "support@desk.test"


class Tokens:
    """What is asked of the token server and of the introspection; ``good`` are the tokens that count."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.answer: Any = {"access_token": "good", "expires_in": 3600, "refresh_token": "next"}
        self.good = {"good"}


@contextmanager
def serving(tokens: Tokens, port: int = 0) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if self.path == "/introspect":
                active = form["token"][0] in tokens.good
                said: Any = {"active": str(active).lower(), "username": SUPPORT}
            else:
                tokens.asked.append(form)
                said = tokens.answer
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@pytest.fixture
def tokens(settings: Settings) -> Tokens:
    settings.KEFU_OUTBOUND_NETWORKS = ("127.0.0.0/8", "::1/128")
    return Tokens()


def set_up(inbox: Inbox, port: int, imap: int = 993) -> None:
    MailSettings(
        way_in=WayIn.IMAP,
        imap=Server("localhost", imap, Security.TLS, SignIn.OAUTH, SUPPORT),
        oauth=OAuth(f"http://127.0.0.1:{port}/token", "desk", "IMAP.AccessAsUser.All"),
    ).save(inbox)
    MailSecrets.change(inbox, client_secret="s3", refresh_token="first")


def test_a_token_is_asked_for_once_and_the_new_refresh_token_kept(mailbox: Inbox, tokens: Tokens) -> None:
    with serving(tokens) as port:
        set_up(mailbox, port)
        assert oauth.access_token(mailbox) == oauth.access_token(Inbox.objects.get()) == "good"
    [asked] = tokens.asked
    assert asked["refresh_token"] == ["first"]
    assert MailSecrets.of(Inbox.objects.get()).refresh_token == "next"


def test_a_token_that_ends_soon_is_asked_for_anew(mailbox: Inbox, tokens: Tokens) -> None:
    with serving(tokens) as port:
        set_up(mailbox, port)
        MailSecrets.change(mailbox, access_token="old", access_until=int(time.time()) + 60)
        assert oauth.access_token(mailbox) == "good"


@pytest.mark.parametrize(
    "answer", [b"<html>", {"error": "invalid_grant"}, [], {"access_token": "x", "expires_in": "soon"}]
)
def test_an_answer_that_is_none_is_said_in_a_word(mailbox: Inbox, tokens: Tokens, answer: Any) -> None:
    tokens.answer = answer
    with serving(tokens) as port:
        set_up(mailbox, port)
        with pytest.raises(Unreachable, match="oauth"):
            oauth.access_token(mailbox)


def test_the_real_servers_let_a_good_token_in_and_a_bad_one_not(
    mailbox: Inbox, mail_server: MailServer, tokens: Tokens
) -> None:
    with serving(tokens, mail_server.ports["INTROSPECT"]) as port:
        set_up(mailbox, port, mail_server.ports["IMAPS"])
        client = fetching.signed_in(mailbox)
        client.logout()
        smtp = Server("localhost", mail_server.ports["SMTPS"], Security.TLS, SignIn.OAUTH, SUPPORT)
        connecting.smtp(smtp, "good").quit()
        with pytest.raises(Unreachable, match="sign_in"):
            connecting.smtp(smtp, "bad")


def test_a_token_that_is_refused_is_not_tried_twice(
    mailbox: Inbox, mail_server: MailServer, tokens: Tokens
) -> None:
    tokens.good = set()
    with serving(tokens, mail_server.ports["INTROSPECT"]) as port:
        set_up(mailbox, port, mail_server.ports["IMAPS"])
        with pytest.raises(Unreachable, match="sign_in"):
            fetching.signed_in(mailbox)
    assert MailSecrets.of(Inbox.objects.get()).access_token == ""
