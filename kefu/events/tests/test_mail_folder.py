from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from pytest_django import Settings

from kefu.events import mailfolder


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.KEFU_MAIL_FOLDER = tmp_path / "mail"
    return tmp_path / "mail"


def _send(subject: str, **more: str) -> None:
    mail = EmailMultiAlternatives(
        subject,
        "Ihr Code: 您的验证码",
        "desk@kefu.example",
        ["lin@example.com"],
        connection=get_connection("kefu.events.mailfolder.FolderBackend"),
    )
    if more.get("html"):
        mail.attach_alternative(more["html"], "text/html")
    assert mail.send() == 1


def test_a_mail_is_kept_whole_and_for_the_desk_only(folder: Path) -> None:
    _send("退款 – refund", html="<p>Hello</p>")
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (kept,) = mailfolder.newest()
    assert (kept.subject, kept.to, kept.html.strip()) == ("退款 – refund", "lin@example.com", "<p>Hello</p>")
    assert "您的验证码" in kept.text


@pytest.mark.usefixtures("folder")
def test_the_newest_comes_first() -> None:
    for number in range(3):
        _send(f"number {number}")
    assert [kept.subject for kept in mailfolder.newest(2)] == ["number 2", "number 1"]


def test_only_so_many_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailfolder, "KEPT", 2)
    for number in range(4):
        _send(f"number {number}")
    assert [kept.subject for kept in mailfolder.newest()] == ["number 3", "number 2"]


@pytest.mark.parametrize(
    "name", ["", "..", "../secret", "x", "%2e%2e", "20260101T000000000000-aaaaaaaa", "a\x00b"]
)
def test_whatever_is_not_the_name_of_a_mail_is_not_there(folder: Path, name: str) -> None:
    folder.mkdir()
    (folder.parent / "secret.eml").write_text("Subject: secret\n\nsecret")
    assert mailfolder.find(name) is None
