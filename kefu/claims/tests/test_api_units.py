"""Registered products through the API: which there are, whether they are covered, and for whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kefu.claims import evidencing, filing
from kefu.claims.models import Claim
from kefu.claims.presets import CN_LAW
from kefu.claims.tests.desk import AskedLine, Desk, publish, uploaded
from kefu.claims.warranty import add_months
from kefu.orders.models import RegisteredProduct
from kefu.people import customer_tokens
from kefu.people.models import Brand, Customer, Staff, StaffToken
from kefu.people.roles import Can
from tests.calling import EVERYTHING, Caller, calling, problem_of, token_of

pytestmark = pytest.mark.django_db
UNITS = "/registered-products"


@pytest.fixture
def unit(desk: Desk) -> RegisteredProduct:
    """Of a customer who has also ordered, since when colleagues know them."""
    publish(desk.shop, CN_LAW)
    desk.order()
    return registered(desk, "SN-1", purchased_at=timezone.localdate() - timedelta(days=10), proof="receipt")


def registered(desk: Desk, serial: str, **fields: Any) -> RegisteredProduct:
    given = {"product": desk.shop.product, "customer": desk.shop.customer, **fields}
    return RegisteredProduct.objects.create(serial=serial, **given)


def acting_as(customer: Customer, admin: Staff) -> Caller:
    token_of(admin, EVERYTHING)
    speaker = StaffToken.objects.filter(staff=admin).latest("id")
    return Caller(customer_tokens.issue(customer, through=speaker)[1])


def complains(desk: Desk, unit: RegisteredProduct) -> Claim:
    customer = desk.shop.customer
    wanted = AskedLine(registered=unit, reason="fault", wanted="repair")
    claim = filing.draft(desk.shop.asks(None, "warranty", lines=[wanted]), by=customer)
    evidencing.hand_in(claim, uploaded(customer), "photo", by=customer)
    return filing.submit(claim, by=customer)


def serials(api: Caller, **asked: Any) -> list[str]:
    return [one["serial"] for one in api.get(UNITS, asked).json()["items"]]


def test_a_unit_is_listed_with_when_it_was_bought_and_what_proves_it(
    desk: Desk, unit: RegisteredProduct
) -> None:
    (shown,) = calling(desk.agent).get(UNITS).json()["items"]
    assert shown["id"] == str(unit.pk)
    assert shown["product"] == {"id": str(unit.product_id), "name": unit.product.name}
    assert (shown["customer"], shown["brand"]) == (str(unit.customer_id), str(desk.shop.brand.pk))
    assert (shown["serial"], shown["proof"], shown["repairs"]) == ("SN-1", "receipt", 0)
    assert shown["purchased_at"] == unit.purchased_at.isoformat() if unit.purchased_at else False


def test_one_tells_its_cover_and_its_claims(desk: Desk, unit: RegisteredProduct) -> None:
    RegisteredProduct.objects.filter(pk=unit.pk).update(paused_days=5, repairs=1)
    claim = complains(desk, unit)
    other = complains(desk, registered(desk, "SN-2", purchased_at=unit.purchased_at))
    shown = calling(desk.agent).get(f"{UNITS}/{unit.pk}").json()
    assert unit.purchased_at is not None
    last = add_months(unit.purchased_at, 12) + timedelta(days=5)
    assert (shown["cover"]["state"], shown["cover"]["covered_until"]) == ("covered", last.isoformat())
    assert (shown["paused_days"], shown["repairs"], shown["cover"]["swap_due"]) == (5, 1, False)
    assert [one["number"] for one in shown["claims"]] == [claim.public_number] != [other.public_number]


def test_units_are_found_by_serial_customer_product_and_brand(
    desk: Desk, unit: RegisteredProduct, other_brand: Brand
) -> None:
    api = calling(desk.agent)
    cup = desk.shop.sells("CUP-1")
    registered(desk, "SN-2", product=cup)
    assert serials(api) == ["SN-2", "SN-1"]
    assert serials(api, serial=" sn-1 ") == ["SN-1"]
    assert serials(api, product=cup.pk) == ["SN-2"]
    assert serials(api, customer=desk.shop.customer.pk, brand=desk.shop.brand.pk) == ["SN-2", "SN-1"]
    assert serials(api, brand=other_brand.pk) == serials(api, serial="") == []
    for wrong in ({"serial": "a\x00b"}, {"serial": "a" * 81}, {"customer": "x"}, {"cursor": "x"}):
        assert problem_of(api.get(UNITS, wrong))["status"] == 422, wrong


def test_the_list_comes_in_pages_and_asks_the_same_number_of_questions(
    desk: Desk, unit: RegisteredProduct
) -> None:
    api, counts, page = calling(desk.agent), [], {}
    for more in range(3):
        for place in range(2):
            registered(desk, f"SN-{more}{place}")
        api.get(UNITS, {"limit": 2})
        with CaptureQueriesContext(connection) as queries:
            page = api.get(UNITS, {"limit": 2}).json()
        counts.append(len(queries))
        assert len(page["items"]) == 2
    assert counts[0] == counts[1] == counts[2] <= 4
    assert len(api.get(UNITS, {"limit": 10, "cursor": page["next"]}).json()["items"]) == 5


def test_a_customer_sees_their_own_and_nobody_elses(
    desk: Desk, unit: RegisteredProduct, admin: Staff
) -> None:
    eve = Customer.objects.create(name="Eve")
    registered(desk, "SN-9", customer=eve)
    lins, eves = acting_as(desk.shop.customer, admin), acting_as(eve, admin)
    assert (serials(lins), serials(eves)) == (["SN-1"], ["SN-9"])
    assert serials(eves, customer=desk.shop.customer.pk) == []
    assert lins.get(f"{UNITS}/{unit.pk}").status_code == 200
    assert problem_of(eves.get(f"{UNITS}/{unit.pk}"))["status"] == 404


def test_whoever_has_no_business_here_sees_none(
    desk: Desk, unit: RegisteredProduct, charlie: Staff, admin: Staff
) -> None:
    """Neither another brand's colleague, nor a token without the right, nor one for a unit of an unknown customer."""
    assert serials(calling(charlie)) == []
    assert problem_of(calling(charlie).get(f"{UNITS}/{unit.pk}"))["status"] == 404
    blind = calling(desk.agent, Can.READ_CONVERSATIONS)
    for path in (UNITS, f"{UNITS}/{unit.pk}"):
        assert problem_of(blind.get(path))["status"] == 403
        assert problem_of(Caller().get(path))["status"] == 401
