"""A policy that is harsher than the law of its profile is told so, field by field, with the article."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from kefu.claims.floors import ARTICLES, FLOORS, Floor, Sure
from kefu.claims.law import CHECKS, cited, too_harsh
from kefu.claims.models.claims import Destination
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.presets import (
    BRAND_30_DAYS,
    CN_LAW,
    EU_14_DAYS,
    ONE_YEAR_LIMITED_WARRANTY,
    PRESETS,
    TAU_RETAIL,
)
from kefu.claims.termchoices import (
    LawProfile,
    Payer,
    ShippingBack,
    WarrantyExclusion,
    WarrantyKind,
    WindowStart,
)
from kefu.claims.terms import Terms
from kefu.orders.models import ProductFlag

UK = replace(
    EU_14_DAYS,
    law_profile=LawProfile.UK,
    warranty=replace(EU_14_DAYS.warranty, max_repairs_before_swap=1),
)
US = ONE_YEAR_LIMITED_WARRANTY


def changed(terms: Terms, field: str, value: Any) -> Terms:
    group, _, name = field.partition(".")
    return replace(terms, **{group: replace(getattr(terms, group), **{name: value})})


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_may_be_published(name: str) -> None:
    terms = PRESETS[name].terms
    assert too_harsh(terms, terms.law_profile) == []
    assert Terms.read(terms.as_dict()) == terms


def test_the_terms_for_the_united_kingdom_are_in_order_to_begin_with() -> None:
    assert too_harsh(UK, "uk") == []


@pytest.mark.parametrize(
    ("terms", "field", "value", "article"),
    [
        (CN_LAW, "window.accept_returns", False, "消法 25"),
        (CN_LAW, "window.accept_exchanges", False, "三包规定"),
        (CN_LAW, "window.days", 6, "消法 25"),
        (BRAND_30_DAYS, "window.start", WindowStart.ORDERED, "消法 25"),
        (BRAND_30_DAYS, "window.start", WindowStart.SHIPPED, "消法 25"),
        (CN_LAW, "window.exchange_days", 14, "三包规定"),
        (CN_LAW, "exclusions.flags", (ProductFlag.HYGIENE,), "消法 25"),
        (CN_LAW, "exclusions.flags", (ProductFlag.FINAL_SALE,), "消法 25"),
        (CN_LAW, "exclusions.categories", ("Audio",), "消法 25"),
        (CN_LAW, "exclusions.skus", ("EARS-1",), "消法 25"),
        (CN_LAW, "condition.original_packaging", True, "处罚办法 9"),
        (CN_LAW, "condition.sealed", True, "处罚办法 9"),
        (CN_LAW, "proof.order_record", False, "消法 22"),
        (CN_LAW, "money.freight_with_fault", Payer.CUSTOMER, "消法 24"),
        (CN_LAW, "money.restocking_fee_bp", 1, "消法 25"),
        (CN_LAW, "money.destinations", (Destination.STORE_CREDIT,), "七日退货办法"),
        (CN_LAW, "clocks.refund_within_days", 8, "消法 25"),
        (CN_LAW, "clocks.inspect_within_days", 8, "消法 25"),
        (CN_LAW, "warranty.max_repairs_before_swap", 3, "三包规定"),
        (CN_LAW, "warranty.max_repairs_before_swap", 0, "三包规定"),
        (CN_LAW, "warranty.max_repair_days", 31, "三包规定"),
        (CN_LAW, "warranty.max_parts_days", 91, "三包规定"),
        (CN_LAW, "warranty.restarts", False, "三包规定"),
        (EU_14_DAYS, "window.accept_returns", False, "2011/83 9"),
        (EU_14_DAYS, "window.days", 13, "2011/83 9"),
        (EU_14_DAYS, "window.extend", False, "1182/71 3"),
        (EU_14_DAYS, "exclusions.flags", (ProductFlag.CONSUMABLE,), "2011/83 16"),
        (EU_14_DAYS, "exclusions.categories", ("Audio",), "2011/83 16"),
        (EU_14_DAYS, "condition.original_packaging", True, "2011/83 14"),
        (EU_14_DAYS, "money.freight_with_fault", Payer.CUSTOMER, "2019/771 14"),
        (EU_14_DAYS, "money.restocking_fee_bp", 500, "2011/83 9"),
        (EU_14_DAYS, "money.destinations", (Destination.STORE_CREDIT,), "2011/83 13"),
        (EU_14_DAYS, "money.shipping_back", ShippingBack.NEVER, "2011/83 13"),
        (EU_14_DAYS, "clocks.ship_by_days", 13, "2011/83 14"),
        (EU_14_DAYS, "clocks.refund_within_days", 15, "2011/83 13"),
        (UK, "window.days", 13, "CCR 30"),
        (UK, "window.fault_days", 29, "CRA 22"),
        (UK, "exclusions.flags", (ProductFlag.CONSUMABLE,), "CCR 28"),
        (UK, "condition.sealed", True, "CCR 34"),
        (UK, "money.freight_with_fault", Payer.CUSTOMER, "CRA 20"),
        (UK, "money.shipping_back", ShippingBack.NEVER, "CCR 34"),
        (UK, "clocks.ship_by_days", 13, "CCR 35"),
        (UK, "clocks.refund_within_days", 15, "CCR 34"),
        (UK, "warranty.max_repairs_before_swap", 2, "CRA 23"),
        (US, "warranty.kind", WarrantyKind.UNSTATED, "15 USC 2303"),
        (US, "warranty.exclusions", (WarrantyExclusion.OTHER_SUPPLIES,), "15 USC 2302"),
    ],
)
def test_what_is_harsher_than_the_law_is_named_with_its_article(
    terms: Terms, field: str, value: Any, article: str
) -> None:
    found = too_harsh(changed(terms, field, value), terms.law_profile)
    assert (field, article) in {(problem.field, problem.article) for problem in found}
    assert {problem.field for problem in found} <= {field, "window.fault_days", "window.exchange_days"}
    for problem in found:
        assert problem.sentence.endswith(".")
        assert cited(article) in str(found[0])


def test_the_same_without_a_law_is_the_brands_own_affair() -> None:
    harsh = changed(changed(TAU_RETAIL, "window.days", 1), "money.restocking_fee_bp", 5000)
    assert too_harsh(harsh, "") == []
    assert too_harsh(changed(US, "window.days", 1), "us") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("window.days", None),
        ("window.days", 60),
        ("window.fault_days", 1),
        ("exclusions.flags", ()),
        ("money.freight_without_fault", Payer.MERCHANT),
        ("clocks.refund_within_days", 1),
        ("warranty.max_repairs_before_swap", 1),
        ("warranty.months", 0),
    ],
)
def test_what_is_kinder_than_the_law_is_always_allowed(field: str, value: Any) -> None:
    assert too_harsh(changed(BRAND_30_DAYS, field, value), "cn") == []


def test_seven_days_that_begin_with_the_day_of_delivery_are_one_too_few() -> None:
    early = changed(CN_LAW, "window.start", WindowStart.DELIVERED)
    assert {"window.days", "window.fault_days"} <= {one.field for one in too_harsh(early, "cn")}
    longer = replace(early, window=replace(early.window, days=16, fault_days=8, exchange_days=16))
    assert too_harsh(longer, "cn") == []


def test_packing_and_fees_may_be_asked_for_beyond_the_days_of_the_law() -> None:
    terms = changed(BRAND_30_DAYS, "money.restocking_fee_bp", 1000)
    assert too_harsh(changed(terms, "condition.sealed", True), "cn") == []


def test_other_goods_are_excepted_in_china_if_the_buyer_confirms_it_and_not_in_the_union() -> None:
    for terms, expected in ((CN_LAW, []), (EU_14_DAYS, ["exclusions.categories"])):
        confirmed = changed(
            changed(terms, "exclusions.categories", ("Audio",)), "exclusions.acknowledged", True
        )
        assert [one.field for one in too_harsh(confirmed, terms.law_profile)] == expected


def test_a_short_warranty_in_the_union_says_that_the_law_gives_more() -> None:
    short = changed(EU_14_DAYS, "warranty.months", 12)
    assert too_harsh(short, "eu") == []
    silent = changed(short, "warranty.beside_the_law", False)
    assert [(one.field, one.article) for one in too_harsh(silent, "eu")] == [
        ("warranty.beside_the_law", "2019/771 10")
    ]


def test_a_return_without_a_reason_needs_one_that_asks_for_nothing() -> None:
    blaming = replace(CN_LAW, reasons=tuple(one for one in CN_LAW.reasons if one.blames_us))
    assert ("reasons", "消法 25") in {(one.field, one.article) for one in too_harsh(blaming, "cn")}
    nosy = replace(
        CN_LAW,
        reasons=tuple(
            replace(one, evidence=(EvidenceKind.VIDEO,)) if one.code == "changed_mind" else one
            for one in CN_LAW.reasons
        ),
    )
    assert [one.field for one in too_harsh(nosy, "cn")] == ["reasons.2.evidence"]


def test_every_article_that_a_floor_rests_on_has_a_name() -> None:
    for floor in FLOORS.values():
        for field in Floor.__slots__:
            value = getattr(floor, field)
            article = value.article if isinstance(value, Sure) else value
            if isinstance(article, str) and field != "country" and article:
                assert article in ARTICLES, (field, article)


def test_an_article_is_named_in_the_language_of_the_page() -> None:
    with translation.override("en"):
        assert cited("消法 25") == "Consumer Rights Protection Law of China, article 25"
    assert cited("of nobody") == "of nobody"


def test_every_check_is_made_once() -> None:
    assert len(CHECKS) == len(set(CHECKS))
