"""Invitations that are old, used, empty, or somebody else's."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from conftest import PASSWORD, make_staff
from kefu.people.models import Invitation, Refused, Staff, Team
from kefu.people.roles import Role
from tests.abuse.letters import letters, path_in

GOOD = {"name": "Noor", "password": PASSWORD, "language": "en"}


@pytest.fixture
def invited(admin: Staff, support: Team) -> str:
    """The path that was mailed."""
    Invitation.send(
        email="Noor@Desk.test", name="Noor", role=Role.SENIOR, teams=[support], by=admin, language="en"
    )
    return path_in(letters("mail/invitation")[-1])


def test_an_invitation_makes_one_account_with_the_role_and_teams_it_names(
    invited: str, support: Team
) -> None:
    browser = Client()
    page = browser.get(invited, follow=True)
    assert page.redirect_chain == [("/join/", 302)]
    assert browser.post("/join/", GOOD)["Location"] == "/account/login/"
    noor = Staff.objects.get(email="noor@desk.test")
    assert noor.role == Role.SENIOR and list(noor.teams.all()) == [support]
    answer = browser.post("/account/login/", {"login": "noor@desk.test", "password": PASSWORD})
    assert answer["Location"] == "/console/"


def test_it_works_once(invited: str) -> None:
    """F3."""
    browser = Client()
    browser.get(invited)
    browser.post("/join/", GOOD)
    assert browser.post("/join/", GOOD).status_code == 404
    assert Client().get(invited, follow=True).status_code == 404
    assert Staff.objects.filter(email="noor@desk.test").count() == 1


def test_it_ends_after_72_hours(invited: str) -> None:
    """F3: FreeScout's never ended."""
    made = Invitation.objects.get()
    assert made.expires_at - made.created_at <= timedelta(hours=72)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(invited, follow=True).status_code == 404


def test_withdrawn_and_sent_again_the_old_address_is_dead(invited: str, admin: Staff) -> None:
    """F3."""
    invitation = Invitation.objects.get()
    invitation.send_again(by=admin)
    assert Client().get(invited, follow=True).status_code == 404
    again = path_in(letters("mail/invitation")[-1])
    assert Client().get(again, follow=True).status_code == 200
    invitation.withdraw(by=admin)
    assert Client().get(again, follow=True).status_code == 404
    with pytest.raises(Refused):
        invitation.send_again(by=admin)


@pytest.mark.parametrize("token", ["0", "null", "None", "undefined", "-", "_", "%25", "x" * 43, "x" * 5000])
def test_what_is_no_invitation_leads_nowhere(invited: str, token: str) -> None:
    """F3: FreeScout took an empty one."""
    assert Client().get(f"/join/{token}/", follow=True).status_code == 404


def test_neither_nothing_nor_a_list_is_an_invitation(invited: str) -> None:
    """F3: nor a cookie of one's own making."""
    browser = Client()
    for address in ("/join/", "/join/?token=", "/join/?token[]=", "/join/?token[]=a&token[]=b", "/join//"):
        assert browser.get(address).status_code == 404
        assert browser.post(address, GOOD).status_code == 404
    for value in ("", "x", ":", invited.strip("/").rpartition("/")[2]):
        browser.cookies["kefu-join"] = value
        assert browser.post("/join/", GOOD).status_code == 404


def test_nobody_chooses_their_own_role_or_address(invited: str, foreign_team: Team) -> None:
    """D1: only what the form declares is taken."""
    browser = Client()
    browser.get(invited)
    more = {
        "role": "admin",
        "email": "other@desk.test",
        "is_active": "1",
        "teams": str(foreign_team.pk),
        "capacity": "99",
    }
    browser.post("/join/", GOOD | more)
    noor = Staff.objects.get(email="noor@desk.test")
    assert (noor.role, noor.capacity) == (Role.SENIOR, 5)
    assert foreign_team not in noor.teams.all()


@pytest.mark.parametrize(
    "password", ["short1", "password123", "noor@desk.test", "Noor Noor Noor", "1234567890123", ""]
)
def test_a_weak_password_is_refused_with_a_sentence(invited: str, password: str) -> None:
    browser = Client()
    browser.get(invited)
    page = browser.post("/join/", GOOD | {"password": password})
    assert page.status_code == 200 and 'aria-invalid="true"' in page.content.decode()
    assert not Staff.objects.filter(email="noor@desk.test").exists()


def test_one_address_has_one_account_and_one_open_invitation(invited: str, admin: Staff, mei: Staff) -> None:
    for email in ("NOOR@desk.test", "mei@desk.TEST"):
        with pytest.raises(Refused):
            Invitation.send(email=email, name="Again", role=Role.AGENT, teams=[], by=admin)


def test_two_who_invite_the_same_at_the_same_moment_send_one_invitation(committed: None) -> None:
    """H5."""
    admin = make_staff("admin", Role.ADMIN)
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def invite() -> None:
        start.wait()
        try:
            Invitation.send(email="noor@desk.test", name="Noor", role=Role.AGENT, teams=[], by=admin)
            outcomes.append("sent")
        except Refused:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=invite) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "refused", "refused", "sent"]
    assert len(letters("mail/invitation")) == 1


def test_two_who_accept_at_the_same_moment_make_one_account(committed: None) -> None:
    """F3, H5."""
    admin = make_staff("admin", Role.ADMIN)
    invitation = Invitation.send(email="noor@desk.test", name="Noor", role=Role.AGENT, teams=[], by=admin)
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def accept() -> None:
        start.wait()
        try:
            Invitation.objects.get(pk=invitation.pk).accept(name="Noor", password=PASSWORD, language="en")
            outcomes.append("in")
        except Refused:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=accept) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "refused", "refused", "refused"]
