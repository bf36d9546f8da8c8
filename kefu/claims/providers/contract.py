"""What Kefu asks of every payment provider, and what it may hear back.

Amounts are whole minor units of an ISO 4217 currency (fen, cents; JPY has none, KWD has three digits).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

ABSENT = "absent"
"""The code of a ``FAILED`` answer to ``query``: this number never arrived. Send it again under the same number."""


class State(StrEnum):
    """A refund as its provider sees it."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # no money moved under this number; it may be sent again under the same one
    ABNORMAL = "abnormal"  # the card or account is closed or frozen: another destination is needed
    CLOSED = "closed"  # the provider gave this number up: another number is needed
    UNKNOWN = "unknown"  # nothing is known of this number: ask, never send under another one


class Unverified(Exception):
    """A notice that nobody we trust has signed, or signed too long ago. The door answers 401 and keeps nothing."""


class Misconfigured(ValueError):
    """Settings that cannot work. Names the field, never its value."""


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """One movement of money back. The same number always carries the same payment, amount and currency."""

    request_no: str
    payment_ref: str  # the provider's own name of the payment
    amount_minor: int
    currency: str
    paid_minor: int  # the whole payment: WeChat Pay wants to hear it again
    reason: str = field(default="", repr=False)  # may be shown to the customer by the provider

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.request_no):
            raise ValueError("A request number is 1 to 64 letters, digits, - and _.")
        if not self.payment_ref:
            raise ValueError("A refund needs the payment that it goes back on.")
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise ValueError("A currency is three capital letters.")
        if not 0 < self.amount_minor <= self.paid_minor:
            raise ValueError("A refund is more than nothing and at most what was paid.")


@dataclass(frozen=True, slots=True)
class Answer:
    """``code`` is the provider's or ours, short and without text, fit for an event."""

    state: State
    provider_id: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """News that a provider brought by itself: may come twice, late, and in the wrong order.

    ``FAILED`` after ``SUCCEEDED`` is true news: the bank sent the money back to us (reversed).
    """

    event_id: str  # the same for every delivery of the same news
    request_no: str
    state: State
    provider_id: str = ""
    code: str = ""
    amount_minor: int | None = None  # None: the provider does not say; otherwise it must be the refund's


@dataclass(frozen=True, slots=True)
class Capabilities:
    partial: bool
    max_age_days: int | None  # since the payment; None: no general limit
    max_parts: int | None  # refunds of one payment
    currencies: frozenset[str] | None  # None: any
    redirects: bool  # an abnormal refund can be sent elsewhere: the adapter is ``Redirecting``
    answers: bool  # can be asked; otherwise a person says what became of it
    ask_after_seconds: int = 0  # asked sooner, the provider may deny what it is about to do


@dataclass(frozen=True, slots=True)
class BankCard:
    """A customer's own card for an abnormal refund. Lives as long as the call and is never stored."""

    bank_type: str
    account: str = field(repr=False)
    holder: str = field(repr=False)


class Provider(Protocol):
    """``refund`` and ``query`` never raise for what a provider or the network does: a lost answer is
    ``UNKNOWN``, a refusal is ``FAILED`` with its code."""

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    receipt: ClassVar[bytes]  # the body that a webhook's sender wants to see, with status 200

    def refund(self, order: RefundOrder) -> Answer:
        """Sends, or sends again: the same number moves money once at most."""

    def query(self, order: RefundOrder, provider_id: str = "") -> Answer:
        """What became of this number. ``FAILED`` with code ``ABSENT``: it never arrived."""

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> list[Notice]:
        """The news in a notice, none if it is about something else. Raises ``Unverified``."""


@runtime_checkable
class Redirecting(Protocol):
    """A provider that can send an abnormal refund somewhere else."""

    def redirect(self, order: RefundOrder, provider_id: str, to: BankCard | None) -> Answer:
        """To the customer's card, or with ``None`` back to the merchant's own account. Refused, the refund
        stays ``ABNORMAL``, with the code."""
