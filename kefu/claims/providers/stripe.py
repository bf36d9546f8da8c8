"""Stripe: refunds over its form-encoded API (docs.stripe.com/api/refunds), webhooks signed with HMAC.

Stripe forgets an idempotency key after a day, so a refund is first looked for by the number in its metadata.
A key also remembers a refusal for that day, so what is sent again after one gets the next key of its number:
``K``, ``K.2``, ``K.3``. Which one is next follows from Stripe's own answers: two senders arrive at the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import quote, urlencode

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
from kefu.claims.providers.exchange import Lost, table, word
from kefu.lib import http

VERSION = "2025-04-30.basil"


@dataclass(frozen=True, slots=True)
class Settings:
    secret_key: str = field(repr=False)
    webhook_secret: str = field(default="", repr=False)
    base_url: str = "https://api.stripe.com"

    def __post_init__(self) -> None:
        if not (self.secret_key.isascii() and self.secret_key.isprintable() and self.secret_key.strip()):
            raise Misconfigured("secret_key is not a key.")
        exchange.base_url("base_url", self.base_url)


class Stripe:
    name: ClassVar[str] = "stripe"
    capabilities: ClassVar[Capabilities] = Capabilities(
        partial=True, max_age_days=None, max_parts=None, currencies=None, redirects=False, answers=True
    )
    receipt: ClassVar[bytes] = b""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def refund(self, order: RefundOrder) -> Answer:
        if to_stripe(order.amount_minor, order.currency) is None:
            return Answer(State.FAILED, code="amount_not_possible")
        return exchange.unless_lost(lambda: self._refund(order))

    def query(self, order: RefundOrder, provider_id: str = "") -> Answer:
        return exchange.unless_lost(lambda: self._query(order, provider_id))

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> list[Notice]:
        if not self._settings.webhook_secret:
            raise Unverified
        signature = exchange.heard(headers).get("stripe-signature", "")
        signatures.check_stamped(self._settings.webhook_secret, signature, body)
        event = exchange.members(body)
        refund = table(table(event.get("data")).get("object"))
        return [_notice(event, refund)] if _is_ours(refund) else []

    def _refund(self, order: RefundOrder) -> Answer:
        made = self._made(order) or []
        standing = [refund for refund in made if refund.get("status") != "failed"]
        if standing:
            return _answer(standing[0], order)
        return self._sent(order, first=len(made) + 1)

    def _query(self, order: RefundOrder, provider_id: str) -> Answer:
        if provider_id:
            return _answer(self._found(f"/v1/refunds/{quote(provider_id, safe='')}"), order)
        made = self._made(order)
        if made is None:  # nor the payment: perhaps it is another account's key
            raise Lost("resource_missing")
        standing = [refund for refund in made if refund.get("status") != "failed"] or made
        return _answer(standing[0], order) if standing else Answer(State.FAILED, code=ABSENT)

    def _made(self, order: RefundOrder) -> list[dict[str, object]] | None:
        """This number's refunds, newest first; ``None`` if there is no such payment."""
        made: list[dict[str, object]] = []
        asked = {_payment_field(order): order.payment_ref, "limit": "100"}
        while True:
            try:
                page = self._found(f"/v1/refunds?{urlencode(asked)}")
            except _Missing:
                return None
            refunds = [table(each) for each in _list(page)]
            made += [each for each in refunds if _number(each) == order.request_no]
            if not page.get("has_more") or not refunds:
                return made
            asked["starting_after"] = word(refunds[-1].get("id"))

    def _sent(self, order: RefundOrder, *, first: int) -> Answer:
        for turn in range(first, first + _MOST_KEYS):
            answer = self._posted(order, turn)
            if exchange.is_good(answer):
                return _answer(exchange.read(answer.body), order)
            code = _refusal(answer)
            if answer.headers.get("idempotent-replayed") != "true":
                break
        return Answer(State.FAILED, code=code)

    def _posted(self, order: RefundOrder, turn: int) -> http.Answer:
        form = {
            _payment_field(order): order.payment_ref,
            "amount": str(to_stripe(order.amount_minor, order.currency)),
            "reason": "requested_by_customer",
            "metadata[request_no]": order.request_no,
        }
        key = order.request_no if turn == 1 else f"{order.request_no}.{turn}"
        headers = {"Idempotency-Key": key, "Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", "/v1/refunds", headers, urlencode(form).encode())

    def _found(self, path: str) -> dict[str, object]:
        answer = self._send("GET", path, {})
        if exchange.is_good(answer):
            return exchange.read(answer.body)
        code = _refusal(answer)
        raise _Missing(code) if code == "resource_missing" else Lost(code)

    def _send(self, method: str, path: str, headers: Mapping[str, str], content: bytes = b"") -> http.Answer:
        trusted = {"Authorization": f"Bearer {self._settings.secret_key}", "Stripe-Version": VERSION}
        url = self._settings.base_url.rstrip("/") + path
        return exchange.send(method, url, headers={**trusted, **headers}, content=content)


def to_stripe(minor: int, currency: str) -> int | None:
    """Stripe's own units (docs.stripe.com/currencies#special-cases); ``None`` for what it cannot say.

    It takes króna and Uganda shilling with two digits that must be zero, ariary with none, and dinars of
    three digits only in tens.
    """
    if currency in _TWO_ZEROS:
        return minor * 100
    if currency == "MGA":
        return None if minor % 100 else minor // 100
    if currency in _IN_TENS and minor % 10:
        return None
    return minor


def from_stripe(amount: int, currency: str) -> int | None:
    if currency in _TWO_ZEROS:
        return None if amount % 100 else amount // 100
    return amount * 100 if currency == "MGA" else amount


class _Missing(Lost):
    """Stripe knows no such thing."""


def _answer(refund: dict[str, object], order: RefundOrder) -> Answer:
    if _number(refund) != order.request_no or _amount(refund) != order.amount_minor:
        raise Lost("another_refund")
    if str(refund.get("currency", "")).upper() != order.currency:
        raise Lost("another_refund")
    return Answer(_state(refund), word(refund.get("id")), _code(refund))


def _notice(event: dict[str, object], refund: dict[str, object]) -> Notice:
    return Notice(
        event_id=word(event.get("id")),
        request_no=_number(refund),
        state=_state(refund),
        provider_id=word(refund.get("id")),
        code=_code(refund),
        amount_minor=_amount(refund),
    )


def _is_ours(refund: dict[str, object]) -> bool:
    """Others are made in Stripe's own dashboard, or are charges, payouts and the like."""
    return refund.get("object") == "refund" and bool(_number(refund))


def _state(refund: dict[str, object]) -> State:
    if refund.get("status") == "failed" and refund.get("failure_reason") in _CARD_IS_GONE:
        return State.ABNORMAL
    return _STATES.get(str(refund.get("status")), State.UNKNOWN)


def _code(refund: dict[str, object]) -> str:
    return word(refund.get("failure_reason") or refund.get("pending_reason"))


def _amount(refund: dict[str, object]) -> int | None:
    amount = refund.get("amount")
    return from_stripe(amount, str(refund.get("currency", "")).upper()) if isinstance(amount, int) else None


def _number(refund: dict[str, object]) -> str:
    return word(table(refund.get("metadata")).get("request_no"))


def _list(page: dict[str, object]) -> list[object]:
    found = page.get("data")
    if not isinstance(found, list):
        raise Lost("unreadable")
    return found


def _refusal(answer: http.Answer) -> str:
    """The code of a refusal; of what says nothing about the refund itself, ``Lost``."""
    error = table(exchange.read(answer.body).get("error"))
    code = word(error.get("code") or error.get("type"))
    if not code:
        raise Lost("unreadable")
    if answer.status == 403 or error.get("type") in ("idempotency_error", "api_error"):
        raise Lost(code)
    return code


def _payment_field(order: RefundOrder) -> str:
    return "payment_intent" if order.payment_ref.startswith("pi_") else "charge"


_MOST_KEYS = 8
_STATES = {
    "pending": State.PROCESSING,
    "requires_action": State.PROCESSING,
    "succeeded": State.SUCCEEDED,
    "failed": State.FAILED,
    "canceled": State.CLOSED,
}
_CARD_IS_GONE = frozenset({"lost_or_stolen_card", "expired_or_canceled_card"})
_TWO_ZEROS = frozenset({"ISK", "UGX"})
_IN_TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
