from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import begin, says
from kefu.conversations.models import Conversation, FieldDefinition, Inbox, Priority, Status, Tag
from kefu.events import log
from kefu.events.models import Audit
from kefu.people.models import Brand, Customer, Staff, Team
from tests.calling import calling, problem_of


def test_an_agent_lists_what_her_teams_have_the_latest_first(
    mei: Staff, lin: Customer, inbox: Inbox, parcel_question: Conversation
) -> None:
    second = begin(lin, inbox, "And my invoice?")
    found = calling(mei).get("/conversations").json()
    assert [row["id"] for row in found["items"]] == [str(second.pk), str(parcel_question.pk)]
    assert found["next"] is None
    assert found["items"][0]["number"] == second.public_number
    assert found["items"][0]["last_text"] == "And my invoice?"


def test_pages_follow_each_other_without_repeating_when_new_ones_come(
    mei: Staff, lin: Customer, inbox: Inbox
) -> None:
    made = [begin(lin, inbox, f"Matter {number}") for number in range(5)]
    api = calling(mei)
    first = api.get("/conversations", {"limit": 2}).json()
    begin(lin, inbox, "Comes in between")
    second = api.get("/conversations", {"limit": 2, "cursor": first["next"]}).json()
    third = api.get("/conversations", {"limit": 2, "cursor": second["next"]}).json()
    shown = [row["id"] for page in (first, second, third) for row in page["items"]]
    assert shown == [str(one.pk) for one in reversed(made)]
    assert third["next"] is None


@pytest.mark.parametrize("sort", ["latest", "newest", "waiting"])
def test_every_order_pages_through_everything_once(
    sort: str, mei: Staff, lin: Customer, inbox: Inbox
) -> None:
    made = {str(begin(lin, inbox, f"Matter {number}").pk) for number in range(4)}
    api, cursor, shown = calling(mei), None, []
    while True:
        asked = {"limit": 1, "sort": sort} | ({"cursor": cursor} if cursor else {})
        page = api.get("/conversations", asked).json()
        shown += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(shown) == sorted(made)


def test_a_cursor_of_another_list_is_refused(mei: Staff, lin: Customer, inbox: Inbox) -> None:
    for number in range(3):
        begin(lin, inbox, f"Matter {number}")
    api = calling(mei)
    cursor = api.get("/conversations", {"limit": 1}).json()["next"]
    for asked in ({"cursor": cursor, "sort": "newest"}, {"cursor": cursor[:-1] + "x"}, {"cursor": "W10"}):
        found = problem_of(api.get("/conversations", asked))
        assert (found["status"], found["errors"][0]["field"]) == (422, "cursor")


def test_the_list_makes_the_same_number_of_queries_however_long_it_is(
    mei: Staff, lin: Customer, inbox: Inbox
) -> None:
    api = calling(mei)
    begin(lin, inbox)
    api.get("/conversations")
    with CaptureQueriesContext(
        connection,
    ) as few:
        api.get("/conversations")
    for number in range(6):
        begin(lin, inbox, f"Matter {number}")
    with CaptureQueriesContext(connection) as many:
        assert len(api.get("/conversations").json()["items"]) == 7
    # token, second factor, pace, teams, conversations, tags
    assert len(few) == len(many) == 5


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"status": "solved"}, 1),
        ({"status": ["open", "solved"]}, 2),
        ({"priority": "urgent"}, 1),
        ({"unassigned": "true"}, 1),
        ({"sort": "waiting"}, 1),
        ({"number": "K-1"}, 0),
    ],
)
def test_filters_narrow_the_list(
    asked: dict[str, Any], expected: int, mei: Staff, lin: Customer, inbox: Inbox
) -> None:
    urgent, done = begin(lin, inbox, "Smoke!"), begin(lin, inbox, "Thanks")
    urgent.prioritise(Priority.URGENT, by=mei)
    urgent.take(by=mei)
    done.solve(by=mei)
    assert len(calling(mei).get("/conversations", asked).json()["items"]) == expected


def test_filters_by_id_and_number_find_the_one(
    mei: Staff, parcel_question: Conversation, brand: Brand
) -> None:
    parcel_question.take(by=mei)
    tag = Tag.objects.create(brand=brand, name="Delivery")
    parcel_question.tag(tag, by=mei)
    api = calling(mei)
    for asked in (
        {"number": parcel_question.public_number},
        {"assignee": mei.pk},
        {"tag": tag.pk},
        {"team": parcel_question.team_id},
        {"customer": parcel_question.customer_id},
        {"inbox": parcel_question.inbox_id},
    ):
        assert [row["id"] for row in api.get("/conversations", asked).json()["items"]] == [
            str(parcel_question.pk)
        ]


def test_a_filter_with_a_typing_error_is_refused_rather_than_ignored(
    mei: Staff, parcel_question: Conversation
) -> None:
    found = problem_of(calling(mei).get("/conversations", {"stauts": "open"}))
    assert found["errors"] == [
        {
            "at": "query",
            "field": "stauts",
            "code": "extra_forbidden",
            "message": "There is no such parameter.",
        }
    ]


def test_a_conversation_is_begun_on_behalf_of_a_customer(mei: Staff, lin: Customer, inbox: Inbox) -> None:
    body = {
        "inbox": str(inbox.pk),
        "customer": str(lin.pk),
        "text": "Called: the box was empty.",
        "subject": "Empty box",
    }
    response = calling(mei).post("/conversations", body)
    assert response.status_code == 201
    shown = response.json()
    assert (shown["subject"], shown["status"], shown["last_author"]) == ("Empty box", "open", "customer")
    conversation = Conversation.objects.get(pk=shown["id"])
    assert conversation.messages.get().text == "Called: the box was empty."
    audit = Audit.objects.get(kind="conversation.started_for_customer")
    assert (audit.actor_id, audit.subject_id) == (mei.pk, conversation.pk)


def test_the_same_client_id_finds_the_conversation_that_it_began(
    mei: Staff, lin: Customer, inbox: Inbox
) -> None:
    body = {
        "inbox": str(inbox.pk),
        "customer": str(lin.pk),
        "text": "Hello",
        "client_id": "0192f7c1-6a4e-7b1c-9d2e-3f5a7c9b1e24",
    }
    api = calling(mei)
    assert api.post("/conversations", body).json()["id"] == api.post("/conversations", body).json()["id"]
    assert Conversation.objects.count() == 1


def test_what_is_done_to_a_conversation_is_the_verb_and_nothing_else(
    senior: Staff, mei: Staff, returns: Team, parcel_question: Conversation
) -> None:
    api, at = calling(senior), f"/conversations/{parcel_question.pk}"
    assert api.put(f"{at}/assignment", {"assignee": str(mei.pk)}).json()["assignee"]["id"] == str(mei.pk)
    assert api.delete(f"{at}/assignment").json()["assignee"] is None
    assert api.put(f"{at}/hold").json()["status"] == "hold"
    assert api.delete(f"{at}/hold").json()["status"] == "open"
    assert api.put(f"{at}/pending").json()["status"] == "pending"
    assert api.delete(f"{at}/pending").json()["status"] == "open"
    assert api.put(f"{at}/solution").json()["solved_at"] is not None
    assert api.delete(f"{at}/solution").json()["status"] == "open"
    assert api.put(f"{at}/priority", {"priority": "high"}).json()["priority"] == "high"
    assert api.put(f"{at}/subject", {"subject": "Parcel"}).json()["subject"] == "Parcel"
    assert (
        api.post(f"{at}/hand-over", {"team": str(returns.pk), "note": "Yours."}).json()["team"]["name"]
        == "Returns"
    )
    kinds = [entry.kind.removeprefix("conversation.") for entry in log.about(parcel_question.pk)]
    assert kinds == [
        "started", "message.posted", "assigned", "assigned", "held", "reopened", "pending", "reopened",
        "solved", "reopened", "prioritised", "renamed", "message.posted", "handed_over",
    ]  # fmt: skip
    assert {entry.actor_id for entry in log.about(parcel_question.pk)[2:]} == {senior.pk}


def test_taking_off_hold_what_is_not_on_hold_changes_nothing(
    mei: Staff, parcel_question: Conversation
) -> None:
    parcel_question.solve(by=mei)
    assert calling(mei).delete(f"/conversations/{parcel_question.pk}/hold").json()["status"] == "solved"


def test_a_closed_conversation_says_so_and_has_one_follow_up(
    senior: Staff, parcel_question: Conversation
) -> None:
    api, at = calling(senior), f"/conversations/{parcel_question.pk}"
    assert problem_of(api.post(f"{at}/follow-up"))["status"] == 409
    assert api.put(f"{at}/closing").json()["closed_at"] is not None
    assert (
        problem_of(api.put(f"{at}/hold"))["detail"]
        == "This conversation is closed. Start a follow-up instead."
    )
    first, again = api.post(f"{at}/follow-up"), api.post(f"{at}/follow-up")
    assert first.status_code == 201
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["follow_up_of"] == str(parcel_question.pk)


def test_tags_come_and_go(mei: Staff, brand: Brand, parcel_question: Conversation) -> None:
    tag = Tag.objects.create(brand=brand, name="Delivery")
    api, at = calling(mei), f"/conversations/{parcel_question.pk}/tags/{tag.pk}"
    assert [one["name"] for one in api.put(at).json()["tags"]] == ["Delivery"]
    assert api.delete(at).json()["tags"] == []
    assert [one["name"] for one in api.get("/tags").json()["items"]] == ["Delivery"]


def test_own_fields_are_set_one_by_one_and_unknown_ones_refused(
    mei: Staff, brand: Brand, parcel_question: Conversation
) -> None:
    for key in ("order", "model"):
        FieldDefinition.objects.create(brand=brand, key=key, label=key.title())
    api, at = calling(mei), f"/conversations/{parcel_question.pk}/fields"
    assert api.patch(at, {"fields": {"order": "A-1"}}).json()["fields"] == {"order": "A-1"}
    assert api.patch(at, {"fields": {"model": "L2"}}).json()["fields"] == {"order": "A-1", "model": "L2"}
    assert problem_of(api.patch(at, {"fields": {"colour": "red"}}))["status"] == 409


def test_reading_moves_the_mark_forward_only(mei: Staff, parcel_question: Conversation) -> None:
    says(mei, "We are looking.", in_=parcel_question)
    api, at = calling(mei), f"/conversations/{parcel_question.pk}/reading"
    assert api.put(at, {"reply_seq": 2}).status_code == 204
    assert api.put(at, {"reply_seq": 1}).status_code == 204
    parcel_question.refresh_from_db()
    assert parcel_question.staff_read_seq == 2


def test_a_hand_over_names_a_team_or_a_person_but_not_both(
    mei: Staff, returns: Team, parcel_question: Conversation
) -> None:
    api, at = calling(mei), f"/conversations/{parcel_question.pk}/hand-over"
    for body in ({}, {"team": str(returns.pk), "assignee": str(mei.pk)}):
        assert problem_of(api.post(at, body))["errors"][0]["message"] == "Name either a team or a person."
    parcel_question.refresh_from_db()
    assert parcel_question.status == Status.OPEN


def test_they_are_narrowed_by_the_kind_of_inbox(
    mei: Staff, charlie: Staff, lin: Customer, inbox: Inbox, support: Team
) -> None:
    box = Inbox.objects.create(brand=support.brand, team=support, name="Mail", kind="email", language="en")
    chat, mail = str(begin(lin, inbox).pk), str(begin(lin, box).pk)

    def found(query: str, by: Staff = mei) -> set[str]:
        return {one["id"] for one in calling(by).get(f"/conversations?{query}").json()["items"]}

    assert found("kind=email") == {mail} == found("kind=email&sort=waiting")
    assert found("kind=email&kind=chat") == {chat, mail} == found("")
    assert found("kind=form") == set() == found("kind=email", by=charlie)
    assert problem_of(calling(mei).get("/conversations?kind=pigeon"))["status"] == 422
