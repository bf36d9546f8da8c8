"""Contact forms by API: an app with the form's public key, and a colleague's program with a token."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kefu.conversations.models import Conversation, Inbox, Message
from kefu.events.models import Delivery
from kefu.inboxes.form import proofs, stamps
from kefu.inboxes.form.models import Submission
from kefu.inboxes.form.testing import TEXT, make_form
from kefu.lib.ids import uuid7
from kefu.people.models import Staff, Team
from tests.calling import Caller, calling


@pytest.fixture
def form(support: Team) -> Inbox:
    return make_form(support)


@pytest.fixture
def app(form: Inbox) -> Caller:
    return Caller(form.key)


def filled(form: Inbox, seconds: int = 60, **more: Any) -> dict[str, Any]:
    stamp = stamps.fresh(form)
    old = stamps.stamped(form, stamp.id, stamp.given_at - seconds)
    return {
        "stamp": old.text,
        "topic": "other",
        "answers": {"email": "lin@example.test"},
        "text": TEXT,
    } | more


def test_the_definition_has_everything_that_a_form_is_drawn_from(app: Caller) -> None:
    shown = app.get("/form", accept_language="en").json()
    order = shown["topics"][0]
    assert (order["label"], order["prepare"], order["answer_hours"]) == (
        "Order", ["The invoice", "A photo of the label"], 8,
    )  # fmt: skip
    questions = {one["key"]: one for one in order["questions"]}
    assert questions["state"]["choices"][1] == {"value": "破损 | Broken", "label": "Broken"}
    assert questions["parts"]["when"] == {"question": "state", "answers": ["破损 | Broken"]}
    assert app.get("/form", accept_language="zh-CN").json()["topics"][0]["label"] == "订单"


def test_a_form_is_sent_once_with_its_files(app: Caller, form: Inbox) -> None:
    given = filled(form)
    file = app.upload("/form/files", file=SimpleUploadedFile("a.txt", b"E42"), stamp=given["stamp"]).json()
    given["files"] = {"files": [file["id"]]}
    first, again = app.post("/form/submissions", given), app.post("/form/submissions", given)
    assert first.status_code == again.status_code == 201
    assert first.json()["number"] == again.json()["number"] == Conversation.objects.get().public_number
    assert "/contact/followed/" in first.json()["link"]
    assert Message.objects.get().files.count() == 1
    assert Delivery.objects.count() == 1


def test_what_is_missing_is_named(app: Caller, form: Inbox) -> None:
    answer = app.post("/form/submissions", filled(form, answers={}, text=" "))
    assert answer.status_code == 422
    assert {fault["field"] for fault in answer.json()["errors"]} == {"answers.email", "answers.text"}


def test_a_suspect_is_asked_for_a_proof_and_nothing_is_stored_before(app: Caller, form: Inbox) -> None:
    given = filled(form, seconds=0)
    wanted = app.post("/form/submissions", given)
    assert wanted.status_code == 202 and not Conversation.objects.exists()
    challenge = wanted.json()["challenge"]
    proof = next(
        str(number)
        for number in range(10_000_000)
        if proofs.leading_zeros(hashlib.sha256(f"{challenge}:{number}".encode()).digest())
        >= wanted.json()["bits"]
    )
    assert app.post("/form/submissions", given | {"challenge": challenge, "proof": proof}).status_code == 201


def test_files_and_stamps_of_others_are_refused(app: Caller, form: Inbox, support: Team) -> None:
    other = make_form(support, name="Another")
    theirs = filled(form)
    file = app.upload("/form/files", file=SimpleUploadedFile("a.txt", b"E42"), stamp=theirs["stamp"]).json()
    assert app.post("/form/submissions", filled(form, files={"files": [file["id"]]})).status_code == 422
    assert app.post("/form/submissions", filled(other)).status_code == 422
    assert (
        app.upload("/form/files", file=SimpleUploadedFile("a.txt", b"E42"), stamp="forged").status_code == 422
    )
    assert not Conversation.objects.exists()


def test_a_key_that_is_none_opens_nothing(form: Inbox, inbox: Inbox) -> None:
    for key in ("", "none", inbox.key):
        assert Caller(key).get("/form").status_code == 401
    form.is_active = False
    form.save()
    assert Caller(form.key).get("/form").status_code == 401


def test_a_colleagues_program_files_one_for_a_customer(form: Inbox, mei: Staff) -> None:
    given = {key: value for key, value in filled(form).items() if key != "stamp"} | {
        "client_id": str(uuid7())
    }
    program, path = calling(mei), f"/forms/{form.pk}/submissions"
    first, again = program.post(path, given), program.post(path, given)
    assert first.status_code == 201 and again.json()["number"] == first.json()["number"]
    assert Submission.objects.get().suspected == ""
    assert program.get(f"/forms/{form.pk}").json()["title"] == "Contact us"


def test_strangers_and_those_who_may_not_answer_file_nothing(
    form: Inbox, charlie: Staff, auditor: Staff, inbox: Inbox, mei: Staff
) -> None:
    given = {key: value for key, value in filled(form).items() if key != "stamp"} | {
        "client_id": str(uuid7())
    }
    path = f"/forms/{form.pk}/submissions"
    assert Caller().post(path, given).status_code == 401
    assert Caller(form.key).post(path, given).status_code == 401
    assert calling(charlie).post(path, given).status_code == 404
    assert calling(charlie).get(f"/forms/{form.pk}").status_code == 404
    assert calling(auditor).post(path, given).status_code == 403
    assert calling(mei).get(f"/forms/{inbox.pk}").status_code == 404
    assert not Conversation.objects.exists()


def test_a_key_for_repeats_gives_the_first_answer(app: Caller, form: Inbox) -> None:
    given = filled(form)
    first = app.post("/form/submissions", given, Idempotency_Key="once")
    again = app.post("/form/submissions", given, Idempotency_Key="once")
    assert again.headers["Idempotent-Replayed"] == "true" and again.json() == first.json()
