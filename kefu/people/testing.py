"""For tests of every room: colleagues who are signed in, without the pages of signing in."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from kefu.people.models import Staff


def begin_session(staff: Staff, **changed: str) -> str:
    """The key of a session as signing in leaves it."""
    session = SessionStore()
    session.update(
        {
            SESSION_KEY: str(staff.pk),
            BACKEND_SESSION_KEY: "kefu.people.backends.StaffBackend",
            HASH_SESSION_KEY: staff.get_session_auth_hash(),
            **changed,
        }
    )
    session.create()
    key = str(session.session_key)
    UserSession.objects.create(user=staff, session_key=key, ip="192.0.2.1", user_agent="Test")
    return key


def signed_in(staff: Staff, **options: Any) -> Client:
    """A browser in which they are signed in."""
    client = Client(**options)
    client.cookies[settings.SESSION_COOKIE_NAME] = begin_session(staff)
    return client
