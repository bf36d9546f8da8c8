"""Mailboxes through the API: set up, changed, tried out, watched; secrets go in and never come out."""

from __future__ import annotations

from typing import Any

import pytest

from kefu.conversations.models import Inbox
from kefu.inboxes.email import mailbox_flows
from kefu.inboxes.email.api import Provider
from kefu.inboxes.email.models import MailAddress
from kefu.inboxes.email.settings import MailSecrets, MailSettings, WayIn
from kefu.inboxes.email.testing import make_mailbox, set_aside
from kefu.inboxes.email.transports import PROVIDERS
from kefu.people.models import Staff, Team
from kefu.people.roles import Can
from tests.calling import Caller, calling

BOXES = "/inboxes/email"


@pytest.fixture
def program(admin: Staff) -> Caller:
    return calling(admin)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_flows, "FLOOR", 0.0)


def given(team: Team, **more: Any) -> dict[str, Any]:
    return {
        "team": str(team.pk),
        "name": "Post",
        "addresses": ["Help@desk.test", "info@desk.test"],
        "settings": {
            "way_in": "imap",
            "imap": {"host": "imap.163.com", "port": 993, "user": "help@desk.test"},
        },
        "secrets": {"imap_password": "the-code"},
        **more,
    }


def test_a_mailbox_is_opened_listed_and_shown_without_its_secrets(program: Caller, support: Team) -> None:
    answer = program.post(BOXES, given(support))
    assert answer.status_code == 201, answer.content
    shown = answer.json()
    assert shown["addresses"] == ["help@desk.test", "info@desk.test"]
    assert shown["settings"]["imap"]["host"] == "imap.163.com"
    assert shown["settings"]["acknowledge"] is True
    assert shown["secrets"]["imap_password"] is True
    assert shown["secrets"]["smtp_password"] is False
    inbox = Inbox.objects.get(pk=shown["id"])
    assert MailSecrets.of(inbox).imap_password == "the-code"
    listed, one = program.get(BOXES), program.get(f"{BOXES}/{inbox.pk}")
    assert listed.json()["items"] == [one.json()] == [shown]
    for each in (answer, listed, one):
        assert "the-code" not in each.content.decode()


def test_every_provider_can_be_named() -> None:
    assert {one.value for one in Provider} == {"", *PROVIDERS}


def test_what_is_left_out_of_a_change_stays(program: Caller, support: Team) -> None:
    pk = program.post(BOXES, given(support)).json()["id"]
    changed = program.patch(
        f"{BOXES}/{pk}", {"name": "Mail", "settings": {"signature": {"en": "Bye"}}}
    ).json()
    assert changed["name"] == "Mail"
    assert changed["settings"]["signature"] == {"zh": "", "en": "Bye"}
    assert changed["settings"]["imap"]["host"] == "imap.163.com"
    assert changed["addresses"] == ["help@desk.test", "info@desk.test"]
    assert changed["secrets"]["imap_password"] is True


def test_another_server_is_not_given_the_old_password(program: Caller, support: Team) -> None:
    pk = program.post(BOXES, given(support)).json()["id"]
    changed = program.patch(f"{BOXES}/{pk}", {"settings": {"imap": {"host": "imap.thief.test", "port": 993}}})
    assert changed.json()["secrets"]["imap_password"] is False


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("settings", {"settings": {"imap": {"host": "no server"}}}),
        ("settings.imap.port", {"settings": {"imap": {"port": 70_000}}}),
        ("settings.way_in", {"settings": {"way_in": "pigeon"}}),
        ("settings.provider", {"settings": {"provider": "carrier"}}),
        ("settings.continue_minutes", {"settings": {"continue_minutes": 10_081}}),
        ("settings.webhook_secret", {"settings": {"webhook_secret": "x"}}),
        ("secrets.access_token", {"secrets": {"access_token": "x"}}),
        ("addresses", {"addresses": ["nobody"]}),
        ("addresses", {"addresses": []}),
        ("name", {"name": ""}),
    ],
)
def test_what_makes_no_sense_is_refused_and_named(
    program: Caller, mailbox: Inbox, field: str, change: dict[str, Any]
) -> None:
    answer = program.patch(f"{BOXES}/{mailbox.pk}", change)
    assert answer.status_code == 422, answer.content
    assert field in [fault["field"] for fault in answer.json()["errors"]]
    mailbox.refresh_from_db()
    assert MailSettings.of(mailbox).way_in == WayIn.DELIVERED


def test_a_change_that_is_half_wrong_changes_nothing(program: Caller, mailbox: Inbox) -> None:
    answer = program.patch(f"{BOXES}/{mailbox.pk}", {"name": "New", "settings": {"imap": {"host": "a b"}}})
    assert answer.status_code == 422
    mailbox.refresh_from_db()
    assert mailbox.name == "Mail"


def test_a_taken_address_and_a_taken_name_are_refused(program: Caller, mailbox: Inbox, support: Team) -> None:
    assert program.post(BOXES, given(support, addresses=["support@desk.test"])).status_code == 409
    assert program.post(BOXES, given(support, name="Mail")).status_code == 409
    assert MailAddress.objects.count() == 1


def test_the_same_call_again_opens_no_second_mailbox(program: Caller, support: Team) -> None:
    first, again = (program.post(BOXES, given(support), **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json() == again.json()
    assert MailAddress.objects.count() == 2


def test_trying_a_way_out_loud(program: Caller, support: Team, mailbox: Inbox) -> None:
    pk = program.post(BOXES, given(support)).json()["id"]
    program.patch(f"{BOXES}/{pk}", {"settings": {"imap": {"host": "127.0.0.1", "port": 993, "user": "x"}}})
    answer = program.post(f"{BOXES}/{pk}/tests", {"way": "in"})
    assert answer.json() == {
        "works": False,
        "problem": "The mail server cannot be reached. Check its name, port and kind of security.",
    }
    assert program.post(f"{BOXES}/{pk}/tests", {"way": "round"}).status_code == 422


def test_the_state_says_what_is_stuck(program: Caller, mailbox: Inbox) -> None:
    set_aside(mailbox)
    shown = program.get(f"{BOXES}/{mailbox.pk}/state").json()
    assert (shown["aside"], shown["trouble"], shown["trouble_text"], shown["waiting_out"]) == (
        1,
        None,
        None,
        0,
    )


def test_it_is_for_those_who_manage_inboxes_with_a_token_for_it(
    supervisor: Staff, admin: Staff, mailbox: Inbox
) -> None:
    for path in (BOXES, f"{BOXES}/{mailbox.pk}", f"{BOXES}/{mailbox.pk}/state"):
        assert Caller().get(path).status_code == 401
        assert calling(supervisor).get(path).status_code == 403
        assert calling(admin, Can.ANSWER).get(path).status_code == 403
    assert calling(supervisor).post(f"{BOXES}/{mailbox.pk}/tests", {"way": "in"}).status_code == 403


def test_a_chat_a_stranger_and_another_brand_are_not_found(
    admin: Staff, inbox: Inbox, mailbox: Inbox, foreign_team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert calling(admin).get(f"{BOXES}/{inbox.pk}").status_code == 404
    theirs = make_mailbox(foreign_team, "other@desk.test")
    monkeypatch.setattr(Staff, "sees_every_brand", property(lambda staff: False))
    program = calling(admin)
    assert program.get(BOXES).json()["items"] == []
    assert program.get(f"{BOXES}/{theirs.pk}").status_code == 404
    assert program.patch(f"{BOXES}/{theirs.pk}", {"name": "Mine"}).status_code == 404
    assert program.post(BOXES, given(foreign_team)).status_code == 404
