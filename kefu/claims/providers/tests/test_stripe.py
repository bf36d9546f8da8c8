from __future__ import annotations

import json
import logging
import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from kefu.claims.providers import signatures, stripe
from kefu.claims.providers.contract import (
    ABSENT,
    Answer,
    Misconfigured,
    Notice,
    RefundOrder,
    State,
    Unverified,
)
from kefu.claims.providers.tests.stand_in import CUT, Asked, Says, StandIn

NONE = {"object": "list", "data": [], "has_more": False, "url": "/v1/refunds"}
HTML = Says(200, b"<html><body>Bad gateway</body></html>", {"Content-Type": "text/html"})


@pytest.fixture
def provider(stand_in: StandIn) -> stripe.Stripe:
    return stripe.Stripe(stripe.Settings("sk_test_quiet", "whsec_quiet", stand_in.url))


@pytest.fixture
def order(order: RefundOrder) -> RefundOrder:
    return replace(order, payment_ref="pi_1GszsK2", currency="USD")


def refund(**changed: Any) -> dict[str, Any]:
    return {
        "id": "re_1Nispe2",
        "object": "refund",
        "amount": 1999,
        "charge": "ch_1NirD82",
        "created": 1692942318,
        "currency": "usd",
        "metadata": {"request_no": "R-10482-1"},
        "payment_intent": "pi_1GszsK2",
        "reason": "requested_by_customer",
        "status": "succeeded",
        **changed,
    }


def says(value: dict[str, Any], status: int = 200, **headers: str) -> Says:
    return Says(status, json.dumps(value).encode(), headers)


def listed(*refunds: dict[str, Any], has_more: bool = False) -> Says:
    return says({**NONE, "data": list(refunds), "has_more": has_more})


def refused(
    code: str, status: int = 400, *, kind: str = "invalid_request_error", replayed: bool = False
) -> Says:
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    return says({"error": {"type": kind, "code": code, "message": "No."}}, status, **headers)


def keys_of(stand_in: StandIn) -> list[str]:
    return [asked.headers["idempotency-key"] for asked in stand_in.asked if asked.method == "POST"]


def test_a_refund_is_looked_for_and_then_sent_with_its_number(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder
) -> None:
    stand_in.will(listed(), says(refund()))
    assert provider.refund(order) == Answer(State.SUCCEEDED, "re_1Nispe2")
    looked, sent = stand_in.asked
    assert (looked.method, looked.path) == ("GET", "/v1/refunds?payment_intent=pi_1GszsK2&limit=100")
    assert (sent.method, sent.path) == ("POST", "/v1/refunds")
    assert sent.headers["idempotency-key"] == "R-10482-1"
    assert sent.headers["authorization"] == "Bearer sk_test_quiet"
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(sent.body.decode()) == {
        "payment_intent": ["pi_1GszsK2"],
        "amount": ["1999"],
        "reason": ["requested_by_customer"],
        "metadata[request_no]": ["R-10482-1"],
    }


def test_an_older_payment_is_named_as_a_charge(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder
) -> None:
    stand_in.will(listed(), says(refund()))
    provider.refund(replace(order, payment_ref="ch_1NirD82"))
    assert "charge=ch_1NirD82" in stand_in.asked[0].path
    assert parse_qs(stand_in.asked[1].body.decode())["charge"] == ["ch_1NirD82"]


@pytest.mark.parametrize(
    ("status", "more", "state", "code"),
    [
        ("pending", {"pending_reason": "insufficient_funds"}, State.PROCESSING, "insufficient_funds"),
        ("requires_action", {}, State.PROCESSING, ""),
        ("succeeded", {}, State.SUCCEEDED, ""),
        ("failed", {"failure_reason": "declined"}, State.FAILED, "declined"),
        (
            "failed",
            {"failure_reason": "expired_or_canceled_card"},
            State.ABNORMAL,
            "expired_or_canceled_card",
        ),
        ("failed", {"failure_reason": "lost_or_stolen_card"}, State.ABNORMAL, "lost_or_stolen_card"),
        ("canceled", {}, State.CLOSED, ""),
        ("something_new", {}, State.UNKNOWN, ""),
    ],
)
def test_every_status_has_a_state_when_sent_asked_and_told(
    provider: stripe.Stripe,
    stand_in: StandIn,
    order: RefundOrder,
    status: str,
    more: dict[str, Any],
    state: State,
    code: str,
) -> None:
    stand_in.will(listed(), says(refund(status=status, **more)))
    assert provider.refund(order) == Answer(state, "re_1Nispe2", code)
    stand_in.will(says(refund(status=status, **more)))
    assert provider.query(order, "re_1Nispe2") == Answer(state, "re_1Nispe2", code)
    assert stand_in.asked[-1].path == "/v1/refunds/re_1Nispe2"
    stand_in.will(listed(refund(status=status, **more)))
    assert provider.query(order) == Answer(state, "re_1Nispe2", code)
    body = event(refund(status=status, **more))
    assert [notice.state for notice in provider.parse_webhook(signed(body), body)] == [state]


def test_a_number_that_stands_already_is_not_sent_again_even_after_a_day(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder
) -> None:
    stand_in.will(listed(refund(id="re_other", metadata={}), refund(status="pending")))
    assert provider.refund(order) == Answer(State.PROCESSING, "re_1Nispe2")
    assert keys_of(stand_in) == []


def test_a_number_is_looked_for_on_every_page(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder
) -> None:
    stand_in.will(listed(refund(id="re_9", metadata={}), has_more=True), listed(refund()))
    assert provider.refund(order).state == State.SUCCEEDED
    assert stand_in.asked[1].path.endswith("&starting_after=re_9")


def test_a_failed_refund_is_tried_again_under_the_next_key_of_the_same_number(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder
) -> None:
    stand_in.will(listed(refund(id="re_1", status="failed")), says(refund(id="re_2", status="pending")))
    assert provider.refund(order) == Answer(State.PROCESSING, "re_2")
    assert keys_of(stand_in) == ["R-10482-1.2"]
    stand_in.will(listed(refund(id="re_2", status="pending"), refund(id="re_1", status="failed")))
    assert provider.query(order) == Answer(State.PROCESSING, "re_2")


def test_a_refusal_that_the_key_remembers_does_not_stand_in_the_way(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder
) -> None:
    stand_in.will(listed(), refused("balance_insufficient", replayed=True), says(refund(status="pending")))
    assert provider.refund(order).state == State.PROCESSING
    assert keys_of(stand_in) == ["R-10482-1", "R-10482-1.2"]


def test_refusals_that_never_end_end(provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder) -> None:
    stand_in.will(listed(), refused("balance_insufficient", replayed=True))
    assert provider.refund(order) == Answer(State.FAILED, code="balance_insufficient")
    assert len(keys_of(stand_in)) == 8


@pytest.mark.parametrize(
    ("status", "code"), [(400, "charge_already_refunded"), (402, "card_declined"), (404, "resource_missing")]
)
def test_a_plain_refusal_fails_with_its_code(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder, status: int, code: str
) -> None:
    stand_in.will(listed(), refused(code, status))
    assert provider.refund(order) == Answer(State.FAILED, code=code)


def test_a_payment_that_stripe_does_not_know_is_refused_when_sent_and_unknown_when_asked(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder
) -> None:
    stand_in.will(refused("resource_missing", 404))
    assert provider.refund(order) == Answer(State.FAILED, code="resource_missing")
    assert provider.query(order) == Answer(State.UNKNOWN, code="resource_missing")
    assert provider.query(order, "re_1") == Answer(State.UNKNOWN, code="resource_missing")


NO_ANSWERS = [
    (CUT, "no_answer"),
    (HTML, "unreadable"),
    (Says(200, b"[]"), "unreadable"),
    (Says(200, b"[" * 100_000), "unreadable"),
    (Says(302, b"", {"Location": "https://elsewhere.example/"}), "http_302"),
    (Says(400, b"<html>"), "unreadable"),
    (Says(401, b"{}"), "http_401"),
    (refused("lock_timeout", 429), "http_429"),
    (refused("idempotency_key_in_use", 409), "http_409"),
    (refused("more_permissions_required", 403), "more_permissions_required"),
    (refused("idempotency_mismatch", kind="idempotency_error"), "idempotency_mismatch"),
    (Says(500, b"{}"), "http_500"),
    (Says(503, b"<html>"), "http_503"),
]


@pytest.mark.parametrize(("answer", "code"), NO_ANSWERS)
def test_what_is_no_answer_leaves_the_refund_unknown(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder, answer: Any, code: str
) -> None:
    stand_in.will(listed(), answer)
    assert provider.refund(order) == Answer(State.UNKNOWN, code=code)
    stand_in.will(answer)
    assert provider.refund(order) == Answer(State.UNKNOWN, code=code)
    assert provider.query(order) == Answer(State.UNKNOWN, code=code)
    assert provider.query(order, "re_1") == Answer(State.UNKNOWN, code=code)


def test_nothing_leaves_for_an_address_inside(order: RefundOrder, settings: Any) -> None:
    """B1"""
    settings.KEFU_OUTBOUND_NETWORKS = []
    inside = stripe.Stripe(stripe.Settings("sk_test_quiet", base_url="https://10.0.0.7"))
    assert inside.refund(order) == Answer(State.UNKNOWN, code="unreachable")


def test_a_lost_answer_is_asked_about_and_sent_again_under_the_same_key(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder
) -> None:
    stand_in.will(listed(), CUT, listed(), listed(), says(refund()))
    assert provider.refund(order).state == State.UNKNOWN
    assert provider.query(order) == Answer(State.FAILED, code=ABSENT)
    assert provider.refund(order).state == State.SUCCEEDED
    assert keys_of(stand_in) == ["R-10482-1", "R-10482-1"]


@pytest.mark.parametrize(
    "changed", [{"amount": 2000}, {"currency": "eur"}, {"metadata": {"request_no": "R-2"}}, {"amount": None}]
)
def test_an_answer_about_another_refund_proves_nothing(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder, changed: dict[str, Any]
) -> None:
    stand_in.will(listed(), says(refund(**changed)))
    assert provider.refund(order) == Answer(State.UNKNOWN, code="another_refund")


@pytest.mark.parametrize(
    ("minor", "currency", "sent"),
    [
        (1999, "USD", 1999),
        (1999, "JPY", 1999),
        (12340, "KWD", 12340),
        (12345, "KWD", None),
        (500, "ISK", 50000),
        (3000, "UGX", 300000),
        (12300, "MGA", 123),
        (12345, "MGA", None),
    ],
)
def test_amounts_are_said_in_stripes_units(
    provider: stripe.Stripe,
    stand_in: StandIn,
    order: RefundOrder,
    minor: int,
    currency: str,
    sent: int | None,
) -> None:
    order = replace(order, amount_minor=minor, paid_minor=minor, currency=currency)
    stand_in.will(listed(), lambda asked: says(refund(amount=_amount(asked), currency=currency.lower())))
    answer = provider.refund(order)
    if sent is None:
        assert answer == Answer(State.FAILED, code="amount_not_possible")
        assert stand_in.asked == []
    else:
        assert answer.state == State.SUCCEEDED
        assert _amount(stand_in.asked[1]) == sent
        assert stripe.from_stripe(sent, currency) == minor


def test_webhook_news_carries_event_number_state_and_amount(provider: stripe.Stripe) -> None:
    body = event(refund(status="failed", failure_reason="declined"), kind="refund.failed")
    assert provider.parse_webhook(signed(body), body) == [
        Notice("evt_1", "R-10482-1", State.FAILED, "re_1Nispe2", "declined", 1999)
    ]
    assert provider.parse_webhook(signed(body), body) == provider.parse_webhook(signed(body), body)


def test_news_about_anything_else_is_heard_and_left(provider: stripe.Stripe) -> None:
    for other in ({"object": "charge", "id": "ch_1"}, refund(metadata={}), refund(metadata=None)):
        body = event(other, kind="charge.refunded")
        assert provider.parse_webhook(signed(body), body) == []
    assert provider.parse_webhook(signed(b"null"), b"null") == []


def test_only_a_fresh_signature_over_exactly_these_bytes_is_believed(provider: stripe.Stripe) -> None:
    body = event(refund())
    now = int(time.time())
    good = signatures.stamped("whsec_quiet", body)
    mac = good.partition("v1=")[2]
    wrong = [
        "",
        "t=,v1=",
        mac,
        f"v1={mac}",
        f"t={now}",
        f"t={now},v0={mac}",
        f"t=soon,v1={mac}",
        f"t=-1,v1={mac}",
        f"t={now},t={now},v1={mac}",
        f"t={now},v1=" + "0" * 64,
        f"t={now},v1=é",
        signatures.stamped("whsec_other", body),
        signatures.stamped("whsec_quiet", body + b" "),
        signatures.stamped("whsec_quiet", body, at=now - 301),
        signatures.stamped("whsec_quiet", body, at=now + 310),
    ]
    for each in wrong:
        with pytest.raises(Unverified):
            provider.parse_webhook({"Stripe-Signature": each}, body)
    with pytest.raises(Unverified):
        provider.parse_webhook({}, body)
    assert provider.parse_webhook({"stripe-signature": f"{good},v1={'0' * 64}"}, body)


def test_without_a_webhook_secret_nothing_is_believed() -> None:
    body = event(refund())
    header = {"Stripe-Signature": signatures.stamped("", body)}
    with pytest.raises(Unverified):
        stripe.Stripe(stripe.Settings("sk_test_quiet")).parse_webhook(header, body)


def test_keys_are_shown_nowhere(order: RefundOrder, provider: stripe.Stripe) -> None:
    settings = stripe.Settings("sk_test_quiet", "whsec_quiet")
    assert "quiet" not in f"{settings!r} {settings} {provider!r} {vars(provider)}"
    with pytest.raises(Misconfigured) as refusal:
        stripe.Settings("sk_test_quiet\r\nX: y")
    assert "quiet" not in str(refusal.value)


def test_keys_reach_no_log(
    provider: stripe.Stripe, stand_in: StandIn, order: RefundOrder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stand_in.will(listed(), CUT, listed(), refused("card_declined", 402), Says(401, b"{}"))
    assert [provider.refund(order).state for _ in range(3)] == [State.UNKNOWN, State.FAILED, State.UNKNOWN]
    assert caplog.records
    assert "quiet" not in caplog.text


@pytest.mark.parametrize(
    "url", ["http://api.stripe.com", "http://10.0.0.1", "ftp://x", "https://", "", "http://localhost"]
)
def test_keys_travel_only_over_https(url: str) -> None:
    with pytest.raises(Misconfigured):
        stripe.Settings("sk_test_quiet", base_url=url)


def event(thing: dict[str, Any], kind: str = "refund.updated") -> bytes:
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": thing}}).encode()


def signed(body: bytes) -> dict[str, str]:
    return {"Stripe-Signature": signatures.stamped("whsec_quiet", body)}


def _amount(asked: Asked) -> int:
    return int(parse_qs(asked.body.decode())["amount"][0])
