"""How long customers lately waited for a person is measured, and told in round words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from conftest import begin, draft
from kefu.conversations import posting, waits
from kefu.conversations.models import Conversation, Inbox, MessageKind
from kefu.hours.models import Schedule
from kefu.lib.ids import uuid7
from kefu.people.models import Customer, Staff

pytestmark = pytest.mark.django_db

THURSDAY = datetime(2026, 11, 19, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    waits._known.clear()


def answered(
    lin: Customer, inbox: Inbox, by: Staff, *minutes: float, began: datetime = THURSDAY
) -> list[Conversation]:
    """Conversations whose first answers came after so many minutes."""
    found = []
    for wait in minutes:
        conversation = begin(lin, inbox)
        posting.post([draft(conversation, by, "Good morning")])
        replied = began + wait * MINUTE
        of_it = Conversation.objects.filter(pk=conversation.pk)
        of_it.update(created_at=began, first_reply_at=replied, last_message_at=replied)
        found.append(conversation)
    return found


def usual(inbox: Inbox, now: datetime = THURSDAY + timedelta(hours=5)) -> timedelta | None:
    waits._known.clear()
    return waits.usual_waits([inbox], now).get(inbox.pk)


def test_it_is_the_median_of_ten_or_more(lin: Customer, inbox: Inbox, mei: Staff) -> None:
    answered(lin, inbox, mei, *range(1, 10))
    assert usual(inbox) is None
    answered(lin, inbox, mei, 300)
    assert usual(inbox) == 5.5 * MINUTE
    assert usual(inbox, THURSDAY + timedelta(days=8)) is None


def test_those_who_wait_still_count_with_what_they_have_waited(
    lin: Customer, inbox: Inbox, mei: Staff
) -> None:
    answered(lin, inbox, mei, *[1] * 10)
    waiting = [begin(lin, inbox) for _ in range(11)]
    of_them = Conversation.objects.filter(pk__in=[one.pk for one in waiting])
    of_them.update(created_at=THURSDAY, waiting_since=THURSDAY, last_message_at=THURSDAY)
    assert usual(inbox) == timedelta(hours=5)
    for one in waiting:
        one.solve(by=mei)
    assert usual(inbox) == MINUTE


def test_what_the_desk_began_or_a_note_or_a_machine_is_no_answer(
    lin: Customer, inbox: Inbox, mei: Staff
) -> None:
    begun = answered(lin, inbox, mei, *[1] * 10)
    for one in begun[:5]:
        one.messages.filter(seq=1).update(author_kind="staff")
    for _ in range(5):
        quiet = begin(lin, inbox)
        posting.post([draft(quiet, mei, "Look at this", kind=MessageKind.NOTE)])
        posting.post([_from_the_assistant(quiet)])
        Conversation.objects.filter(pk=quiet.pk).update(created_at=THURSDAY)
    assert usual(inbox) is None


def _from_the_assistant(conversation: Conversation) -> posting.Draft:
    return posting.Draft(
        conversation_id=conversation.pk,
        client_id=uuid7(),
        author_kind="system",
        author_id=None,
        text="See the manual.",
        may=posting.anyone,
    )


def test_only_service_hours_count(lin: Customer, inbox: Inbox, mei: Staff) -> None:
    week = {"3": [["09:00", "12:30"]], "4": [["09:00", "18:00"]]}
    inbox.schedule = Schedule.objects.create(brand=inbox.brand, name="Short", time_zone="UTC", week=week)
    inbox.save()
    answered(lin, inbox, mei, *[22 * 60] * 10)
    assert usual(inbox, THURSDAY + timedelta(days=1)) == 90 * MINUTE


def test_each_inbox_is_measured_by_itself_in_one_query_that_is_remembered(
    lin: Customer,
    inbox: Inbox,
    other_inbox: Inbox,
    mei: Staff,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    answered(lin, inbox, mei, *[3] * 30)
    assert (inbox.schedule, other_inbox.schedule) == (None, None)
    now = THURSDAY + timedelta(hours=5)
    with django_assert_num_queries(1):
        assert waits.usual_waits([inbox, other_inbox], now) == {inbox.pk: 3 * MINUTE}
    with django_assert_num_queries(0):
        assert waits.usual_waits([other_inbox, inbox], now) == {inbox.pk: 3 * MINUTE}


@pytest.mark.parametrize(
    ("minutes", "with_hours", "words"),
    [
        (0.2, False, "about 1 minute"),
        (5.5, False, "about 10 minutes"),
        (46, False, "within 1 hour"),
        (61, True, "within 2 working hours"),
        (60 * 30, False, "within 30 hours"),
    ],
)
def test_it_is_told_in_round_words(minutes: float, with_hours: bool, words: str) -> None:
    said = waits.sentence(minutes * MINUTE, Schedule() if with_hours else None)
    assert said.startswith("Last 7 days: first answer ") and said.endswith(words)
