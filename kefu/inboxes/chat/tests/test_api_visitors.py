from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conftest import begin, draft, says
from kefu.conversations import files, posting
from kefu.conversations.models import Conversation, Inbox
from kefu.inboxes.chat import visitors
from kefu.inboxes.chat.models import Visitor
from kefu.people.models import Customer, Staff
from tests.calling import Caller, calling, problem_of, visiting

CANARY = "canary 7141"


@pytest.fixture
def app(inbox: Inbox, lin: Customer) -> Caller:
    """Lin's app."""
    return visiting(inbox, lin)[0]


def test_a_visitor_begins_writes_and_reads_the_answer(app: Caller, mei: Staff, inbox: Inbox) -> None:
    begun = app.post("/visitor/conversations", {"text": "Where is my parcel?"})
    assert begun.status_code == 201
    at = f"/visitor/conversations/{begun.json()['id']}"
    assert app.post(f"{at}/messages", {"text": "Hello?"}).json()["seq"] == 2
    says(mei, "We are looking.", in_=Conversation.objects.get())
    said = app.get(f"{at}/messages").json()["items"]
    assert [(one["seq"], one["author"]["kind"]) for one in said] == [
        (1, "customer"),
        (2, "customer"),
        (3, "staff"),
    ]
    assert app.put(f"{at}/reading", {"seq": 3}).status_code == 204
    assert app.get(at).json()["read_seq"] == 3
    assert app.put(f"{at}/solution").json()["status"] == "solved"


def test_the_same_start_finds_the_same_conversation(app: Caller) -> None:
    body = {"text": "Hello", "client_id": str(uuid4())}
    first, again = app.post("/visitor/conversations", body), app.post("/visitor/conversations", body)
    assert first.json()["id"] == again.json()["id"]


def test_notes_and_names_of_colleagues_never_reach_a_visitor(
    app: Caller, mei: Staff, parcel_question: Conversation
) -> None:
    mei.name, mei.alias = "Mei Canary 7141", "Mei"
    mei.save()
    note_file = files.keep(SimpleUploadedFile("a.txt", CANARY.encode()), by=mei, conversation=None)
    posting.post_one(draft(parcel_question, mei, CANARY, kind="note"))
    posting.post_one(
        posting.Draft(
            conversation_id=parcel_question.pk, client_id=uuid4(), author_kind="staff", author_id=mei.pk,
            text="", may=posting.anyone, kind="note", file_ids=(note_file.pk,),
        )
    )  # fmt: skip
    says(mei, "We are looking.", in_=parcel_question)
    at = f"/visitor/conversations/{parcel_question.pk}"
    shown = "".join(
        app.get(path).content.decode() for path in ("/visitor/conversations", at, f"{at}/messages")
    )
    assert "anary 7141" not in shown
    assert str(mei.pk) not in shown
    assert [one["seq"] for one in app.get(f"{at}/messages").json()["items"]] == [1, 2]
    assert problem_of(app.get(f"/visitor/files/{note_file.pk}/content"))["status"] == 404


def test_a_visitor_reaches_their_own_and_nothing_else(
    app: Caller, inbox: Inbox, parcel_question: Conversation, mei: Staff
) -> None:
    stranger, _visitor = visiting(inbox)
    at = f"/visitor/conversations/{parcel_question.pk}"
    for refused in (
        stranger.get(at),
        stranger.get(f"{at}/messages"),
        stranger.post(f"{at}/messages", {"text": "Mine?"}),
        stranger.put(f"{at}/solution"),
        stranger.put(f"{at}/reading", {"seq": 1}),
    ):
        assert problem_of(refused)["status"] == 404
    assert stranger.get("/visitor/conversations").json()["items"] == []
    assert parcel_question.messages.count() == 1


def test_what_a_customer_said_to_another_brand_stays_there(
    app: Caller, lin: Customer, other_inbox: Inbox
) -> None:
    elsewhere = begin(lin, other_inbox)
    assert problem_of(app.get(f"/visitor/conversations/{elsewhere.pk}"))["status"] == 404
    assert app.get("/visitor/conversations").json()["items"] == []


def test_a_visitors_file_is_theirs_until_sent_and_then_the_conversations(
    app: Caller, inbox: Inbox, mei: Staff
) -> None:
    stranger, _visitor = visiting(inbox)
    uploaded = app.upload("/visitor/files", file=SimpleUploadedFile("box.txt", b"A photo"))
    file_id = uploaded.json()["id"]
    assert problem_of(calling(mei).get(f"/files/{file_id}"))["status"] == 404
    stolen = stranger.post("/visitor/conversations", {"text": "Look", "files": [file_id]})
    assert problem_of(stolen)["status"] == 404
    begun = app.post("/visitor/conversations", {"text": "Look", "files": [file_id]})
    assert begun.status_code == 201
    assert app.get(f"/visitor/files/{file_id}/content").status_code == 200
    assert calling(mei).get(f"/files/{file_id}").status_code == 200
    assert problem_of(stranger.get(f"/visitor/files/{file_id}/content"))["status"] == 404


def test_a_message_in_a_closed_conversation_begins_the_follow_up_and_says_where(
    app: Caller, senior: Staff, parcel_question: Conversation
) -> None:
    parcel_question.close(by=senior)
    said = app.post(
        f"/visitor/conversations/{parcel_question.pk}/messages", {"text": "It broke again"}
    ).json()
    assert said["conversation"] != str(parcel_question.pk)
    assert app.get(f"/visitor/conversations/{said['conversation']}").json()["status"] == "open"


def test_each_side_has_its_own_tokens(app: Caller, mei: Staff) -> None:
    assert problem_of(app.get("/me"))["status"] == 401
    assert problem_of(calling(mei).get("/visitor"))["status"] == 401


def test_a_visitor_token_ends_with_its_time_its_inbox_and_its_visitor(inbox: Inbox, lin: Customer) -> None:
    for end in (
        lambda visitor: Visitor.objects.filter(pk=visitor.pk).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        ),
        visitors.dismiss,
        lambda visitor: Inbox.objects.filter(pk=visitor.inbox_id).update(is_active=False),
    ):
        api, visitor = visiting(inbox, lin)
        assert api.get("/visitor").json()["id"] == str(visitor.pk)
        end(visitor)
        assert problem_of(api.get("/visitor"))["status"] == 401


def test_ones_own_list_takes_the_same_queries_however_long(app: Caller, lin: Customer, inbox: Inbox) -> None:
    app.get("/visitor/conversations")
    for number in range(5):
        begin(lin, inbox, f"Matter {number}")
    with CaptureQueriesContext(connection) as asked:
        assert len(app.get("/visitor/conversations").json()["items"]) == 5
    assert len(asked) == 4  # token, visitor, pace, conversations
