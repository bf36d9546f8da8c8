"""Colleagues in front of the same conversation are told of each other, and nobody else is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import begin
from kefu.conversations import live
from kefu.conversations.models import Conversation, Inbox
from kefu.events import nudges
from kefu.events.screens import Screen
from kefu.people.models import Customer, Staff, Team
from kefu.people.viewers import viewer_of

Heard = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def whispers(monkeypatch: pytest.MonkeyPatch) -> Heard:
    heard: Heard = []
    monkeypatch.setattr(nudges, "whisper", lambda kind, topics, **data: heard.append((kind, data)))
    return heard


async def _nowhere(message: Any) -> None:
    raise AssertionError(message)


def looks_at(staff: Staff, *conversations: Conversation) -> Screen:
    topics = {f"conversation:{one.pk}": "console/en" for one in conversations}
    return Screen(viewer_of(staff), {"colleagues": "desk", **topics}, _nowhere)


def test_those_who_may_see_it_hear_who_else_looks_at_it(
    whispers: Heard, mei: Staff, omar: Staff, supervisor: Staff, charlie: Staff, parcel_question: Conversation
) -> None:
    live.tell_again([looks_at(mei, parcel_question)])
    ((kind, said),) = whispers
    assert (kind, said["name"], said["on"], said["team"]) == ("viewing", "Mei", True, parcel_question.team_id)
    assert viewer_of(supervisor).may_hear(kind, said)
    assert not viewer_of(omar).may_hear(kind, said)
    assert not viewer_of(charlie).may_hear(kind, said)


def test_whoever_lost_it_is_neither_told_nor_told_of(
    whispers: Heard, mei: Staff, omar: Staff, returns: Team, parcel_question: Conversation
) -> None:
    screens = [looks_at(mei, parcel_question), looks_at(omar, parcel_question)]
    parcel_question.hand_over(to=returns, by=mei)
    live.tell_again(screens)
    ((kind, said),) = whispers
    assert said["name"] == "Omar"
    assert not viewer_of(mei).may_hear(kind, said)


def test_a_screen_that_closes_says_so_without_asking_the_database(
    whispers: Heard, mei: Staff, parcel_question: Conversation
) -> None:
    screen = looks_at(mei, parcel_question)
    live.tell_again([screen])
    with CaptureQueriesContext(connection) as queries:
        live.tell_viewing(screen, False)
    assert [said["on"] for _kind, said in whispers] == [True, False]
    assert not queries


def test_many_screens_take_one_query(whispers: Heard, mei: Staff, inbox: Inbox) -> None:
    begun = [begin(Customer.objects.create(), inbox) for _ in range(3)]
    screens = [looks_at(mei, *begun) for _ in range(4)]
    with CaptureQueriesContext(connection) as queries:
        live.tell_again(screens)
    assert (len(whispers), len(queries)) == (12, 1)
