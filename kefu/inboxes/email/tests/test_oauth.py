"""Signing in at mail servers with tokens: a real Dovecot and Postfix, and a token server that the test plays."""

from __future__ import annotations

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connections
from django.test import Client
from pytest_django import Settings

from conftest import make_staff
from kefu.conversations.models import Inbox
from kefu.events.models import Audit
from kefu.inboxes.email import connecting, fetching, oauth
from kefu.inboxes.email.connecting import Unreachable
from kefu.inboxes.email.settings import MailSecrets, MailSettings, OAuth, Security, Server, SignIn, WayIn
from kefu.inboxes.email.testing import make_mailbox
from kefu.people.models import Staff, Team
from kefu.people.roles import Role
from kefu.people.testing import signed_in
from kefu.web.addresses import absolute
from tests.mailserver import MailServer

SUPPORT = "support@desk.test"
BACK = "/console/settings/mailboxes/oauth/back"


class Tokens:
    """What is asked of the token server and of the introspection; ``good`` are the tokens that count."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.answer: Any = {"access_token": "good", "expires_in": 3600, "refresh_token": "next"}
        self.good = {"good"}


@contextmanager
def serving(tokens: Tokens, port: int = 0, *, answer: Callable[[], Any] | None = None) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if self.path == "/introspect":
                active = form["token"][0] in tokens.good
                said: Any = {"active": str(active).lower(), "username": SUPPORT}
            else:
                tokens.asked.append(form)
                said = answer() if answer else tokens.answer
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


# -- allowed by the mailbox's owner at the provider


def begun(desk: Client, inbox: Inbox) -> dict[str, list[str]]:
    """What the browser takes along to the provider."""
    answer = desk.get(f"/console/settings/mailboxes/{inbox.pk}/oauth/sign-in")
    assert answer.status_code == 302
    place, _mark, asked = answer["Location"].partition("?")
    assert place == "https://provider.test/allow"
    return parse_qs(asked)


def come_back(desk: Client, **said: str) -> str:
    """What the desk says then."""
    answer = desk.get(BACK, said, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def desk(admin: Staff) -> Client:
    client = signed_in(admin)
    client.cookies["kefu-language"] = "en"
    return client


def with_sign_in(inbox: Inbox, port: int) -> None:
    set_up(inbox, port)
    held = MailSettings.of(inbox)
    replace(held, oauth=replace(held.oauth, sign_in_url="https://provider.test/allow")).save(inbox)
    MailSecrets.change(inbox, refresh_token="")


def test_the_owner_allows_it_and_the_code_becomes_tokens_once(
    mailbox: Inbox, desk: Client, tokens: Tokens
) -> None:
    with serving(tokens) as port:
        with_sign_in(mailbox, port)
        taken = begun(desk, mailbox)
        assert taken["redirect_uri"] == [absolute(BACK)]
        assert (taken["client_id"], taken["login_hint"]) == (["desk"], [SUPPORT])
        assert "signed in" in come_back(desk, state=taken["state"][0], code="of-the-provider")
        assert "not begun here" in come_back(desk, state=taken["state"][0], code="of-the-provider")
    [asked] = tokens.asked
    digest = sha256(asked["code_verifier"][0].encode()).digest()
    assert urlsafe_b64encode(digest).rstrip(b"=").decode() == taken["code_challenge"][0]
    assert (asked["grant_type"], asked["code"]) == (["authorization_code"], ["of-the-provider"])
    held = MailSecrets.of(Inbox.objects.get(pk=mailbox.pk))
    assert (held.refresh_token, held.access_token) == ("next", "good")
    [audit] = Audit.objects.filter(kind="inbox.changed")
    assert "next" not in str(audit.data) and "good" not in str(audit.data)


def test_what_another_session_began_or_nobody_is_not_gone_on_with(
    mailbox: Inbox, desk: Client, admin: Staff, tokens: Tokens
) -> None:
    with serving(tokens) as port:
        with_sign_in(mailbox, port)
        elsewhere = begun(signed_in(admin), mailbox)["state"][0]
        for state in (elsewhere, "", "guess"):
            assert "not begun here" in come_back(desk, state=state, code="stolen")
        begun(desk, mailbox)
        assert "not begun here" in come_back(desk, state=elsewhere, code="stolen")
    assert not tokens.asked and not MailSecrets.of(mailbox).refresh_token


def test_a_provider_that_refuses_or_gives_nothing_lasting_changes_nothing(
    mailbox: Inbox, desk: Client, tokens: Tokens
) -> None:
    tokens.answer = {"access_token": "good", "expires_in": 3600}
    with serving(tokens) as port:
        with_sign_in(mailbox, port)
        state = begun(desk, mailbox)["state"][0]
        assert "did not let Kefu in" in come_back(desk, state=state, error="access_denied")
        state = begun(desk, mailbox)["state"][0]
        assert "No access token" in come_back(desk, state=state, code="good-for-an-hour")
    assert not MailSecrets.of(Inbox.objects.get(pk=mailbox.pk)).access_token


def test_of_two_answers_at_once_one_counts_and_the_other_breaks_nothing(
    committed: None, admin: Staff, support: Team, tokens: Tokens
) -> None:
    """A code is good once, as the provider has it; the second finds the session's mark gone, or the code."""
    mailbox, good = make_mailbox(support, SUPPORT), tokens.answer
    answers = iter([good])
    browser = signed_in(admin)
    with serving(tokens, answer=lambda: next(answers, {"error": "invalid_grant"})) as port:
        with_sign_in(mailbox, port)
        state = begun(browser, mailbox)["state"][0]
        both = [Client(), Client()]
        for one in both:
            one.cookies.load(browser.cookies.output(attrs=[], header="", sep=";"))
        with ThreadPoolExecutor(2) as at_once:
            codes = list(at_once.map(lambda one: _status(one, state), both))
    assert codes == [302, 302]
    held = MailSecrets.of(Inbox.objects.get(pk=mailbox.pk))
    assert (held.refresh_token, held.access_token) == ("next", "good")
    assert Audit.objects.filter(kind="inbox.changed").count() == 1


def _status(client: Client, state: str) -> int:
    try:
        return client.get(BACK, {"state": state, "code": "of-the-provider"}).status_code
    finally:
        connections.close_all()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT])
def test_whoever_may_not_set_mailboxes_up_signs_none_in(
    mailbox: Inbox, tokens: Tokens, support: Team, role: Role
) -> None:
    with serving(tokens) as port:
        with_sign_in(mailbox, port)
        client = signed_in(make_staff("somebody", role, support))
        assert client.get(f"/console/settings/mailboxes/{mailbox.pk}/oauth/sign-in").status_code == 403
        assert client.get(BACK, {"state": "x", "code": "y"}).status_code == 403
    assert not tokens.asked


def test_without_a_sign_in_address_there_is_none(mailbox: Inbox, desk: Client) -> None:
    assert desk.get(f"/console/settings/mailboxes/{mailbox.pk}/oauth/sign-in").status_code == 404


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
