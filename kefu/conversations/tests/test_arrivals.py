"""A customer sees that what they wrote has reached the desk, before anybody has read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import begin, says
from kefu.conversations import arrivals, flows, screens
from kefu.conversations.models import Conversation, Inbox
from kefu.events import log, nudges
from kefu.people.models import Customer, Staff
from kefu.people.testing import begin_session
from tests.house import house, visitor

Heard = list[tuple[list[str], dict[str, Any]]]


@pytest.fixture(autouse=True)
def _nothing_noted_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "_shown", {})


@pytest.fixture
def whispers(monkeypatch: pytest.MonkeyPatch) -> Heard:
    heard: Heard = []
    monkeypatch.setattr(nudges, "whisper", lambda kind, topics, **data: heard.append((topics, data)))
    return heard


def is_shown_at_the_desk(*conversations: Conversation) -> None:
    entries = [entry for one in conversations for entry in log.about(one.pk)]
    async_to_sync(screens.present_changes)({"desk": entries}, _never)


async def _never(sql: str, params: Any) -> list[tuple[Any, ...]]:
    raise AssertionError(sql)


def test_what_a_screen_was_told_of_is_delivered_and_not_yet_read(
    whispers: Heard, lin: Customer, parcel_question: Conversation
) -> None:
    says(lin, "Hello?", parcel_question)
    is_shown_at_the_desk(parcel_question)
    arrivals.mark([])
    parcel_question.refresh_from_db()
    assert (parcel_question.staff_delivered_seq, parcel_question.staff_read_seq) == (2, 0)
    ((topics, said),) = whispers
    assert topics == [f"customer:{lin.pk}"]
    assert (said["conversation"], said["staff_delivered_seq"]) == (parcel_question.pk, 2)


def test_it_is_told_once_and_marks_never_move_back(
    whispers: Heard, mei: Staff, lin: Customer, parcel_question: Conversation
) -> None:
    says(lin, "Hello?", parcel_question)
    parcel_question.refresh_from_db()
    parcel_question.read_by_staff(mei, 2)
    whispers.clear()
    for _ in range(2):
        is_shown_at_the_desk(parcel_question)
        arrivals.mark([])
    parcel_question.refresh_from_db()
    assert parcel_question.staff_delivered_seq == 2
    assert whispers == []


def test_what_colleagues_write_is_no_arrival(
    whispers: Heard, mei: Staff, parcel_question: Conversation
) -> None:
    is_shown_at_the_desk(parcel_question)
    arrivals.mark([])
    whispers.clear()
    says(mei, "On its way", parcel_question)
    flows.leave_note(parcel_question, "He is patient", by=mei)
    is_shown_at_the_desk(parcel_question)
    arrivals.mark([])
    assert whispers == []


def test_many_conversations_are_marked_with_one_statement(whispers: Heard, inbox: Inbox) -> None:
    begun = [begin(Customer.objects.create(), inbox) for _ in range(5)]
    is_shown_at_the_desk(*begun)
    with CaptureQueriesContext(connection) as queries:
        arrivals.mark([])
        arrivals.mark([])
    assert (len(queries), len(whispers)) == (1, 5)


@pytest.mark.server
def test_the_customers_own_screen_hears_of_it(committed: None, mei: Staff, inbox: Inbox) -> None:
    guest = visitor(inbox)
    conversation = begin(guest.customer, inbox)
    with house() as desk, httpx.Client(base_url=desk.base, timeout=20) as client:
        at_the_desk = {"Cookie": f"kefu={begin_session(mei)}"}
        with (
            client.stream("GET", "/live/console/events", headers=at_the_desk) as screen,
            client.stream("GET", f"/live/w/{inbox.key}/events", headers=guest.headers) as chat,
        ):
            assert screen.status_code == 200
            heard = _heard(chat, "read")
            says(guest.customer, "Is anybody there?", conversation)
            assert next(heard)["staff_delivered_seq"] == 2


def _heard(stream: httpx.Response, wanted: str) -> Iterator[dict[str, Any]]:
    event = ""
    for line in stream.iter_lines():
        name, _colon, rest = line.partition(": ")
        event = rest if name == "event" else event
        if name == "data" and event == wanted:
            yield json.loads(rest)
