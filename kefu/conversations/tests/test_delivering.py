"""How it goes with what leaves the desk: told once, drawn again where it stands, without a further query."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conftest import says
from kefu.conversations import bubbles, delivering, timeline
from kefu.conversations.models import Conversation, Delivery
from kefu.conversations.tests.test_screens import present
from kefu.events import log
from kefu.people.models import Customer, Staff


@pytest.fixture
def answer(mei: Staff, parcel_question: Conversation) -> int:
    return says(mei, "On its way", parcel_question).message_id


def test_a_state_is_news_once(answer: int, parcel_question: Conversation) -> None:
    assert delivering.tell(answer, Delivery.WAITING)
    assert not delivering.tell(answer, Delivery.WAITING)
    assert delivering.tell(answer, Delivery.SENT)
    told = log.about(parcel_question.pk, [delivering.CHANGED])
    assert [entry.data["delivery"] for entry in told] == ["waiting", "sent"]
    assert told[0].data["team"] == str(parcel_question.team_id)


def test_a_message_that_is_gone_is_no_news(parcel_question: Conversation) -> None:
    assert not delivering.tell(2**40, Delivery.SENT)


def test_the_moment_of_leaving_goes_with_it_and_ends_with_it(answer: int) -> None:
    evening = timezone.now() + timedelta(hours=3)
    delivering.tell(answer, Delivery.WAITING, leaves_at=evening)
    [bubble] = bubbles.by_ids([answer])
    assert (bubble.delivery, bubble.leaves_at, bubble.leaves_later) == ("waiting", evening, True)
    delivering.tell(answer, Delivery.SENT)
    [bubble] = bubbles.by_ids([answer])
    assert (bubble.delivery, bubble.leaves_at, bubble.leaves_later) == ("sent", None, False)


def test_screens_draw_the_message_again_and_lists_stay_still(
    answer: int, parcel_question: Conversation
) -> None:
    delivering.tell(answer, Delivery.BOUNCED)
    [entry] = log.about(parcel_question.pk, [delivering.CHANGED])
    [(event, data)], queries = present([entry], "console/en", "console/zh-hans")
    assert (event, data["seq"], queries) == ("redrawn", 2, 1)
    assert "mark delivery bounced" in data["html"]
    with pytest.raises(KeyError):
        present([entry], "desk")


def test_it_is_no_line_of_the_timeline_and_takes_none_of_its_places(
    answer: int, parcel_question: Conversation
) -> None:
    for state in (Delivery.WAITING, Delivery.FAILED, Delivery.WAITING, Delivery.SENT):
        delivering.tell(answer, state)
    now = timezone.now() + timedelta(seconds=5)
    [begun] = timeline.between(parcel_question.pk, now - timedelta(hours=1), now, limit=1)
    assert begun.kind == "conversation.started"


def test_the_customer_is_told_nothing_of_it(answer: int) -> None:
    delivering.tell(answer, Delivery.FAILED)
    [bubble] = bubbles.by_ids([answer])
    assert not {"delivery", "leaves_at", "has_original"} & bubble.for_customer().keys()


def test_reading_a_stretch_is_one_query_however_many_states(
    mei: Staff, lin: Customer, parcel_question: Conversation
) -> None:
    for number in range(5):
        delivering.tell(says(mei, f"Answer {number}", parcel_question).message_id, Delivery.SENT)
    with CaptureQueriesContext(connection) as counted:
        found = bubbles.before(parcel_question.pk)
    assert len(counted) == 1
    assert [bubble.delivery for bubble in found] == ["", *["sent"] * 5]
