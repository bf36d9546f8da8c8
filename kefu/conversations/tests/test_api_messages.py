from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import says
from kefu.conversations.models import Conversation, File, Message
from kefu.people.models import Customer, Staff
from tests.calling import Caller, calling, problem_of


@pytest.fixture
def at(parcel_question: Conversation) -> str:
    return f"/conversations/{parcel_question.pk}/messages"


def test_a_reply_goes_to_the_customer_and_a_note_stays_here(
    mei: Staff, parcel_question: Conversation, at: str
) -> None:
    api = calling(mei)
    reply = api.post(at, {"text": "We are looking."})
    note = api.post(at, {"text": "Angry, careful.", "kind": "note"})
    assert (reply.status_code, reply.json()["seq"], reply.json()["reply_seq"]) == (201, 2, 2)
    assert (note.status_code, note.json()["seq"], note.json()["reply_seq"]) == (201, 3, None)
    assert reply.json()["author"] == {"kind": "staff", "id": str(mei.pk), "name": "Mei"}


def test_a_resend_with_the_same_client_id_stores_nothing(mei: Staff, at: str) -> None:
    api, body = calling(mei), {"text": "Once", "client_id": str(uuid4())}
    first, again = api.post(at, body), api.post(at, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Message.objects.filter(text="Once").count() == 1


def test_what_should_not_be_said_is_masked_and_the_sender_is_told(mei: Staff, at: str) -> None:
    said = calling(mei).post(at, {"text": "Your card 4111 1111 1111 1111 was charged."}).json()
    assert "4111 1111" not in said["text"]
    assert said["masked"]


def test_nobody_answers_past_a_reply_that_they_have_not_read(
    mei: Staff, senior: Staff, parcel_question: Conversation, at: str
) -> None:
    says(senior, "I have it.", in_=parcel_question)
    found = problem_of(calling(mei).post(at, {"text": "Me too.", "seen_reply_seq": 1}))
    assert found["status"] == 409
    assert "in the meantime" in found["detail"]


@pytest.mark.parametrize(
    "body", [{}, {"text": "  "}, {"text": "x" * 20_001}, {"text": "nul \x00"}, {"text": "half \ud800"}]
)
def test_what_cannot_be_stored_is_refused_with_a_sentence(body: dict[str, str], mei: Staff, at: str) -> None:
    found = problem_of(calling(mei).post(at, body))
    assert found["status"] == 422
    assert found.get("detail") or found["errors"][0]["message"]


def test_messages_are_paged_by_number_in_both_directions(
    mei: Staff, lin: Customer, parcel_question: Conversation, at: str
) -> None:
    for number in range(4):
        says(lin, f"Line {number}", in_=parcel_question)
    api = calling(mei)
    assert _all_numbers(api, at, "oldest") == [1, 2, 3, 4, 5]
    assert _all_numbers(api, at, "newest") == [5, 4, 3, 2, 1]
    assert [one["seq"] for one in api.get(at, {"after": 3}).json()["items"]] == [4, 5]


def _all_numbers(api: Caller, at: str, sort: str) -> list[int]:
    numbers, cursor = [], None
    while True:
        page = api.get(at, {"limit": 2, "sort": sort} | ({"cursor": cursor} if cursor else {})).json()
        numbers += [one["seq"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return numbers


def test_a_page_of_messages_takes_the_same_queries_however_long(
    mei: Staff, lin: Customer, parcel_question: Conversation, at: str
) -> None:
    api = calling(mei)
    api.get(at)
    for number in range(10):
        says(lin, f"Line {number}", in_=parcel_question)
    with CaptureQueriesContext(connection) as asked:
        assert len(api.get(at).json()["items"]) == 11
    assert len(asked) == 5  # token with second factor, pace, teams, conversation, messages


def test_a_file_is_uploaded_then_sent_once_and_read_back(
    mei: Staff, parcel_question: Conversation, at: str
) -> None:
    api = calling(mei)
    uploaded = api.upload("/files", file=SimpleUploadedFile("note.txt", b"Serial 12", "image/png"))
    assert uploaded.status_code == 201
    file_id = uploaded.json()["id"]
    assert uploaded.json()["type"] == "text/plain"
    sent = api.post(at, {"text": "Attached", "files": [file_id]})
    assert sent.json()["files"][0]["id"] == file_id
    assert api.get(at).json()["items"][-1]["files"][0]["name"] == "note.txt"
    content = api.get(f"/files/{file_id}/content")
    assert content["Content-Disposition"].startswith("attachment")
    assert content["X-Content-Type-Options"] == "nosniff"
    assert problem_of(api.post(at, {"text": "Again", "files": [file_id]}))["status"] == 404


def test_a_resend_of_a_message_with_a_file_finds_the_first(mei: Staff, at: str) -> None:
    api = calling(mei)
    file_id = api.upload("/files", file=SimpleUploadedFile("note.txt", b"Serial 12")).json()["id"]
    body = {"files": [file_id], "client_id": str(uuid4())}
    assert (api.post(at, body).status_code, api.post(at, body).status_code) == (201, 200)


def test_a_forbidden_file_says_so(mei: Staff) -> None:
    found = problem_of(
        calling(mei).upload("/files", file=SimpleUploadedFile("run.exe", b"MZ\x90\x00" + b"\x00" * 60))
    )
    assert found["status"] == 415
    assert found["detail"]
    assert not File.objects.exists()


def test_an_upload_without_a_file_or_with_more_than_one_name_is_refused(mei: Staff) -> None:
    api = calling(mei)
    assert problem_of(api.upload("/files"))["errors"][0] == {
        "at": "body", "field": "file", "code": "missing", "message": "This is missing.",
    }  # fmt: skip
    both = api.upload("/files", file=SimpleUploadedFile("a.txt", b"a"), owner="omar")
    assert problem_of(both)["errors"][0]["field"] == "owner"
