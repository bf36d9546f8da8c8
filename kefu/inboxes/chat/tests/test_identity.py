"""Who a browser is, proved or not (security.md F9)."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
from django.db import connections

from conftest import begin
from kefu.conversations.models import Conversation, Inbox
from kefu.inboxes.chat import identity, recognition
from kefu.inboxes.chat.identity import signature_for
from kefu.inboxes.chat.keys import add_key, end_key, keys_of
from kefu.inboxes.chat.models import SpentProof, Visitor
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.chat.tests.chatting import Browser
from kefu.lib.ids import uuid7
from kefu.people import customers
from kefu.people.models import Customer, Identity


def soon() -> int:
    return int(time.time()) + 600


def signed(inbox: Inbox, identifier: str = "u-17", *, by: Inbox | None = None, **more: Any) -> dict[str, Any]:
    secret = (keys_of(by or inbox, "hash") or [add_key(by or inbox, "hash")])[0].secret
    expires = soon()
    return {
        "identifier": identifier,
        "expires": expires,
        "hash": signature_for(secret, by or inbox, identifier, expires),
        **more,
    }


def token(
    inbox: Inbox,
    *,
    secret: str = "",
    algorithm: str = "HS256",
    header: dict[str, Any] | None = None,
    **claims: Any,
) -> dict[str, Any]:
    secret = secret or (keys_of(inbox, "jwt") or [add_key(inbox, "jwt")])[0].secret
    usual = {"sub": "u-17", "aud": inbox.key, "exp": soon(), "jti": str(uuid7())}
    kept = {name: value for name, value in (usual | claims).items() if value is not None}
    return {"jwt": jwt.encode(kept, secret if algorithm != "none" else "", algorithm, headers=header)}


def known(inbox: Inbox, identifier: str = "u-17") -> Customer:
    browser = Browser(inbox)
    browser.start()
    assert browser.post("identify", signed(inbox, identifier)).status_code == 200
    return Visitor.objects.latest("id").customer


def test_a_signed_browser_sees_the_history_of_its_identifier(inbox: Inbox, browser: Browser) -> None:
    begin(known(inbox), inbox, "An old question")
    before = browser.token
    answer = browser.post("identify", signed(inbox, name="Lin"))
    assert answer.json()["visitor"]["verified"] is True
    assert [c["subject"] for c in answer.json()["state"]["conversations"]] == ["An old question"]
    assert browser.token != before
    assert Browser(inbox, before).get("state").status_code == 401


def test_what_was_said_before_moves_to_the_known_customer_and_never_back(
    inbox: Inbox, browser: Browser
) -> None:
    lin = known(inbox)
    browser.asks("Said before signing in")
    anonymous = Conversation.objects.get().customer
    browser.post("identify", signed(inbox))
    assert Conversation.objects.get().customer == lin
    anonymous.refresh_from_db()
    assert anonymous.merged_into == lin
    browser.post("logout")
    browser.token = ""
    assert browser.start()["state"]["conversations"] == []


def test_the_first_to_prove_an_identifier_becomes_that_customer(inbox: Inbox, browser: Browser) -> None:
    browser.asks("Hello")
    own = Conversation.objects.get().customer
    browser.post("identify", signed(inbox, name="Lin", email="lin@example.com"))
    assert Customer.objects.get(pk=own.pk).name == "Lin"
    user, email = own.identities.order_by("-kind")
    assert (user.kind, user.value, user.scope) == ("user", "u-17", inbox.pk)
    assert user.verified_at is not None
    assert (email.kind, email.verified_at) == ("email", None)


def test_another_account_in_the_same_browser_is_another_person(inbox: Inbox, browser: Browser) -> None:
    browser.post("identify", signed(inbox, "u-17"))
    browser.asks("As seventeen")
    answer = browser.post("identify", signed(inbox, "u-18"))
    assert answer.json()["state"]["conversations"] == []
    assert Conversation.objects.get().customer.merged_into is None


def test_two_tabs_that_prove_two_accounts_at_once_are_two_people(inbox: Inbox, browser: Browser) -> None:
    seventeen, eighteen = known(inbox, "u-17"), known(inbox, "u-18")
    browser.asks("As seventeen")
    in_both_tabs = Conversation.objects.get().customer.visitors.get()
    for identifier in ("u-17", "u-18"):
        claim = recognition.Claim("user", identifier, inbox.pk)
        recognition.recognise(inbox, in_both_tabs, claim, language="en")
    assert Customer.objects.get(pk=in_both_tabs.customer_id).merged_into == seventeen
    assert not eighteen.conversations.exists()


def test_what_is_known_of_someone_stays_and_what_the_browser_told_is_added(
    inbox: Inbox, browser: Browser
) -> None:
    lin = known(inbox)
    anonymous = Visitor.objects.latest("id").customer
    customers.describe(anonymous, by=anonymous, name="Lin of the form")
    browser.post("identify", signed(inbox, name="Lin of the site"))
    lin.refresh_from_db()
    assert lin.name == "Lin of the form"


@pytest.mark.usefixtures("committed")
def test_of_many_browsers_that_prove_one_account_at_once_all_are_the_same_person(inbox: Inbox) -> None:
    proofs = [(Browser(inbox), signed(inbox)) for _ in range(3)]
    start = threading.Barrier(3)

    def prove(browser: Browser, proof: dict[str, Any]) -> int:
        start.wait()
        try:
            return int(browser.post("identify", proof).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda pair: prove(*pair), proofs)) == [200, 200, 200]
    assert Identity.objects.filter(kind="user").count() == 1
    assert {visitor.customer for visitor in Visitor.objects.all()} == {Identity.objects.get().customer}


@pytest.mark.parametrize("wrong", ["hash", "identifier", "expired", "far", "other inbox", "missing", "null"])
def test_a_wrong_hash_leaves_the_browser_anonymous_and_shows_nothing(
    inbox: Inbox, other_inbox: Inbox, browser: Browser, wrong: str
) -> None:
    begin(known(inbox), inbox, "An old question")
    proof = signed(inbox)
    secret = keys_of(inbox, "hash")[0].secret
    past, far = int(time.time()) - 1, int(time.time()) + 3 * 24 * 3600
    wrongs: dict[str, dict[str, Any]] = {
        "hash": {"hash": "0" * 64},
        "identifier": {"identifier": "u-1"},
        "expired": {"expires": past, "hash": signature_for(secret, inbox, "u-17", past)},
        "far": {"expires": far, "hash": signature_for(secret, inbox, "u-17", far)},
        "other inbox": signed(inbox, by=other_inbox),
        "missing": {"hash": ""},
        "null": {"hash": None},
    }
    proof |= wrongs[wrong]
    before = browser.token
    assert browser.post("identify", proof).status_code == 403
    assert browser.token == before
    assert browser.state()["conversations"] == []


def test_the_plain_hash_is_taken_only_where_the_inbox_says_so(inbox: Inbox, browser: Browser) -> None:
    secret = add_key(inbox, "hash").secret
    proof = {"identifier": "u-17", "hash": identity._hmac(secret, "u-17")}
    assert browser.post("identify", proof).status_code == 403
    ChatSettings(plain_hash=True).save(inbox)
    assert browser.post("identify", proof).status_code == 200


def test_the_plain_hash_is_hmac_sha256_as_rfc_4231_has_it() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert identity._hmac("Jefe", "what do ya want for nothing?") == expected


def test_a_token_of_the_brands_server_is_taken_once(inbox: Inbox, browser: Browser) -> None:
    proof = token(inbox)
    assert browser.post("identify", proof).json()["visitor"]["verified"] is True
    again = Browser(inbox)
    again.start()
    assert again.post("identify", proof).status_code == 403
    assert SpentProof.objects.count() == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-inbox"},
        {"aud": None},
        {"exp": 1_600_000_000},
        {"exp": None},
        {"exp": int(time.time()) + 10 * 24 * 3600},
        {"exp": "4102444800"},
        {"exp": float("inf")},
        {"jti": None},
        {"jti": 5},
        {"sub": None},
        {"sub": ""},
        {"nbf": int(time.time()) + 3600},
        {"secret": "x" * 43},
        {"algorithm": "none"},
        {"algorithm": "HS512"},
        {"header": {"kid": "unknown"}},
        {"header": {"kid": "../../../../dev/null"}},
    ],
    ids=lambda claims: "-".join(claims),  # the same in every worker, whatever the clock says there
)
def test_a_token_with_anything_wrong_proves_nothing(
    inbox: Inbox, browser: Browser, claims: dict[str, Any]
) -> None:
    add_key(inbox, "jwt")
    assert browser.post("identify", token(inbox, **claims)).status_code == 403
    assert not Identity.objects.exists()


def test_a_token_signed_for_another_inbox_proves_nothing_here(
    inbox: Inbox, other_inbox: Inbox, browser: Browser
) -> None:
    add_key(inbox, "jwt")
    assert browser.post("identify", token(other_inbox)).status_code == 403
    foreign = keys_of(other_inbox, "jwt")[0].secret
    assert browser.post("identify", token(inbox, secret=foreign)).status_code == 403


def test_keys_rotate_without_anyone_being_turned_away(inbox: Inbox, browser: Browser) -> None:
    old = add_key(inbox, "jwt")
    new = add_key(inbox, "jwt")
    for key in (old, new):
        assert (
            browser.post("identify", token(inbox, secret=key.secret, header={"kid": key.kid})).status_code
            == 200
        )
    end_key(inbox, "jwt", old.kid)
    assert browser.post("identify", token(inbox, secret=old.secret)).status_code == 403


def test_the_same_identifier_at_another_inbox_is_another_customer(
    inbox: Inbox, other_inbox: Inbox, browser: Browser
) -> None:
    begin(known(inbox), inbox, "At the first")
    elsewhere = Browser(other_inbox)
    elsewhere.start()
    assert elsewhere.post("identify", signed(other_inbox)).json()["state"]["conversations"] == []
    assert Identity.objects.filter(kind="user").values("customer").distinct().count() == 2


def test_identity_serves_where_the_inbox_insists_on_it(inbox: Inbox) -> None:
    ChatSettings(enforce_identity=True).save(inbox)
    browser = Browser(inbox)
    assert browser.post("identify", signed(inbox)).json()["visitor"]["verified"] is True
    assert browser.asks("Now I may").status_code == 201
