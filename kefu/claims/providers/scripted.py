"""The provider of tests and the demo: its server (``scripted_server``) does to a refund what a script says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

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
from kefu.claims.providers.exchange import Lost, word

SIGNATURE = "Scripted-Signature"


@dataclass(frozen=True, slots=True)
class Settings:
    base_url: str
    secret: str = field(repr=False)
    seconds: str = "20"  # how long an answer is waited for

    def __post_init__(self) -> None:
        exchange.base_url("base_url", self.base_url)
        if not self.secret.isascii() or not self.secret.isalnum():
            raise Misconfigured("secret has letters and digits.")
        try:
            float(self.seconds)
        except ValueError:
            raise Misconfigured("seconds is a number.") from None


class Scripted:
    name: ClassVar[str] = "scripted"
    capabilities: ClassVar[Capabilities] = Capabilities(
        partial=True, max_age_days=365, max_parts=50, currencies=None, redirects=True, answers=True
    )
    receipt: ClassVar[bytes] = b"ok"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def refund(self, order: RefundOrder) -> Answer:
        return exchange.unless_lost(lambda: self._told("/refunds", order))

    def query(self, order: RefundOrder, provider_id: str = "") -> Answer:
        return exchange.unless_lost(lambda: self._query(order))

    def redirect(self, order: RefundOrder, provider_id: str, to: BankCard | None) -> Answer:
        answer = exchange.unless_lost(lambda: self._told(f"/refunds/{order.request_no}/redirect", order))
        return replace(answer, state=State.ABNORMAL) if answer.state == State.FAILED else answer

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> list[Notice]:
        signatures.check_stamped(
            self._settings.secret, exchange.heard(headers).get(SIGNATURE.lower(), ""), body
        )
        told = exchange.members(body)
        if not told:
            raise Unverified
        amount = told.get("amount_minor")
        return [
            Notice(
                event_id=word(told.get("event_id")),
                request_no=word(told.get("request_no")),
                state=_state(told),
                provider_id=word(told.get("id")),
                code=word(told.get("code")),
                amount_minor=amount if isinstance(amount, int) else None,
            )
        ]

    def _told(self, path: str, order: RefundOrder) -> Answer:
        told = {
            "request_no": order.request_no,
            "payment_ref": order.payment_ref,
            "amount_minor": order.amount_minor,
            "currency": order.currency,
            "paid_minor": order.paid_minor,
        }
        status, answer = self._exchanged("POST", path, json.dumps(told).encode())
        if status == 422:
            return Answer(State.FAILED, code=word(answer.get("code")))
        return _understood(answer, order)

    def _query(self, order: RefundOrder) -> Answer:
        status, answer = self._exchanged("GET", f"/refunds/{order.request_no}")
        if status == 404 and answer.get("code") == ABSENT:
            return Answer(State.FAILED, code=ABSENT)
        return _understood(answer, order)

    def _exchanged(self, method: str, path: str, content: bytes = b"") -> tuple[int, dict[str, object]]:
        answer = exchange.send(
            method,
            self._settings.base_url.rstrip("/") + path,
            headers={"Authorization": f"Bearer {self._settings.secret}", "Content-Type": "application/json"},
            content=content,
            seconds=float(self._settings.seconds),
        )
        return answer.status, exchange.read(answer.body)


def _understood(told: dict[str, object], order: RefundOrder) -> Answer:
    if told.get("request_no") != order.request_no or told.get("amount_minor") != order.amount_minor:
        raise Lost("another_refund")
    return Answer(_state(told), word(told.get("id")), word(told.get("code")))


def _state(told: dict[str, object]) -> State:
    try:
        return State(str(told.get("state")))
    except ValueError:
        return State.UNKNOWN
