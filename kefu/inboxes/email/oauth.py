"""Access tokens for mail servers that take no passwords: asked for when the last one is about to end."""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode

from kefu.conversations.models import Inbox
from kefu.inboxes.email.connecting import Unreachable
from kefu.inboxes.email.settings import MailSecrets, MailSettings
from kefu.lib import http

EARLIER = 120  # seconds before it ends


def access_token(inbox: Inbox) -> str:
    """One that is good for two minutes at least. Raises ``Unreachable``."""
    secrets = MailSecrets.of(inbox)
    if secrets.access_token and secrets.access_until > time.time() + EARLIER:
        return secrets.access_token
    fresh = _asked_for(MailSettings.of(inbox), secrets)
    MailSecrets.change(inbox, **fresh)
    return str(fresh["access_token"])


def forget(inbox: Inbox) -> None:
    """The server did not take it, whatever its age."""
    MailSecrets.change(inbox, access_token="", access_until=0)


def _asked_for(settings: MailSettings, secrets: MailSecrets) -> dict[str, str | int]:
    asked = {
        "grant_type": "refresh_token",
        "refresh_token": secrets.refresh_token,
        "client_id": settings.oauth.client_id,
        "client_secret": secrets.client_secret,
        "scope": settings.oauth.scope,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    body = urlencode({name: value for name, value in asked.items() if value}).encode()
    try:
        answer = http.request("POST", settings.oauth.token_url, headers=headers, content=body)
    except (http.Refused, http.Unanswered):
        raise Unreachable("oauth") from None
    return _read(answer)


def _read(answer: http.Answer) -> dict[str, str | int]:
    """Some servers hand out a new refresh token each time, and end the old one."""
    try:
        said = json.loads(answer.body)
        lasts = int(said.get("expires_in", 3600))
        fresh: dict[str, str | int] = {
            "access_token": str(said["access_token"]),
            "access_until": int(time.time()) + lasts,
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unreachable("oauth") from None
    if said.get("refresh_token"):
        fresh["refresh_token"] = str(said["refresh_token"])
    return fresh
