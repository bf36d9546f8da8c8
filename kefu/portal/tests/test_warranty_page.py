"""Is it covered? Anyone with a serial number asks; whoever has registered a unit claims for it without an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kefu.claims import covering, filing
from kefu.claims.asked import AskedLine
from kefu.claims.models import Claim, Policy
from kefu.claims.presets import CN_LAW
from kefu.claims.preview import preview
from kefu.claims.termchoices import WarrantyStart
from kefu.claims.tests.conftest import shop as shop
from kefu.claims.tests.desk import BY_HAND, now, publish
from kefu.claims.tests.shop import Shop, clock
from kefu.orders import registering
from kefu.orders.models import RegisteredProduct
from kefu.people.models import Customer
from kefu.portal import warranty
from kefu.portal.tests.test_claims_of_a_customer import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def lamp(shop: Shop) -> Shop:
    publish(shop, BY_HAND)
    shop.product.warranty_months = 12
    shop.product.known_faults = [{"fault": "It flickers", "advice": "Turn the bulb firmly."}]
    shop.product.manuals = [
        {"title": "Manual", "url": "https://lumo.example/manual.pdf"},
        {"title": "Trap", "url": "javascript:alert(1)"},
    ]
    shop.product.save()
    return shop


def register(client: Client, shop: Shop, serial: str = "sn 1", day: date | None = None) -> str:
    bought = day or timezone.localdate() - timedelta(days=30)
    said = {"model": "lamp-1", "serial": serial, "purchased_at": str(bought)}
    answer = client.post(f"/b/{shop.brand.slug}/warranty/registration", said)
    return answer["Location"] if answer.status_code == 302 else answer.content.decode()


def test_a_registered_unit_is_covered_until_its_last_day(lamp: Shop, lin: Customer) -> None:
    register(browser(lin), lamp)
    page = browser().post("/warranty/", {"serial": "SN1"}).content.decode()
    assert "Covered" in page and "until 20" in page
    assert "It flickers" in page and "manual.pdf" in page
    assert "javascript:" not in page


def test_a_unit_that_left_with_an_order_is_known_without_registering(lamp: Shop) -> None:
    order = lamp.order(lamp.line(serials=["SN-77"]), placed_at=timezone.now() - timedelta(days=800))
    lamp.delivered(order, timezone.now() - timedelta(days=798))
    page = browser().post("/warranty/", {"serial": "sn-77"}).content.decode()
    assert "It ended on" in page


def test_days_are_those_of_the_brand(lamp: Shop) -> None:
    """It came in the morning in Shanghai, where it was still the day before in London."""
    publish(
        lamp, replace(BY_HAND, warranty=replace(BY_HAND.warranty, start=WarrantyStart.DELIVERED)), "Later"
    )
    Policy.objects.exclude(name="Later").delete()
    order = lamp.order(lamp.line(serials=["SN-77"]), placed_at=clock("2026-11-18 09:00"))
    lamp.delivered(order, clock("2026-11-20 07:00"))
    (found,) = browser().post("/warranty/", {"serial": "SN-77"}).context["found"]
    assert found.cover.covered_until == date(2027, 11, 20)


def test_an_unknown_number_says_what_to_do_and_tells_of_nobody(lamp: Shop) -> None:
    page = browser().post("/warranty/", {"serial": "NOPE"})
    assert page.status_code == 200
    assert "We have no record of this number yet" in page.content.decode()


def test_looking_up_is_limited(lamp: Shop) -> None:
    client = browser()
    answers = [client.post("/warranty/", {"serial": f"X{n}"}).status_code for n in range(61)]
    assert answers[-1] == 429


def test_registering_needs_a_customer(lamp: Shop) -> None:
    assert "/my/sign-in" in register(browser(), lamp)
    assert not RegisteredProduct.objects.exists()


def test_registering_twice_is_once_and_not_for_somebody_else(lamp: Shop, lin: Customer) -> None:
    mine = browser(lin)
    assert register(mine, lamp) == register(mine, lamp)
    refused = register(browser(Customer.objects.create(name="Charlie")), lamp)
    assert "registered to someone else" in refused
    assert RegisteredProduct.objects.get().customer == lin


def test_our_own_record_goes_before_what_is_stated(lamp: Shop, lin: Customer) -> None:
    placed = timezone.now() - timedelta(days=100)
    lamp.order(lamp.line(serials=["SN9"]), placed_at=placed)
    register(browser(lin), lamp, serial="SN9")
    unit = RegisteredProduct.objects.get()
    assert unit.proof == "order"
    assert unit.purchased_at == placed.astimezone(timezone.get_fixed_timezone(480)).date()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"model": "nothing"}, "We do not know a model with that name"),
        ({"serial": "  "}, "This field is required"),
        ({"purchased_at": "2999-01-01"}, "is in the future"),
    ],
)
def test_what_cannot_be_is_said(lamp: Shop, lin: Customer, said: dict[str, str], sentence: str) -> None:
    given = {"model": "LAMP-1", "serial": "S", "purchased_at": "2026-01-01"} | said
    answer = browser(lin).post(f"/b/{lamp.brand.slug}/warranty/registration", given)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_claim_without_an_order_begins_at_the_unit(lamp: Shop, lin: Customer) -> None:
    mine = browser(lin)
    where = register(mine, lamp)
    code = BY_HAND.reasons_for("warranty")[0].code
    answer = mine.post(where, {"words": "It flickers since Monday", "reason": code})
    assert answer.status_code == 302
    claim = Claim.objects.get()
    assert claim.order is None and claim.lines.get().registered is not None
    assert "It is covered until" in mine.get(answer["Location"]).content.decode()


def test_a_unit_of_somebody_else_is_not_found(lamp: Shop, lin: Customer) -> None:
    where = register(browser(lin), lamp)
    assert browser(Customer.objects.create(name="Charlie")).get(where).status_code == 404


def test_a_registered_unit_of_several_parcels_is_told_the_same_through_every_door(shop: Shop) -> None:
    """It came in the last of two parcels, fifty days after it was bought."""
    reasons = tuple(replace(one, evidence=()) for one in CN_LAW.reasons)
    terms = replace(CN_LAW.warranty, start=WarrantyStart.DELIVERED, months=12)
    publish(shop, replace(CN_LAW, warranty=terms, reasons=reasons))
    today = timezone.now()
    order = shop.order(shop.line(), shop.line(serials=["SN-9"]), placed_at=today - timedelta(days=400))
    other, mine = order.lines.all()
    shop.delivered(order, today - timedelta(days=390), (other, 1))
    shop.delivered(order, today - timedelta(days=350), (mine, 1))
    unit = registering.register(shop.customer, shop.product, "SN-9", purchased_at=None, by=shop.customer)
    line = AskedLine(registered=unit, reason="fault", wanted="repair")
    seen = preview(shop.asks(order, "warranty", lines=[line]), at=today)
    claim = filing.draft(shop.asks(order, "warranty", lines=[line]), by=shop.customer)
    filing.submit(claim, by=shop.customer)
    by_serial, by_line = (warranty.covered(shop.brand, "SN-9")[0].cover, covering.cover_of(claim))
    RegisteredProduct.objects.update(serial="another")
    (sold,) = warranty.covered(shop.brand, "SN-9")
    told = next(one for one in seen.verdicts if one.rule == covering.RULE)
    assert by_line is not None
    assert by_line.covered_until == by_serial.covered_until == sold.cover.covered_until
    assert (told.outcome, told.facts["last_day"]) == ("pass", str(by_line.covered_until))
    assert now(claim) == "awaiting_shipment"
