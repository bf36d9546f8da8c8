from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client
from pytest_django import Settings

from kefu.events import mailfolder
from kefu.people.models import Staff
from kefu.people.testing import signed_in

EVIL = '<p>Your code</p><script>parent.alert(1)</script><img src="https://spy.example/x.gif">'
AWAY: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def code(db: None, tmp_path: Path, settings: Settings) -> str:
    """The name of a mail with a code in it."""
    settings.KEFU_MAIL_FOLDER, settings.KEFU_DEMO, settings.EMAIL_HOST = tmp_path, True, ""
    settings.ALLOWED_HOSTS = ["localhost", "desk.example"]
    mail = EmailMultiAlternatives(
        "<b>Code</b>",
        "123456",
        "desk@kefu.example",
        ["lin@example.com"],
        connection=get_connection("kefu.events.mailfolder.FolderBackend"),
    )
    mail.attach_alternative(EVIL, "text/html")
    mail.send()
    return mailfolder.newest()[0].name


@pytest.fixture
def at_home() -> Client:
    return Client(headers={"Host": "localhost"})


def test_whoever_runs_the_demo_reads_its_mail(at_home: Client, code: str) -> None:
    assert "&lt;b&gt;Code" in at_home.get("/-/mail").content.decode()
    page = at_home.get(f"/-/mail/{code}").content.decode()
    assert "123456" in page
    assert "<script>parent" not in page


def test_what_a_mail_says_runs_nothing_and_fetches_nothing(at_home: Client, code: str) -> None:
    answer = at_home.get(f"/-/mail/{code}/html")
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("sandbox ") and "default-src 'none'" in policy
    assert "allow-scripts" not in policy and "allow-same-origin" not in policy
    frame = at_home.get(f"/-/mail/{code}").content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame


def addresses(code: str) -> list[str]:
    return ["/-/mail", f"/-/mail/{code}", f"/-/mail/{code}/html"]


def test_a_stranger_finds_no_mail(code: str, mei: Staff) -> None:
    elsewhere = [
        Client(headers={"Host": "desk.example"}),
        Client(headers={"Host": "localhost"}, **AWAY),
        signed_in(mei, headers={"Host": "desk.example"}),
    ]
    for browser in elsewhere:
        assert [browser.get(address).status_code for address in addresses(code)] == [404, 404, 404]


def test_an_admin_reads_it_from_anywhere(code: str, admin: Staff) -> None:
    browser = signed_in(admin, headers={"Host": "desk.example"}, **AWAY)
    assert [browser.get(address).status_code for address in addresses(code)] == [200, 200, 200]


@pytest.mark.parametrize(
    "change", [{"KEFU_DEMO": False, "KEFU_DEVELOPMENT": False}, {"EMAIL_HOST": "smtp.example"}]
)
def test_a_real_desk_has_no_such_page(
    at_home: Client, code: str, settings: Settings, change: dict[str, object]
) -> None:
    for name, value in change.items():
        setattr(settings, name, value)
    assert [at_home.get(address).status_code for address in addresses(code)] == [404, 404, 404]


@pytest.mark.parametrize("name", ["..", "%2e%2e%2fsecret", "secret", "20260101T000000000000-aaaaaaaa"])
def test_nothing_else_can_be_read_from_there(at_home: Client, code: str, name: str) -> None:
    assert at_home.get(f"/-/mail/{name}").status_code == 404
