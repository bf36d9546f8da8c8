"""Who reads an article and asks a person all the same: its authors learn of it, and only of that."""

from __future__ import annotations

import json
import re
import time
from html import unescape

import pytest
from django.test import Client

from kefu.articles import leading
from kefu.articles.models import Led, Translation
from kefu.conversations.models import Conversation, Inbox
from kefu.inboxes.chat.tests.chatting import Browser
from kefu.inboxes.form.testing import Writer, make_form
from kefu.people.models import Brand, Team
from kefu.portal.tests.helping import publish, read


@pytest.fixture
def asked(brand: Brand) -> Translation:
    return publish(brand)


def goes_to_a_person(client: Client, asked: Translation) -> None:
    page = read(f"/b/lumo/en/a/{asked.slug}/", client=client)
    link = re.search(r'<a class="row" href="([^"]+)">.*?Talk to a person', page)
    assert link
    read(unescape(link[1]), client=client)


def test_a_form_sent_after_reading_tells_which_article_led_there(asked: Translation, support: Team) -> None:
    writer = Writer(make_form(support))
    goes_to_a_person(writer.client, asked)
    assert writer.sends().status_code == 302
    assert writer.sends().status_code == 302, "twice is once"
    led = Led.objects.get()
    assert (led.translation, led.conversation) == (asked, Conversation.objects.get())


def test_a_chat_begun_after_reading_tells_it_too(asked: Translation, inbox: Inbox) -> None:
    reader = Client()
    goes_to_a_person(reader, asked)
    page = read(f"/chat/{inbox.key}", client=reader)
    config = json.loads(unescape(re.search(r">(\{.*?\})</script>", page, re.DOTALL)[1]))  # type: ignore[index]
    chat = Browser(inbox)
    chat.start()
    assert chat.asks("It still does not pair", read=config["read"]).status_code == 201
    assert Led.objects.get().translation == asked


def test_what_was_read_long_ago_or_forged_tells_nothing(
    asked: Translation, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, long_ago = Client(), time.time() - 31 * 60
    with monkeypatch.context() as then:
        then.setattr("django.core.signing.time.time", lambda: long_ago)
        goes_to_a_person(reader, asked)
    chat = Browser(inbox)
    chat.start()
    for token in (reader.cookies[leading.COOKIE].value, "forged", "x:y:z", ""):
        assert chat.asks("Hello", read=token).status_code == 201
    for odd in (7, "x" * 2000):
        assert chat.asks("Hello", read=odd).status_code == 422
    assert not Led.objects.exists()


def test_an_article_of_another_brand_led_nobody_here(
    other_brand: Brand, asked: Translation, other_inbox: Inbox
) -> None:
    reader = Client()
    goes_to_a_person(reader, asked)
    chat = Browser(other_inbox)
    chat.start()
    chat.asks("Hello", read=reader.cookies[leading.COOKIE].value)
    assert Conversation.objects.exists() and not Led.objects.exists()


def test_nothing_that_may_not_be_read_is_remembered(brand: Brand) -> None:
    internal = publish(brand, "Script", audience="staff")
    reader = Client()
    read(f"/b/lumo/en/contact?read={internal.slug}", client=reader)
    assert leading.COOKIE not in reader.cookies
