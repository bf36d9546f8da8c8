"""The page that makes the first admin, before and after there is one. Nothing is there by default."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client

from conftest import PASSWORD
from kefu.people import setup
from kefu.people.models import Brand, Refused, SetUpKey, Staff, Team
from kefu.people.roles import Role

GIVEN = {
    "brand": "Lumo",
    "language": "en",
    "time_zone": "Europe/Berlin",
    "name": "Ada",
    "email": "ada@desk.test",
    "password": PASSWORD,
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def test_a_fresh_desk_has_no_account_and_no_password(db: None) -> None:
    """F10."""
    assert not Staff.objects.exists()
    assert Client().post("/account/login/", {"login": "admin", "password": "admin"}).status_code == 200


def test_whoever_reads_the_terminal_sets_the_desk_up(db: None) -> None:
    token = setup.token_if_needed()
    browser = Client()
    assert browser.get(f"/setup/{token}/", follow=True).redirect_chain == [("/setup/", 302)]
    assert browser.post("/setup/", GIVEN)["Location"] == "/account/login/"
    ada = Staff.objects.get()
    assert (ada.role, ada.language, ada.time_zone) == (Role.ADMIN, "en", "Europe/Berlin")
    assert Brand.objects.get().name == "Lumo"
    assert list(ada.teams.all()) == list(Team.objects.all())
    assert (
        browser.post("/account/login/", {"login": ada.email, "password": PASSWORD})["Location"] == "/console/"
    )


def test_without_the_key_there_is_nothing(db: None) -> None:
    """C9."""
    token = setup.token_if_needed()
    for address in (
        "/setup/",
        "/setup/none/",
        f"/setup/{token}x/",
        "/setup/?token=",
        "/setup/install/",
        "/setup/0/",
    ):
        for method in METHODS:
            assert Client().generic(method, address).status_code == 404, (method, address)


def test_once_there_is_an_admin_the_page_is_gone_for_all_methods(db: None) -> None:
    """C9: Zammad's answered again after the set-up, RT's could be had by an address."""
    token = setup.token_if_needed()
    browser = Client()
    browser.get(f"/setup/{token}/")
    browser.post("/setup/", GIVEN)
    assert setup.token_if_needed() is None
    for address in ("/setup/", f"/setup/{token}/", "/setup", "/setup//", "/setup/x/y/"):
        for method in METHODS:
            answer = browser.generic(method, address)
            assert answer.status_code == 404 or answer.get("Location") == "/setup/", (method, address)
    assert browser.post("/setup/", GIVEN | {"email": "eve@desk.test"}).status_code == 404
    assert Staff.objects.count() == 1


def test_it_stays_gone_when_the_admin_leaves(db: None) -> None:
    """C9: somebody deactivated in the database must not open it again."""
    setup.create_admin("ada@desk.test", "Ada", PASSWORD)
    Staff.objects.update(is_active=False)
    assert setup.token_if_needed() is None


def test_a_start_makes_a_new_key_and_the_one_before_is_dead(db: None) -> None:
    """F4: only its hash is kept."""
    first, second = setup.token_if_needed(), setup.token_if_needed()
    assert first and second and not setup.is_key(first) and setup.is_key(second)
    assert second.encode() not in bytes(SetUpKey.objects.get().token_hash)


def test_two_who_send_the_page_at_the_same_moment_make_one_desk(committed: None) -> None:
    """C9, H5."""
    token = setup.token_if_needed() or ""
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def begin(number: int) -> None:
        start.wait()
        try:
            setup.begin(token, setup.Beginning(**GIVEN | {"email": f"ada{number}@desk.test"}))
            outcomes.append("made")
        except Refused:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused", "refused", "refused"]
    assert Staff.objects.count() == Brand.objects.count() == 1


def test_the_terminal_makes_an_admin_only_with_a_good_password(db: None) -> None:
    """F10."""
    for password in ("admin", "password123", "ada@desk.test"):
        with pytest.raises(ValidationError):
            setup.create_admin("ada@desk.test", "Ada", password)
    for email, name in (
        ("ada@desk.test", ""),
        ("ada@desk.test", "A" * 81),
        (f"{'a' * 60}@{'b.' * 110}test", "Ada"),
    ):
        with pytest.raises(ValidationError):
            setup.create_admin(email, name, PASSWORD)
    assert Staff.objects.count() == 0
    setup.create_admin("Ada@desk.test", "Ada", PASSWORD)
    with pytest.raises(ValidationError):
        setup.create_admin("ada@desk.test", "Ada", PASSWORD)
