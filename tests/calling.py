"""Calling the API in tests: as a colleague with a token, as a visitor, or as nobody."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.http.response import HttpResponseBase
from django.test import Client

from kefu.conversations.models import Inbox
from kefu.inboxes.chat import visitors
from kefu.inboxes.chat.models import Visitor
from kefu.people.models import Customer, Staff, StaffToken
from kefu.people.roles import Can

ROOT = "/api/v1"
EVERYTHING = [can.value for can in Can]


class Caller:
    """Speaks JSON with the API, in English, with ``token`` or without any."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self._client = Client(raise_request_exception=False)

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self._client.get(f"{ROOT}{path}", query or {}, headers=self._with(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.send("DELETE", path, **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = "" if body is None else body if isinstance(body, str | bytes) else json.dumps(body)
        return self._client.generic(
            method, f"{ROOT}{path}", data, content_type="application/json", headers=self._with(headers)
        )

    def upload(self, path: str, *, key: str = "", **fields: Any) -> Any:
        headers = self._with({"Idempotency-Key": key} if key else {})
        return self._client.post(f"{ROOT}{path}", fields, headers=headers)

    def _with(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        known = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        return known | named


def token_of(
    staff: Staff, scopes: Iterable[str] = EVERYTHING, *, lasts: timedelta = timedelta(days=1)
) -> str:
    return StaffToken.issue(staff=staff, name="test", scopes=list(scopes), lasts=lasts)[1]


def calling(staff: Staff, *scopes: str) -> Caller:
    return Caller(token_of(staff, scopes or EVERYTHING))


def visiting(inbox: Inbox, customer: Customer | None = None) -> tuple[Caller, Visitor]:
    """A browser that chats at ``inbox``; with ``customer`` one of theirs."""
    if customer is None:
        visitor, token = visitors.welcome(inbox, language="en")
    else:
        visitor, token = visitors.admit(inbox, customer, language="en")
    return Caller(token), visitor


def problem_of(response: HttpResponseBase) -> dict[str, Any]:
    """The problem document of a refusal, checked to be one."""
    assert response["Content-Type"] == "application/problem+json", (
        response.status_code,
        response["Content-Type"],
    )
    found: dict[str, Any] = json.loads(response.content)  # type: ignore[attr-defined]
    assert found["status"] == response.status_code
    assert {"type", "title", "instance"} <= set(found)
    return found
