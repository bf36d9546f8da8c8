"""Policies are drafted, published once and for all, followed by versions, and chosen by scope and date."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from conftest import make_staff
from kefu.claims import policies
from kefu.claims.models import Policy
from kefu.claims.policies import TooHarsh, policy_for
from kefu.claims.presets import BRAND_30_DAYS, CN_LAW, EU_14_DAYS, TAU_RETAIL
from kefu.claims.preview import preview
from kefu.claims.termfields import BadTerms
from kefu.claims.terms import Terms
from kefu.claims.tests.shop import Shop, clock
from kefu.events.models import Audit
from kefu.people.models import Brand, Refused, Staff
from kefu.people.roles import Role

HARSH = replace(CN_LAW, window=replace(CN_LAW.window, days=3))


def drafted(brand: Brand, by: Staff, terms: Terms = CN_LAW, name: str = "Returns", **fields: Any) -> Policy:
    return policies.draft(brand, name=name, terms=terms, by=by, **fields)


def published(brand: Brand, by: Staff, terms: Terms = CN_LAW, name: str = "Returns", **fields: Any) -> Policy:
    policy = drafted(brand, by, terms, name, **fields)
    policies.publish(policy, by=by)
    return policy


def test_a_draft_holds_for_nobody_until_it_is_published(shop: Shop, admin: Staff) -> None:
    policy = drafted(shop.brand, admin)
    asked = shop.asks(shop.order())
    assert policy_for(asked, timezone.now()) is None
    policies.publish(policy, by=admin)
    policy.refresh_from_db()
    assert policy_for(asked, timezone.now()) == policy
    assert (policy.published_by, policy.law_profile) == (admin, "cn")
    assert Terms.read(policy.terms) == CN_LAW
    kinds = Audit.objects.filter(subject_id=policy.pk).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["policy.drafted", "policy.published"]


def test_terms_harsher_than_the_law_are_not_published_and_the_article_is_named(
    brand: Brand, admin: Staff
) -> None:
    policy = drafted(brand, admin, HARSH)
    with pytest.raises(TooHarsh, match="Consumer Rights Protection Law of China, article 25") as refused:
        policies.publish(policy, by=admin)
    assert [problem.field for problem in refused.value.problems] == ["window.days"]
    policy.refresh_from_db()
    assert policy.published_at is None
    policies.change(policy, terms=replace(HARSH, window=CN_LAW.window), by=admin)
    policies.publish(policy, by=admin)


def test_what_is_published_is_neither_changed_nor_published_nor_discarded_again(
    brand: Brand, admin: Staff
) -> None:
    policy = published(brand, admin)
    for verb in (policies.publish, policies.discard):
        with pytest.raises(Refused, match="never changes"):
            verb(policy, by=admin)
    with pytest.raises(Refused, match="never changes"):
        policies.change(policy, terms=BRAND_30_DAYS, by=admin)
    policy.refresh_from_db()
    assert Terms.read(policy.terms) == CN_LAW


def test_a_new_version_begins_as_a_copy_and_takes_over_when_it_is_published(shop: Shop, admin: Staff) -> None:
    first = published(shop.brand, admin, scope={"channels": ["portal"]})
    second = policies.new_version(first, by=admin)
    assert (second.version, second.name, second.scope) == (2, "Returns", {"channels": ["portal"]})
    assert Terms.read(second.terms) == CN_LAW
    assert policies.new_version(first, by=admin) == second
    asked = shop.asks(shop.order())
    assert policy_for(asked, timezone.now()) == first
    policies.change(second, terms=BRAND_30_DAYS, by=admin)
    policies.publish(second, by=admin)
    assert policy_for(asked, timezone.now()) == second
    assert policy_for(asked, first.published_at) == first  # type: ignore[arg-type]


def test_a_draft_can_be_discarded_once(brand: Brand, admin: Staff) -> None:
    policy = drafted(brand, admin)
    again = Policy.objects.get(pk=policy.pk)
    policies.discard(policy, by=admin)
    for verb in (policies.discard, policies.publish):
        with pytest.raises(Refused, match="discarded"):
            verb(again, by=admin)


def test_a_name_is_taken_once_in_a_brand(brand: Brand, other_brand: Brand, admin: Staff) -> None:
    published(brand, admin)
    with pytest.raises(Refused, match="another name"):
        drafted(brand, admin)
    drafted(other_brand, admin)


def test_a_later_beginning_waits_and_an_end_ends(shop: Shop, admin: Staff) -> None:
    now = timezone.now()
    policy = drafted(shop.brand, admin)
    days: dict[str, Any] = {
        "effective_from": now + timedelta(days=10),
        "effective_to": now + timedelta(days=20),
    }
    policies.change(policy, terms=CN_LAW, by=admin, **days)
    policies.publish(policy, by=admin)
    asked = shop.asks(shop.order())
    for day, found in ((9, None), (11, policy), (19, policy), (20, None)):
        assert policy_for(asked, now + timedelta(days=day)) == found


def test_it_cannot_end_before_it_begins_nor_begin_in_the_past(brand: Brand, admin: Staff) -> None:
    now = timezone.now()
    policy = drafted(brand, admin)
    with pytest.raises(Refused, match="before it begins"):
        policies.change(policy, terms=CN_LAW, by=admin, effective_from=now, effective_to=now)
    policies.change(policy, terms=CN_LAW, by=admin, effective_from=now - timedelta(days=400))
    policies.publish(policy, by=admin)
    assert policy.effective_from is not None
    assert policy.effective_from >= now
    ended = drafted(brand, admin, name="Ended")
    policies.change(ended, terms=CN_LAW, by=admin, effective_to=now - timedelta(days=1))
    with pytest.raises(Refused, match="before it begins"):
        policies.publish(ended, by=admin)


@pytest.mark.parametrize(
    "scope", [{"countries": "DE"}, {"skus": [1]}, {"channels": ["x" * 81]}, {"categories": ["a"] * 201}]
)
def test_a_scope_that_makes_no_sense_is_refused(brand: Brand, admin: Staff, scope: dict[str, Any]) -> None:
    with pytest.raises(BadTerms) as refused:
        drafted(brand, admin, scope=scope)
    assert list(refused.value.problems) == [f"scope.{next(iter(scope))}"]
    assert not Policy.objects.exists()


def test_the_narrowest_policy_that_takes_everything_asked_is_chosen(shop: Shop, admin: Staff) -> None:
    ears = shop.variant(shop.sells("EARS", category="Audio"), "EARS-1")
    german, chinese = shop.order(country="DE"), shop.order(country="CN")
    audio = shop.order(shop.line(ears), country="DE")
    mixed = shop.order(shop.line(ears), shop.line(), country="DE")
    usual = published(shop.brand, admin, name="Usual")
    union = published(shop.brand, admin, EU_14_DAYS, "Union", scope={"countries": ["DE", "FR"]})
    sound = published(
        shop.brand, admin, EU_14_DAYS, "Sound", scope={"countries": ["DE"], "categories": ["Audio"]}
    )
    one = published(shop.brand, admin, name="One", scope={"skus": ["LAMP-1-W"], "countries": ["CN"]})
    by_phone = published(
        shop.brand,
        admin,
        name="Phone",
        scope={"channels": ["phone"], "countries": ["DE"], "categories": ["Audio"]},
    )
    now = timezone.now()
    for asked, expected in (
        (shop.asks(german), union),
        (shop.asks(chinese), one),
        (shop.asks(audio), sound),
        (shop.asks(mixed), union),
        (shop.asks(audio, channel="phone"), by_phone),
        (shop.asks(None), usual),
    ):
        assert policy_for(asked, now) == expected


def test_another_brands_policy_never_holds(shop: Shop, other_brand: Brand, admin: Staff) -> None:
    published(other_brand, admin)
    assert policy_for(shop.asks(shop.order()), timezone.now()) is None


def test_a_preview_is_judged_by_the_policy_in_force_and_a_claims_own_terms_go_first(
    shop: Shop, admin: Staff
) -> None:
    policy = published(shop.brand, admin, TAU_RETAIL)
    order = shop.lamp_delivered("2020-01-01 12:00")
    asked = shop.asks(order, reason="")
    seen = preview(asked, at=timezone.now())
    assert (seen.outcome, seen.policy, seen.terms) == ("eligible", policy, TAU_RETAIL)
    frozen = preview(asked, at=clock("2026-11-22 12:00"), terms=CN_LAW)
    assert (frozen.outcome, frozen.policy) == ("not_eligible", None)


@pytest.mark.usefixtures("committed")
def test_two_who_begin_a_new_version_at_once_get_the_same_one() -> None:
    brand = Brand.objects.create(name="Lumo", slug="lumo", language="en")
    admin = make_staff("admin", Role.ADMIN)
    policy = published(brand, admin)

    def begin(_: int) -> Policy:
        try:
            return policies.new_version(policy, by=admin)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as several:
        found = set(several.map(begin, range(4)))
    assert len(found) == 1
    assert Policy.objects.count() == 2
