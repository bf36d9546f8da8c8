from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.utils import timezone

from conftest import make_staff
from kefu.conversations.models import Conversation, File, Message
from kefu.database.plain import plain_connection
from kefu.lib.ids import uuid7
from kefu.people import idempotency
from kefu.people.models import AnsweredCall, Customer, Staff, Team
from kefu.people.roles import Role
from tests.calling import Caller, calling, problem_of, token_of

ADA = {"name": "Ada"}


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


def test_the_same_call_again_has_one_effect_and_the_same_answer(mei: Staff) -> None:
    api = calling(mei)
    first, again = api.post("/customers", ADA, **key("a")), api.post("/customers", ADA, **key("a"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first["Content-Type"] == again["Content-Type"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Customer.objects.count() == 1


def test_how_the_body_is_written_does_not_matter_what_it_says_does(mei: Staff) -> None:
    api = calling(mei)
    api.post("/customers", '{"name": "Ada", "note": "x"}', **key("a"))
    assert api.post("/customers", '{ "note":"x","name":"Ada" }', **key("a")).status_code == 201
    found = problem_of(api.post("/customers", {"name": "Eve"}, **key("a")))
    assert (found["status"], found["errors"][0]["code"]) == (422, "key_reused")
    assert list(Customer.objects.values_list("name", flat=True)) == ["Ada"]


def test_the_same_key_for_another_address_is_another_call(mei: Staff, parcel_question: Conversation) -> None:
    api, at = calling(mei), f"/conversations/{parcel_question.pk}"
    assert api.put(f"{at}/hold", **key("a")).status_code == 200
    assert problem_of(api.put(f"{at}/pending", **key("a")))["status"] == 422


def test_an_answer_is_what_it_was_also_when_things_have_moved_on(
    mei: Staff, parcel_question: Conversation
) -> None:
    api, at = calling(mei), f"/conversations/{parcel_question.pk}/hold"
    api.put(at, **key("a"))
    parcel_question.solve(by=mei)
    assert api.put(at, **key("a")).json()["status"] == "hold"
    parcel_question.refresh_from_db()
    assert parcel_question.status == "solved"


def test_an_empty_answer_is_repeated_too(mei: Staff, parcel_question: Conversation) -> None:
    api, at = calling(mei), f"/conversations/{parcel_question.pk}/reading"
    for _ in range(2):
        response = api.put(at, {"reply_seq": 1}, **key("a"))
        assert (response.status_code, response.content) == (204, b"")


def test_keys_belong_to_their_caller_whichever_token_he_uses(mei: Staff, omar: Staff) -> None:
    first = calling(mei).post("/customers", ADA, **key("a")).json()["id"]
    assert calling(mei).post("/customers", ADA, **key("a")).json()["id"] == first
    assert calling(omar).post("/customers", ADA, **key("a")).json()["id"] != first


def test_a_call_that_was_refused_leaves_its_key_free(mei: Staff) -> None:
    api = calling(mei)
    assert api.post("/customers", {"nmae": "Ada"}, **key("a")).status_code == 422
    assert (
        api.post(
            "/conversations", {"inbox": str(mei.pk), "customer": str(mei.pk), "text": "x"}, **key("a")
        ).status_code
        == 404
    )
    assert not AnsweredCall.objects.exists()
    assert api.post("/customers", ADA, **key("a")).status_code == 201


def test_a_lost_right_comes_before_the_kept_answer(mei: Staff) -> None:
    token = token_of(mei)
    Caller(token).post("/customers", ADA, **key("a"))
    narrow = calling(mei, "own account")
    assert problem_of(narrow.post("/customers", ADA, **key("a")))["status"] == 403


@pytest.mark.parametrize("bad", ["", "k" * 256, "two words", "ключ", "tab\t"])
def test_a_key_is_1_to_255_visible_characters(bad: str, mei: Staff) -> None:
    api = calling(mei)
    assert problem_of(api.post("/customers", ADA, **key(bad)))["errors"][0]["field"] == "Idempotency-Key"
    assert api.post("/customers", ADA, **key("k" * 255)).status_code == 201


def test_after_a_day_the_key_is_free_again_and_the_answer_gone(mei: Staff) -> None:
    api = calling(mei)
    api.post("/customers", ADA, **key("a"))
    AnsweredCall.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert idempotency.forget_old() == 1
    api.post("/customers", ADA, **key("a"))
    AnsweredCall.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert api.post("/customers", {"name": "Eve"}, **key("a")).status_code == 201
    assert Customer.objects.count() == 3


def test_what_is_kept_cannot_be_read_in_the_database(mei: Staff) -> None:
    calling(mei).post("/customers", {"name": "Ada Canary"}, **key("a"))
    with connection.cursor() as db:
        db.execute("SELECT answer, row_to_json(c)::text FROM people_answeredcall c")
        raw, row = db.fetchone()
    assert b"Canary" not in bytes(raw)
    assert "Canary" not in row
    assert "Canary" in (AnsweredCall.objects.get().answer or "")


def test_an_upload_is_the_same_when_its_content_is(mei: Staff) -> None:
    api = calling(mei)

    def upload(content: bytes) -> Any:
        return api._client.post(
            "/api/v1/files", {"file": SimpleUploadedFile("a.txt", content)}, headers=api._with(key("a"))
        )

    first, again = upload(b"Serial 12"), upload(b"Serial 12")
    assert first.json() == again.json()
    assert problem_of(upload(b"Serial 13"))["status"] == 422
    assert File.objects.count() == 1


def test_of_many_at_the_same_moment_one_has_an_effect(committed: None, brand: Any) -> None:
    team = Team.objects.create(brand=brand, name="Support")
    token = token_of(make_staff("mei", Role.AGENT, team))
    start, answers = threading.Barrier(6), []

    def call() -> None:
        start.wait()
        answers.append(Caller(token).post("/customers", ADA, **key("race")))
        connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Customer.objects.count() == 1
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 5


@pytest.mark.usefixtures("committed")
def test_while_the_first_call_is_still_being_worked_on_the_second_is_told_to_come_back(brand: Any) -> None:
    mei = make_staff("mei", Role.AGENT, Team.objects.create(brand=brand, name="Support"))
    api = calling(mei)
    with plain_connection() as first:
        first.execute(
            "INSERT INTO people_answeredcall (id, caller, key, fingerprint, status, created_at)"
            " VALUES (%s, %s, 'a', 'x', 0, now())",
            [uuid7(), mei.pk],
        )
        with connection.cursor() as db:
            db.execute("SET lock_timeout = '200ms'")
        busy = api.post("/customers", ADA, **key("a"))
        first.rollback()
    assert problem_of(busy)["status"] == 409
    assert int(busy["Retry-After"]) > 0
    assert api.post("/customers", ADA, **key("a")).status_code == 201


def test_a_call_whose_effect_fails_midway_leaves_nothing_and_may_be_repeated(
    mei: Staff, parcel_question: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, at = calling(mei), f"/conversations/{parcel_question.pk}/messages"
    monkeypatch.setattr("kefu.conversations.api.messages.MessageShown.of", lambda _bubble: 1 / 0)
    assert problem_of(api.post(at, {"text": "Hello"}, **key("a")))["status"] == 500
    monkeypatch.undo()
    assert not Message.objects.filter(text="Hello").exists()
    assert api.post(at, {"text": "Hello"}, **key("a")).status_code == 201
