"""Anyone reads what a brand promises; drafts and other brands' policies are not there."""

from __future__ import annotations

from typing import Any

from django.test import Client

from kefu.claims import policies
from kefu.claims.models import Policy
from kefu.claims.presets import BRAND_30_DAYS, CN_LAW, EU_14_DAYS
from kefu.claims.terms import Terms
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Staff


def published(
    brand: Brand, admin: Staff, name: str = "Returns", terms: Terms = CN_LAW, **fields: Any
) -> Policy:
    policy = policies.draft(brand, name=name, terms=terms, by=admin, **fields)
    policies.publish(policy, by=admin)
    return policy


def read(address: str, status: int = 200) -> str:
    answer = Client().get(address, headers={"accept-language": "en"})
    assert answer.status_code == status
    return answer.content.decode()


def test_what_is_in_force_can_be_read_by_anyone_the_general_one_first(
    brand: Brand, other_brand: Brand, admin: Staff
) -> None:
    assert "Nothing is published here yet" in read("/policies/lumo/")
    assert "/policies/lumo/" not in read("/b/lumo/")
    published(brand, admin, "A union of its own", scope={"countries": ["DE"]}, terms=EU_14_DAYS)
    published(brand, admin)
    policies.draft(brand, name="Later", terms=BRAND_30_DAYS, by=admin)
    published(other_brand, admin, terms=BRAND_30_DAYS)
    assert "/policies/lumo/" in read("/b/lumo/")
    shown = read("/policies/lumo/")
    assert "within 7 days, without giving a reason" in shown
    assert "within 30 days, without" not in shown
    assert shown.index("within 7 days") < shown.index("For orders sent to: DE")
    assert "within 30 days, without" in read("/policies/other/")


def test_a_replaced_version_can_still_be_read_at_its_own_address(brand: Brand, admin: Staff) -> None:
    first = published(brand, admin)
    second = policies.new_version(first, by=admin)
    policies.change(second, terms=BRAND_30_DAYS, by=admin)
    read(f"/policies/lumo/{second.pk}/", 404)
    policies.publish(second, by=admin)
    assert "within 30 days, without" in read("/policies/lumo/")
    assert "within 7 days, without" in read(f"/policies/lumo/{first.pk}/")


def test_a_policy_of_another_brand_is_not_found_here(brand: Brand, other_brand: Brand, admin: Staff) -> None:
    theirs = published(other_brand, admin)
    for address in (f"/policies/lumo/{theirs.pk}/", f"/policies/lumo/{uuid7()}/", "/policies/nobody/"):
        read(address, 404)
