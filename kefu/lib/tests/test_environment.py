from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from kefu.lib import environment

transport = partial(environment.choice, default="starttls", known=("starttls", "tls", "none"))
site = partial(environment.site, default="http://localhost:8000")
sender = partial(environment.sender, default="Kefu <desk@localhost>")
port = partial(environment.port, default=587)
number = partial(environment.number, default=5)


@pytest.mark.parametrize(
    ("read", "value", "found"),
    [
        (transport, "tls", "tls"),
        (transport, "", "starttls"),
        (site, "https://desk.example.com/", "https://desk.example.com"),
        (site, "http://[::1]:8000", "http://[::1]:8000"),
        (
            environment.web_address,
            "https://sso.example.com/realms/desk/",
            "https://sso.example.com/realms/desk",
        ),
        (environment.web_address, "", ""),
        (sender, "客服 <desk@example.com>", "客服 <desk@example.com>"),
        (port, "465", 465),
        (number, "0", 0),
        (environment.flag, "TRUE", True),
        (environment.listed, " a, ,b ", ["a", "b"]),
        (environment.networks, "10.0.0.0/8,::1", ["10.0.0.0/8", "::1"]),
    ],
)
def test_a_setting_is_read(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], Any], value: str, found: object
) -> None:
    monkeypatch.setenv("KEFU_TRIED", value)
    assert read("KEFU_TRIED") == found


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (transport, "yes"),
        (transport, "STARTTLS "),
        (site, "desk.example.com"),
        (site, "ftp://desk.example.com"),
        (site, "https://"),
        (site, "https://desk.example.com:port"),
        (site, "https://desk.example.com:99999"),
        (site, "https://me@desk.example.com"),
        (site, "https://desk.example.com/support"),
        (site, "https://desk.example.com?x=1"),
        (environment.web_address, "sso.example.com"),
        (sender, "desk"),
        (sender, "Desk <desk@example.com>\nBcc: all@example.com"),
        (port, "0"),
        (port, "65536"),
        (port, "５８７"),
        (number, "-1"),
        (number, "9" * 400),
        (environment.flag, "maybe"),
        (environment.networks, "10.0.0.0/33"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], Any], value: str
) -> None:
    """Above all, a misspelt kind of TLS must not mean none."""
    monkeypatch.setenv("KEFU_TRIED", value)
    with pytest.raises(ImproperlyConfigured, match=r"\AKEFU_TRIED must .*\.\Z"):
        read("KEFU_TRIED")


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("swordfish\n")
    monkeypatch.setenv("KEFU_TRIED_FILE", str(file))
    assert environment.text("KEFU_TRIED") == "swordfish"
    for unreadable in (b"", b"\xff\xfe"):
        file.write_bytes(unreadable)
        with pytest.raises(ImproperlyConfigured, match="cannot be read"):
            environment.text("KEFU_TRIED")
