"""Access tokens for mail servers that take no passwords: asked for when the last one is about to end."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlencode

from kefu.conversations.models import Inbox
from kefu.inboxes.email.connecting import Unreachable
from kefu.inboxes.email.settings import MailSecrets, MailSettings, OAuth
from kefu.lib import http

EARLIER = 120  # seconds before it ends


def access_token(inbox: Inbox) -> str:
    """One that is good for two minutes at least. Raises ``Unreachable``."""
    secrets = MailSecrets.of(inbox)
    if secrets.access_token and secrets.access_until > time.time() + EARLIER:
        return secrets.access_token
    fresh = _refreshed(MailSettings.of(inbox).oauth, secrets)
    MailSecrets.change(inbox, **fresh)
    return str(fresh["access_token"])


def forget(inbox: Inbox) -> None:
    """The server did not take it, whatever its age."""
    MailSecrets.change(inbox, access_token="", access_until=0)


def sign_in_address(inbox: Inbox, *, user: str, back: str, state: str, verifier: str) -> str:
    """Where the owner of the mailbox allows us in, and is sent back from with a code (RFC 6749, 4.1; RFC 7636)."""
    oauth = MailSettings.of(inbox).oauth
    digest = sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": oauth.client_id,
        "redirect_uri": back,
        "scope": oauth.scope,
        "state": state,
        "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "login_hint": user,
        "access_type": "offline",  # Google hands out a refresh token only for these two
        "prompt": "consent",
    }
    sign = "&" if "?" in oauth.sign_in_url else "?"
    return f"{oauth.sign_in_url}{sign}{urlencode({name: value for name, value in asked.items() if value})}"


def tokens_for(inbox: Inbox, code: str, *, back: str, verifier: str) -> dict[str, str | int]:
    """What the code is good for, once, as ``MailSecrets`` keeps it. Raises ``Unreachable``, also without a refresh
    token, for an hour of mail is no mailbox.
    """
    settings, secrets = MailSettings.of(inbox), MailSecrets.of(inbox)
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": verifier,
        "client_id": settings.oauth.client_id,
        "client_secret": secrets.client_secret,
    }
    found = _asked(settings.oauth, asked)
    if not found.get("refresh_token"):
        raise Unreachable("oauth")
    return found


def _refreshed(oauth: OAuth, secrets: MailSecrets) -> dict[str, str | int]:
    asked = {
        "grant_type": "refresh_token",
        "refresh_token": secrets.refresh_token,
        "client_id": oauth.client_id,
        "client_secret": secrets.client_secret,
        "scope": oauth.scope,
    }
    return _asked(oauth, asked)


def _asked(oauth: OAuth, asked: dict[str, str]) -> dict[str, str | int]:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    body = urlencode({name: value for name, value in asked.items() if value}).encode()
    try:
        answer = http.request("POST", oauth.token_url, headers=headers, content=body)
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
