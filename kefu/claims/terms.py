"""The body of a policy: everything that a brand promises after a sale, and asks for, as plain values.

``Terms.read`` takes what is stored with a policy or frozen in a claim; ``as_dict`` is what to store. Amounts are minor
units by currency, everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from django.utils.translation import gettext as _

from kefu.claims.machines import Kind
from kefu.claims.models.claims import Destination
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.termchoices import (
    Fault,
    LawProfile,
    Payer,
    PriceDifference,
    ShippingBack,
    WarrantyExclusion,
    WarrantyKind,
    WarrantyStart,
    WindowStart,
)
from kefu.claims.termfields import BadTerms, Limits, Words, in_language, read_group, written
from kefu.claims.termsheet import SHEET
from kefu.lib.money import Money
from kefu.orders.models import OrderStatus, ProductFlag


@dataclass(frozen=True, slots=True)
class Window:
    """Until when goods may come back. ``days`` without a reason; the two others when the goods are at fault, where
    they are longer. None is for ever.
    """

    accept_returns: bool = True
    accept_exchanges: bool = True
    days: int | None = 7
    fault_days: int | None = 7
    exchange_days: int | None = 15
    start: WindowStart = WindowStart.DELIVERED_NEXT_DAY
    extend: bool = False
    once_per_order: bool = False


@dataclass(frozen=True, slots=True)
class BeforeShipment:
    """What a customer may still do about an order; each while it is in one of these states.

    ``final_after_items``: once its items were changed, the order is neither changed again nor cancelled.
    """

    cancel_while: tuple[OrderStatus, ...] = (OrderStatus.PENDING,)
    change_while: tuple[OrderStatus, ...] = (OrderStatus.PENDING,)
    change_address: bool = True
    change_items: bool = True
    change_payment: bool = True
    final_after_items: bool = False


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What cannot come back without a reason."""

    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    flags: tuple[ProductFlag, ...] = ()
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """What returned goods must be like, beyond the right that the law gives."""

    unused: bool = False
    original_packaging: bool = False
    accessories: bool = False
    tags: bool = False
    sealed: bool = False

    def asked(self) -> tuple[str, ...]:
        return tuple(each.name for each in fields(self) if getattr(self, each.name))


@dataclass(frozen=True, slots=True)
class Proof:
    order_record: bool = True
    invoice: bool = True
    receipt: bool = True
    serial: bool = True
    reason_needed_for: tuple[Kind, ...] = tuple(Kind)
    max_photos: int = 9


@dataclass(frozen=True, slots=True)
class Reason:
    """``kinds``: for which claims it is offered. ``whole``: the whole price goes back, not an amount that a person
    sets. Who pays the freight follows from whose fault it is.
    """

    code: str = ""
    kinds: tuple[Kind, ...] = (Kind.RETURN,)
    labels: Words = field(default_factory=dict)
    fault: Fault = Fault.CUSTOMER
    evidence: tuple[EvidenceKind, ...] = ()
    whole: bool = True

    @property
    def label(self) -> str:
        return in_language(self.labels) or self.code

    @property
    def blames_us(self) -> bool:
        """The goods or their way are at fault, not the customer's mind."""
        return self.fault in (Fault.MERCHANT, Fault.CARRIER, Fault.MANUFACTURER)


@dataclass(frozen=True, slots=True)
class Exchange:
    """``any_method``: what an item costs less goes to whichever of the customer's methods they name; else only where
    refunds go.
    """

    same_product_only: bool = True
    same_item_again: bool = True
    price_difference: PriceDifference = PriceDifference.SETTLE
    any_method: bool = False
    advance: bool = False


@dataclass(frozen=True, slots=True)
class MoneyTerms:
    """``label_fee``: what a return label of ours costs whoever pays the freight. ``arrival``: how long the bank takes,
    in words; it is no deadline of ours.
    """

    freight_without_fault: Payer = Payer.CUSTOMER
    freight_with_fault: Payer = Payer.MERCHANT
    freight_unknown: Payer = Payer.CUSTOMER
    label_fee: Limits = field(default_factory=dict)
    restocking_fee_bp: int = 0
    destinations: tuple[Destination, ...] = (Destination.ORIGINAL,)
    shipping_back: ShippingBack = ShippingBack.NEVER
    arrival: Words = field(default_factory=dict)

    def freight_payer(self, fault: Fault) -> Payer:
        if fault == Fault.UNKNOWN:
            return self.freight_unknown
        return self.freight_without_fault if fault == Fault.CUSTOMER else self.freight_with_fault


@dataclass(frozen=True, slots=True)
class Approval:
    """None is no limit; a currency that a limit does not name has the limit of nothing."""

    automatic: bool = False
    automatic_up_to: Limits | None = field(default_factory=dict)
    agent_limit: Limits | None = field(default_factory=dict)
    four_eyes_over: Limits | None = None
    before_goods: bool = False

    def at_once(self, amount: Money) -> bool:
        return self.automatic and _within(self.automatic_up_to, amount)

    def by_an_agent(self, amount: Money) -> bool:
        return _within(self.agent_limit, amount)

    def by_one_alone(self, amount: Money) -> bool:
        return _within(self.four_eyes_over, amount)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Calendar days. Inspection and refund are counted from when we have the goods."""

    ship_by_days: int = 7
    inspect_within_days: int = 3
    refund_within_days: int = 7
    answer_days: int = 14
    appeal_days: int = 15
    reopen_days: int = 30


@dataclass(frozen=True, slots=True)
class WarrantyTerms:
    """``months`` holds where a product says nothing itself; ``parts`` likewise."""

    months: int = 12
    kind: WarrantyKind = WarrantyKind.UNSTATED
    beside_the_law: bool = True
    start: WarrantyStart = WarrantyStart.DELIVERED
    consumables: bool = False
    parts: Mapping[str, int] = field(default_factory=dict)
    exclusions: tuple[WarrantyExclusion, ...] = ()
    pauses: bool = True
    restarts: bool = True
    max_repairs_before_swap: int = 2
    max_repair_days: int = 30
    max_parts_days: int = 90


@dataclass(frozen=True, slots=True)
class Terms:
    law_profile: LawProfile = LawProfile.NONE
    window: Window = Window()
    before_shipment: BeforeShipment = BeforeShipment()
    exclusions: Exclusions = Exclusions()
    condition: Condition = Condition()
    proof: Proof = Proof()
    reasons: tuple[Reason, ...] = ()
    exchange: Exchange = Exchange()
    money: MoneyTerms = MoneyTerms()
    approval: Approval = Approval()
    clocks: Clocks = Clocks()
    warranty: WarrantyTerms = WarrantyTerms()

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Terms:
        """Raises ``BadTerms`` with a sentence, in the language of the page, for each field that does not fit."""
        problems: dict[str, str] = {}
        for name in sorted(set(map(str, body)) - {"law_profile", "reasons", *GROUPS}):
            problems[name[:120]] = _("There is no such field.")
        found = {
            name: read_group(kind, SHEET[name], body.get(name, {}), name, problems)
            for name, kind in GROUPS.items()
        }
        profile = _read_profile(body.get("law_profile", ""), problems)
        reasons = _read_reasons(body.get("reasons", []), problems)
        if problems:
            raise BadTerms(problems)
        return cls(law_profile=profile, reasons=reasons, **found)

    def as_dict(self) -> dict[str, Any]:
        groups = {name: written(getattr(self, name), SHEET[name]) for name in GROUPS}
        reasons = [written(reason, SHEET["reason"]) for reason in self.reasons]
        return {"law_profile": str(self.law_profile), "reasons": reasons, **groups}

    def reasons_for(self, kind: str) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if kind in reason.kinds)

    def reason(self, code: str) -> Reason | None:
        return next((reason for reason in self.reasons if reason.code == code), None)


GROUPS: dict[str, type[Any]] = {
    "window": Window,
    "before_shipment": BeforeShipment,
    "exclusions": Exclusions,
    "condition": Condition,
    "proof": Proof,
    "exchange": Exchange,
    "money": MoneyTerms,
    "approval": Approval,
    "clocks": Clocks,
    "warranty": WarrantyTerms,
}


def _read_profile(value: Any, problems: dict[str, str]) -> LawProfile:
    if value in LawProfile.values:
        return LawProfile(value)
    problems["law_profile"] = _("Choose one of the options offered.")
    return LawProfile.NONE


def _read_reasons(value: Any, problems: dict[str, str]) -> tuple[Reason, ...]:
    if not isinstance(value, list) or len(value) > 60:
        problems["reasons"] = _("This part of the terms cannot be read.")
        return ()
    reasons = tuple(
        read_group(Reason, SHEET["reason"], given, f"reasons.{place}", problems)
        for place, given in enumerate(value)
    )
    seen: set[str] = set()
    for place, reason in enumerate(reasons):
        if not reason.code or reason.code in seen:
            problems.setdefault(f"reasons.{place}.code", _("Every reason needs its own code."))
        seen.add(reason.code)
    return reasons


def _within(limits: Limits | None, amount: Money) -> bool:
    return limits is None or amount.minor <= limits.get(amount.currency, 0)
