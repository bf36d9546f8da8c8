"""An admin writes, publishes, compares and tries policies in the settings."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kefu.claims import policies
from kefu.claims.models import Claim, Policy
from kefu.claims.presets import CN_LAW, PRESETS
from kefu.claims.terms import Terms
from kefu.claims.tests.shop import Shop
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Staff
from kefu.people.testing import signed_in

P = "/console/settings/policies/"


@pytest.fixture
def browser(admin: Staff) -> Client:
    return signed_in(admin)


@pytest.fixture
def policy(brand: Brand, admin: Staff) -> Policy:
    return policies.draft(brand, name="Returns", terms=CN_LAW, by=admin)


def page(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def filled_in(browser: Client, policy: Policy, **changed: Any) -> dict[str, Any]:
    """What the browser would send of the form as it was drawn, with some fields changed."""
    form = browser.get(f"{P}{policy.pk}/").context["form"]
    sent: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = form.initial[name]
        if value is not None and value is not False:
            sent[name] = "on" if value is True else value
        assert field.label
    return {name: value for name, value in (sent | changed).items() if value is not None}


def test_a_policy_begins_with_a_preset_and_is_published_in_two_steps(browser: Client, brand: Brand) -> None:
    assert "No policy yet" in page(browser, P)
    assert "30 days without a reason" in page(browser, f"{P}new/")
    answer = browser.post(f"{P}new/", {"brand": brand.pk, "name": "Returns", "preset": "eu-14-days"})
    policy = Policy.objects.get()
    assert answer["Location"] == f"{P}{policy.pk}/"
    assert Terms.read(policy.terms) == PRESETS["eu-14-days"].terms
    assert "Draft" in page(browser, P)
    answer = browser.post(f"{P}{policy.pk}/publication", filled_in(browser, policy))
    assert answer.status_code == 302, answer.context["form"].errors
    policy.refresh_from_db()
    assert policy.published_at is not None
    assert "In force" in page(browser, P)


@pytest.mark.parametrize("name", PRESETS)
def test_the_form_sent_back_as_it_was_changes_nothing(
    browser: Client, brand: Brand, admin: Staff, name: str
) -> None:
    policy = policies.draft(brand, name=name, terms=PRESETS[name].terms, by=admin)
    answer = browser.post(f"{P}{policy.pk}/", filled_in(browser, policy))
    assert answer.status_code == 302, answer.context["form"].errors
    policy.refresh_from_db()
    assert Terms.read(policy.terms) == PRESETS[name].terms


def test_the_form_asks_customers_for_no_photo_of_our_own_inspection(browser: Client, policy: Policy) -> None:
    form = page(browser, f"{P}{policy.pk}/")
    assert 'name="reasons__0__evidence"' in form
    assert "Photo from the inspection" not in form
    answer = browser.post(f"{P}{policy.pk}/", filled_in(browser, policy, reasons__0__evidence=["inspection"]))
    assert "not one of the available choices" in str(answer.context["form"].errors)


def test_every_kind_of_field_can_be_changed(browser: Client, policy: Policy) -> None:
    changed = {
        "window__days": "",
        "window__accept_exchanges": None,
        "window__start": "delivered",
        "exclusions__flags": ["custom", "final_sale"],
        "exclusions__skus": "EARS-1、EARS-2\nEARS-3",
        "exclusions__acknowledged": "on",
        "money__restocking_fee_bp": "12.5",
        "money__label_fee": "CNY 12, EUR 4.50",
        "approval__automatic_up_to__open": "on",
        "money__arrival__zh_hans": "三天",
        "money__arrival__en": "three days",
        "warranty__parts": "battery 6, main motor 36",
        "scope__countries": "DE, FR",
        "effective_from": "2027-03-01",
        "effective_to": "2027-04-01",
        "reasons__0__labels__en": "Not needed any more",
        "reasons__1__code": "",
        "reasons__12__code": "gift",
        "reasons__12__labels__zh_hans": "礼物",
        "reasons__12__labels__en": "A gift",
        "reasons__12__kinds": ["return"],
        "reasons__12__fault": "customer",
    }
    answer = browser.post(f"{P}{policy.pk}/", filled_in(browser, policy, **changed))
    assert answer.status_code == 302, answer.context["form"].errors
    policy.refresh_from_db()
    terms = Terms.read(policy.terms)
    assert (terms.window.days, terms.window.accept_exchanges, terms.window.start) == (
        None,
        False,
        "delivered",
    )
    assert terms.exclusions.flags == ("custom", "final_sale")
    assert terms.exclusions.skus == ("EARS-1", "EARS-2", "EARS-3")
    assert terms.exclusions.acknowledged
    assert (terms.money.restocking_fee_bp, terms.money.label_fee) == (1250, {"CNY": 1200, "EUR": 450})
    assert terms.approval.automatic_up_to is None
    assert terms.money.arrival == {"zh-hans": "三天", "en": "three days"}
    assert terms.warranty.parts == {"battery": 6, "main motor": 36}
    assert policy.scope == {"countries": ["DE", "FR"]}
    assert policy.effective_from is not None
    assert policy.effective_from.isoformat() == "2027-02-28T16:00:00+00:00"
    assert terms.reasons[0].labels["en"] == "Not needed any more"
    assert terms.reason("ordered_by_mistake") is None
    assert terms.reason("gift") is not None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("window__fault_days", "0", "greater than or equal to 1"),
        ("window__start", "received", "not one of the available choices"),
        ("money__label_fee", "CNY twelve", "Enter an amount that is not negative."),
        ("money__label_fee", "XXZ 12", "One of these is not a currency."),
        ("money__destinations", [], "Choose at least one."),
        ("money__arrival__en", "", "Write it in both languages."),
        ("warranty__parts", "battery", "Enter a whole number"),
        ("reasons__0__code", "Two words", "Use lowercase letters"),
        ("reasons__1__code", "no_longer_needed", "Every reason needs its own code."),
        ("scope__skus", "x" * 90, "at most 80 characters"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    browser: Client, policy: Policy, field: str, value: Any, sentence: str
) -> None:
    answer = browser.post(f"{P}{policy.pk}/", filled_in(browser, policy, **{field: value}))
    assert answer.status_code == 200
    told = str(answer.context["form"].errors)
    assert sentence in told, told
    policy.refresh_from_db()
    assert Terms.read(policy.terms) == CN_LAW


def test_terms_harsher_than_the_law_are_kept_but_not_published_and_the_article_is_told(
    browser: Client, policy: Policy
) -> None:
    harsh = filled_in(browser, policy, window__days="3", money__freight_with_fault="customer")
    answer = browser.post(f"{P}{policy.pk}/publication", harsh)
    shown = answer.content.decode()
    assert "article 25" in shown
    assert set(answer.context["form"].errors) == {"window__days", "money__freight_with_fault", "__all__"}
    policy.refresh_from_db()
    assert policy.published_at is None
    assert Terms.read(policy.terms).window.days == 3


def test_a_published_policy_is_read_and_followed_by_a_version_that_tells_what_it_changes(
    browser: Client, policy: Policy, admin: Staff
) -> None:
    policies.publish(policy, by=admin)
    shown = page(browser, f"{P}{policy.pk}/")
    assert "within 7 days, without giving a reason" in shown
    assert "policy-form" not in shown
    assert browser.post(f"{P}{policy.pk}/", {"window__days": "1"}).status_code == 200
    assert "first version" in page(browser, f"{P}{policy.pk}/changes")
    answer = browser.post(f"{P}{policy.pk}/versions")
    following = Policy.objects.get(version=2)
    assert answer["Location"] == f"{P}{following.pk}/"
    assert "the same as the previous version" in page(browser, f"{P}{following.pk}/changes")
    changed = filled_in(
        browser,
        following,
        window__days="30",
        exclusions__skus="EARS-1",
        scope__countries="DE",
        law_profile="",
        money__restocking_fee_bp="5",
        approval__agent_limit__open="on",
        reasons__0__code="",
        reasons__2__fault="unknown",
    )
    assert browser.post(f"{P}{following.pk}/", changed).status_code == 302
    differences = browser.get(f"{P}{following.pk}/changes").context["differences"]
    told = {f"{one.field}: {one.before} → {one.after}" for one in differences}
    assert told == {
        "Countries: all → DE",
        "Law: China → None",
        "Days to return without a reason: 7 → 30",
        "SKUs: – → EARS-1",
        "Restocking fee, percent: 0 % → 5 %",
        "An agent decides up to: CN¥2,000.00, €250.00, £200.00, $300.00 → no limit",
        "no_longer_needed: No longer needed → –",
        "Whose fault it is: Nobody: the customer's choice → Not known yet",
    }


def test_more_exclusions_than_before_are_pointed_out_in_china(
    browser: Client, policy: Policy, admin: Staff
) -> None:
    policies.publish(policy, by=admin)
    following = policies.new_version(policy, by=admin)
    assert "More goods are excluded" not in page(browser, f"{P}{following.pk}/")
    wider = filled_in(browser, following, exclusions__categories="Audio", exclusions__acknowledged="on")
    browser.post(f"{P}{following.pk}/", wider)
    assert "New here: Audio." in page(browser, f"{P}{following.pk}/")


def test_a_draft_can_be_discarded_and_what_is_published_cannot(
    browser: Client, policy: Policy, admin: Staff
) -> None:
    other = policies.draft(policy.brand, name="Other", terms=CN_LAW, by=admin)
    policies.publish(other, by=admin)
    browser.post(f"{P}{policy.pk}/removal")
    browser.post(f"{P}{other.pk}/removal")
    assert list(Policy.objects.all()) == [other]


def test_a_name_that_is_taken_is_told(browser: Client, policy: Policy) -> None:
    again = {"brand": policy.brand.pk, "name": policy.name, "preset": "cn-law"}
    assert "another name" in browser.post(f"{P}new/", again).content.decode()


def test_the_simulator_answers_with_rules_money_and_dates_and_creates_nothing(
    browser: Client, shop: Shop, policy: Policy, admin: Staff
) -> None:
    policies.publish(policy, by=admin)
    Policy.objects.update(effective_from="2026-01-01T00:00Z")
    order = shop.lamp_delivered("2026-11-02 15:00")
    asked = {
        "number": f"#{order.external_no.lower()}",
        "at": "2026-11-09T23:59",
        "kind": "return",
        "reason": "changed_mind",
        "destination": "original",
    }
    assert "Nothing is created" in page(browser, f"{P}simulator/")
    shown = browser.post(f"{P}simulator/", asked).content.decode()
    assert "Eligible" in shown
    assert "approved immediately" in shown
    assert "CN¥100.00" in shown
    assert "2026-11-09" in shown
    late = browser.post(f"{P}simulator/", asked | {"at": "2026-11-10T00:00"}).content.decode()
    assert "Not eligible" in late
    assert "within_the_window" in late
    assert not Claim.objects.exists()


def test_the_simulator_tries_a_draft_an_item_and_goods_that_lack_something(
    browser: Client, shop: Shop, policy: Policy
) -> None:
    order = shop.lamp_delivered("2026-11-02 15:00")
    asked = {
        "number": order.external_no,
        "sku": "LAMP-1-W",
        "at": "2026-11-05T12:00",
        "kind": "exchange",
        "reason": "changed_mind",
        "new_sku": "LAMP-1-W",
        "destination": "original",
        "policy": str(policy.pk),
        "lacking": ["accessories"],
    }
    seen = browser.post(f"{P}simulator/", asked).context["seen"]
    assert (seen.policy, seen.outcome) == (policy, "eligible")
    assert browser.post(f"{P}simulator/", asked | {"policy": ""}).context["seen"].policy is None
    wrong = browser.post(f"{P}simulator/", asked | {"number": "nobody's", "policy": str(uuid7())})
    assert set(wrong.context["form"].errors) == {"number", "policy"}
