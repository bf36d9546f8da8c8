"""An admin says where each brand's goods come back to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from django.utils import timezone

from kefu.claims import slips
from kefu.claims.models import ReturnCentre
from kefu.claims.presets import CN_LAW, ONE_YEAR_LIMITED_WARRANTY
from kefu.claims.terms import Terms, WarrantyTerms, Window
from kefu.claims.testing import published
from kefu.events.models import Audit
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Customer, Staff
from kefu.people.testing import signed_in

BACK = "/console/settings/return-addresses/"
GIVEN = {
    "recipient": "Returns, hall 3",
    "address": "18 Example Road\nHangzhou",
    "phone": "0571-0000 1018",
    "packing": "Pad it well.",
}
NOTHING_BACK = replace(
    Terms(), window=Window(accept_returns=False, accept_exchanges=False), warranty=WarrantyTerms(months=0)
)


@pytest.fixture
def browser(admin: Staff) -> Client:
    return signed_in(admin)


def changes() -> int:
    return Audit.objects.filter(kind="return_centre.changed").count()


def test_an_admin_enters_the_address_and_changes_it(browser: Client, brand: Brand) -> None:
    answer = browser.post(f"{BACK}{brand.pk}/", GIVEN)
    assert answer["Location"] == BACK
    assert "Returns, hall 3" in browser.get(BACK).content.decode()
    browser.post(f"{BACK}{brand.pk}/", {**GIVEN, "phone": "0571-0000 2000"})
    centre = ReturnCentre.objects.get(brand=brand)
    assert (centre.phone, centre.packing) == ("0571-0000 2000", "Pad it well.")
    assert "0571-0000 2000" in browser.get(f"{BACK}{brand.pk}/").content.decode()
    assert changes() == 2


def test_saved_again_as_it_is_it_is_no_change(browser: Client, brand: Brand) -> None:
    for _time in range(2):
        browser.post(f"{BACK}{brand.pk}/", GIVEN)
    assert ReturnCentre.objects.count() == 1
    assert changes() == 1


def test_two_who_begin_at_once_make_one(brand: Brand, admin: Staff) -> None:
    first, second = (ReturnCentre(brand=brand, **{**GIVEN, "recipient": name}) for name in ("A", "B"))
    first.keep(by=admin)
    second.keep(by=admin)
    assert ReturnCentre.objects.get(brand=brand).recipient == "B"
    assert first.pk == second.pk


@pytest.mark.parametrize(
    ("field", "value"),
    [("recipient", ""), ("address", " "), ("phone", ""), ("phone", "1" * 41), ("packing", "x" * 2_001)],
)
def test_what_is_missing_or_too_long_is_told_at_its_field(
    browser: Client, brand: Brand, field: str, value: str
) -> None:
    answer = browser.post(f"{BACK}{brand.pk}/", {**GIVEN, field: value})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert not ReturnCentre.objects.exists()
    assert changes() == 0


def test_others_than_admins_are_refused(brand: Brand, mei: Staff, supervisor: Staff) -> None:
    for colleague in (mei, supervisor):
        answer = signed_in(colleague).post(f"{BACK}{brand.pk}/", GIVEN)
        assert answer.status_code == 403
    assert not ReturnCentre.objects.exists()


def test_a_stranger_is_led_to_the_sign_in_page(client: Client, brand: Brand, charlie: Customer) -> None:
    assert client.get(BACK).status_code == 302
    assert client.post(f"{BACK}{brand.pk}/", GIVEN).status_code == 302
    assert not ReturnCentre.objects.exists()


def test_a_brand_that_there_is_not_is_not_found(browser: Client) -> None:
    assert browser.post(f"{BACK}{uuid7()}/", GIVEN).status_code == 404


def test_a_brand_that_takes_goods_back_and_says_nowhere_where_to_stands_out(
    browser: Client, brand: Brand, admin: Staff
) -> None:
    published(brand, CN_LAW)
    assert "Missing, but a policy in force needs it" in browser.get(BACK).content.decode()
    ReturnCentre(brand=brand, **GIVEN).keep(by=admin)
    assert "Missing, but a policy in force needs it" not in browser.get(BACK).content.decode()


@pytest.mark.parametrize(
    ("terms", "lacks_it"),
    [(CN_LAW, True), (ONE_YEAR_LIMITED_WARRANTY, True), (NOTHING_BACK, False)],
    ids=["by law", "to be repaired", "nothing comes back"],
)
def test_it_is_needed_where_goods_come_back(brand: Brand, terms: Terms, lacks_it: bool) -> None:
    assert slips.without_centre(Brand.objects.all(), at=timezone.now()) == []
    published(brand, terms)
    assert (slips.without_centre(Brand.objects.all(), at=timezone.now()) == [brand]) is lacks_it


def test_the_policies_lead_there(browser: Client) -> None:
    assert BACK in browser.get("/console/settings/policies/").content.decode()
