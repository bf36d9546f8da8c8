from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kefu.claims.providers import alipay, signatures
from kefu.claims.providers.contract import (
    ABSENT,
    Answer,
    Misconfigured,
    Notice,
    RefundOrder,
    State,
    Unverified,
)
from kefu.claims.providers.tests.conftest import Keys
from kefu.claims.providers.tests.stand_in import CUT, Asked, Says, StandIn

REFUND, QUERY = "alipay_trade_refund_response", "alipay_trade_fastpay_refund_query_response"
TRADE = "2018080121001004890510526853"


@pytest.fixture
def settings_of(keys: Keys, stand_in: StandIn) -> alipay.Settings:
    return alipay.Settings(
        "2014072300007148", keys.private(keys.ours), keys.public(keys.theirs), f"{stand_in.url}/gateway.do"
    )


@pytest.fixture
def provider(settings_of: alipay.Settings) -> alipay.Alipay:
    return alipay.Alipay(settings_of)


@pytest.fixture
def order(order: RefundOrder) -> RefundOrder:
    return replace(order, payment_ref=TRADE)


@pytest.fixture
def says(keys: Keys) -> Callable[..., Says]:
    def _says(node: str, key: rsa.RSAPrivateKey | None = None, **told: Any) -> Says:
        text = json.dumps(
            {"code": "10000", "msg": "Success", **told}, ensure_ascii=False, separators=(",", ":")
        )
        return written(node, text, signatures.sign(key or keys.theirs, text.encode()))

    return _says


def written(node: str, text: str, signature: str) -> Says:
    return Says(200, f'{{"{node}":{text},"sign":"{signature}"}}'.encode())


def moved(says: Callable[..., Says], **changed: Any) -> Says:
    told = {"trade_no": TRADE, "fund_change": "Y", "refund_fee": "19.99", "buyer_logon_id": "150****8675"}
    return says(REFUND, **{**told, **changed})


def found(says: Callable[..., Says], **changed: Any) -> Says:
    told = {
        "trade_no": TRADE,
        "out_request_no": "R-10482-1",
        "refund_amount": "19.99",
        "total_amount": "50.00",
    }
    return says(QUERY, **{**told, "refund_status": "REFUND_SUCCESS", **changed})


def nothing_found(says: Callable[..., Says]) -> Says:
    return says(QUERY)


def denied(says: Callable[..., Says], node: str, code: str, sub_code: str) -> Says:
    return says(node, code=code, msg="Business Failed", sub_code=sub_code, sub_msg="不行")


def test_a_refund_that_moves_the_money_now_has_succeeded(
    provider: alipay.Alipay, stand_in: StandIn, order: RefundOrder, keys: Keys, says: Callable[..., Says]
) -> None:
    stand_in.will(moved(says))
    assert provider.refund(order) == Answer(State.SUCCEEDED, TRADE)
    named, asked = told_to(stand_in.asked[0], keys)
    assert asked == {
        "trade_no": TRADE,
        "refund_amount": "19.99",
        "out_request_no": "R-10482-1",
        "refund_reason": "少发一件",
    }
    assert named.items() >= {
        ("app_id", "2014072300007148"),
        ("method", "alipay.trade.refund"),
        ("charset", "utf-8"),
        ("sign_type", "RSA2"),
        ("version", "1.0"),
    }


def test_a_repeat_of_a_refund_that_moved_before_has_succeeded_too(
    provider: alipay.Alipay, stand_in: StandIn, order: RefundOrder, keys: Keys, says: Callable[..., Says]
) -> None:
    stand_in.will(moved(says, fund_change="N"), found(says))
    assert provider.refund(order) == Answer(State.SUCCEEDED, TRADE)
    named, asked = told_to(stand_in.asked[1], keys)
    assert named["method"] == "alipay.trade.fastpay.refund.query"
    assert asked == {"trade_no": TRADE, "out_request_no": "R-10482-1"}


@pytest.mark.parametrize("fund_change", ["N", None])
def test_a_refund_that_neither_moved_nor_is_found_is_asked_about_later(
    provider: alipay.Alipay,
    stand_in: StandIn,
    order: RefundOrder,
    says: Callable[..., Says],
    fund_change: str | None,
) -> None:
    stand_in.will(moved(says, fund_change=fund_change), nothing_found(says))
    assert provider.refund(order) == Answer(State.UNKNOWN, code="fund_change_N")


def test_a_refusal_fails_with_its_code(
    provider: alipay.Alipay, stand_in: StandIn, order: RefundOrder, says: Callable[..., Says]
) -> None:
    poor = denied(says, REFUND, "40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH")
    stand_in.will(poor, nothing_found(says))
    assert provider.refund(order) == Answer(State.FAILED, code="ACQ.SELLER_BALANCE_NOT_ENOUGH")
    stand_in.will(denied(says, REFUND, "40004", "ACQ.TRADE_NOT_EXIST"))
    assert provider.refund(order) == Answer(State.FAILED, code="ACQ.TRADE_NOT_EXIST")


def test_a_refused_repeat_of_a_refund_whose_answer_got_lost_has_succeeded(
    provider: alipay.Alipay, stand_in: StandIn, order: RefundOrder, says: Callable[..., Says]
) -> None:
    stand_in.will(CUT, denied(says, REFUND, "40004", "ACQ.TRADE_HAS_FINISHED"), found(says))
    assert provider.refund(order) == Answer(State.UNKNOWN, code="no_answer")
    assert provider.refund(order) == Answer(State.SUCCEEDED, TRADE)
    stand_in.will(denied(says, REFUND, "40004", "ACQ.TRADE_HAS_FINISHED"), CUT)
    assert provider.refund(order) == Answer(State.UNKNOWN, code="no_answer")


def test_what_became_of_a_refund_is_told_when_asked(
    provider: alipay.Alipay, stand_in: StandIn, order: RefundOrder, says: Callable[..., Says]
) -> None:
    stand_in.will(found(says), nothing_found(says), found(says, refund_status="REFUND_CLOSED"))
    assert provider.query(order) == Answer(State.SUCCEEDED, TRADE)
    assert provider.query(order) == Answer(State.FAILED, code=ABSENT)
    assert provider.query(order) == Answer(State.UNKNOWN, code="status_not_known")


@pytest.mark.parametrize(
    "changed",
    [
        {"refund_amount": "20.00"},
        {"refund_amount": "19.999"},
        {"refund_amount": "NaN"},
        {"refund_amount": "Infinity"},
        {"refund_amount": "viel"},
        {"refund_amount": None},
        {"out_request_no": "R-2"},
    ],
)
def test_an_answer_about_another_refund_proves_nothing(
    provider: alipay.Alipay,
    stand_in: StandIn,
    order: RefundOrder,
    says: Callable[..., Says],
    changed: dict[str, Any],
) -> None:
    stand_in.will(found(says, **changed))
    assert provider.query(order) == Answer(State.UNKNOWN, code="another_refund")


@pytest.mark.parametrize(
    ("code", "sub_code"),
    [
        ("20000", "isp.unknow-error"),
        ("20001", "aop.invalid-auth-token"),
        ("40001", "isv.missing-signature"),
        ("40002", "isv.invalid-app-id"),
        ("40004", "ACQ.SYSTEM_ERROR"),
        ("40004", "AQC.SYSTEM_ERROR"),
        ("40006", "isv.insufficient-isv-permissions"),
    ],
)
def test_the_gateways_and_our_own_trouble_say_nothing(
    provider: alipay.Alipay,
    stand_in: StandIn,
    order: RefundOrder,
    says: Callable[..., Says],
    code: str,
    sub_code: str,
) -> None:
    stand_in.will(denied(says, REFUND, code, sub_code))
    assert provider.refund(order) == Answer(State.UNKNOWN, code=sub_code)
    stand_in.will(denied(says, QUERY, code, sub_code))
    assert provider.query(order) == Answer(State.UNKNOWN, code=sub_code)


def test_a_payment_that_is_not_there_when_asked_proves_nothing(
    provider: alipay.Alipay, stand_in: StandIn, order: RefundOrder, says: Callable[..., Says]
) -> None:
    stand_in.will(denied(says, QUERY, "40004", "ACQ.TRADE_NOT_EXIST"))
    assert provider.query(order) == Answer(State.UNKNOWN, code="ACQ.TRADE_NOT_EXIST")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (CUT, "no_answer"),
        (Says(200, b"<html>busy</html>"), "unreadable"),
        (Says(200, b""), "unreadable"),
        (Says(200, b"{}"), "unreadable"),
        (Says(200, b"[]"), "unreadable"),
        (Says(200, b'{"other_response":{"code":"10000"},"sign":"x"}'), "unreadable"),
        (Says(200, b'{"sign":"x"'), "unreadable"),
        (Says(200, "{“sign”:“x”}".encode("gbk")), "unreadable"),
        (Says(200, b'{"a":' + b"[" * 100_000), "unreadable"),
        (Says(302, b""), "http_302"),
        (Says(500, b"{}"), "http_500"),
    ],
)
def test_what_is_no_answer_leaves_the_refund_unknown(
    provider: alipay.Alipay, stand_in: StandIn, order: RefundOrder, answer: Any, code: str
) -> None:
    stand_in.will(answer)
    assert provider.refund(order) == Answer(State.UNKNOWN, code=code)
    assert provider.query(order) == Answer(State.UNKNOWN, code=code)


def test_nothing_unsigned_is_believed(
    provider: alipay.Alipay, stand_in: StandIn, order: RefundOrder, keys: Keys, says: Callable[..., Says]
) -> None:
    good = found(says)
    text = alipay.spans(good.body)[QUERY]
    doubtful = [
        found(says, key=keys.strangers),
        found(says, key=keys.ours),
        Says(200, good.body.replace(b"19.99", b"19.90")),
        Says(200, f'{{"{QUERY}":{text}}}'.encode()),
        Says(200, f'{{"{QUERY}":{text},"sign":null}}'.encode()),
        Says(200, f'{{"{QUERY}":{text},"sign":17}}'.encode()),
        written(QUERY, json.dumps(json.loads(text), indent=1), json.loads(good.body)["sign"]),
    ]
    for answer in doubtful:
        stand_in.will(answer)
        assert provider.query(order) == Answer(State.UNKNOWN, code="10000")
    stand_in.will(Says(200, b'{"error_response":{"code":"40002","sub_code":"isv.invalid-signature"}}'))
    assert provider.query(order) == Answer(State.UNKNOWN, code="isv.invalid-signature")
    stand_in.will(good)
    assert provider.query(order).state == State.SUCCEEDED


def test_the_signature_is_checked_over_the_characters_as_they_came(
    provider: alipay.Alipay, stand_in: StandIn, order: RefundOrder, keys: Keys
) -> None:
    text = (
        '{"code" : "10000", "refund_status":"REFUND_SUCCESS","refund_amount":"19.99",'
        f'"out_request_no":"R-10482-1","trade_no":"{TRADE}","note":"\\"{QUERY}\\":{{}} \\u4e2d / }}"}}'
    )
    escaped = text.replace("/", "\\/")
    stand_in.will(
        written(QUERY, text, signatures.sign(keys.theirs, text.encode())),
        Says(
            200,
            f' {{ "sign" : "{signatures.sign(keys.theirs, text.encode())}" , "{QUERY}" : {text} }} \n'.encode(),
        ),
        written(QUERY, escaped, signatures.sign(keys.theirs, escaped.encode()).replace("/", "\\/")),
        written(QUERY, escaped, signatures.sign(keys.theirs, text.encode())),
    )
    assert [provider.query(order).state for _ in range(4)] == [State.SUCCEEDED] * 4


def test_other_currencies_are_refused_before_anything_is_sent(
    provider: alipay.Alipay, stand_in: StandIn, order: RefundOrder
) -> None:
    for currency in ("JPY", "KWD"):
        assert provider.refund(replace(order, currency=currency)).state == State.FAILED
    assert stand_in.asked == []


@pytest.mark.parametrize(
    ("fen", "said"), [(1, "0.01"), (10, "0.10"), (100, "1.00"), (123456789, "1234567.89")]
)
def test_fen_are_said_in_yuan(fen: int, said: str) -> None:
    assert alipay.yuan(fen) == said


def test_a_notice_of_a_refund_is_read(provider: alipay.Alipay, keys: Keys) -> None:
    body = notice(keys)
    assert provider.parse_webhook({}, body) == [
        Notice("70fec0c2730b27528665af4517c27b95", "R-10482-1", State.SUCCEEDED, TRADE)
    ]
    assert provider.parse_webhook({}, body) == provider.parse_webhook({}, body)
    assert alipay.Alipay.receipt == b"success"


def test_a_notice_of_a_payment_or_a_closing_is_heard_and_left(provider: alipay.Alipay, keys: Keys) -> None:
    assert provider.parse_webhook({}, notice(keys, gmt_refund=None, refund_fee=None, out_biz_no=None)) == []
    assert provider.parse_webhook({}, notice(keys, out_biz_no=None)) == []


def test_a_notice_that_is_not_alipays_or_not_ours_is_not_believed(
    provider: alipay.Alipay, keys: Keys
) -> None:
    good = notice(keys)
    pairs = parse_qsl(good.decode())
    for doubtful in (
        b"",
        b"\xff=1",
        b"{}",
        notice(keys, key=keys.strangers),
        notice(keys, app_id="2014072300007149"),
        notice(keys, sign_type="RSA"),
        notice(keys, notify_time=alipay_time(-timedelta(hours=49))),
        notice(keys, notify_time=alipay_time(timedelta(hours=49))),
        notice(keys, notify_time="yesterday"),
        notice(keys, notify_time=None),
        good.replace(b"R-10482-1", b"R-10482-2"),
        good + b"&out_biz_no=R-2",
        b"out_biz_no=R-2&" + good,
        good + b"&more=1",
        urlencode([(k, v) for k, v in pairs if k != "sign"]).encode(),
        urlencode([(k, v) for k, v in pairs if k != "sign_type"]).encode(),
        b"&".join(b"%d=1" % each for each in range(200)),
    ):
        with pytest.raises(Unverified):
            provider.parse_webhook({}, doubtful)


def test_keys_may_come_bare_as_alipays_tool_writes_them(
    settings_of: alipay.Settings, keys: Keys, stand_in: StandIn, order: RefundOrder, says: Callable[..., Says]
) -> None:
    for form in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL):
        ours = keys.ours.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
        theirs = keys.theirs.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        bare = replace(
            settings_of,
            private_key=base64.b64encode(ours).decode(),
            alipay_public_key=base64.b64encode(theirs).decode(),
        )
        stand_in.will(moved(says))
        assert alipay.Alipay(bare).refund(order).state == State.SUCCEEDED


@pytest.mark.parametrize(
    "changed",
    [
        {"app_id": ""},
        {"private_key": "quiet"},
        {"alipay_public_key": "quiet"},
        {"base_url": "http://openapi.alipay.com/gateway.do"},
    ],
)
def test_settings_that_cannot_work_are_refused_by_the_fields_name_alone(
    settings_of: alipay.Settings, changed: dict[str, str]
) -> None:
    with pytest.raises(Misconfigured) as refusal:
        alipay.Alipay(replace(settings_of, **changed))
    assert next(iter(changed)) in str(refusal.value)
    assert "quiet" not in str(refusal.value)


def test_keys_are_shown_nowhere(settings_of: alipay.Settings, provider: alipay.Alipay) -> None:
    assert "PRIVATE KEY" not in f"{settings_of!r} {settings_of} {provider!r} {vars(provider)}"


def told_to(asked: Asked, keys: Keys) -> tuple[dict[str, str], dict[str, Any]]:
    """What stood in the address and in the body, having checked our signature over both."""
    named = dict(parse_qsl(urlsplit(asked.path).query))
    content = dict(parse_qsl(asked.body.decode()))
    signature = named.pop("sign")
    signed = "&".join(f"{k}={v}" for k, v in sorted({**named, **content}.items()))
    assert signatures.is_signed(keys.ours.public_key(), signed.encode(), signature)
    assert urlsplit(asked.path).path == "/gateway.do"
    return named, json.loads(content["biz_content"])


def notice(keys: Keys, key: rsa.RSAPrivateKey | None = None, **changed: str | None) -> bytes:
    told = {
        "notify_time": alipay_time(timedelta()),
        "notify_type": "trade_status_sync",
        "notify_id": "70fec0c2730b27528665af4517c27b95",
        "app_id": "2014072300007148",
        "charset": "utf-8",
        "version": "1.0",
        "sign_type": "RSA2",
        "trade_no": TRADE,
        "out_trade_no": "201881141452422",
        "out_biz_no": "R-10482-1",
        "trade_status": "TRADE_SUCCESS",
        "subject": "无线耳机 + 盒",
        "refund_fee": "19.99",
        "gmt_refund": "2018-08-01 14:16:22.123",
        **changed,
    }
    kept = {name: value for name, value in told.items() if value is not None}
    signed = "&".join(f"{k}={v}" for k, v in sorted(kept.items()) if k != "sign_type")
    return urlencode({**kept, "sign": signatures.sign(key or keys.theirs, signed.encode())}).encode()


def alipay_time(away: timedelta) -> str:
    return (datetime.now(alipay.BEIJING) + away).strftime("%Y-%m-%d %H:%M:%S")
