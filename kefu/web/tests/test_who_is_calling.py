from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from kefu.web.addresses import absolute, client_address, safe_next

PROXY, CUSTOMER, LIAR = "10.0.0.7", "203.0.113.9", "198.51.100.1"


@pytest.fixture(autouse=True)
def _one_proxy(settings: Settings) -> None:
    settings.KEFU_TRUSTED_PROXIES = ["10.0.0.0/8", "fd00::/8"]


def seen(ask: RequestFactory, peer: str, forwarded: str = "") -> str:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return client_address(ask.get("/", REMOTE_ADDR=peer, headers=headers))


def test_a_stranger_cannot_claim_another_address(ask: RequestFactory) -> None:
    assert seen(ask, CUSTOMER, LIAR) == CUSTOMER


def test_a_trusted_proxy_is_believed(ask: RequestFactory) -> None:
    assert seen(ask, PROXY, CUSTOMER) == CUSTOMER


def test_what_the_caller_wrote_in_front_of_the_proxys_entry_is_ignored(ask: RequestFactory) -> None:
    assert seen(ask, PROXY, f"{LIAR}, {CUSTOMER}, 10.0.0.8") == CUSTOMER


def test_nonsense_in_the_chain_ends_it(ask: RequestFactory) -> None:
    assert seen(ask, PROXY, f"{CUSTOMER}, <script>") == PROXY


def test_an_ipv4_address_in_ipv6_clothes_is_the_same_address(ask: RequestFactory) -> None:
    assert seen(ask, "::ffff:10.0.0.7", CUSTOMER) == CUSTOMER


def test_the_live_path_sees_the_same(settings: Settings) -> None:
    scope = {"client": (PROXY, 1), "headers": [(b"x-forwarded-for", f"{LIAR}, {CUSTOMER}".encode())]}
    assert client_address(scope) == CUSTOMER


def test_a_unix_socket_is_believed_only_when_named(settings: Settings) -> None:
    scope = {"client": None, "headers": [(b"x-forwarded-for", CUSTOMER.encode())]}
    assert client_address(scope) == ""
    settings.KEFU_TRUSTED_PROXIES = ["unix"]
    assert client_address(scope) == CUSTOMER


def test_links_stand_under_the_configured_address(settings: Settings) -> None:
    settings.KEFU_BASE_URL = "https://desk.example"
    assert absolute("/account/x") == absolute("account/x") == "https://desk.example/account/x"


@pytest.mark.parametrize("path", ["/console/", "/console/?view=mine&page=2", "/a#b"])
def test_next_leads_to_our_own_paths(ask: RequestFactory, path: str) -> None:
    assert safe_next(ask.get("/", {"next": path})) == path


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "console",
        "\\/evil.example",
        " /console",
        "/console\r\nX: y",
        "",
    ],
)
def test_next_never_leads_away(ask: RequestFactory, path: str) -> None:
    """F13"""
    assert safe_next(ask.get("/", {"next": path}), "/home") == "/home"
    assert safe_next(ask.post("/", {"next": path}), "/home") == "/home"
