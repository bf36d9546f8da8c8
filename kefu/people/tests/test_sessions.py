"""Whether a session still lets someone in: one answer for pages, live screens and programs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from kefu.people.models import PasswordReset, SecondFactorRule, Staff
from kefu.people.roles import Role
from kefu.people.sessions import lacks_second_factor, staff_of_session
from kefu.people.sweeping import sweep
from kefu.people.testing import begin_session
from kefu.people.viewers import recheck, viewer_of_session


def add_app(staff: Staff) -> None:
    Authenticator.objects.create(user=staff, type=Authenticator.Type.TOTP, data={"secret": "x"})


def test_a_session_leads_to_its_person(mei: Staff) -> None:
    key = begin_session(mei)
    assert staff_of_session(key) == mei
    viewer = viewer_of_session(key)
    assert viewer is not None and viewer.person == mei.pk


@pytest.mark.parametrize("key", ["", "nothing", "x" * 300, "%"])
def test_what_is_no_session_leads_to_nobody(mei: Staff, key: str) -> None:
    assert staff_of_session(key) is None
    assert viewer_of_session(key) is None


def test_a_session_that_has_ended_leads_to_nobody(mei: Staff) -> None:
    key = begin_session(mei)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert staff_of_session(key) is None


def test_a_half_finished_sign_in_leads_to_nobody(mei: Staff) -> None:
    session = SessionStore()
    session["account_login"] = {"user_pk": str(mei.pk)}
    session["account_authentication_methods"] = [{"method": "password"}]
    session.create()
    assert staff_of_session(str(session.session_key)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {HASH_SESSION_KEY: "of another password"},
        {HASH_SESSION_KEY: ""},
        {BACKEND_SESSION_KEY: "some.other.Backend"},
        {SESSION_KEY: "1"},
        {SESSION_KEY: "00000000-0000-0000-0000-000000000000"},
    ],
)
def test_a_session_that_does_not_hold_together_leads_to_nobody(mei: Staff, changed: dict[str, str]) -> None:
    assert staff_of_session(begin_session(mei, **changed)) is None


def test_a_new_password_ends_the_sessions_begun_with_the_old_one(mei: Staff) -> None:
    here, elsewhere = begin_session(mei), begin_session(mei)
    mei.change_password("another pair of green boots 7", by=mei, keeping=here)
    assert staff_of_session(elsewhere) is None
    assert not Session.objects.filter(session_key=elsewhere).exists()


def test_deactivation_ends_sessions_tokens_and_screens(mei: Staff, admin: Staff) -> None:
    key = begin_session(mei)
    mei.deactivate(by=admin)
    assert staff_of_session(key) is None
    assert recheck([key]) == {}
    assert not Session.objects.filter(session_key=key).exists()
    mei.reactivate(by=admin)
    assert staff_of_session(key) is None


def test_a_role_that_must_have_a_second_factor_enters_only_with_one(mei: Staff, admin: Staff) -> None:
    key = begin_session(mei)
    SecondFactorRule.ask_of({Role.AGENT}, by=admin)
    assert staff_of_session(key) is None
    assert recheck([key]) == {}
    assert lacks_second_factor(mei)
    add_app(mei)
    assert staff_of_session(key) == mei


def test_recovery_codes_alone_are_no_second_factor(mei: Staff, admin: Staff) -> None:
    key = begin_session(mei)
    SecondFactorRule.ask_of({Role.AGENT}, by=admin)
    Authenticator.objects.create(user=mei, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"})
    assert staff_of_session(key) is None


def test_the_rule_holds_only_for_the_roles_it_names(mei: Staff, supervisor: Staff, admin: Staff) -> None:
    SecondFactorRule.ask_of({Role.SUPERVISOR, Role.ADMIN}, by=admin)
    assert staff_of_session(begin_session(mei)) == mei
    assert staff_of_session(begin_session(supervisor)) is None
    SecondFactorRule.ask_of(set(), by=admin)
    assert staff_of_session(begin_session(supervisor)) == supervisor


def test_what_has_ended_is_swept_and_the_rest_stays(mei: Staff) -> None:
    lasting, ended = begin_session(mei), begin_session(mei)
    Session.objects.filter(session_key=ended).update(expire_date=timezone.now() - timedelta(seconds=1))
    PasswordReset.send(mei)
    sweep()
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [lasting]
    assert staff_of_session(lasting) == mei
    assert PasswordReset.objects.count() == 1
    PasswordReset.objects.update(expires_at=timezone.now() - timedelta(days=8))
    sweep()
    assert not PasswordReset.objects.exists()
