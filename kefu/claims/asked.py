"""What somebody asks after a sale, and what they are answered: plain values, nothing stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from kefu.claims.models import Policy
from kefu.claims.terms import Terms
from kefu.orders.models import Order, OrderLine, PaymentMethod, RegisteredProduct, Variant
from kefu.people.models import Brand, Customer


@dataclass(frozen=True)
class AskedLine:
    """Of one order line, or of one registered unit. ``condition`` is what the customer declares: ``unused``,
    ``original_packaging``, ``accessories``, ``tags``, ``sealed``; left out means not said.
    """

    order_line: OrderLine | None = None
    registered: RegisteredProduct | None = None
    qty: int = 1
    reason: str = ""
    condition: dict[str, bool] = field(default_factory=dict)
    wanted: str = "refund"
    new_variant: Variant | None = None


@dataclass(frozen=True)
class Asked:
    """``refund_to`` is where money goes, or in an exchange what a difference is settled with."""

    kind: str
    brand: Brand
    customer: Customer
    order: Order | None
    lines: tuple[AskedLine, ...]
    destination: str = "original"
    refund_to: PaymentMethod | None = None
    channel: str = "portal"


class Outcome(StrEnum):
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    NEEDS_REVIEW = "needs_review"


@dataclass(frozen=True)
class Judged:
    """One rule's answer, as ``Verdict`` stores it. ``facts`` hold numbers, dates and codes, nothing about a person."""

    rule: str
    outcome: str  # pass, fail, review
    basis: str  # law, brand_policy, data
    article: str = ""
    line_index: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LineMoney:
    """Of one asked line, in minor units. ``amount`` is what was paid for this quantity, ``items`` and ``tax`` its
    parts; ``deduction`` is 0 or less. ``difference`` is what the new item costs more (less than 0: costs less).
    """

    items: int = 0
    tax: int = 0
    deduction: int = 0
    new_price: int | None = None
    difference: int = 0

    @property
    def amount(self) -> int:
        return self.items + self.tax


@dataclass(frozen=True)
class Breakdown:
    """What goes back, in minor units: ``items + tax + shipping + deduction + freight == total``, of which the last two
    are 0 or less. ``difference`` > 0 is what the customer has to pay for an exchange.
    """

    currency: str
    items: int = 0
    tax: int = 0
    shipping: int = 0
    deduction: int = 0
    freight: int = 0
    difference: int = 0

    @property
    def total(self) -> int:
        return self.items + self.tax + self.shipping + self.deduction + self.freight

    def as_dict(self) -> dict[str, int]:
        """As ``Refund.breakdown`` has it."""
        return {
            "items": self.items,
            "tax": self.tax,
            "shipping": self.shipping,
            "deduction": self.deduction,
            "freight": self.freight,
        }


@dataclass(frozen=True)
class Dates:
    """``window_last_day`` is the last day for asking, by the goods whose day comes first. ``ship_by`` counts from an
    approval at the moment of the preview. Where goods come back, ``refund_by`` is not known before they are here: how
    many days inspection and refund take from then on is (see ``kefu.claims.dates``).
    """

    window_last_day: date | None = None
    ship_by: datetime | None = None
    refund_by: datetime | None = None
    inspect_within_days: int | None = None
    refund_within_days: int | None = None
    arrival_text: str = ""


@dataclass(frozen=True)
class Preview:
    """``automatic``: what is eligible may be approved without a person. ``evidence``: for each asked line what must be
    handed in. ``prepare``: keys with words in ``kefu.claims.sentences``. ``freight_payer`` is "" where nothing is sent.
    """

    outcome: Outcome
    verdicts: list[Judged]
    lines: list[LineMoney]
    money: Breakdown
    destinations: list[str]
    prepare: list[str]
    evidence: list[tuple[str, ...]]
    dates: Dates
    automatic: bool
    freight_payer: str
    policy: Policy | None
    terms: Terms

    @property
    def refused_by(self) -> list[Judged]:
        return [one for one in self.verdicts if one.outcome == "fail"]
