from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from conftest import draft
from kefu.conversations import files, posting
from kefu.conversations.models import Conversation, File
from kefu.people.models import Staff


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (900, 600), (120, 140, 160)).save(drawn, "PNG")
    return drawn.getvalue()


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def upload(client: Client, conversation: Conversation, name: str, data: bytes) -> tuple[int, dict[str, str]]:
    answer = client.post(
        reverse("console-upload"),
        {"conversation": str(conversation.pk), "file": SimpleUploadedFile(name, data)},
        headers={"Accept": "application/json"},
    )
    return answer.status_code, answer.json()


def test_a_file_is_sent_up_and_comes_back_as_an_attachment(mei: Staff, parcel_question: Conversation) -> None:
    client = signed_in(mei)
    status, kept = upload(client, parcel_question, "../../label.png", picture())
    assert (status, kept["name"], kept["type"]) == (201, "label.png", "image/png")
    answer = client.get(reverse("console-file", args=[kept["id"]]), follow=True)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    thumb = client.get(reverse("console-file", args=[kept["id"]]), {"thumb": "1"}, follow=True)
    assert thumb.headers["Content-Type"] == "image/webp" and len(thumb.content) < len(answer.content) * 3


def test_files_lie_under_random_names(mei: Staff, parcel_question: Conversation) -> None:
    kept = files.keep(SimpleUploadedFile("label.png", picture()), by=mei, conversation=parcel_question)
    assert (
        "label" not in kept.stored
        and default_storage.exists(kept.stored)
        and default_storage.exists(kept.thumb)
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page.html", b"<html>"),
        ("x.png", b"<svg onload=alert(1)>"),
        ("empty.txt", b""),
        ("run.exe", b"MZ\x90\x00"),
    ],
)
def test_a_forbidden_file_says_so(mei: Staff, parcel_question: Conversation, name: str, data: bytes) -> None:
    status, problem = upload(signed_in(mei), parcel_question, name, data)
    assert status == 422 and problem["detail"]
    assert not File.objects.exists()


def test_strangers_neither_send_nor_fetch(mei: Staff, charlie: Staff, parcel_question: Conversation) -> None:
    _status, kept = upload(signed_in(mei), parcel_question, "label.png", picture())
    address = signed_in(mei).get(reverse("console-file", args=[kept["id"]])).headers["Location"]
    stranger = signed_in(charlie)
    assert upload(stranger, parcel_question, "label.png", picture())[0] == 404
    assert stranger.get(reverse("console-file", args=[kept["id"]])).status_code == 404
    assert stranger.get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_an_address_ends_with_its_time_and_with_the_right(
    mei: Staff, parcel_question: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(mei)
    _status, kept = upload(client, parcel_question, "label.png", picture())
    address = client.get(reverse("console-file", args=[kept["id"]])).headers["Location"]
    assert client.get(address).status_code == 200
    assert client.get(address[:-3] + "abc").status_code == 404
    monkeypatch.setattr(files, "TICKET_SECONDS", -1)
    assert client.get(address).status_code == 404


def test_a_colleague_who_can_see_it_no_longer_cannot_fetch_it(
    mei: Staff, parcel_question: Conversation
) -> None:
    client = signed_in(mei)
    _status, kept = upload(client, parcel_question, "label.png", picture())
    address = client.get(reverse("console-file", args=[kept["id"]])).headers["Location"]
    mei.memberships.all().delete()
    assert client.get(address).status_code == 404


def test_what_was_never_sent_is_swept_and_what_was_sent_stays(
    mei: Staff, parcel_question: Conversation
) -> None:
    _left, sent = (
        files.keep(SimpleUploadedFile("note.txt", b"words"), by=mei, conversation=parcel_question)
        for _ in range(2)
    )
    message = draft(parcel_question, mei, "See file")
    posting.post_one(replace(message, file_ids=(sent.pk,)))
    assert files.sweep_unsent() == 0
    File.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert files.sweep_unsent() == 1
    assert list(File.objects.values_list("pk", flat=True)) == [sent.pk]


def test_swept_files_leave_the_disk(committed: None, mei: Staff, parcel_question: Conversation) -> None:
    kept = files.keep(SimpleUploadedFile("note.txt", b"words"), by=mei, conversation=parcel_question)
    File.objects.update(created_at=timezone.now() - timedelta(days=2))
    files.sweep_unsent()
    assert not default_storage.exists(kept.stored)


def test_a_ticket_opens_nothing_for_anyone_else(mei: Staff, parcel_question: Conversation) -> None:
    kept = files.keep(SimpleUploadedFile("note.txt", b"words"), by=mei, conversation=parcel_question)
    ticket = files.ticket(kept, f"staff:{mei.pk}")
    assert files.read_ticket(ticket, f"staff:{mei.pk}") is not None
    for other in (f"staff:{uuid4()}", f"customer:{mei.pk}", ""):
        assert files.read_ticket(ticket, other) is None
