"""Odd input at every form of every page: refused in words or kept as it is, never a failure of ours."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote_from_bytes, urljoin

import pytest
from django.db import transaction
from django.test import Client

from kefu.conversations.models import Inbox
from kefu.people import setup
from kefu.people.models import Staff, Team
from kefu.people.testing import signed_in
from tests.every_page import furnish, pages

ODD = {
    "a NUL": b"a\0b",
    "odd signs": b"\xed\xa0\x80" + "主题 ５５\r\nSet-Cookie: x=1 ../{{7*7}}' OR 1=1; --".encode() * 100,
    "many digits": b"9" * 400,
}
ASKED = (
    "q",
    "view",
    "list",
    "before",
    "about",
    "state",
    "rows",
    "next",
    "language",
    "reader",
    "host",
    "page",
)


@dataclass
class Form:
    action: str
    fields: dict[str, bytes] = field(default_factory=dict)


class Forms(HTMLParser):
    """Those of a page that send something, with what they would send untouched."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._address, self._open = address, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = given.get("method", "").lower() == "post"
            if self._open:
                self.found.append(Form(urljoin(self._address, given.get("action", ""))))
        elif self._open and tag in {"input", "select", "textarea", "button"} and given.get("name"):
            self.found[-1].fields.setdefault(given["name"], given.get("value", "").encode() or b"x")

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"


@pytest.fixture
def everywhere(inbox: Inbox, support: Team, admin: Staff, mei: Staff) -> list[str]:
    return [address for address, _ in pages(furnish(inbox, support, admin, mei)) if "none" not in address]


def forms(browser: Client, addresses: list[str]) -> Iterator[Form]:
    seen = set()
    for address in addresses:
        answer = browser.get(address)
        if answer.status_code == 200 and "html" in answer["Content-Type"]:
            parser = Forms(address)
            parser.feed(answer.content.decode())
            for form in parser.found:
                if (key := (form.action, *form.fields)) not in seen:
                    seen.add(key)
                    yield form


def send(browser: Client, form: Form) -> int:
    """In a transaction of its own that is taken back, as are the cookies."""
    cookies = deepcopy(browser.cookies)
    body = "&".join(
        f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in form.fields.items()
    )
    with transaction.atomic():
        answer = browser.post(form.action, body, content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    browser.cookies = cookies
    return answer.status_code


@pytest.mark.timeout(300)
def test_no_form_fails_over_odd_input(everywhere: list[str], admin: Staff) -> None:
    """A NUL in each field by itself, since what else is wrong would hide it; the rest in all fields at once."""
    browser, failed, sent = signed_in(admin, raise_request_exception=False), [], 0
    for form in forms(browser, everywhere):
        alone = [{name: ODD["a NUL"]} for name in form.fields]
        together = [dict.fromkeys(form.fields, ODD[what]) for what in ("odd signs", "many digits")]
        for odd in (*alone, *together):
            sent += 1
            if (status := send(browser, Form(form.action, form.fields | odd))) >= 500:
                failed.append(f"{form.action} {list(odd)}: {status}")
    assert failed == []
    assert sent > 200


def test_no_page_fails_over_odd_questions(everywhere: list[str], admin: Staff) -> None:
    browser, failed = signed_in(admin, raise_request_exception=False), []
    for address in everywhere:
        for what, odd in ODD.items():
            query = "&".join(f"{name}={quote_from_bytes(odd[:1000])}" for name in ASKED)
            if (status := browser.get(f"{address}?{query}").status_code) >= 500:
                failed.append(f"{address}: {what} -> {status}")
    assert failed == []


def test_no_way_in_fails_over_odd_input(db: None) -> None:
    browser = Client(raise_request_exception=False)
    browser.get(f"/setup/{setup.token_if_needed()}/")
    for form in forms(browser, ["/setup/", "/account/login/", "/account/password/reset/"]):
        for name in form.fields:
            for what, odd in ODD.items():
                assert send(browser, Form(form.action, form.fields | {name: odd})) < 500, (
                    form.action,
                    name,
                    what,
                )
