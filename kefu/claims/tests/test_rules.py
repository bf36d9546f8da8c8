"""Every rule, when it is kept and when it is not. Windows and money have files of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kefu.claims.machines import Kind
from kefu.claims.presets import BRAND_30_DAYS, CN_LAW, EU_14_DAYS, TAU_RETAIL
from kefu.claims.preview import Asked, AskedLine, preview
from kefu.claims.rules import RULES_OF_CLAIMS, RULES_OF_LINES
from kefu.claims.sentences import sentence
from kefu.claims.termchoices import LawProfile
from kefu.claims.terms import Exchange, Exclusions, Terms
from kefu.claims.tests.shop import Shop, ask, clock, verdict
from kefu.orders.models import PaymentMethod, Product, ProductFlag, RegisteredProduct
from kefu.people import customers
from kefu.people.models import Brand, Customer, Identity

IN_TIME, LATER = "2026-11-04 09:00", "2026-11-20 09:00"
DELIVERED = "2026-11-02 15:00"
STRANGER = "Someone else"


@pytest.fixture
def stranger(shop: Shop) -> Shop:
    return Shop(shop.brand, Customer.objects.create(name=STRANGER))


def outcome(shop: Shop, rule: str, terms: Terms = CN_LAW, at: str = IN_TIME, **asked: Any) -> str:
    order = asked.pop("order", None) or shop.lamp_delivered(DELIVERED)
    return verdict(ask(shop.asks(order, **asked), terms, at), rule)


def test_every_rule_has_one_place_in_the_list() -> None:
    rules = [rule.__name__ for rule, _kinds in (*RULES_OF_CLAIMS, *RULES_OF_LINES)]
    assert len(rules) == len(set(rules))


def test_nothing_asked_is_refused(shop: Shop) -> None:
    assert outcome(shop, "something_asked", lines=[]) == "fail data"
    assert outcome(shop, "something_asked") == ""


def test_an_order_of_somebody_else_is_refused_and_one_proved_by_its_address_is_not(
    shop: Shop, stranger: Shop
) -> None:
    order = shop.lamp_delivered(DELIVERED, status="delivered")
    order.reach_by(email="lin@example.com", phone="")
    order.save()
    assert outcome(shop, "order_of_the_customer", order=order) == ""
    assert outcome(stranger, "order_of_the_customer", order=order) == "fail data"
    identity = customers.claim(stranger.customer, "email", "lin@example.com", by=stranger.customer)
    assert outcome(stranger, "order_of_the_customer", order=order) == "fail data"
    Identity.objects.filter(pk=identity.pk).update(verified_at=clock("2026-11-01 09:00"))
    assert outcome(stranger, "order_of_the_customer", order=order) == ""


def test_an_order_of_another_brand_is_refused(shop: Shop, other_brand: Brand) -> None:
    order = shop.lamp_delivered(DELIVERED)
    asked = replace(shop.asks(order), brand=other_brand)
    assert verdict(ask(asked, CN_LAW, IN_TIME), "order_of_the_customer") == "fail data"


@pytest.mark.parametrize(
    ("status", "strict", "kind"),
    [
        ("pending", "pass data", "pass data"),
        ("processing", "fail data", "pass data"),
        ("shipped", "fail data", "fail data"),
        ("delivered", "fail data", "fail data"),
        ("cancelled", "fail data", "fail data"),
    ],
)
def test_an_order_is_cancelled_only_while_the_policy_allows_it(
    shop: Shop, status: str, strict: str, kind: str
) -> None:
    order = shop.order(status=status)
    asked = shop.asks(order, kind="cancellation", reason="no_longer_needed")
    assert verdict(ask(asked, CN_LAW, IN_TIME), "order_not_yet_sent") == strict
    assert verdict(ask(asked, BRAND_30_DAYS, IN_TIME), "order_not_yet_sent") == kind


def test_where_one_request_is_allowed_the_second_is_refused(shop: Shop) -> None:
    order = shop.order(shop.line(qty=2))
    assert outcome(shop, "only_one_request", TAU_RETAIL, order=order, qty=1).startswith("pass")
    shop.claimed(order.lines.get(), 1, 10_000, kind="exchange")
    assert outcome(shop, "only_one_request", TAU_RETAIL, order=order, qty=1) == "fail data"
    assert outcome(shop, "only_one_request", CN_LAW, order=order, qty=1) == ""


def test_money_goes_only_where_the_policy_sends_it(shop: Shop) -> None:
    assert outcome(shop, "destination_offered", destination="store_credit").startswith("pass")
    assert outcome(shop, "destination_offered", destination="bank") == "fail data"
    assert outcome(shop, "destination_offered", TAU_RETAIL, destination="gift_card") == "fail data"
    gift_card(shop)
    assert outcome(shop, "destination_offered", TAU_RETAIL, destination="gift_card").startswith("pass")


def gift_card(shop: Shop) -> PaymentMethod:
    return PaymentMethod.objects.create(
        customer=shop.customer, kind="gift_card", currency="CNY", balance_minor=0
    )


def test_the_account_is_ones_own_and_the_one_that_was_paid_with(shop: Shop, stranger: Shop) -> None:
    card, other = gift_card(shop), PaymentMethod.objects.create(customer=shop.customer, kind="card")
    assert outcome(shop, "account_fits") == ""
    assert outcome(shop, "account_fits", refund_to=shop.card) == "pass data"
    assert outcome(shop, "account_fits", refund_to=other) == "fail data"
    assert outcome(shop, "account_fits", refund_to=stranger.card) == "fail data"
    assert outcome(shop, "account_fits", TAU_RETAIL, destination="gift_card", refund_to=card) == "pass data"
    assert outcome(shop, "account_fits", TAU_RETAIL, destination="gift_card", refund_to=other) == "fail data"
    assert outcome(shop, "account_fits", TAU_RETAIL, destination="gift_card") == "fail data"


def test_a_difference_is_not_paid_with_somebody_elses_card(shop: Shop, stranger: Shop) -> None:
    asked: dict[str, Any] = {"kind": "exchange", "new_variant": shop.variant(shop.product, "DEAR", 12_000)}
    assert outcome(shop, "difference_can_be_paid", refund_to=shop.card, **asked) == "pass data"
    assert outcome(shop, "difference_can_be_paid", refund_to=stranger.card, **asked) == "fail data"


def test_a_line_of_another_order_is_refused(shop: Shop) -> None:
    order, other = shop.lamp_delivered(DELIVERED), shop.lamp_delivered(DELIVERED)
    strange = [shop.wants(other.lines.get())]
    assert outcome(shop, "line_of_the_order", order=order) == ""
    assert outcome(shop, "line_of_the_order", order=order, lines=strange) == "fail data"
    assert outcome(shop, "line_of_the_order", order=order, lines=[AskedLine()]) == "fail data"


def test_a_registered_unit_stands_for_a_line_in_warranty_only_and_for_its_owner_only(
    shop: Shop, stranger: Shop
) -> None:
    unit = RegisteredProduct.objects.create(
        product=shop.product, serial="SN1", customer=shop.customer, purchased_at=date(2026, 10, 1)
    )
    line = (AskedLine(registered=unit, reason="fault"),)
    asked = Asked("warranty", shop.brand, shop.customer, None, line)
    assert verdict(ask(asked, CN_LAW, IN_TIME), "line_of_the_order") == ""
    assert ask(asked, CN_LAW, IN_TIME).outcome == "eligible"
    for wrong in (replace(asked, kind="return"), replace(asked, customer=stranger.customer)):
        assert verdict(ask(wrong, CN_LAW, IN_TIME), "line_of_the_order") == "fail data"


def test_only_reasons_that_are_offered_for_it_are_taken(shop: Shop) -> None:
    assert outcome(shop, "reason_offered") == "pass data"
    assert outcome(shop, "reason_offered", reason="fault") == "fail data"
    assert outcome(shop, "reason_offered", reason="because") == "fail data"
    assert outcome(shop, "reason_offered", reason="") == "fail data"
    assert outcome(shop, "reason_offered", TAU_RETAIL, reason="") == ""
    cancelling: dict[str, Any] = {"order": shop.order(status="pending"), "kind": "cancellation"}
    assert outcome(shop, "reason_offered", TAU_RETAIL, reason="", **cancelling) == "fail data"


def test_what_has_not_arrived_cannot_be_sent_back(shop: Shop) -> None:
    order = shop.order(status="shipped")
    assert outcome(shop, "goods_delivered", order=order) == "fail data"
    shop.delivered(order, clock(DELIVERED))
    assert outcome(shop, "goods_delivered", order=order) == "pass data"


@pytest.mark.parametrize(
    ("kind", "status", "reason", "left"),
    [
        (Kind.RETURN, "shipped", "changed_mind", 2),
        (Kind.CANCELLATION, "pending", "no_longer_needed", 1),
        (Kind.REFUND_ONLY, "shipped", "missing_item", 3),
    ],
)
def test_no_more_than_there_is_can_be_asked(
    shop: Shop, kind: str, status: str, reason: str, left: int
) -> None:
    """Three bought, two of them arrived."""
    order = shop.order(shop.line(qty=3), status=status)
    shop.delivered(order, clock(DELIVERED), (order.lines.get(), 2))
    asked: dict[str, Any] = {"order": order, "kind": kind, "reason": reason}
    assert outcome(shop, "quantity_left", qty=left, **asked) == "pass data"
    assert outcome(shop, "quantity_left", qty=left + 1, **asked) == "fail data"
    assert outcome(shop, "quantity_left", qty=0, **asked) == "fail data"


IN_WORKSHOP = ("under_review", "awaiting_shipment", "diagnosing", "repairing", "shipping_back", "not_covered")


@pytest.mark.parametrize(("kind", "in_time"), [("return", "review law"), ("exchange", "fail data")])
@pytest.mark.parametrize("status", IN_WORKSHOP)
def test_what_an_open_warranty_claim_is_about_does_not_come_back_beside_it(
    shop: Shop, kind: str, in_time: str, status: str
) -> None:
    """Of two lamps one is in the workshop: the other may come back, and within the law's days a person looks."""
    order = shop.order(shop.line(qty=2))
    shop.delivered(order, clock(DELIVERED))
    claim = shop.claimed(order.lines.get(), 1, 0, Kind.WARRANTY, status)
    asked: dict[str, Any] = {"order": order, "kind": kind, "terms": BRAND_30_DAYS, "new_variant": shop.lamp}
    assert outcome(shop, "not_under_warranty", qty=1, at=LATER, **asked) == ""
    assert outcome(shop, "not_under_warranty", qty=2, at=LATER, **asked) == "fail data"
    assert outcome(shop, "not_under_warranty", qty=2, at=IN_TIME, **asked) == in_time
    claim.status = "completed"
    claim.save()
    assert outcome(shop, "not_under_warranty", qty=2, at=LATER, **asked) == ""


def test_the_refusal_names_the_warranty_claim_also_of_a_registered_unit(shop: Shop) -> None:
    order = shop.lamp_delivered(DELIVERED)
    line = order.lines.get()
    unit = RegisteredProduct.objects.create(
        product=shop.product, serial="SN1", customer=shop.customer, order_line=line
    )
    claim = shop.claimed(line, 1, 0, Kind.WARRANTY, "repairing")
    claim.lines.update(order_line=None, registered=unit)
    seen = ask(shop.asks(order), BRAND_30_DAYS, LATER)
    (told,) = [one for one in seen.verdicts if one.rule == "not_under_warranty"]
    assert (told.outcome, f"A-{claim.number}" in sentence(told)) == ("fail", True)
    (told,) = [one for one in ask(shop.asks(order), CN_LAW, IN_TIME).verdicts if one.rule == told.rule]
    assert (told.outcome, f"A-{claim.number}" in sentence(told)) == ("review", True)


def test_a_unit_that_warranty_replaced_is_taken_and_not_held(shop: Shop) -> None:
    order = shop.lamp_delivered(DELIVERED)
    shop.claimed(order.lines.get(), 1, 10_000, Kind.WARRANTY, "refunding")
    assert outcome(shop, "quantity_left", order=order) == "fail data"


def earbuds(shop: Shop, *flags: str, category: str = "") -> Any:
    product = shop.sells("EARS", flags=list(flags), category=category)
    order = shop.order(shop.line(shop.variant(product, "EARS-1")))
    shop.delivered(order, clock(DELIVERED))
    return order


@pytest.mark.parametrize(
    ("terms", "flag", "at", "expected"),
    [
        (CN_LAW, "custom", IN_TIME, "fail law"),
        (CN_LAW, "consumable", IN_TIME, "pass brand_policy"),
        (EU_14_DAYS, "hygiene_sealed", IN_TIME, "fail law"),
        (CN_LAW, "hygiene_sealed", IN_TIME, "pass brand_policy"),
    ],
)
def test_goods_that_the_policy_excepts_do_not_come_back(
    shop: Shop, terms: Terms, flag: str, at: str, expected: str
) -> None:
    assert outcome(shop, "goods_may_come_back", terms, at, order=earbuds(shop, flag)) == expected


def test_what_a_brand_excepts_itself_needs_the_buyers_word_within_the_laws_days(shop: Shop) -> None:
    order = earbuds(shop, "hygiene_sealed")
    told: dict[str, Any] = {"flags": ("hygiene_sealed",), "acknowledged": True}
    confirmed = replace(BRAND_30_DAYS, exclusions=Exclusions(**told))
    assert outcome(shop, "goods_may_come_back", confirmed, IN_TIME, order=order) == "pass law"
    assert outcome(shop, "goods_may_come_back", confirmed, LATER, order=order) == "fail brand_policy"
    order.lines.update(acknowledged=["hygiene_sealed"])
    assert outcome(shop, "goods_may_come_back", confirmed, IN_TIME, order=order) == "fail law"
    silent = replace(BRAND_30_DAYS, exclusions=Exclusions(**{**told, "acknowledged": False}))
    assert outcome(shop, "goods_may_come_back", silent, IN_TIME, order=order) == "pass law"
    free = replace(silent, law_profile=LawProfile.NONE)
    assert outcome(shop, "goods_may_come_back", free, IN_TIME, order=order) == "fail brand_policy"


@pytest.mark.parametrize(
    ("agreed", "at", "expected"),
    [
        (["sku"], None, "fail law"),
        (["sku"], "2026-10-30 11:58", "fail law"),
        (["sku"], "2026-10-30 23:59", "fail law"),
        (["sku"], "2026-10-31 00:00", "pass law"),
        (["category", "final_sale"], None, "pass law"),
        ([], None, "pass law"),
    ],
)
def test_the_buyer_agreed_when_buying_and_to_just_this(
    shop: Shop, agreed: list[str], at: str | None, expected: str
) -> None:
    order = earbuds(shop)
    order.lines.update(acknowledged=agreed, acknowledged_at=at and clock(at))
    terms = replace(BRAND_30_DAYS, exclusions=Exclusions(skus=("EARS-1",), acknowledged=True))
    seen = preview(shop.asks(order), at=clock(IN_TIME), terms=terms)
    (told,) = [one for one in seen.verdicts if one.rule == "goods_may_come_back"]
    assert f"{told.outcome} {told.basis}" == expected
    assert told.article == ("消法 25" if expected == "fail law" else told.article)
    assert ("agreed at purchase" in sentence(told)) is (expected == "fail law")
    order.lines.update(acknowledged=["sku"], acknowledged_at=None)
    unasked = replace(terms, exclusions=replace(terms.exclusions, acknowledged=False))
    assert outcome(shop, "goods_may_come_back", unasked, IN_TIME, order=order) == "pass law"


def test_the_laws_own_exceptions_need_nobodys_word_whatever_else_is_excepted(shop: Shop) -> None:
    order = earbuds(shop, "hygiene_sealed")
    Product.objects.filter(pk=order.lines.get().product_id).update(flags=["hygiene_sealed", "perishable"])
    both = Exclusions(flags=(ProductFlag.HYGIENE, ProductFlag.PERISHABLE))
    terms = replace(CN_LAW, exclusions=both)
    assert outcome(shop, "goods_may_come_back", terms, IN_TIME, order=order) == "fail law"


def test_exclusions_by_category_and_article_number(shop: Shop) -> None:
    order = earbuds(shop, category="Audio")
    for exclusions in (Exclusions(categories=("Audio",)), Exclusions(skus=("EARS-1",))):
        terms = replace(CN_LAW, law_profile=LawProfile.NONE, exclusions=exclusions)
        assert outcome(shop, "goods_may_come_back", terms, order=order) == "fail brand_policy"
        assert outcome(shop, "goods_may_come_back", terms) == "pass brand_policy"


def test_what_is_at_fault_comes_back_whatever_is_excepted(shop: Shop) -> None:
    order = earbuds(shop, "custom")
    assert outcome(shop, "goods_may_come_back", order=order, reason="defective") == ""


@pytest.mark.parametrize(
    ("condition", "in_time", "later"),
    [
        ({}, "pass law", "pass brand_policy"),
        ({"original_packaging": False}, "pass law", "fail brand_policy"),
        ({"unused": False}, "review law", "fail brand_policy"),
        ({"accessories": False}, "review law", "fail brand_policy"),
        ({"tags": False}, "review law", "pass brand_policy"),
        ({"unused": True, "original_packaging": True, "accessories": True}, "pass law", "pass brand_policy"),
    ],
)
def test_an_opened_box_is_no_ground_within_seven_days_and_one_afterwards(
    shop: Shop, condition: dict[str, bool], in_time: str, later: str
) -> None:
    order = shop.lamp_delivered(DELIVERED)
    for at, expected in ((IN_TIME, in_time), (LATER, later)):
        seen = outcome(shop, "condition_as_asked", BRAND_30_DAYS, at, order=order, condition=condition)
        assert seen == expected
    asked: dict[str, Any] = {"order": order, "condition": condition, "reason": "defective"}
    assert outcome(shop, "condition_as_asked", BRAND_30_DAYS, LATER, **asked) == ""


def test_a_condition_of_which_nothing_is_said_keeps_a_claim_from_passing_by_itself(shop: Shop) -> None:
    order = shop.lamp_delivered(DELIVERED)
    said = {"unused": True, "original_packaging": True, "accessories": True}
    silent = ask(shop.asks(order), BRAND_30_DAYS, LATER)
    assert (silent.outcome, silent.automatic) == ("eligible", False)
    assert "condition.original_packaging" in silent.prepare
    assert ask(shop.asks(order, condition=said), BRAND_30_DAYS, LATER).automatic


def test_an_amount_that_is_only_a_part_of_the_price_is_set_by_a_person(shop: Shop) -> None:
    asked: dict[str, Any] = {"kind": "refund_only", "reason": "price_correction"}
    assert outcome(shop, "amount_known", **asked) == "review brand_policy"
    assert outcome(shop, "amount_known", kind="refund_only", reason="missing_item") == ""


def test_an_exchange_names_the_new_item(shop: Shop) -> None:
    asked: dict[str, Any] = {"kind": "exchange"}
    assert outcome(shop, "new_item_named", **asked) == "fail data"
    assert outcome(shop, "new_item_named", new_variant=shop.lamp, **asked) == "pass data"
    other_only = replace(CN_LAW, exchange=Exchange(same_item_again=False))
    swap: dict[str, Any] = {"kind": "exchange", "new_variant": shop.lamp}
    assert outcome(shop, "new_item_named", other_only, **swap) == "fail data"
    assert outcome(shop, "new_item_named", other_only, reason="defective", **swap) == "pass data"


def test_the_new_item_is_of_the_same_product_unless_the_policy_says_otherwise(shop: Shop) -> None:
    other = shop.variant(shop.sells("DESK-1"), "DESK-1-B")
    rule = "new_item_of_the_same_product"
    asked: dict[str, Any] = {"kind": "exchange", "new_variant": other}
    assert outcome(shop, rule, **asked) == "fail data"
    assert outcome(shop, rule, kind="exchange", new_variant=shop.lamp) == "pass data"
    assert outcome(shop, rule, replace(CN_LAW, exchange=Exchange(same_product_only=False)), **asked) == ""


def test_the_new_item_can_be_sent_in_the_orders_currency_by_the_same_brand(
    shop: Shop, other_brand: Brand
) -> None:
    gone = shop.variant(shop.product, "GONE", available=False)
    dollars = shop.variant(shop.product, "DOLLARS", currency="USD")
    foreign = Shop(other_brand, shop.customer).lamp
    for new, expected in (
        (shop.lamp, "pass data"),
        (gone, "fail data"),
        (dollars, "fail data"),
        (foreign, "fail data"),
    ):
        assert outcome(shop, "new_item_available", kind="exchange", new_variant=new) == expected


def test_a_policy_named_is_used_and_told(shop: Shop) -> None:
    policy = shop.brand.policies.create(name="Ours", terms=CN_LAW.as_dict())
    seen = preview(shop.asks(shop.lamp_delivered(DELIVERED)), at=clock(IN_TIME), policy=policy)
    assert (seen.policy, seen.terms) == (policy, CN_LAW)
    assert verdict(seen, "policy_published") == ""
