"""A browser at the chat's door, for tests."""

from __future__ import annotations

from typing import Any

from django.test import Client

from kefu.conversations.models import Inbox
from kefu.lib.ids import uuid7

SAME_SITE = {"sec-fetch-site": "same-origin", "accept-language": "en"}


class Browser:
    """Keeps its token as the chat does, and sends it in the header."""

    def __init__(self, inbox: Inbox, token: str = "") -> None:
        self.inbox, self.token, self.client = inbox, token, Client()

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(self._at(path), headers=self._headers(headers))

    def post(self, path: str, given: Any = None, **headers: str) -> Any:
        answer = self.client.post(
            self._at(path),
            given if given is not None else {},
            "application/json",
            headers=self._headers(headers),
        )
        if answer.status_code < 300 and answer.headers.get("Content-Type") == "application/json":
            self.token = answer.json().get("token", self.token)
        return answer

    def start(self) -> dict[str, Any]:
        found: dict[str, Any] = self.post("start").json()
        return found

    def asks(self, text: str, **given: Any) -> Any:
        asked = {"client_id": str(uuid7()), "topic": "", "fields": {}, "text": text, "files": [], **given}
        return self.post("conversations", asked)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("state").json()
        return found

    def _at(self, path: str) -> str:
        return f"/w/{self.inbox.key}/api/{path}"

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        token = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return SAME_SITE | token | {name.replace("_", "-"): value for name, value in more.items()}
