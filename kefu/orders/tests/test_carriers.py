"""Those who manage orders keep the list of carriers; what parcels name stays on it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from conftest import make_staff
from kefu.events.models import Audit
from kefu.orders import kuaidi100, managing_carriers
from kefu.orders.models import Carrier, Shipment, TrackingService
from kefu.orders.taking import carriers
from kefu.orders.testing import make_order, ship
from kefu.people.models import Brand, Customer, Staff, Team
from kefu.people.roles import Role
from kefu.people.testing import signed_in

LIST = "/console/settings/carriers/"
GIVEN = {
    "name": "Hermes",
    "code": "hermes",
    "also": "Evri\n  my  Hermes \n\nEvri",
    "tracking_url": "https://track.example/{number}",
    "tracked_by": "webhook",
    "is_active": "on",
}


@pytest.fixture(autouse=True)
def carrier(brand: Brand) -> Carrier:
    Carrier.objects.all().delete()
    return Carrier.objects.create(code="dhl", name="DHL", also=["DHL Express"])


@pytest.fixture
def browser(supervisor: Staff) -> Client:
    client = signed_in(supervisor)
    client.cookies["kefu-language"] = "en"
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def at(code: str, what: str = "") -> str:
    return f"{LIST}by-code/{code}/{what}"


def test_those_who_do_not_manage_orders_and_strangers_meet_nothing(
    mei: Staff, support: Team, carrier: Carrier
) -> None:
    for address in (LIST, f"{LIST}new/", at("dhl"), at("dhl", "removal")):
        assert Client().post(address).status_code == 302
        for who in (mei, make_staff(f"stores{len(address)}", Role.WAREHOUSE, support)):
            assert signed_in(who).post(address, GIVEN).status_code == 403
    assert Carrier.objects.get() == carrier
    assert not Audit.objects.filter(kind__startswith="carrier").exists()


def test_a_carrier_is_added_and_known_by_all_its_names(browser: Client, supervisor: Staff) -> None:
    assert browser.post(f"{LIST}new/", GIVEN)["Location"] == LIST
    made = Carrier.objects.get(pk="hermes")
    assert (made.also, made.tracked_by, made.is_active, made.phone_tail_needed) == (
        ["Evri", "my Hermes"],
        "webhook",
        True,
        False,
    )
    assert carriers.code_of("EVRI", carriers.names()) == "hermes"
    kept = Audit.objects.get(kind="carrier.added")
    assert (kept.actor_id, kept.data["code"]) == (supervisor.pk, "hermes")
    assert "Hermes" in text(browser.get(LIST))


def test_the_same_form_again_is_refused_at_its_field(browser: Client) -> None:
    browser.post(f"{LIST}new/", GIVEN)
    assert "Another carrier goes by “hermes” already." in text(browser.post(f"{LIST}new/", GIVEN))
    assert Carrier.objects.filter(code="hermes").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("name", "dhl express"),
        ("name", "a\0b"),
        ("code", "two words"),
        ("code", "DHL"),
        ("also", "Evri\ndhl"),
        ("also", "x" * 81),
        ("also", "\n".join(f"n{place}" for place in range(21))),
        ("tracking_url", "https://track.example/"),
        ("tracking_url", "javascript:alert('{number}')"),
        ("tracking_url", "https://{number}.example/"),
        ("tracking_url", "//track.example/{number}"),
        ("tracking_url", "https://[{number}"),
        ("tracked_by", "magic"),
    ],
)
def test_bad_input_stands_at_its_field_and_nothing_is_stored(browser: Client, field: str, value: str) -> None:
    answer = browser.post(f"{LIST}new/", GIVEN | {field: value})
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert Carrier.objects.count() == 1


def test_a_carrier_is_changed_and_the_trail_says_what(browser: Client, carrier: Carrier) -> None:
    form = {"name": "DHL Parcel", "code": "dhl", "also": "DHL Express", "tracked_by": "hand"}
    for _twice in range(2):
        assert browser.post(at("dhl"), form)["Location"] == LIST
    carrier.refresh_from_db()
    assert (carrier.name, carrier.tracked_by, carrier.is_active) == ("DHL Parcel", "hand", False)
    assert Audit.objects.get(kind="carrier.changed").data["what"] == ["is_active", "name", "tracked_by"]


def test_a_code_is_changed_only_while_no_parcel_names_it(
    browser: Client, lin: Customer, brand: Brand
) -> None:
    form = {"name": "DHL", "also": "", "tracked_by": "kuaidi100", "is_active": "on"}
    browser.post(at("dhl"), form | {"code": "dhl-de"})
    assert Carrier.objects.get().code == "dhl-de"
    ship(make_order(lin, brand))
    answer = browser.post(at("sf"), form | {"name": "SF", "code": "shunfeng"})
    assert "Parcels name this code." in text(answer)
    assert Carrier.objects.filter(code="sf").exists()


def test_names_that_two_had_before_may_stay_with_both(browser: Client, carrier: Carrier) -> None:
    Carrier.objects.create(code="dpd", name="DPD", also=["DHL"])
    form = {"name": "DHL", "code": "dhl", "also": "", "tracked_by": "hand"}
    assert browser.post(at("dhl"), form).status_code == 302


def test_a_carrier_that_parcels_name_stays_and_others_go(
    browser: Client, lin: Customer, brand: Brand, carrier: Carrier
) -> None:
    ship(make_order(lin, brand))
    answer = browser.post(at("sf", "removal"), follow=True)
    assert "Parcels name this carrier" in text(answer)
    assert browser.post(at("dhl", "removal"))["Location"] == LIST
    assert browser.post(at("dhl", "removal")).status_code == 404
    assert list(Carrier.objects.values_list("code", flat=True)) == ["sf"]
    assert Audit.objects.filter(kind="carrier.removed").count() == 1


def test_one_that_is_off_keeps_its_name_and_is_not_offered(
    browser: Client, lin: Customer, brand: Brand, mei: Staff
) -> None:
    order = make_order(lin, brand)
    ship(order)
    order.lines.update(qty=3)
    Carrier.objects.filter(code="sf").update(is_active=False)
    mine = signed_in(mei)
    assert "SF Express" in text(mine.get(f"/console/orders/{order.pk}"))
    offered = text(mine.get(f"/console/orders/{order.pk}/shipments"))
    assert ">DHL<" in offered and "SF Express" not in offered


def test_kuaidi100_is_asked_only_about_carriers_that_it_tracks(
    lin: Customer, brand: Brand, carrier: Carrier
) -> None:
    service = TrackingService.objects.create(brand=brand, kind="kuaidi100", name="K")
    order = make_order(lin, brand)
    for code in ("dhl", "unheard-of"):
        Shipment.objects.create(brand=brand, order=order, carrier=code, tracking_no=f"N-{code}")
    assert {one.carrier for one in kuaidi100.due(service)} == {"dhl", "unheard-of"}
    Carrier.objects.update(tracked_by="hand")
    assert {one.carrier for one in kuaidi100.due(service)} == {"unheard-of"}


def test_the_list_says_which_services_are_still_missing(browser: Client, brand: Brand) -> None:
    assert "Not connected yet" in text(browser.get(LIST))
    brand.tracking_services.create(kind="kuaidi100", name="K")
    assert "Not connected yet" not in text(browser.get(LIST))


def test_of_many_who_give_the_same_name_at_once_one_does(committed: None, admin: Staff) -> None:
    Carrier.objects.create(code="first", name="First")

    def add(place: int) -> str:
        try:
            described = {"also": [], "tracking_url": "", "tracked_by": "hand"}
            managing_carriers.add(code=f"c{place}", name="Hermes", by=admin, **described)
        except managing_carriers.Taken:
            return "late"
        finally:
            connections.close_all()
        return "added"

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(add, range(5))) == ["added"] + ["late"] * 4
    assert Carrier.objects.filter(name="Hermes").count() == 1
