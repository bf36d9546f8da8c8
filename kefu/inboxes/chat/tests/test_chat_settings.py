from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from kefu.conversations.models import Inbox
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.stored import BadSettings, Words, origin_of
from kefu.inboxes.topics import FieldType, Topic


def test_an_inbox_without_settings_works(inbox: Inbox) -> None:
    chat = ChatSettings.of(inbox)
    assert chat.greeting and chat.topics
    assert not chat.enforce_identity and not chat.plain_hash
    assert chat.allowed_origins == ()


def test_what_is_saved_is_read_again(inbox: Inbox) -> None:
    chat = ChatSettings(
        allowed_origins=("https://shop.example",), plain_hash=True, greeting=Words("您好", "")
    )
    chat.save(inbox)
    inbox.refresh_from_db()
    assert ChatSettings.of(inbox) == chat


def test_words_stand_in_for_each_other() -> None:
    assert Words("您好", "").said_in("en") == "您好"
    with translation.override("zh-hans"):
        assert str(Words("您好", "Hello")) == "您好"
    with translation.override("en"):
        assert str(Words("您好", "Hello")) == "Hello"


def test_out_of_hours_an_address_is_always_asked_for() -> None:
    bare = Topic("bare", Words(en="Bare"))
    assert bare.asks(open_now=True) == ()
    (asked,) = bare.asks(open_now=False)
    assert (asked.key, asked.type, asked.required) == ("email", FieldType.EMAIL, True)
    usual = ChatSettings().topics[0].asks(open_now=False)
    assert [(field.key, field.required) for field in usual][:2] == [("name", False), ("email", True)]


@pytest.mark.parametrize(
    ("pasted", "origin"),
    [
        ("https://Shop.Example/", "https://shop.example"),
        (" https://shop.example:443 ", "https://shop.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://商店.example", "https://xn--czrs0t.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_is_kept_as_browsers_say_it(pasted: str, origin: str) -> None:
    assert origin_of(pasted) == origin


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "shop.example",
        "ftp://shop.example",
        "https://",
        "https://a/b",
        "https://a?b",
        "https://u:p@a",
        "https://*.a",
        "https://a'; script-src *",
        "https://a b",
        "https://a:99999",
        "null",
        "https://a\nb",
    ],
)
def test_what_is_no_address_is_refused(pasted: str) -> None:
    with pytest.raises(BadSettings):
        origin_of(pasted)


FIELD = {"key": "serial", "label": {"en": "Serial"}}


@pytest.mark.parametrize(
    "stored",
    [
        {"unknown": 1},
        {"enforce_identity": "yes"},
        {"enforce_identity": 1},
        {"allowed_origins": "https://a.example"},
        {"allowed_origins": [1]},
        {"greeting": "Hello"},
        {"greeting": {"fr": "Bonjour"}},
        {"greeting": {"en": "x" * 301}},
        {"greeting": {"en": "a\x00b"}},
        {"topics": {}},
        {"topics": [{"key": "a", "label": {"en": "A"}}] * 2},
        {"topics": [{"key": "a"}]},
        {"topics": [{"key": "a", "label": {"en": "A"}, "fields": [FIELD, FIELD]}]},
        {"topics": [{"key": "a", "label": {"en": "A"}, "fields": [{**FIELD, "type": "file"}]}]},
        {"topics": [{"key": "a", "label": {"en": "A"}, "fields": [{**FIELD, "type": "email"}]}]},
        {"topics": [{"key": "a", "label": {"en": "A"}, "fields": [{**FIELD, "type": "choice"}]}]},
        {"topics": [{"key": f"a{n}", "label": {"en": "A"}} for n in range(13)]},
        [],
    ],
)
def test_settings_that_make_no_sense_are_refused(stored: Any) -> None:
    with pytest.raises(BadSettings):
        ChatSettings.parse(stored)
