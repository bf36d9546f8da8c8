"""Alipay's open gateway with RSA2: refund, query of a refund, and the notices of a trade.

Alipay has no ids for refunds: a refund is its payment and our number. ``fund_change`` Y says that money moved
with this very request; without it the query decides, some seconds later. Nothing it says unsigned is believed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

from kefu.claims.providers import exchange, signatures
from kefu.claims.providers.contract import (
    ABSENT,
    Answer,
    Capabilities,
    Misconfigured,
    Notice,
    RefundOrder,
    State,
    Unverified,
)
from kefu.claims.providers.exchange import Lost, word

BEIJING = timezone(timedelta(hours=8))
NOTICES_LIVE = timedelta(hours=48)
"""Alipay repeats an unheard notice for 25 hours."""


@dataclass(frozen=True, slots=True)
class Settings:
    app_id: str
    private_key: str = field(repr=False)
    alipay_public_key: str
    base_url: str = "https://openapi.alipay.com/gateway.do"

    def __post_init__(self) -> None:
        if not word(self.app_id):
            raise Misconfigured("app_id is not an id.")
        exchange.base_url("base_url", self.base_url)


class Alipay:
    name: ClassVar[str] = "alipay"
    capabilities: ClassVar[Capabilities] = Capabilities(
        partial=True,
        max_age_days=None,  # by contract with each merchant
        max_parts=None,
        currencies=frozenset({"CNY"}),
        redirects=False,
        answers=True,
        ask_after_seconds=10,
    )
    receipt: ClassVar[bytes] = b"success"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ours = signatures.private_key("private_key", settings.private_key)
        self._theirs = signatures.public_key("alipay_public_key", settings.alipay_public_key)

    def refund(self, order: RefundOrder) -> Answer:
        if order.currency != "CNY":
            return Answer(State.FAILED, code="currency_not_possible")
        return exchange.unless_lost(lambda: self._refund(order))

    def query(self, order: RefundOrder, provider_id: str = "") -> Answer:
        return exchange.unless_lost(lambda: self._query(order))

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> list[Notice]:
        told = self._verified(body)
        _check_age(told.get("notify_time", ""))
        number = word(told.get("out_biz_no"))
        if not (told.get("gmt_refund") and number):  # a payment, or a closing: not ours to tell
            return []
        return [Notice(word(told.get("notify_id")), number, State.SUCCEEDED, word(told.get("trade_no")))]

    def _refund(self, order: RefundOrder) -> Answer:
        asked = {
            "trade_no": order.payment_ref,
            "refund_amount": yuan(order.amount_minor),
            "out_request_no": order.request_no,
        }
        if order.reason:
            asked["refund_reason"] = order.reason[:80]
        told = self._told("alipay.trade.refund", asked)
        if told.get("code") == "10000" and told.get("fund_change") == "Y":
            return Answer(State.SUCCEEDED, word(told.get("trade_no")))
        refusal = "" if told.get("code") == "10000" else _refusal(told)
        if refusal == "ACQ.TRADE_NOT_EXIST":
            return Answer(State.FAILED, code=refusal)
        return self._unless_moved_before(order, refusal)

    def _unless_moved_before(self, order: RefundOrder, refusal: str) -> Answer:
        """A repeat may be told N, or be refused, because the first one moved the money and its answer got lost."""
        before = self._query(order)
        if before.state == State.SUCCEEDED:
            return before
        elif refusal:
            return Answer(State.FAILED, code=refusal)
        else:
            return Answer(State.UNKNOWN, code="fund_change_N")

    def _query(self, order: RefundOrder) -> Answer:
        asked = {"trade_no": order.payment_ref, "out_request_no": order.request_no}
        told = self._told("alipay.trade.fastpay.refund.query", asked)
        if told.get("code") != "10000":
            raise Lost(_refusal(told))
        if told.get("refund_status") is None:  # never arrived, or failed
            return Answer(State.FAILED, code=ABSENT)
        if told["refund_status"] != "REFUND_SUCCESS":
            raise Lost("status_not_known")
        if told.get("out_request_no") != order.request_no or _fen(told) != order.amount_minor:
            raise Lost("another_refund")
        return Answer(State.SUCCEEDED, word(told.get("trade_no")))

    def _told(self, method: str, asked: dict[str, str]) -> dict[str, object]:
        content = {"biz_content": json.dumps(asked, ensure_ascii=False)}
        named = {
            "app_id": self._settings.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": datetime.now(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
        }
        named["sign"] = signatures.sign(self._ours, _in_order({**named, **content}))
        answer = exchange.send(
            "POST",
            f"{self._settings.base_url.rstrip('/')}?{urlencode(named)}",
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
            content=urlencode(content).encode(),
        )
        return self._believed(answer.body, method.replace(".", "_") + "_response")

    def _believed(self, body: bytes, node: str) -> dict[str, object]:
        """The signature is over the node's own characters, so they are cut out of the answer, not written anew."""
        parts = spans(body)
        text = parts.get(node) or parts.get("error_response", "")
        told = exchange.members(text)
        if not told:
            raise Lost("unreadable")
        if not self._is_signed(text, str(json.loads(parts.get("sign", "null")))):
            raise Lost(word(told.get("sub_code") or told.get("code")) or "unverified")
        return told

    def _is_signed(self, text: str, signature: str) -> bool:
        """Sometimes Alipay signs slashes as they are and writes them escaped (so its own packages say)."""
        return any(
            signatures.is_signed(self._theirs, each.encode(), signature)
            for each in {text, text.replace("\\/", "/")}
        )

    def _verified(self, body: bytes) -> dict[str, str]:
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
        except ValueError:
            raise Unverified from None
        told = dict(pairs)
        signature, kind = told.pop("sign", ""), told.pop("sign_type", "")
        if len(told) + 2 != len(pairs) or kind != "RSA2" or told.get("app_id") != self._settings.app_id:
            raise Unverified
        if not signatures.is_signed(self._theirs, _in_order(told), signature):
            raise Unverified
        return told


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def spans(body: bytes) -> dict[str, str]:
    """The members of a JSON object as they were written; nothing if it is none."""
    try:
        return _spans(body.decode())
    except (ValueError, IndexError, RecursionError):
        return {}


def _spans(text: str) -> dict[str, str]:
    decoder, found = json.JSONDecoder(), {}
    at = _expected(text, 0, "{")
    while True:
        name, at = decoder.raw_decode(text, _past_blanks(text, at))
        begins = _past_blanks(text, _expected(text, at, ":"))
        _, at = decoder.raw_decode(text, begins)
        found[str(name)] = text[begins:at]
        at = _past_blanks(text, at)
        if text[at] != ",":
            return found
        at += 1


def _expected(text: str, at: int, mark: str) -> int:
    at = _past_blanks(text, at)
    if text[at] != mark:
        raise ValueError(mark)
    return at + 1


def _past_blanks(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _in_order(named: Mapping[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in sorted(named.items())).encode()


def _refusal(told: dict[str, object]) -> str:
    """The code of a refusal of the matter; of the gateway's or our own trouble, ``Lost``."""
    code = word(told.get("sub_code") or told.get("code"))
    if told.get("code") != "40004" or code.endswith(".SYSTEM_ERROR") or not code.startswith("ACQ."):
        raise Lost(code or "unreadable")
    return code


def _fen(told: dict[str, object]) -> int | None:
    try:
        fen = Decimal(str(told.get("refund_amount"))) * 100
    except InvalidOperation:
        return None
    return int(fen) if fen.is_finite() and fen == fen.to_integral_value() else None


def _check_age(written: str) -> None:
    try:
        moment = datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        raise Unverified from None
    if abs(datetime.now(BEIJING) - moment) > NOTICES_LIVE:
        raise Unverified
