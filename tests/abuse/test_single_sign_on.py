"""OpenID Connect, with a provider that says what it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from kefu.people.models import Staff


class Provider:
    """What it answers is set by each test; what it was asked is kept."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "77", "email": "mei@desk.test", "email_verified": True}
        self.token_calls: list[dict[str, list[str]]] = []
        self.address = ""

    def answer(self, path: str, body: str) -> dict[str, Any]:
        if path == "/token":
            self.token_calls.append(parse_qs(body))
            audience = {"iss": self.address, "aud": "desk", "iat": 1, "exp": 2**31}
            return {
                "access_token": "opaque",
                "token_type": "Bearer",
                "id_token": jwt.encode({**self.claims, **audience}, "k" * 32, algorithm="HS256"),
            }
        if path == "/userinfo":
            return self.claims
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        endpoints = {f"{name}_endpoint": f"{self.address}/{path}" for name, path in names.items()}
        return {"issuer": self.address, "jwks_uri": f"{self.address}/keys", **endpoints}


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    told = Provider()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            content = json.dumps(told.answer(urlsplit(self.path).path, body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    told.address = f"http://127.0.0.1:{server.server_port}"
    app = {
        "provider_id": "sso",
        "name": "Work",
        "client_id": "desk",
        "secret": "s",
        "settings": {"server_url": told.address, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()


def go(browser: Client) -> dict[str, str]:
    """To the provider; what we sent along."""
    answer = browser.post("/account/oidc/sso/login/?process=login")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def come_back(browser: Client, **query: str) -> HttpResponse:
    return cast("HttpResponse", browser.get("/account/oidc/sso/login/callback/", query))


def is_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def test_whoever_has_an_account_with_the_verified_address_comes_in(mei: Staff, provider: Provider) -> None:
    browser = Client()
    sent = go(browser)
    assert come_back(browser, code="c", state=sent["state"])["Location"] == "/console/"
    assert is_in(browser)
    assert SocialAccount.objects.get().user == mei


def test_it_goes_with_state_and_a_proof_key(mei: Staff, provider: Provider) -> None:
    """F8."""
    browser = Client()
    sent = go(browser)
    assert len(sent["state"]) >= 16 and sent["code_challenge_method"] == "S256"
    come_back(browser, code="c", state=sent["state"])
    assert len(provider.token_calls[0]["code_verifier"][0]) >= 43


@pytest.mark.parametrize("state", ["", "guessed", None])
def test_a_callback_without_the_state_of_this_browser_is_refused(
    mei: Staff, provider: Provider, state: str | None
) -> None:
    """F8: Zammad took one without. Ours neither takes it nor asks the provider anything."""
    browser = Client()
    go(browser)
    come_back(browser, code="c", **({} if state is None else {"state": state}))
    assert not is_in(browser) and provider.token_calls == []


def test_a_state_of_another_browser_or_a_used_one_is_refused(mei: Staff, provider: Provider) -> None:
    """F8."""
    victim, attacker = Client(), Client()
    sent = go(attacker)
    come_back(victim, code="c", state=sent["state"])
    assert not is_in(victim)
    come_back(attacker, code="c", state=sent["state"])
    attacker.post("/account/logout/")
    come_back(attacker, code="c", state=sent["state"])
    assert not is_in(attacker)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "78", "email": "mei@desk.test", "email_verified": False},
        {"sub": "78", "email": "mei@desk.test"},
        {"sub": "78", "email": "mei@desk.test", "email_verified": "false"},
        {"sub": "78", "email": "mei@desk.test", "email_verified": "true"},
        {"sub": "78", "email": "who@desk.test", "email_verified": True},
        {"sub": "78"},
        {"sub": "78", "email": "", "email_verified": True},
        {"sub": "78", "email": "%", "email_verified": True},
    ],
)
def test_nobody_else_comes_in_and_no_account_is_made(
    mei: Staff, provider: Provider, claims: dict[str, Any]
) -> None:
    """F8, A13: an address counts only if the provider says in so many words that it checked it."""
    provider.claims = claims
    browser = Client()
    answer = come_back(browser, code="c", state=go(browser)["state"])
    assert answer["Location"] == "/account/login/"
    assert not is_in(browser)
    assert Staff.objects.count() == 1 and not SocialAccount.objects.exists()


def test_the_deactivated_stay_out_also_when_they_were_linked(
    mei: Staff, admin: Staff, provider: Provider
) -> None:
    """C3, F8."""
    browser = Client()
    come_back(browser, code="c", state=go(browser)["state"])
    mei.deactivate(by=admin)
    other = Client()
    come_back(other, code="c", state=go(other)["state"])
    assert not is_in(other) and not is_in(browser)


def test_single_sign_on_does_not_go_round_the_second_factor(mei: Staff, provider: Provider) -> None:
    """F7: GitLab."""
    Authenticator.objects.create(user=mei, type="totp", data={"secret": encrypt("JBSWY3DPEHPK3PXP")})
    browser = Client()
    answer = come_back(browser, code="c", state=go(browser)["state"])
    assert answer["Location"].startswith("/account/2fa/authenticate/")
    assert not is_in(browser)


def test_a_provider_that_cannot_be_reached_leaves_the_other_ways_open(
    mei: Staff, provider: Provider, settings: Settings
) -> None:
    """ASVS 16.5.2."""
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"] |= {"server_url": "http://127.0.0.1:9"}
    assert Client().post("/account/oidc/sso/login/?process=login")["Location"] == "/account/login/"


def test_without_the_setting_there_is_no_such_door(mei: Staff) -> None:
    for address in ("/account/oidc/sso/login/", "/account/oidc/sso/login/callback/?code=c&state=s"):
        assert Client().get(address).status_code == 404
