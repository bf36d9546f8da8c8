"""WeChat Pay, API v3, direct merchants: refunds, abnormal refunds and their notices.

Requests are signed with the merchant's key; what WeChat says of success is believed only with its own
signature (pay.weixin.qq.com/doc/v3/merchant/4013071031 and its neighbours).
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar
from urllib.parse import quote

import httpx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kefu.claims.providers import exchange, signatures
from kefu.claims.providers.contract import (
    ABSENT,
    Answer,
    BankCard,
    Capabilities,
    Misconfigured,
    Notice,
    RefundOrder,
    State,
    Unverified,
)
from kefu.claims.providers.exchange import Lost, table, word
from kefu.lib import http

REFUNDS = "/v3/refund/domestic/refunds"


@dataclass(frozen=True, slots=True)
class Settings:
    merchant_id: str
    merchant_serial: str  # of the merchant's certificate
    private_key: str = field(repr=False)
    api_v3_key: str = field(repr=False)
    platform_serial: str  # of WeChat's certificate, or the id of its public key (PUB_KEY_ID_…)
    platform_key: str
    next_platform_serial: str = ""  # while WeChat changes from one to the other, both are believed
    next_platform_key: str = ""
    notify_url: str = ""
    base_url: str = "https://api.mch.weixin.qq.com"

    def __post_init__(self) -> None:
        for name in ("merchant_id", "merchant_serial", "platform_serial"):
            if not word(getattr(self, name)):
                raise Misconfigured(f"{name} is not an id.")
        if len(self.api_v3_key.encode()) != 32:
            raise Misconfigured("api_v3_key has 32 characters.")
        if bool(self.next_platform_serial) != bool(self.next_platform_key):
            raise Misconfigured("next_platform_serial and next_platform_key go together.")
        if self.notify_url and not self.notify_url.startswith("https://"):
            raise Misconfigured("notify_url must begin with https://.")
        exchange.base_url("base_url", self.base_url)


class WeChatPay:
    name: ClassVar[str] = "wechat"
    capabilities: ClassVar[Capabilities] = Capabilities(
        partial=True,
        max_age_days=365,
        max_parts=50,
        currencies=frozenset({"CNY"}),
        redirects=True,
        answers=True,
        ask_after_seconds=60,
    )
    receipt: ClassVar[bytes] = b""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ours = signatures.private_key("private_key", settings.private_key)
        self._theirs = {
            settings.platform_serial: signatures.public_key("platform_key", settings.platform_key)
        }
        if settings.next_platform_serial:
            key = signatures.public_key("next_platform_key", settings.next_platform_key)
            self._theirs[settings.next_platform_serial] = key

    def refund(self, order: RefundOrder) -> Answer:
        if order.currency != "CNY":
            return Answer(State.FAILED, code="currency_not_possible")
        return exchange.unless_lost(lambda: self._told(REFUNDS, self._body(order), order))

    def query(self, order: RefundOrder, provider_id: str = "") -> Answer:
        return exchange.unless_lost(lambda: self._query(order))

    def redirect(self, order: RefundOrder, provider_id: str, to: BankCard | None) -> Answer:
        """The money waits at WeChat; it answers like ``refund`` and keeps the number."""
        path = f"{REFUNDS}/{quote(provider_id, safe='')}/apply-abnormal-refund"
        answer = exchange.unless_lost(lambda: self._told(path, self._elsewhere(order, to), order))
        return replace(answer, state=State.ABNORMAL) if answer.state == State.FAILED else answer

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> list[Notice]:
        self._check(headers, body)
        event = exchange.members(body)
        if not str(event.get("event_type", "")).startswith("REFUND."):
            return []
        return self._notices(event, exchange.members(self._opened(table(event.get("resource")))))

    def _body(self, order: RefundOrder) -> dict[str, object]:
        amount = {"refund": order.amount_minor, "total": order.paid_minor, "currency": order.currency}
        asked: dict[str, object] = {
            "transaction_id": order.payment_ref,
            "out_refund_no": order.request_no,
            "amount": amount,
        }
        if order.reason:
            asked["reason"] = order.reason.encode()[:80].decode(errors="ignore")
        if self._settings.notify_url:
            asked["notify_url"] = self._settings.notify_url
        return asked

    def _elsewhere(self, order: RefundOrder, to: BankCard | None) -> dict[str, object]:
        if to is None:
            return {"out_refund_no": order.request_no, "type": "MERCHANT_BANK_CARD"}
        return {
            "out_refund_no": order.request_no,
            "type": "USER_BANK_CARD",
            "bank_type": to.bank_type,
            "bank_account": self._sealed(to.account),
            "real_name": self._sealed(to.holder),
        }

    def _told(self, path: str, body: dict[str, object], order: RefundOrder) -> Answer:
        answer = self._send("POST", path, json.dumps(body, ensure_ascii=False).encode())
        if exchange.is_good(answer):
            return self._understood(answer, order)
        code = _refusal(answer)
        if code in _ABOUT_US:
            raise Lost(code)
        return Answer(State.ABNORMAL if code in _ACCOUNT_IS_GONE else State.FAILED, code=code)

    def _query(self, order: RefundOrder) -> Answer:
        answer = self._send("GET", f"{REFUNDS}/{order.request_no}")
        if exchange.is_good(answer):
            return self._understood(answer, order)
        code = _refusal(answer)
        if code != "RESOURCE_NOT_EXISTS":
            raise Lost(code)
        return Answer(State.FAILED, code=ABSENT)

    def _understood(self, answer: http.Answer, order: RefundOrder) -> Answer:
        """A success without WeChat's signature counts as forged, says its manual."""
        try:
            self._check(answer.headers, answer.body)
        except Unverified:
            raise Lost("unverified") from None
        refund = exchange.read(answer.body)
        amount = table(refund.get("amount"))
        if refund.get("out_refund_no") != order.request_no or amount.get("refund") != order.amount_minor:
            raise Lost("another_refund")
        return Answer(_state(refund.get("status")), word(refund.get("refund_id")))

    def _send(self, method: str, path: str, body: bytes = b"") -> http.Answer:
        url = self._settings.base_url.rstrip("/") + path
        target = httpx.URL(url).raw_path.decode()
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Authorization": self._authorization(method, target, body),
            "Wechatpay-Serial": self._settings.platform_serial,
        }
        return exchange.send(method, url, headers=headers, content=body)

    def _authorization(self, method: str, target: str, body: bytes) -> str:
        moment, nonce = str(int(time.time())), secrets.token_hex(16)
        signed = f"{method}\n{target}\n{moment}\n{nonce}\n".encode() + body + b"\n"
        parts = {
            "mchid": self._settings.merchant_id,
            "nonce_str": nonce,
            "signature": signatures.sign(self._ours, signed),
            "timestamp": moment,
            "serial_no": self._settings.merchant_serial,
        }
        return "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{name}="{value}"' for name, value in parts.items())

    def _check(self, headers: Mapping[str, str], body: bytes) -> None:
        given = exchange.heard(headers)
        moment, nonce, serial, signature = (given.get(f"wechatpay-{each}", "") for each in _SIGNED_WITH)
        key = self._theirs.get(serial)
        signed = f"{moment}\n{nonce}\n".encode() + body + b"\n"
        if key is None or not signatures.is_signed(key, signed, signature):
            raise Unverified
        signatures.check_moment(moment)

    def _opened(self, resource: dict[str, object]) -> bytes:
        """AEAD_AES_256_GCM, the tag at the end."""
        nonce, bound = (str(resource.get(name) or "").encode() for name in ("nonce", "associated_data"))
        try:
            sealed = base64.b64decode(str(resource.get("ciphertext")), validate=True)
            return AESGCM(self._settings.api_v3_key.encode()).decrypt(nonce, sealed, bound)
        except (InvalidTag, binascii.Error, ValueError):
            raise Unverified from None

    def _notices(self, event: dict[str, object], refund: dict[str, object]) -> list[Notice]:
        if refund.get("mchid") != self._settings.merchant_id:
            raise Unverified
        amount = table(refund.get("amount")).get("refund")
        notice = Notice(
            event_id=word(event.get("id")),
            request_no=word(refund.get("out_refund_no")),
            state=_state(refund.get("refund_status")),
            provider_id=word(refund.get("refund_id")),
            amount_minor=amount if isinstance(amount, int) else None,
        )
        return [notice] if notice.request_no else []

    def _sealed(self, secret: str) -> str:
        key: rsa.RSAPublicKey = self._theirs[self._settings.platform_serial]
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - WeChat's choice
        return base64.b64encode(key.encrypt(secret.encode(), oaep)).decode()


def _state(status: object) -> State:
    return _STATES.get(str(status), State.UNKNOWN)


def _refusal(answer: http.Answer) -> str:
    code = word(exchange.read(answer.body).get("code"))
    if not code:
        raise Lost("unreadable")
    return code


_SIGNED_WITH = ("timestamp", "nonce", "serial", "signature")
_STATES = {
    "PROCESSING": State.PROCESSING,
    "SUCCESS": State.SUCCEEDED,
    "ABNORMAL": State.ABNORMAL,
    "CLOSED": State.CLOSED,
}
_ACCOUNT_IS_GONE = frozenset({"USER_ACCOUNT_ABNORMAL"})
# Of our settings or their trouble, whatever the status: nothing about the refund.
_ABOUT_US = frozenset(
    {"SIGN_ERROR", "MCH_NOT_EXISTS", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "SYSTEM_ERROR"}
)
