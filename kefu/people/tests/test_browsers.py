"""What the list of sessions calls a browser."""

from __future__ import annotations

import pytest

from kefu.people.browsers import name_of

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (
            f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/130.0.0.0 Safari/537.36",
            "Chrome 130, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128, Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/130.0 Safari/537.36 Edg/130.0", "Edge 130, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15", "Safari 17, macOS"),
        ("Mozilla/5.0 (iPhone; CPU OS 17_5 like Mac OS X) MicroMessenger/8.0.49", "MicroMessenger 8, iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_words(said: str, name: str) -> None:
    assert name_of(said) == name
