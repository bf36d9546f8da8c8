"""A policy in sentences, made from the same terms that claims are judged by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import translation

from kefu.claims import plain
from kefu.claims.presets import (
    BRAND_30_DAYS,
    CN_LAW,
    EU_14_DAYS,
    ONE_YEAR_LIMITED_WARRANTY,
    PRESETS,
    TAU_RETAIL,
)
from kefu.claims.termchoices import Payer, PriceDifference, WindowStart
from kefu.claims.terms import Condition, Exchange, Terms


def text(terms: Terms) -> str:
    return " ".join(sentence for section in plain.told(terms) for sentence in section.sentences)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_preset_can_be_told_in_both_languages(name: str, language: str) -> None:
    with translation.override(language):
        sections = plain.told(PRESETS[name].terms)
    assert len(sections) >= 4
    for section in sections:
        assert section.title
        for sentence in section.sentences:
            assert sentence
            assert "%(" not in sentence


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (CN_LAW, "within 7 days, without giving a reason. The first day is the day after they arrive."),
        (CN_LAW, "your right by law (Consumer Rights Protection Law of China, article 25)"),
        (CN_LAW, "You can exchange it within 15 days."),
        (CN_LAW, "Made to order, Digital, Perishable"),
        (CN_LAW, "you pay for sending it back"),
        (CN_LAW, "If it is faulty or wrong, we pay for sending it back."),
        (
            CN_LAW,
            "Please add to your request: Photo. This applies to: It does not work properly, It arrived damaged",
        ),
        (CN_LAW, "We refund you within 7 days of receiving the goods."),
        (CN_LAW, "5–7 working days"),
        (CN_LAW, "after 2 repairs, you can have a replacement or a refund"),
        (BRAND_30_DAYS, "within 30 days, without giving a reason"),
        (
            BRAND_30_DAYS,
            "After the statutory period, an item must come back unused, in its original packaging",
        ),
        (BRAND_30_DAYS, "Placed, Being prepared"),
        (EU_14_DAYS, "If the last day is not a working day, it moves to the next one."),
        (EU_14_DAYS, "what you paid for its delivery too"),
        (EU_14_DAYS, "The law gives you 24 months of rights against the seller"),
        (ONE_YEAR_LIMITED_WARRANTY, "Goods without a fault cannot be returned."),
        (ONE_YEAR_LIMITED_WARRANTY, "Limited warranty: For 12 months we repair"),
        (ONE_YEAR_LIMITED_WARRANTY, "Ordinary wear, Repairs or changes by others, consumables"),
        (TAU_RETAIL, "at any time, without giving a reason"),
        (TAU_RETAIL, "one return or one exchange"),
        (TAU_RETAIL, "If you prefer: Gift card."),
        (replace(CN_LAW, exchange=Exchange(price_difference=PriceDifference.EQUAL_ONLY)), "the same price"),
        (replace(CN_LAW, exchange=Exchange(same_product_only=False)), "any other item that we sell"),
        (replace(CN_LAW, exchange=Exchange(advance=True)), "before yours has arrived"),
        (
            replace(TAU_RETAIL, condition=Condition(sealed=True)),
            "An item must come back with its seal unbroken.",
        ),
        (
            replace(CN_LAW, money=replace(CN_LAW.money, label_fee={"CNY": 1200})),
            "Our return label costs CN¥12.00.",
        ),
        (
            replace(BRAND_30_DAYS, money=replace(CN_LAW.money, restocking_fee_bp=1250)),
            "After the statutory period we keep 12.5 % of the price",
        ),
        (
            replace(TAU_RETAIL, money=replace(TAU_RETAIL.money, restocking_fee_bp=1000)),
            "Unless the item is faulty, we keep 10 % of the price.",
        ),
        (
            replace(CN_LAW, exclusions=replace(CN_LAW.exclusions, skus=("EARS-1",), acknowledged=True)),
            "EARS-1. We tell you so before you buy, and you confirm it.",
        ),
        (
            replace(TAU_RETAIL, window=replace(CN_LAW.window, days=1, start=WindowStart.ORDERED)),
            "within 1 day, without giving a reason. The first day is the day of the order.",
        ),
        (replace(CN_LAW, warranty=replace(CN_LAW.warranty, parts={"battery": 6})), "battery: 6 months."),
    ],
)
def test_what_the_terms_say_is_said(terms: Terms, sentence: str) -> None:
    assert sentence in text(terms)


def test_what_the_terms_do_not_say_is_not_said() -> None:
    assert "by law" not in text(TAU_RETAIL)
    assert "sending it back" not in text(ONE_YEAR_LIMITED_WARRANTY)
    assert "restocking" not in text(CN_LAW)
    assert "original packaging" not in text(CN_LAW)
    free = replace(CN_LAW, money=replace(CN_LAW.money, freight_without_fault=Payer.MERCHANT))
    assert "you pay for sending" not in text(free)


def test_limits_of_approval_are_nobodys_business_outside() -> None:
    assert text(CN_LAW) == text(replace(CN_LAW, approval=TAU_RETAIL.approval))
