from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from kefu.conversations import files, posting
from kefu.conversations.models import Conversation, File, MessageKind
from kefu.inboxes.chat.tests.chatting import Browser
from kefu.lib.ids import uuid7
from kefu.people.models import Staff


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "PNG")
    return out.getvalue()


def upload(browser: Browser, data: bytes, name: str, type_: str = "application/octet-stream") -> Any:
    return Client().post(
        f"/w/{browser.inbox.key}/api/files",
        {"file": SimpleUploadedFile(name, data, type_)},
        headers={
            "authorization": f"Bearer {browser.token}",
            "sec-fetch-site": "same-origin",
            "accept-language": "en",
        },
    )


def test_a_picture_goes_with_a_message_and_comes_back_to_be_saved(browser: Browser) -> None:
    kept = upload(browser, picture(), "lamp.png", "image/png").json()
    assert (kept["name"], kept["type"], kept["width"], kept["height"], kept["image"]) == (
        "lamp.png", "image/png", 64, 48, True,
    )  # fmt: skip
    opened = browser.asks("Look", files=[kept["id"]]).json()
    assert [file["id"] for file in opened["messages"][0]["files"]] == [kept["id"]]
    for path in (f"files/{kept['id']}", f"files/{kept['id']}?thumb=1"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]


def test_a_forbidden_file_is_refused_with_a_sentence(browser: Browser) -> None:
    for data, name in ((b"MZ\x90\x00", "setup.exe"), (b"<svg onload=alert(1)>", "x.svg"), (b"", "empty.txt")):
        answer = upload(browser, data, name)
        assert answer.status_code == 422
        assert "not sent" in answer.json()["detail"]
    assert not File.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_looked_at(browser: Browser) -> None:
    answer = browser.client.generic(
        "POST",
        f"/w/{browser.inbox.key}/api/files",
        b"x",
        headers={"authorization": f"Bearer {browser.token}", "content-length": str(26 * 1024 * 1024)},
    )
    assert answer.status_code == 413


def test_a_stranger_finds_no_file_of_others(browser: Browser, stranger: Browser) -> None:
    kept = upload(browser, picture(), "lamp.png").json()
    assert stranger.get(f"files/{kept['id']}").status_code == 404
    assert stranger.asks("Mine now", files=[kept["id"]]).status_code == 422
    browser.asks("Look", files=[kept["id"]])
    assert stranger.get(f"files/{kept['id']}").status_code == 404
    assert browser.get(f"files/{kept['id']}").status_code == 200


def test_a_file_on_a_note_is_not_the_customers(browser: Browser, mei: Staff) -> None:
    browser.asks("Hello")
    conversation = Conversation.objects.get()
    kept = files.keep(SimpleUploadedFile("secret.txt", b"canary"), by=mei, conversation=conversation)
    posting.post_one(
        posting.Draft(
            conversation_id=conversation.pk,
            client_id=uuid7(),
            author_kind="staff",
            author_id=mei.pk,
            text="internal",
            may=posting.anyone,
            kind=MessageKind.NOTE,
            file_ids=(kept.pk,),
        )
    )
    assert browser.get(f"files/{kept.pk}").status_code == 404
