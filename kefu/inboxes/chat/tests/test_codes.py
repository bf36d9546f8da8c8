from __future__ import annotations

import json
from datetime import timedelta

from django.utils import timezone

from conftest import begin
from kefu.conversations.models import Conversation, Inbox
from kefu.events.models import Delivery
from kefu.inboxes.chat.tests.chatting import Browser
from kefu.people import customers
from kefu.people.models import Customer, IdentityKind, OneTimeCode


def code_in_the_mail() -> str:
    content = json.loads(Delivery.objects.latest("created_at").content or "")
    return str(content["subject"][:6])


def test_a_code_from_the_mail_shows_the_history_of_that_address(
    inbox: Inbox, browser: Browser, lin: Customer
) -> None:
    customers.verify(lin, IdentityKind.EMAIL, "lin@example.com", by=lin)
    begin(lin, inbox, "An old question")
    browser.asks("A new one")
    assert browser.post("code", {"email": "Lin@Example.com"}).status_code == 202
    answer = browser.post("code/check", {"email": "lin@example.com", "code": code_in_the_mail()})
    assert {c["subject"] for c in answer.json()["state"]["conversations"]} == {"An old question", "A new one"}
    assert Conversation.objects.filter(customer=lin).count() == 2


def test_an_address_that_someone_only_claimed_gives_no_history(
    inbox: Inbox, browser: Browser, lin: Customer
) -> None:
    customers.claim(lin, IdentityKind.EMAIL, "lin@example.com", by=lin)
    begin(lin, inbox, "Not proved")
    browser.post("code", {"email": "lin@example.com"})
    answer = browser.post("code/check", {"email": "lin@example.com", "code": code_in_the_mail()})
    assert answer.json()["state"]["conversations"] == []


def test_the_answer_does_not_tell_whether_an_address_is_known(browser: Browser, lin: Customer) -> None:
    customers.verify(lin, IdentityKind.EMAIL, "lin@example.com", by=lin)
    known, unknown = (browser.post("code", {"email": one}) for one in ("lin@example.com", "no@example.com"))
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_a_code_works_once_in_the_browser_that_asked_and_for_its_address(
    browser: Browser, stranger: Browser
) -> None:
    browser.post("code", {"email": "lin@example.com"})
    digits = code_in_the_mail()
    asked = {"email": "lin@example.com", "code": digits}
    assert stranger.post("code/check", asked).status_code == 422
    assert browser.post("code/check", asked | {"email": "other@example.com"}).status_code == 422
    assert browser.post("code/check", asked).status_code == 200
    assert browser.post("code/check", asked).status_code == 422


def test_five_wrong_tries_end_a_code(browser: Browser) -> None:
    browser.post("code", {"email": "lin@example.com"})
    digits = code_in_the_mail()
    wrong = f"{(int(digits) + 1) % 10**6:06d}"
    for _ in range(5):
        assert browser.post("code/check", {"email": "lin@example.com", "code": wrong}).status_code == 422
    assert browser.post("code/check", {"email": "lin@example.com", "code": digits}).status_code == 422


def test_a_code_ends_after_ten_minutes_and_with_the_next_one(browser: Browser) -> None:
    browser.post("code", {"email": "lin@example.com"})
    first = code_in_the_mail()
    browser.post("code", {"email": "lin@example.com"})
    second = code_in_the_mail()
    if first != second:
        assert browser.post("code/check", {"email": "lin@example.com", "code": first}).status_code == 422
    OneTimeCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert browser.post("code/check", {"email": "lin@example.com", "code": second}).status_code == 422


def test_nobody_can_have_a_mailbox_flooded_with_codes(browser: Browser, stranger: Browser) -> None:
    answers = [
        one.post("code", {"email": "lin@example.com"}).status_code for one in [browser] * 4 + [stranger] * 4
    ]
    assert answers.count(202) == 3
    assert answers[-1] == 429


def test_only_a_hash_of_the_code_is_kept(browser: Browser) -> None:
    browser.post("code", {"email": "lin@example.com"})
    code = OneTimeCode.objects.get()
    assert code_in_the_mail().encode() not in bytes(code.code_hash)
    assert "lin@example.com" not in str(bytes(code.index))
