"""Every address that a chat asks, walked: who is let in, from where, by which method, and what a repeat does. C1 C2 F12 F14."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.test import Client

from kefu.conversations.models import Conversation, Inbox, Message
from kefu.events.screens import MOST_SCREENS_EACH
from kefu.hours.models import Schedule
from kefu.inboxes.chat.tests.chatting import Browser
from kefu.inboxes.models import AnswerByMail
from kefu.lib.ids import uuid7
from kefu.people.models import Customer
from tests.house import house, visitor
from tests.test_routes import MUTATION, NOT_A_CHANGE, ROUTES

DOORS = [route for route in ROUTES if route.access is not None and route.access.kind == "visitor"]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def browser(inbox: Inbox) -> Browser:
    browser = Browser(inbox)
    browser.start()
    return browser


@pytest.fixture
def things(browser: Browser) -> dict[str, Any]:
    conversation = browser.asks("Hello").json()["id"]
    sent = browser.client.post(
        browser._at("files"), {"file": SimpleUploadedFile("a.txt", b"words\n")}, headers=browser._headers({})
    )
    return {"key": browser.inbox.key, "conversation": conversation, "file": sent.json()["id"]}


def ask(token: str, method: str, address: str, **headers: str) -> Any:
    """Taken back, so that no answer changes what the next one sees."""
    said = {"sec-fetch-site": "same-origin", **({"authorization": f"Bearer {token}"} if token else {})}
    with transaction.atomic():
        sent = said | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = Client().generic(method, address, "{}", "application/json", headers=sent)
        transaction.set_rollback(True)
    return answer


def test_there_are_doors_to_walk() -> None:
    assert len(DOORS) >= 14


def test_without_a_token_or_with_one_of_another_inbox_nothing_opens(
    browser: Browser, things: dict[str, Any], other_inbox: Inbox
) -> None:
    elsewhere = Browser(other_inbox)
    elsewhere.start()
    for route in DOORS:
        for method in ("GET", "POST"):
            for token in ("", "nonsense", elsewhere.token):
                if not (token == "" and any(route.pattern.endswith(name) for name in ("start", "identify"))):
                    status = ask(token, method, route.address(things)).status_code
                    assert status in {401, 405}, (route.pattern, method, token)


def test_what_another_customer_has_is_not_there(things: dict[str, Any], inbox: Inbox) -> None:
    stranger = Browser(inbox)
    stranger.start()
    for route in DOORS:
        if {"conversation", "file"} & set(route.parameters):
            for method in ("GET", "POST"):
                assert ask(stranger.token, method, route.address(things)).status_code in {404, 405}, (
                    route.pattern
                )


def test_no_other_site_is_answered_whatever_it_sends(browser: Browser, things: dict[str, Any]) -> None:
    for route in DOORS:
        for method in METHODS:
            for headers in (
                {"sec_fetch_site": "cross-site"},
                {"sec_fetch_site": "same-site"},
                {"origin": "https://evil.example"},
                {"origin": "null"},
            ):
                status = ask(browser.token, method, route.address(things), **headers).status_code
                assert status in {403, 405}, (route.pattern, method, headers)


def test_each_door_takes_its_own_methods_and_says_so_of_others(
    browser: Browser, things: dict[str, Any]
) -> None:
    for route in DOORS:
        statuses = {
            method: ask(browser.token, method, route.address(things)).status_code for method in METHODS
        }
        assert {statuses[method] for method in ("PUT", "PATCH", "DELETE")} == {405}, route.pattern
        assert {405} != {statuses["GET"], statuses["POST"]}, route.pattern
        assert all(status < 500 for status in statuses.values()), (route.pattern, statuses)


def test_looking_changes_nothing(browser: Browser, things: dict[str, Any]) -> None:
    written: list[tuple[str, str]] = []
    now: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found = MUTATION.match(str(sql))
        if found and found[2] not in NOT_A_CHANGE:
            written.append((now[-1], found[0]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        for route in DOORS:
            now.append(route.pattern)
            ask(browser.token, "GET", route.address(things))
    assert written == []


# -- the same thing many times at the same moment


def test_one_enquiry_sent_by_eight_tabs_at_once_begins_one_conversation(
    committed: None, inbox: Inbox
) -> None:
    """Also out of hours, where a promise and a receipt come with it."""
    inbox.schedule = Schedule.objects.create(brand=inbox.brand, name="Never", time_zone="UTC", week={})
    inbox.save()
    browser, start_id, statuses = Browser(inbox), str(uuid7()), list[int]()
    browser.start()
    together = threading.Barrier(8)

    def send() -> None:
        tab = Browser(inbox, browser.token)
        together.wait()
        answer = tab.asks("Hello", client_id=start_id, topic="other", fields={"email": "lin@example.test"})
        statuses.append(answer.status_code)
        connections.close_all()

    tabs = [threading.Thread(target=send) for _ in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert statuses == [201] * 8
    assert Conversation.objects.count() == 1
    assert [message.text.split()[0] for message in Message.objects.order_by("seq")] == ["Hello", "We"]
    assert AnswerByMail.objects.count() == 1
    assert Customer.objects.get().identities.count() == 1


@pytest.mark.server
def test_one_browser_holds_a_dozen_streams_and_no_more(committed: None, inbox: Inbox) -> None:
    """F12: the next one is told to wait, and the others go on."""
    with house() as desk, httpx.Client(timeout=10, limits=httpx.Limits(max_connections=100)) as client:
        guest, other = visitor(inbox), visitor(inbox)
        url, opened = f"{desk.base}/live/w/{inbox.key}/events", []
        try:
            for _ in range(MOST_SCREENS_EACH):
                request = client.build_request("GET", url, headers=guest.headers)
                opened.append(client.send(request, stream=True))
            assert {answer.status_code for answer in opened} == {200}
            refused = client.get(url, headers=guest.headers)
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
            with client.stream("GET", url, headers=other.headers) as answer:
                assert answer.status_code == 200
        finally:
            for answer in opened:
                answer.close()
