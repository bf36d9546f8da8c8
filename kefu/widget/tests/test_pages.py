from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from kefu.conversations.models import Inbox
from kefu.inboxes.chat.settings import ChatSettings

SHOP = "https://shop.example"


@pytest.fixture
def on_the_shop(inbox: Inbox) -> Inbox:
    ChatSettings(allowed_origins=(SHOP,)).save(inbox)
    return inbox


def config_in(html: str) -> Any:
    found = re.search(r'<script id="kefu-config" type="application/json">(.*?)</script>', html, re.S)
    assert found
    return json.loads(unescape(found[1]))


def test_the_launcher_may_be_used_by_other_sites_and_says_nothing_secret(
    client: Client, inbox: Inbox
) -> None:
    answer = client.get(f"/w/{inbox.key}.js", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert not answer.cookies
    given = json.loads(answer.content.decode().rpartition("})(")[2].strip().removesuffix(")"))
    assert set(given) == {"key", "language", "accent", "texts"}
    assert set(given["texts"]) == {"zh-hans", "en"}


def test_an_unknown_or_closed_inbox_has_no_chat(client: Client, inbox: Inbox) -> None:
    assert client.get("/w/unknown.js").status_code == 404
    Inbox.objects.update(is_active=False)
    for path in (f"/w/{inbox.key}.js", f"/w/{inbox.key}/chat", f"/chat/{inbox.key}"):
        assert client.get(path).status_code == 404


def test_only_the_inboxes_sites_may_frame_the_chat(client: Client, on_the_shop: Inbox) -> None:
    policy = client.get(f"/w/{on_the_shop.key}/chat")["Content-Security-Policy"]
    ancestors = re.search(r"frame-ancestors ([^;]*)", policy)
    assert ancestors
    assert ancestors[1].split() == [SHOP, "http://testserver"]


def test_the_frame_talks_to_a_site_of_the_inbox_and_to_no_other(client: Client, on_the_shop: Inbox) -> None:
    path = f"/w/{on_the_shop.key}/chat"
    assert config_in(client.get(path, {"host": SHOP}).content.decode())["host"] == SHOP
    for wrong in ("https://evil.example", "https://shop.example.evil.example", "null", "*", ""):
        assert config_in(client.get(path, {"host": wrong}).content.decode())["host"] is None


def test_the_page_of_its_own_is_framed_by_nobody(client: Client, on_the_shop: Inbox) -> None:
    answer = client.get(f"/chat/{on_the_shop.key}", {"host": SHOP})
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert config_in(answer.content.decode())["host"] is None


def test_both_pages_come_under_the_strict_policy(client: Client, inbox: Inbox) -> None:
    for path in (f"/w/{inbox.key}/chat", f"/chat/{inbox.key}"):
        answer = client.get(path)
        policy, html = answer["Content-Security-Policy"], answer.content.decode()
        nonce = re.search(r"'nonce-([^']+)' 'strict-dynamic'", policy)
        assert nonce
        assert f'nonce="{nonce[1]}"' in html
        assert "style-src 'self';" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert " style=" not in html
        assert not re.search(r"\son\w+=", html)


@pytest.mark.parametrize(("language", "words"), [("en", "Send"), ("zh-hans", None)])
def test_the_page_brings_its_words_in_the_language_asked_for(
    client: Client, inbox: Inbox, language: str, words: str | None
) -> None:
    html = client.get(f"/chat/{inbox.key}", {"language": language}).content.decode()
    config = config_in(html)
    assert f'<html lang="{language}"' in html
    assert config["language"] == language
    assert words is None or config["texts"]["send"] == words


def test_what_the_brand_is_called_cannot_break_out_of_the_page(client: Client, inbox: Inbox) -> None:
    inbox.brand.name = "</script><img src=x onerror=alert(1)>"
    inbox.brand.save()
    for path in (f"/chat/{inbox.key}", f"/w/{inbox.key}/chat"):
        html = client.get(path).content.decode()
        assert "<img src=x" not in html
        assert config_in(html)["brand"]["name"] == inbox.brand.name
