"""Terms to begin with. Every one of them may be published as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.claims.machines import Kind
from kefu.claims.models.claims import Destination
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.termchoices import (
    Fault,
    LawProfile,
    Payer,
    ShippingBack,
    WarrantyExclusion,
    WarrantyKind,
    WarrantyStart,
    WindowStart,
)
from kefu.claims.terms import (
    Approval,
    BeforeShipment,
    Clocks,
    Condition,
    Exchange,
    Exclusions,
    MoneyTerms,
    Proof,
    Reason,
    Terms,
    WarrantyTerms,
    Window,
)
from kefu.orders.models import OrderStatus, ProductFlag


class Preset(NamedTuple):
    name: str | Promise
    about: str | Promise
    terms: Terms


GOODS = (Kind.RETURN, Kind.EXCHANGE)
PHOTO = (EvidenceKind.PHOTO,)


def _reason(
    code: str,
    kinds: tuple[Kind, ...],
    english: str,
    chinese: str,
    fault: Fault = Fault.CUSTOMER,
    evidence: tuple[EvidenceKind, ...] = (),
    *,
    whole: bool = True,
) -> Reason:
    return Reason(code, kinds, {"zh-hans": chinese, "en": english}, fault, evidence, whole)


CANCELLING = (
    _reason("no_longer_needed", (Kind.CANCELLATION,), "No longer needed", "不再需要"),
    _reason("ordered_by_mistake", (Kind.CANCELLATION,), "Ordered by mistake", "下错单了"),
)
REASONS = (
    *CANCELLING,
    _reason("changed_mind", GOODS, "Changed my mind", "不想要了"),
    _reason("wrong_size", GOODS, "Wrong size or colour", "尺码或颜色不合适"),
    _reason("defective", GOODS, "It does not work properly", "商品有质量问题", Fault.MANUFACTURER, PHOTO),
    _reason("damaged", GOODS, "It arrived damaged", "收到时已损坏", Fault.CARRIER, PHOTO),
    _reason("wrong_item", GOODS, "Another item was sent", "发错商品", Fault.MERCHANT, PHOTO),
    _reason("not_as_described", GOODS, "Not as described", "与描述不符", Fault.MERCHANT, PHOTO),
    _reason("other", GOODS, "Another reason", "其他原因", Fault.UNKNOWN),
    _reason("missing_item", (Kind.REFUND_ONLY,), "Something is missing", "少发了商品", Fault.MERCHANT, PHOTO),
    _reason("not_arrived", (Kind.REFUND_ONLY,), "It never arrived", "一直没有收到", Fault.CARRIER),
    _reason(
        "price_correction",
        (Kind.REFUND_ONLY,),
        "The price was wrong",
        "价格有误",
        Fault.MERCHANT,
        whole=False,
    ),
    _reason("goodwill", (Kind.REFUND_ONLY,), "As a courtesy", "善意补偿", Fault.UNKNOWN, whole=False),
    _reason("fault", (Kind.WARRANTY,), "A fault in use", "使用中出现故障", Fault.MANUFACTURER, PHOTO),
)
DAYS_AT_THE_BANK = {"zh-hans": "5–7 个工作日", "en": "5–7 working days"}
USUAL_APPROVAL = Approval(
    automatic=True,
    automatic_up_to={"CNY": 50_000, "EUR": 6_000, "GBP": 5_000, "USD": 7_000},
    agent_limit={"CNY": 200_000, "EUR": 25_000, "GBP": 20_000, "USD": 30_000},
    four_eyes_over={"CNY": 500_000, "EUR": 60_000, "GBP": 50_000, "USD": 70_000},
)
CN_EXCEPTIONS = Exclusions(flags=(ProductFlag.CUSTOM, ProductFlag.DIGITAL, ProductFlag.PERISHABLE))
BY_MISTREATMENT = (
    WarrantyExclusion.MISUSE,
    WarrantyExclusion.ACCIDENT,
    WarrantyExclusion.LIQUID,
    WarrantyExclusion.OPENED,
)
BY_USE = (
    WarrantyExclusion.MISUSE,
    WarrantyExclusion.ACCIDENT,
    WarrantyExclusion.LIQUID,
    WarrantyExclusion.WEAR,
)

CN_LAW = Terms(
    law_profile=LawProfile.CN,
    window=Window(days=7, fault_days=7, exchange_days=15, start=WindowStart.DELIVERED_NEXT_DAY),
    exclusions=CN_EXCEPTIONS,
    reasons=REASONS,
    money=MoneyTerms(destinations=(Destination.ORIGINAL, Destination.STORE_CREDIT), arrival=DAYS_AT_THE_BANK),
    approval=USUAL_APPROVAL,
    warranty=WarrantyTerms(months=12, start=WarrantyStart.PURCHASED, exclusions=BY_MISTREATMENT),
)
BRAND_30_DAYS = replace(
    CN_LAW,
    window=replace(CN_LAW.window, days=30, fault_days=30, exchange_days=30),
    condition=Condition(unused=True, original_packaging=True, accessories=True),
    before_shipment=BeforeShipment(cancel_while=(OrderStatus.PENDING, OrderStatus.PROCESSING)),
)
EU_14_DAYS = Terms(
    law_profile=LawProfile.EU,
    window=Window(days=14, fault_days=30, exchange_days=30, extend=True),
    exclusions=Exclusions(
        flags=(ProductFlag.CUSTOM, ProductFlag.DIGITAL, ProductFlag.PERISHABLE, ProductFlag.HYGIENE)
    ),
    reasons=REASONS,
    money=MoneyTerms(shipping_back=ShippingBack.WHOLE_ORDER, arrival=DAYS_AT_THE_BANK),
    approval=USUAL_APPROVAL,
    clocks=Clocks(ship_by_days=14, inspect_within_days=7, refund_within_days=14),
    warranty=WarrantyTerms(months=24, exclusions=BY_MISTREATMENT),
)
ONE_YEAR_LIMITED_WARRANTY = Terms(
    law_profile=LawProfile.US,
    window=Window(accept_returns=False, accept_exchanges=False),
    reasons=REASONS,
    money=MoneyTerms(arrival=DAYS_AT_THE_BANK),
    approval=USUAL_APPROVAL,
    warranty=WarrantyTerms(
        months=12, kind=WarrantyKind.LIMITED, exclusions=(*BY_USE, WarrantyExclusion.OPENED)
    ),
)
TAU_RETAIL = Terms(
    window=Window(days=None, fault_days=None, exchange_days=None, once_per_order=True),
    before_shipment=BeforeShipment(final_after_items=True),
    proof=Proof(reason_needed_for=(Kind.CANCELLATION,)),
    reasons=CANCELLING,
    exchange=Exchange(any_method=True),
    money=MoneyTerms(
        freight_without_fault=Payer.MERCHANT,
        freight_unknown=Payer.MERCHANT,
        destinations=(Destination.ORIGINAL, Destination.GIFT_CARD),
        arrival=DAYS_AT_THE_BANK,
    ),
    approval=Approval(automatic=True, automatic_up_to=None, agent_limit=None),
    warranty=WarrantyTerms(months=0),
)

PRESETS: dict[str, Preset] = {
    "brand-30-days": Preset(
        _("30 days without a reason"),
        _("What Chinese law gives, and 30 days for goods that are unused, complete and in their packaging."),
        BRAND_30_DAYS,
    ),
    "cn-law": Preset(
        _("Chinese law"),
        _(
            "Seven days without a reason, return shipping by fault, refund within seven days, 三包 for repairs."
        ),
        CN_LAW,
    ),
    "eu-14-days": Preset(
        _("European Union, 14 days"),
        _("Withdrawal within 14 days including delivery costs, and a two-year guarantee."),
        EU_14_DAYS,
    ),
    "one-year-limited-warranty": Preset(
        _("One-year limited warranty"),
        _("Material and workmanship for a year, without consumables; no returns."),
        ONE_YEAR_LIMITED_WARRANTY,
    ),
    "tau-retail": Preset(
        _("Retail data set"),
        _("No time limit, one return or exchange per order, everything approved immediately."),
        TAU_RETAIL,
    ),
}
