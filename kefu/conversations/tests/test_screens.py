from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from asgiref.sync import async_to_sync
from django.db import connection

from conftest import says
from kefu.conversations import bubbles, flows, screens
from kefu.conversations.models import Conversation, Priority, Tag
from kefu.events import log
from kefu.events.log import Entry
from kefu.people.models import Customer, Staff, Team


class Reading:
    """Django's own connection in the place of the hub's, counting."""

    def __init__(self) -> None:
        self.queries = 0

    async def __call__(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        self.queries += 1
        from asgiref.sync import sync_to_async

        return await sync_to_async(self._rows)(sql, params)

    def _rows(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as db:
            db.execute(sql, params)
            return list(db.fetchall())


def present(entries: list[Entry], *audiences: str) -> tuple[list[tuple[str, dict[str, Any]]], int]:
    fetch = Reading()
    presenter = (
        screens.present_conversation if audiences[0].startswith("console") else screens.present_changes
    )
    shown = async_to_sync(presenter)(dict.fromkeys(audiences, entries), fetch)
    return [shown[audiences[0], entry.id] for entry in entries], fetch.queries


def test_a_message_and_what_happened_are_shown_as_they_stand_on_the_page(
    mei: Staff, lin: Customer, returns: Team, parcel_question: Conversation
) -> None:
    says(mei, "On <b>its</b> way", parcel_question)
    flows.hand_over(parcel_question, to=returns, by=mei, note="Please")
    entries = log.about(parcel_question.pk)
    shown, queries = present(entries, "console/en", "console/zh-hans")
    assert [event for event, _data in shown] == ["timeline", "message", "message", "message", "timeline"]
    assert queries == 2
    _started, _asked, answer, note, over = (data for _event, data in shown)
    assert (answer["seq"], answer["reply_seq"], answer["by"]) == (2, 2, "staff")
    assert "On &lt;b&gt;its&lt;/b&gt; way" in answer["html"]
    assert (note["kind"], note["reply_seq"]) == ("note", None)
    assert "Mei handed over to Returns" in over["html"]


def test_lists_are_told_that_something_changed_and_no_words(
    mei: Staff, parcel_question: Conversation
) -> None:
    parcel_question.take(by=mei)
    (_start, _message, taken), queries = present(log.about(parcel_question.pk), "desk")
    assert queries == 0
    assert taken[0] == "changed"
    assert taken[1] == {
        "conversation": str(parcel_question.pk),
        "kind": "conversation.assigned",
        "team": str(parcel_question.team_id),
        "assignee": str(mei.pk),
        "status": None,
        "by": "staff",
        "actor": str(mei.pk),
        "note": False,
    }


def test_a_hand_over_is_heard_where_it_was_and_where_it_is(
    mei: Staff, support: Team, returns: Team, parcel_question: Conversation
) -> None:
    parcel_question.take(by=mei)
    parcel_question.hand_over(to=returns, by=mei)
    topics = set(screens.topics_of(log.about(parcel_question.pk)[-1]))
    wanted = {
        f"team:{support.pk}",
        f"team:{returns.pk}",
        f"staff:{mei.pk}",
        f"conversation:{parcel_question.pk}",
        "all",
    }
    assert wanted <= topics


def test_one_who_loses_a_conversation_is_told(
    mei: Staff, senior: Staff, parcel_question: Conversation
) -> None:
    parcel_question.take(by=mei)
    parcel_question.assign(to=senior, by=senior)
    assert {f"staff:{mei.pk}", f"staff:{senior.pk}"} <= set(
        screens.topics_of(log.about(parcel_question.pk)[-1])
    )


def test_facts_of_other_things_are_heard_nowhere_here(mei: Staff) -> None:
    log.record("staff.renamed", mei, by=mei)
    assert not list(screens.topics_of(log.about(mei.pk)[-1]))


def test_every_kind_of_fact_has_its_sentence(
    mei: Staff, senior: Staff, lin: Customer, parcel_question: Conversation
) -> None:
    tag = Tag.objects.create(brand=parcel_question.brand, name="100 % VIP")
    verbs: list[Callable[[], None]] = [
        lambda: parcel_question.take(by=mei),
        lambda: parcel_question.assign(to=senior, by=mei),
        lambda: parcel_question.assign(to=None, by=mei),
        lambda: parcel_question.wait_for_customer(by=mei),
        lambda: parcel_question.put_on_hold(by=mei),
        lambda: parcel_question.solve(by=mei),
        lambda: parcel_question.reopen(by=mei),
        lambda: parcel_question.prioritise(Priority.URGENT, by=senior),
        lambda: parcel_question.rename("Late", by=mei),
        lambda: parcel_question.tag(tag, by=mei),
        lambda: parcel_question.untag(tag, by=mei),
        lambda: parcel_question.close(by=senior),
    ]
    for verb in verbs:
        verb()
    shown, _queries = present(
        [e for e in log.about(parcel_question.pk) if e.kind != "message.posted"], "console/en"
    )
    words = [data["html"].partition("<span>")[2].partition("</span>")[0] for _event, data in shown]
    assert words == [
        "Lin began the conversation",
        "Mei took it",
        "Mei assigned it to Senior",
        "Mei gave it back to the team",
        "Mei set it to wait for the customer",
        "Mei put it on hold",
        "Mei solved it",
        "Mei reopened it",
        "Senior set the priority: Urgent",
        "Mei changed the subject",
        "Mei added the tag “100 % VIP”",
        "Mei removed the tag “100 % VIP”",
        "Senior closed it for good",
    ]


def test_a_customer_learns_the_alias_and_nothing_of_the_desk(
    mei: Staff, parcel_question: Conversation
) -> None:
    mei.name, mei.alias = "Chen Mei", "Mei"
    mei.save()
    says(mei, "Hello", parcel_question)
    shown = bubbles.replies_after(parcel_question.pk, 1)[0].for_customer()
    assert shown["author"] == {"kind": "staff", "name": "Mei", "initials": "M"}
    assert set(shown) == {"conversation", "seq", "client_id", "author", "text", "at", "files", "masked"}
    assert "Chen" not in str(shown) and str(mei.pk) not in str(shown)


def test_a_note_is_never_among_what_a_customer_sees(mei: Staff, parcel_question: Conversation) -> None:
    flows.leave_note(parcel_question, "secret", by=mei)
    said = bubbles.replies_before(parcel_question.pk) + bubbles.replies_after(parcel_question.pk, 0)
    assert "secret" not in str(said)
    note = bubbles.before(parcel_question.pk)[-1]
    try:
        note.for_customer()
    except ValueError:
        return
    raise AssertionError("a note was shown")


def test_a_message_that_is_gone_shows_nothing(parcel_question: Conversation) -> None:
    entry = log.about(parcel_question.pk, kinds=["message.posted"])[0]
    entry.data["message"] = 10**12
    shown = async_to_sync(screens.present_conversation)({"console/en": [entry]}, Reading())
    assert shown == {}
    assert bubbles.by_ids([]) == [] and bubbles.before(uuid4()) == []
