from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding

from kefu.claims.providers import signatures, wechat
from kefu.claims.providers.contract import (
    ABSENT,
    Answer,
    BankCard,
    Misconfigured,
    Notice,
    Redirecting,
    RefundOrder,
    State,
    Unverified,
)
from kefu.claims.providers.tests.conftest import Keys
from kefu.claims.providers.tests.stand_in import CUT, Asked, Says, StandIn

V3_KEY = "quiet-0123456789-0123456789-quie"
SERIAL = "PUB_KEY_ID_0114232134912410000000000000"


@pytest.fixture
def settings_of(keys: Keys, stand_in: StandIn) -> wechat.Settings:
    return wechat.Settings(
        merchant_id="1900000109",
        merchant_serial="408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
        private_key=keys.private(keys.ours),
        api_v3_key=V3_KEY,
        platform_serial=SERIAL,
        platform_key=keys.public(keys.theirs),
        notify_url="https://desk.example/hooks/wechat",
        base_url=stand_in.url,
    )


@pytest.fixture
def provider(settings_of: wechat.Settings) -> wechat.WeChatPay:
    return wechat.WeChatPay(settings_of)


def refund(**changed: Any) -> dict[str, Any]:
    return {
        "refund_id": "50000000382019052709732678859",
        "out_refund_no": "R-10482-1",
        "transaction_id": "pay_77",
        "out_trade_no": "1217752501201407033233368018",
        "channel": "ORIGINAL",
        "user_received_account": "招商银行信用卡0403",
        "create_time": "2020-12-01T16:18:12+08:00",
        "status": "PROCESSING",
        "amount": {
            "total": 5000,
            "refund": 1999,
            "payer_total": 5000,
            "payer_refund": 1999,
            "currency": "CNY",
        },
        **changed,
    }


def stamps(
    body: bytes, key: rsa.RSAPrivateKey, *, serial: str = SERIAL, at: int | None = None
) -> dict[str, str]:
    moment = str(int(time.time()) if at is None else at)
    return {
        "Wechatpay-Timestamp": moment,
        "Wechatpay-Nonce": "c5ac7061fccab6bf3e254dcf98995b8c",
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature": signatures.sign(
            key, f"{moment}\nc5ac7061fccab6bf3e254dcf98995b8c\n".encode() + body + b"\n"
        ),
    }


@pytest.fixture
def says(keys: Keys) -> Callable[..., Says]:
    def _says(value: dict[str, Any], **how: Any) -> Says:
        body = json.dumps(value, ensure_ascii=False).encode()
        return Says(200, body, stamps(body, how.pop("key", keys.theirs), **how))

    return _says


def refused(status: int, code: str) -> Says:
    return Says(status, json.dumps({"code": code, "message": "不行"}).encode())


def test_a_refund_is_asked_for_with_a_signature_over_all_of_it(
    provider: wechat.WeChatPay, stand_in: StandIn, order: RefundOrder, keys: Keys, says: Callable[..., Says]
) -> None:
    stand_in.will(says(refund()))
    assert provider.refund(order) == Answer(State.PROCESSING, "50000000382019052709732678859")
    (asked,) = stand_in.asked
    assert (asked.method, asked.path) == ("POST", "/v3/refund/domestic/refunds")
    assert json.loads(asked.body) == {
        "transaction_id": "pay_77",
        "out_refund_no": "R-10482-1",
        "reason": "少发一件",
        "notify_url": "https://desk.example/hooks/wechat",
        "amount": {"refund": 1999, "total": 5000, "currency": "CNY"},
    }
    assert asked.headers["wechatpay-serial"] == SERIAL
    assert_signed(asked, keys)


def test_a_question_is_signed_too(
    provider: wechat.WeChatPay, stand_in: StandIn, order: RefundOrder, keys: Keys, says: Callable[..., Says]
) -> None:
    stand_in.will(says(refund(status="SUCCESS")))
    assert provider.query(order).state == State.SUCCEEDED
    assert (stand_in.asked[0].method, stand_in.asked[0].path) == (
        "GET",
        "/v3/refund/domestic/refunds/R-10482-1",
    )
    assert_signed(stand_in.asked[0], keys)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("PROCESSING", State.PROCESSING),
        ("SUCCESS", State.SUCCEEDED),
        ("ABNORMAL", State.ABNORMAL),
        ("CLOSED", State.CLOSED),
        ("SOMETHING_NEW", State.UNKNOWN),
    ],
)
def test_every_status_has_a_state_when_sent_asked_and_told(
    provider: wechat.WeChatPay,
    stand_in: StandIn,
    order: RefundOrder,
    keys: Keys,
    says: Callable[..., Says],
    status: str,
    state: State,
) -> None:
    stand_in.will(says(refund(status=status)))
    assert provider.refund(order).state == state
    assert provider.query(order).state == state
    body = notice(refund_status=status)
    assert [news.state for news in provider.parse_webhook(stamps(body, keys.theirs), body)] == [state]


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        (403, "NOT_ENOUGH", State.FAILED),
        (403, "USER_ACCOUNT_ABNORMAL", State.ABNORMAL),
        (400, "PARAM_ERROR", State.FAILED),
        (400, "INVALID_REQUEST", State.FAILED),
        (403, "NO_AUTH", State.FAILED),
        (404, "RESOURCE_NOT_EXISTS", State.FAILED),
        (404, "MCH_NOT_EXISTS", State.UNKNOWN),
        (403, "SIGN_ERROR", State.UNKNOWN),
        (403, "FREQUENCY_LIMITED", State.UNKNOWN),
    ],
)
def test_a_refusal_fails_only_if_it_is_about_the_refund(
    provider: wechat.WeChatPay, stand_in: StandIn, order: RefundOrder, status: int, code: str, state: State
) -> None:
    stand_in.will(refused(status, code))
    assert provider.refund(order) == Answer(state, code=code)


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [
        (404, "RESOURCE_NOT_EXISTS", Answer(State.FAILED, code=ABSENT)),
        (404, "MCH_NOT_EXISTS", Answer(State.UNKNOWN, code="MCH_NOT_EXISTS")),
        (400, "PARAM_ERROR", Answer(State.UNKNOWN, code="PARAM_ERROR")),
        (403, "NO_AUTH", Answer(State.UNKNOWN, code="NO_AUTH")),
    ],
)
def test_a_refused_question_says_nothing_unless_the_number_is_not_there(
    provider: wechat.WeChatPay, stand_in: StandIn, order: RefundOrder, status: int, code: str, answer: Answer
) -> None:
    stand_in.will(refused(status, code))
    assert provider.query(order) == answer


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (CUT, "no_answer"),
        (Says(200, b"<html>ok</html>"), "unverified"),
        (Says(200, b""), "unverified"),
        (Says(404, b"<html>no such page</html>"), "unreadable"),
        (Says(404, b"{}"), "unreadable"),
        (refused(401, "SIGN_ERROR"), "http_401"),
        (refused(429, "FREQUENCY_LIMITED"), "http_429"),
        (refused(500, "SYSTEM_ERROR"), "http_500"),
        (Says(502, b"<html>"), "http_502"),
        (Says(301, b""), "http_301"),
    ],
)
def test_what_is_no_answer_leaves_the_refund_unknown(
    provider: wechat.WeChatPay, stand_in: StandIn, order: RefundOrder, answer: Any, code: str
) -> None:
    stand_in.will(answer)
    lost = Answer(State.UNKNOWN, code=code)
    assert provider.refund(order) == lost
    assert provider.query(order) == lost
    assert provider.redirect(order, "5000", None) == lost


def test_a_success_is_believed_only_with_wechats_own_fresh_signature(
    provider: wechat.WeChatPay, stand_in: StandIn, order: RefundOrder, keys: Keys, says: Callable[..., Says]
) -> None:
    good = says(refund(status="SUCCESS"))
    absent = [
        Says(200, good.body, {k: v for k, v in good.headers.items() if k != left_out})
        for left_out in good.headers
    ]
    doubtful = [
        *absent,
        says(refund(status="SUCCESS"), key=keys.strangers),
        says(refund(status="SUCCESS"), key=keys.ours),
        says(refund(status="SUCCESS"), serial="5157F09EFDC096DE15EBE81A47057A7232F1B8E1"),
        says(refund(status="SUCCESS"), at=int(time.time()) - 301),
        says(refund(status="SUCCESS"), at=int(time.time()) + 310),
        Says(200, good.body.replace(b"SUCCESS", b"CLOSED"), good.headers),
        Says(200, good.body, good.headers | {"Wechatpay-Signature": "%%%"}),
    ]
    for answer in doubtful:
        stand_in.will(answer)
        assert provider.refund(order) == Answer(State.UNKNOWN, code="unverified")
        assert provider.query(order) == Answer(State.UNKNOWN, code="unverified")
    stand_in.will(good)
    assert provider.query(order).state == State.SUCCEEDED


@pytest.mark.parametrize(
    "changed", [{"out_refund_no": "R-2"}, {"amount": {"refund": 2000}}, {"amount": None}]
)
def test_an_answer_about_another_refund_proves_nothing(
    provider: wechat.WeChatPay,
    stand_in: StandIn,
    order: RefundOrder,
    says: Callable[..., Says],
    changed: dict[str, Any],
) -> None:
    stand_in.will(says(refund(status="SUCCESS", **changed)))
    assert provider.refund(order) == Answer(State.UNKNOWN, code="another_refund")


def test_other_currencies_are_refused_before_anything_is_sent(
    provider: wechat.WeChatPay, stand_in: StandIn, order: RefundOrder
) -> None:
    for currency in ("JPY", "KWD"):
        assert provider.refund(replace(order, currency=currency)).state == State.FAILED
    assert stand_in.asked == []


def test_a_long_reason_is_cut_between_characters(
    provider: wechat.WeChatPay, stand_in: StandIn, order: RefundOrder, says: Callable[..., Says]
) -> None:
    stand_in.will(says(refund()))
    provider.refund(replace(order, reason="退" * 60))
    assert json.loads(stand_in.asked[0].body)["reason"] == "退" * 26


def test_an_abnormal_refund_goes_to_a_card_that_only_wechat_can_read(
    provider: wechat.WeChatPay, stand_in: StandIn, order: RefundOrder, keys: Keys, says: Callable[..., Says]
) -> None:
    card = BankCard("ICBC_DEBIT", "6222020200112233445", "林小雨")
    stand_in.will(says(refund()))
    assert isinstance(provider, Redirecting)
    assert provider.redirect(order, "50000000382019052709732678859", card).state == State.PROCESSING
    (asked,) = stand_in.asked
    assert asked.path == "/v3/refund/domestic/refunds/50000000382019052709732678859/apply-abnormal-refund"
    told = json.loads(asked.body)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    opened = {
        k: keys.theirs.decrypt(base64.b64decode(told.pop(k)), oaep).decode()
        for k in ("bank_account", "real_name")
    }
    assert opened == {"bank_account": "6222020200112233445", "real_name": "林小雨"}
    assert told == {"out_refund_no": "R-10482-1", "type": "USER_BANK_CARD", "bank_type": "ICBC_DEBIT"}
    assert_signed(asked, keys)
    assert "6222" not in repr(card)
    assert "林" not in repr(card)


def test_an_abnormal_refund_can_come_back_to_the_merchant(
    provider: wechat.WeChatPay, stand_in: StandIn, order: RefundOrder, says: Callable[..., Says]
) -> None:
    stand_in.will(says(refund(status="SUCCESS")), refused(400, "INVALID_REQUEST"))
    assert provider.redirect(order, "5000", None).state == State.SUCCEEDED
    assert json.loads(stand_in.asked[0].body) == {"out_refund_no": "R-10482-1", "type": "MERCHANT_BANK_CARD"}
    assert provider.redirect(order, "../../5000", None) == Answer(State.ABNORMAL, code="INVALID_REQUEST")
    assert stand_in.asked[1].path.endswith("/refunds/..%2F..%2F5000/apply-abnormal-refund")


def test_a_notice_is_opened_and_read(provider: wechat.WeChatPay, keys: Keys) -> None:
    body = notice()
    heard = provider.parse_webhook(stamps(body, keys.theirs), body)
    assert heard == [Notice("EV-2018022511223320873", "R-10482-1", State.SUCCEEDED, "5000", "", 1999)]
    assert provider.parse_webhook(stamps(body, keys.theirs), body) == heard


def test_a_notice_about_a_payment_is_heard_and_left(provider: wechat.WeChatPay, keys: Keys) -> None:
    body = notice(kind="TRANSACTION.SUCCESS")
    assert provider.parse_webhook(stamps(body, keys.theirs), body) == []
    assert provider.parse_webhook(stamps(b"[]", keys.theirs), b"[]") == []


def test_a_notice_that_is_not_wechats_or_not_ours_is_not_believed(
    provider: wechat.WeChatPay, keys: Keys
) -> None:
    body, now = notice(), int(time.time())
    good = stamps(body, keys.theirs)
    for left_out in good:
        with pytest.raises(Unverified):
            provider.parse_webhook({k: v for k, v in good.items() if k != left_out}, body)
    for headers in (
        stamps(body, keys.strangers),
        stamps(body, keys.theirs, serial="another"),
        stamps(body, keys.theirs, at=now - 301),
        stamps(body, keys.theirs, at=now + 310),
        good | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + good["Wechatpay-Signature"]},
        good | {"Wechatpay-Nonce": "another"},
    ):
        with pytest.raises(Unverified):
            provider.parse_webhook(headers, body)
    for foreign in (
        notice(mchid="1900000110"),
        notice(key="another-0123456789-0123456789-ab"),
        notice(nonce=""),
    ):
        with pytest.raises(Unverified):
            provider.parse_webhook(stamps(foreign, keys.theirs), foreign)


def test_both_of_wechats_keys_are_believed_while_it_changes_them(
    settings_of: wechat.Settings, keys: Keys, stand_in: StandIn, order: RefundOrder, says: Callable[..., Says]
) -> None:
    changing = replace(
        settings_of, next_platform_serial="5157F09E", next_platform_key=keys.public(keys.strangers)
    )
    provider = wechat.WeChatPay(changing)
    stand_in.will(says(refund()), says(refund(), serial="5157F09E", key=keys.strangers))
    assert [provider.query(order).state for _ in range(2)] == [State.PROCESSING] * 2
    stand_in.will(says(refund(), serial="5157F09E"))
    assert provider.query(order) == Answer(State.UNKNOWN, code="unverified")


def test_wechats_key_may_be_given_as_its_certificate(
    settings_of: wechat.Settings, keys: Keys, stand_in: StandIn, order: RefundOrder, says: Callable[..., Says]
) -> None:
    stand_in.will(says(refund()))
    provider = wechat.WeChatPay(replace(settings_of, platform_key=certificate(keys.theirs)))
    assert provider.query(order).state == State.PROCESSING


@pytest.mark.parametrize(
    "changed",
    [
        {"merchant_id": ""},
        {"merchant_serial": 'A",mchid="1'},
        {"private_key": "quiet"},
        {"private_key": "-----BEGIN PRIVATE KEY-----\nquiet\n-----END PRIVATE KEY-----"},
        {"platform_key": "quiet"},
        {"platform_key": "-----BEGIN CERTIFICATE-----\nquiet\n-----END CERTIFICATE-----"},
        {"api_v3_key": "quiet"},
        {"next_platform_serial": "5157F09E"},
        {"next_platform_serial": "5157F09E", "next_platform_key": "quiet"},
        {"notify_url": "http://desk.example/"},
        {"base_url": "http://api.mch.weixin.qq.com"},
    ],
)
def test_settings_that_cannot_work_are_refused_by_the_fields_name_alone(
    settings_of: wechat.Settings, changed: dict[str, str]
) -> None:
    with pytest.raises(Misconfigured) as refusal:
        wechat.WeChatPay(replace(settings_of, **changed))
    assert next(reversed(changed)) in str(refusal.value)
    assert "quiet" not in str(refusal.value)


def test_a_short_or_foreign_kind_of_key_is_refused(settings_of: wechat.Settings, keys: Keys) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    for changed in ({"private_key": keys.private(short)}, {"platform_key": keys.public(short)}):
        with pytest.raises(Misconfigured):
            wechat.WeChatPay(replace(settings_of, **changed))


def test_keys_are_shown_nowhere(settings_of: wechat.Settings, provider: wechat.WeChatPay) -> None:
    shown = f"{settings_of!r} {settings_of} {provider!r} {vars(provider)}"
    assert "quiet" not in shown
    assert "PRIVATE KEY" not in shown


def assert_signed(asked: Asked, keys: Keys) -> None:
    scheme, _, rest = asked.headers["authorization"].partition(" ")
    parts = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    signed = (
        f"{asked.method}\n{asked.path}\n{parts['timestamp']}\n{parts['nonce_str']}\n".encode()
        + asked.body
        + b"\n"
    )
    assert scheme == "WECHATPAY2-SHA256-RSA2048"
    assert (parts["mchid"], parts["serial_no"]) == ("1900000109", "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB")
    assert abs(int(parts["timestamp"]) - time.time()) < 60
    assert signatures.is_signed(keys.ours.public_key(), signed, parts["signature"])


def notice(
    *,
    mchid: str = "1900000109",
    refund_status: str = "SUCCESS",
    kind: str = "REFUND.SUCCESS",
    key: str = V3_KEY,
    nonce: str = "fdasflkja484",
) -> bytes:
    told = {
        "mchid": mchid,
        "out_refund_no": "R-10482-1",
        "refund_id": "5000",
        "refund_status": refund_status,
        "amount": {"total": 5000, "refund": 1999, "payer_total": 5000, "payer_refund": 1999},
    }
    sealed = AESGCM(key.encode()).encrypt(b"fdasflkja484", json.dumps(told).encode(), b"refund")
    resource = {
        "original_type": "refund",
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": "refund",
        "nonce": nonce,
    }
    event = {
        "id": "EV-2018022511223320873",
        "event_type": kind,
        "resource_type": "encrypt-resource",
        "resource": resource,
    }
    return json.dumps(event).encode()


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tenpay.com Root CA")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
