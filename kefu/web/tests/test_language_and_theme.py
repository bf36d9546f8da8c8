from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings


@pytest.mark.parametrize(
    ("browser", "shown"),
    [("en-GB,en;q=0.9", "en"), ("zh-CN,zh;q=0.9", "zh-hans"), ("zh-TW", "zh-hans"), ("fr", "zh-hans")],
)
def test_the_browsers_language_is_used_where_we_speak_it(visitor: Client, browser: str, shown: str) -> None:
    answer = visitor.get("/nothing", headers={"Accept-Language": browser})
    assert answer["Content-Language"] == shown


def test_the_choice_on_this_device_wins_and_lasts(visitor: Client) -> None:
    answer = visitor.post("/-/language", {"language": "zh-hans", "next": "/-/parts"})
    assert answer["Location"] == "/-/parts"
    assert visitor.get("/nothing")["Content-Language"] == "zh-hans"


def test_a_language_we_do_not_speak_changes_nothing(visitor: Client, settings: Settings) -> None:
    answer = visitor.post("/-/language", {"language": "xx", "next": "//evil.example"})
    assert answer["Location"] == "/"
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


def test_the_theme_is_in_the_page_from_its_first_byte(visitor: Client) -> None:
    visitor.post("/-/theme", {"theme": "dark"})
    assert 'data-theme="dark"' in visitor.get("/-/parts").content.decode().split("<body")[0]
    visitor.post("/-/theme", {"theme": '"><script>'})
    assert "data-theme" not in visitor.get("/-/parts").content.decode().split("<body")[0]


@pytest.mark.parametrize("unknown", ["主题", "a\r\nSet-Cookie: x=1", "\0", "", "d" * 5000])
def test_a_theme_that_is_none_is_as_the_system_has_it(visitor: Client, unknown: str) -> None:
    """A cookie of any text would break every later request of this browser."""
    assert visitor.post("/-/theme", {"theme": unknown}).cookies["kefu-theme"].value == "system"
    assert visitor.get("/-/parts").status_code == 200


def test_a_message_floats_once(visitor: Client) -> None:
    assert "Saved." in visitor.get("/tells").content.decode()
