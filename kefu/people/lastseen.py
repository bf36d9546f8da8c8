"""When and from where a session was last used, for the list of them. Written at most every five minutes."""

from __future__ import annotations

import time
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils import timezone

from kefu.people.models import Staff
from kefu.web.addresses import client_address

EVERY_SECONDS = 300
_noted: dict[str, float] = {}


def note(request: HttpRequest, staff: Staff) -> None:
    key, now = request.session.session_key or "", time.monotonic()
    if _noted.get(key, 0) > now - EVERY_SECONDS:
        return
    if len(_noted) > 10_000:
        _noted.clear()
    _noted[key] = now
    UserSession.objects.filter(
        session_key=key, user=staff, last_seen_at__lt=timezone.now() - timedelta(seconds=EVERY_SECONDS)
    ).update(last_seen_at=timezone.now(), ip=client_address(request) or "0.0.0.0")  # noqa: S104 - a unix socket has none
