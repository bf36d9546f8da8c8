"""D1 A9: what no honest chat sends is refused with a sentence or passed over; it never fails inside and stores nothing odd."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from kefu.conversations.models import Conversation, Inbox, Tag
from kefu.inboxes.chat.models import Visitor
from kefu.inboxes.chat.tests.chatting import SAME_SITE, Browser
from kefu.lib.ids import uuid7
from kefu.people.models import Customer

HALF, NUL, WIDE = '"\\ud800"', '"\\u0000"', f'"{"很" * 20_001}"'
ODD = [
    HALF,
    NUL,
    WIDE,
    "NaN",
    "Infinity",
    "1e400",
    "9" * 4000,
    "5",
    "null",
    "true",
    "{}",
    "[]",
    "[[1]]",
    '[""]',
]
ODD_BODIES = ["", "{", "[]", '"text"', "null", "NaN", "[" * 100_000, "\xff"]
PATHS = (
    ("start", ("language",)),
    ("about", ("labels", "attributes", "page")),
    ("identify", ("jwt", "identifier", "hash", "expires")),
    ("code", ("email",)),
    ("code/check", ("email", "code")),
    ("conversations", ("client_id", "topic", "text", "fields", "files")),
)
WHOLE: dict[str, Any] = {
    "text": "Hello",
    "topic": "fault",
    "fields": {"product_model": "M1"},
    "identifier": "u1",
    "hash": "x",
    "expires": 1,
    "email": "lin@example.test",
    "code": "123456",
}


@pytest.fixture
def browser(inbox: Inbox) -> Browser:
    browser = Browser(inbox)
    browser.start()
    return browser


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_value_anywhere_is_refused_or_passed_over(odd: str, browser: Browser) -> None:
    for path, names in PATHS:
        for name in names:
            for value in (odd, f'{{"a": {odd}}}', f"[{odd}]"):
                answer = _post(browser, path, _with(name, value))
                assert answer.status_code < 500, (path, name, value[:40])
                if answer.status_code >= 400:
                    assert answer.json()["detail"], (path, name, value[:40])


@pytest.mark.parametrize("body", ODD_BODIES)
def test_a_body_that_is_no_object_is_refused(body: str, browser: Browser) -> None:
    for path, _names in PATHS[1:]:
        answer = _post(browser, path, body)
        assert answer.status_code == 422, (path, body[:20])


def _with(name: str, value: str) -> str:
    rest = {key: given for key, given in (WHOLE | {"client_id": str(uuid7())}).items() if key != name}
    return json.dumps(rest)[:-1] + f', "{name}": {value}}}'


def _post(browser: Browser, path: str, body: str) -> Any:
    """Taken back, so that no limit and no effect of one is met by the next."""
    client = Client(raise_request_exception=False)
    with transaction.atomic():
        answer = client.post(
            browser._at(path),
            body.encode("latin-1", "ignore"),
            "application/json",
            headers=browser._headers({}),
        )
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("key", ["%00", "a%00b", "%ff", "%ED%A0%80", "..%2f", "%F0%9F%92%A9"])
def test_an_inbox_of_an_odd_name_is_not_found(key: str, db: None) -> None:
    client = Client(raise_request_exception=False)
    for path in (f"/w/{key}.js", f"/w/{key}/chat", f"/chat/{key}"):
        assert client.get(path).status_code == 404
    assert client.post(f"/w/{key}/api/start", "{}", "application/json", headers=SAME_SITE).status_code == 404


def test_only_what_is_offered_can_be_set(browser: Browser) -> None:
    """D1: whatever else a site or a browser sends along, the columns of visitor, customer and conversation stay."""
    columns = {
        field.name: "x"
        for model in (Visitor, Customer, Conversation)
        for field in model._meta.concrete_fields
    }
    before = Customer.objects.values().get(), Visitor.objects.values().get()
    browser.post("about", columns | {"page": {}, "attributes": {}, "labels": []})
    browser.post("start", columns)
    assert (
        Customer.objects.values().get() | {"fields": {}},
        Visitor.objects.values().get(),
    ) == before
    opened = browser.post(
        "conversations",
        columns
        | {"client_id": str(uuid7()), "text": "Hello", "topic": "", "files": [], "fields": {"priority": "3"}},
    )
    conversation = Conversation.objects.get(pk=opened.json()["id"])
    assert (conversation.status, conversation.priority, conversation.fields) == ("open", 1, {})
    assert conversation.team_id == browser.inbox.team_id
    assert conversation.assignee_id is None


def test_a_flood_of_labels_costs_no_more_than_a_few(
    browser: Browser, django_assert_max_num_queries: Any
) -> None:
    browser.asks("Hello")
    Tag.objects.create(brand=browser.inbox.brand, name="vip")
    with django_assert_max_num_queries(25):
        assert browser.post("about", {"labels": ["vip"] + ["x"] * 5000}).status_code == 204
    assert list(Conversation.objects.get().tags.values_list("name", flat=True)) == ["vip"]
