"""Who a customer proves to be: history for a good proof, an anonymous chat for every other."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from conftest import begin
from kefu.conversations.models import Inbox
from kefu.inboxes.chat.identity import signature_for
from kefu.inboxes.chat.keys import add_key, keys_of
from kefu.inboxes.chat.recognition import Claim, recognise
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import EMAIL, NAME, Topic
from kefu.lib.ids import uuid7
from kefu.people.models import Customer, IdentityKind
from tests.browsing import Chat, Complaints, Console, open_context
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.usefixtures("committed")]

EARLIER = "The lamp of last year"
Proof = dict[str, Any]


@pytest.fixture
def earlier(inbox: Inbox) -> None:
    """What the brand's user u-17 asked a year ago."""
    visitor, _token = recognise(inbox, None, Claim(IdentityKind.USER, "u-17", inbox.pk), language="en")
    begin(visitor.customer, inbox, EARLIER)
    add_key(inbox, "hash")
    add_key(inbox, "jwt")


def signed(inbox: Inbox, **changed: Any) -> Proof:
    expires = changed.pop("expires", int(time.time()) + 600)
    secret = keys_of(changed.pop("by", inbox), "hash")[0].secret
    signature = signature_for(secret, changed.pop("at", inbox), "u-17", expires)
    return {"identifier": "u-17", "expires": expires, "hash": signature} | changed


def token(inbox: Inbox, **claims: Any) -> Proof:
    usual = {"sub": "u-17", "aud": inbox.key, "exp": int(time.time()) + 600, "jti": str(uuid7())}
    return {"jwt": jwt.encode(usual | claims, keys_of(inbox, "jwt")[0].secret, "HS256")}


def unsigned(inbox: Inbox) -> Proof:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {"sub": "u-17", "aud": inbox.key, "exp": int(time.time()) + 600, "jti": str(uuid7())}
    return {"jwt": f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."}


def identifies(chat: Chat, proof: Proof) -> int:
    with chat.page.expect_response("**/api/identify") as answer:
        chat.page.evaluate("proof => kefu('identify', proof)", proof)
    return answer.value.status


@pytest.mark.parametrize("good", [signed, token])
def test_a_good_proof_shows_the_history_and_the_agent_sees_who_it_is(
    earlier: None, inbox: Inbox, chat: Chat, good: Callable[[Inbox], Proof]
) -> None:
    assert identifies(chat, good(inbox)) == 200
    expect(chat.here.get_by_text(EARLIER).first).to_be_visible()


def test_whatever_is_wrong_with_a_proof_the_chat_stays_anonymous_and_shows_no_history(
    earlier: None, inbox: Inbox, other_inbox: Inbox, chat: Chat
) -> None:
    """F9"""
    add_key(other_inbox, "hash")
    proofs = {
        "wrong": signed(inbox, hash="0" * 64),
        "expired": signed(inbox, expires=int(time.time()) - 60),
        "another expiry": signed(inbox) | {"expires": int(time.time()) + 900},
        "another identifier": signed(inbox) | {"identifier": "u-18"},
        "of another inbox": signed(other_inbox),
        "none": unsigned(inbox),
        "expired token": token(inbox, exp=int(time.time()) - 600),
        "token of another inbox": token(inbox, aud=other_inbox.key),
    }
    for name, proof in proofs.items():
        assert identifies(chat, proof) == 403, name
    chat.begins("I am nobody in particular")
    chat.here.get_by_role("button", name="Back").click()
    expect(chat.here.locator(".card")).to_have_count(1)
    expect(chat.here.get_by_text(EARLIER)).to_have_count(0)
    assert Customer.objects.filter(identities__isnull=True).count() == 1


def test_a_token_that_was_used_shows_nothing_to_whoever_found_it(
    browser: Browser, complaints: Complaints, earlier: None, inbox: Inbox, chat: Chat, site: str
) -> None:
    """F9: a jti is spent."""
    proof = token(inbox)
    assert identifies(chat, proof) == 200
    expect(chat.here.get_by_text(EARLIER).first).to_be_visible()
    thief = open_context(browser, complaints)
    stolen = Chat.on_site(thief.new_page(), site)
    assert identifies(stolen, proof) == 403
    expect(stolen.here.get_by_text(EARLIER)).to_have_count(0)
    thief.close()


def test_a_code_from_the_mail_folder_shows_the_history_of_that_address(
    customers: BrowserContext, agents: BrowserContext, desk: House, inbox: Inbox, site: str
) -> None:
    visitor, _token = recognise(inbox, None, Claim(IdentityKind.EMAIL, "lin@example.test"), language="en")
    begin(visitor.customer, inbox, EARLIER)
    chat = Chat.alone(customers.new_page(), desk, inbox)
    expect(chat.here.get_by_text(EARLIER)).to_have_count(0)
    chat.here.get_by_role("button", name="Options").click()
    chat.here.get_by_role("button", name="Find my earlier conversations").click()
    chat.here.get_by_label("E-mail address").fill("lin@example.test")
    chat.here.get_by_role("button", name="Send the code").click()
    chat.here.get_by_label("Code").fill(_code_in_the_folder(agents, desk, "lin@example.test"))
    chat.here.get_by_role("button", name="Continue").click()
    expect(chat.here.get_by_text(EARLIER).first).to_be_visible()


def _code_in_the_folder(context: BrowserContext, desk: House, address: str) -> str:
    folder = context.new_page()
    mail = folder.get_by_role("link").filter(has_text=address)
    for _ in range(40):
        folder.goto(f"{desk.base}/-/mail")
        if mail.count():
            break
        folder.wait_for_timeout(250)
    mail.first.click()
    words = folder.locator(".mail-text").inner_text()
    found = re.search(r"\b\d{6}\b", words)
    assert found, words
    return found[0]


def test_what_the_form_says_of_a_person_is_shown_to_agents_as_unverified(
    chat: Chat, console: Console, inbox: Inbox
) -> None:
    ChatSettings(
        allowed_origins=ChatSettings.of(inbox).allowed_origins,
        topics=(Topic("other", Words("其他问题", "Something else"), (NAME, EMAIL)),),
    ).save(inbox)
    chat.page.reload()
    chat.page.locator("#kefu .button").click()
    chat.here.get_by_role("button", name="Something else").click()
    chat.here.get_by_label("Your name").fill("Lin Xia")
    chat.here.get_by_label("E-mail address").fill("lin@example.test")
    chat.here.get_by_label("How can we help?").fill("It is me again")
    chat.here.get_by_role("button", name="Start the chat").click()
    console.opens_row("Lin Xia")
    beside = console.page.locator("#context")
    expect(beside.get_by_text("unverified")).to_be_visible()
    expect(beside.get_by_text("l***@example.test")).to_be_visible()
