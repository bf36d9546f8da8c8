"""Terms are read from what is stored, with a sentence for every field that does not fit."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from django.utils import translation

from kefu.claims.presets import BRAND_30_DAYS, CN_LAW, PRESETS
from kefu.claims.termchoices import Fault, Payer
from kefu.claims.termfields import BadTerms, in_language
from kefu.claims.terms import GROUPS, Approval, Reason, Terms
from kefu.claims.termsheet import SHEET
from kefu.lib.money import Money


@pytest.mark.parametrize("name", PRESETS)
def test_terms_survive_being_stored(name: str) -> None:
    terms = PRESETS[name].terms
    assert Terms.read(json.loads(json.dumps(terms.as_dict()))) == terms


def test_what_is_left_out_has_its_default() -> None:
    assert Terms.read({}) == Terms()
    assert Terms.read({"window": {"days": 9}}).window.days == 9


def test_every_field_is_described_and_nothing_else() -> None:
    for name, group in {**GROUPS, "reason": Reason}.items():
        assert set(SHEET[name]) == {each.name for each in fields(group)}, name


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("window.accept_returns", "yes"),
        ("window.days", 0),
        ("window.days", 3661),
        ("window.days", "7"),
        ("window.days", True),
        ("window.days", 7.5),
        ("window.start", "received"),
        ("window.start", None),
        ("before_shipment.cancel_while", "pending"),
        ("before_shipment.cancel_while", ["lost"]),
        ("before_shipment.cancel_while", [[]]),
        ("exclusions.categories", "Audio"),
        ("exclusions.categories", [1]),
        ("exclusions.categories", ["x" * 81]),
        ("exclusions.skus", ["x"] * 201),
        ("exclusions.flags", ["heavy"]),
        ("money.label_fee", {"XXZ": 1}),
        ("money.label_fee", {"CNY": -1}),
        ("money.label_fee", {"CNY": 1.5}),
        ("money.label_fee", {"CNY": True}),
        ("money.label_fee", None),
        ("money.label_fee", 12),
        ("money.restocking_fee_bp", 10_001),
        ("money.destinations", []),
        ("money.arrival", {"en": "5 days"}),
        ("money.arrival", {"en": "x" * 61, "zh-hans": "5 天"}),
        ("money.arrival", "5 days"),
        ("money.arrival", {"en": 5, "zh-hans": "5 天"}),
        ("approval.automatic_up_to", {"CNY": 10**13}),
        ("clocks.ship_by_days", None),
        ("warranty.parts", ["battery"]),
        ("warranty.parts", {"battery": -1}),
        ("warranty.parts", {"battery": "six"}),
        ("warranty.exclusions", ["rain"]),
        ("proof.max_photos", 51),
    ],
)
def test_what_does_not_fit_is_told_for_its_field(path: str, value: Any) -> None:
    group, name = path.split(".")
    with pytest.raises(BadTerms) as refused:
        Terms.read({group: {name: value}})
    assert list(refused.value.problems) == [path]
    assert refused.value.problems[path].endswith(".")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"law_profile": "mars"}, "law_profile"),
        ({"law_profile": []}, "law_profile"),
        ({"window": []}, "window"),
        ({"window": {"dais": 7}}, "window.dais"),
        ({"windows": {}}, "windows"),
        ({"reasons": {}}, "reasons"),
        ({"reasons": [{}] * 61}, "reasons"),
        ({"reasons": ["changed_mind"]}, "reasons.0"),
        ({"reasons": [{"kinds": ["return"]}]}, "reasons.0.code"),
        ({"reasons": [{"code": "A b"}]}, "reasons.0.code"),
        ({"reasons": [{"code": "a", "kinds": []}]}, "reasons.0.kinds"),
        ({"reasons": [{"code": "a"}, {"code": "a"}]}, "reasons.1.code"),
    ],
)
def test_a_body_of_another_shape_is_refused(body: dict[str, Any], path: str) -> None:
    with pytest.raises(BadTerms) as refused:
        Terms.read(body)
    assert path in refused.value.problems


def test_several_problems_are_told_at_once() -> None:
    with pytest.raises(BadTerms) as refused:
        Terms.read({"window": {"days": 0, "start": "x"}, "clocks": {"ship_by_days": 0}})
    assert set(refused.value.problems) == {"window.days", "window.start", "clocks.ship_by_days"}


def test_choices_are_kept_once_and_in_their_own_order() -> None:
    body = {"exclusions": {"flags": ["perishable", "custom", "custom"], "skus": [" A ", "A", ""]}}
    assert Terms.read(body).exclusions.flags == ("custom", "perishable")
    assert Terms.read(body).exclusions.skus == ("A",)


def test_a_reason_speaks_the_language_of_the_page() -> None:
    reason = CN_LAW.reason("changed_mind")
    assert reason is not None
    with translation.override("zh-hans"):
        assert reason.label == "不想要了"
    with translation.override("en"):
        assert reason.label == "Changed my mind"
    assert Reason("odd").label == "odd"
    assert in_language({"zh-hans": "只有中文"}, "en") == "只有中文"
    assert CN_LAW.reason("nobody") is None


def test_reasons_are_offered_for_their_kind() -> None:
    assert [reason.code for reason in CN_LAW.reasons_for("cancellation")] == [
        "no_longer_needed",
        "ordered_by_mistake",
    ]


def test_limits_hold_for_the_currencies_that_they_name() -> None:
    approval = Approval(
        automatic=True, automatic_up_to={"CNY": 500}, agent_limit=None, four_eyes_over={"CNY": 900}
    )
    assert approval.at_once(Money(500, "CNY"))
    assert not approval.at_once(Money(501, "CNY"))
    assert not approval.at_once(Money(1, "USD"))
    assert approval.by_an_agent(Money(10**9, "USD"))
    assert approval.by_one_alone(Money(900, "CNY"))
    assert not approval.by_one_alone(Money(901, "CNY"))
    assert not Approval(automatic=False, automatic_up_to=None).at_once(Money(0, "CNY"))


@pytest.mark.parametrize(
    ("fault", "payer"),
    [
        (Fault.CUSTOMER, Payer.CUSTOMER),
        (Fault.UNKNOWN, Payer.CUSTOMER),
        (Fault.MERCHANT, Payer.MERCHANT),
        (Fault.CARRIER, Payer.MERCHANT),
        (Fault.MANUFACTURER, Payer.MERCHANT),
    ],
)
def test_freight_follows_fault(fault: Fault, payer: Payer) -> None:
    assert CN_LAW.money.freight_payer(fault) == payer


def test_what_is_asked_of_goods_is_listed_in_order() -> None:
    assert BRAND_30_DAYS.condition.asked() == ("unused", "original_packaging", "accessories")


def test_no_customer_is_asked_for_a_photo_of_our_own_inspection() -> None:
    asked = {"reasons": [{**CN_LAW.as_dict()["reasons"][0], "evidence": ["photo", "inspection"]}]}
    with pytest.raises(BadTerms) as refused:
        Terms.read(CN_LAW.as_dict() | asked)
    assert list(refused.value.problems.values()) == ["Choose from the options offered."]
