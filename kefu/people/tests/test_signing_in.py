"""Signing in with e-mail and password, and staying signed in."""

from __future__ import annotations

from django.conf import settings
from django.test import Client

from conftest import PASSWORD
from kefu.people.models import Staff
from kefu.people.sessions import staff_of_session
from kefu.people.viewers import recheck, viewer_of_session


def sign_in(client: Client, staff: Staff, password: str = PASSWORD) -> str:
    client.post("/account/login/", {"login": staff.email.upper(), "password": password})
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_someone_with_the_right_password_is_signed_in(client: Client, mei: Staff) -> None:
    key = sign_in(client, mei)
    assert staff_of_session(key) == mei
    viewer = viewer_of_session(key)
    assert viewer is not None and viewer.person == mei.pk
    assert set(recheck([key, "other"])) == {key}
