"""Where parcels are: told once each, in any order, and never back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.orders import tracking
from kefu.orders.incoming import IncomingTracking
from kefu.orders.models import Order, Shipment, ShipmentLine
from kefu.orders.testing import make_order
from kefu.people.models import Brand, Customer

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
JOURNEY = [
    ("picked_up", NOON),
    ("in_transit", NOON + timedelta(hours=5)),
    ("exception", NOON + timedelta(hours=9)),
    ("delivered", NOON + timedelta(days=1)),
]


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    return make_order(lin, brand, status="processing")  # type: ignore[arg-type]


def parcel(order: Order, number: str = "SF1") -> Shipment:
    return Shipment.objects.create(brand=order.brand, order=order, carrier="sf", tracking_no=number)


def seen(*told: tuple[str, datetime]) -> list[IncomingTracking]:
    return [IncomingTracking(external_id=f"{status} {at}", at=at, status=status) for status, at in told]


def fresh(shipment: Shipment) -> Shipment:
    return Shipment.objects.select_related("order").get(pk=shipment.pk)


@pytest.mark.parametrize("told", [list(way) for way in permutations(JOURNEY)])
def test_in_whatever_order_it_is_told_the_end_is_the_same(
    order: Order, told: list[tuple[str, datetime]]
) -> None:
    shipment = parcel(order)
    for one in told:
        tracking.report(fresh(shipment), seen(one), by=SYSTEM)
    shipment = fresh(shipment)
    assert (shipment.status, shipment.delivered_at) == ("delivered", NOON + timedelta(days=1))
    assert shipment.delivery_source == "carrier"
    order.refresh_from_db()
    assert order.status == "delivered"


def test_told_again_it_changes_nothing(order: Order) -> None:
    shipment = parcel(order)
    assert tracking.report(shipment, seen(*JOURNEY), by=SYSTEM)
    assert not tracking.report(fresh(shipment), seen(*JOURNEY), by=SYSTEM)
    kinds = [entry.kind for entry in log.about(shipment.pk)]
    assert kinds == ["shipment.moved"]
    order.refresh_from_db()
    assert order.version == 2  # told once
    assert fresh(shipment).events.count() == 4


def test_a_problem_on_the_way_shows_until_it_moves_on(order: Order) -> None:
    shipment = parcel(order)
    for number, status in ((1, "in_transit"), (3, "exception"), (4, "in_transit")):
        tracking.report(
            fresh(shipment),
            seen(*JOURNEY[:number]) if number < 4 else seen(("in_transit", NOON + timedelta(hours=12))),
            by=SYSTEM,
        )
        assert fresh(shipment).status in (status, "picked_up")
    assert fresh(shipment).status == "in_transit"


def test_a_parcel_that_came_back_was_not_kept(order: Order) -> None:
    shipment = parcel(order)
    tracking.report(shipment, seen(*JOURNEY, ("returned", NOON + timedelta(days=3))), by=SYSTEM)
    assert fresh(shipment).status == "returned"


def test_an_order_is_delivered_when_all_its_parcels_are(order: Order) -> None:
    first, second = parcel(order), parcel(order, "SF2")
    tracking.report(first, seen(*JOURNEY), by=SYSTEM)
    order.refresh_from_db()
    assert order.status == "shipped"
    tracking.report(fresh(second), seen(*JOURNEY), by=SYSTEM)
    order.refresh_from_db()
    assert order.status == "delivered"


def test_an_order_of_which_a_part_is_still_here_is_not_delivered(order: Order) -> None:
    shipment = parcel(order)
    ShipmentLine.objects.create(shipment=shipment, order_line=order.lines.get(), qty=1)  # of two
    tracking.report(shipment, seen(*JOURNEY), by=SYSTEM)
    order.refresh_from_db()
    assert order.status == "shipped"


def test_a_cancelled_order_stays_so(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(status="cancelled")
    tracking.report(parcel(order), seen(*JOURNEY), by=SYSTEM)
    order.refresh_from_db()
    assert order.status == "cancelled"


def test_a_parcel_to_us_moves_no_order(order: Order) -> None:
    back = Shipment.objects.create(brand=order.brand, order=order, direction="inbound", tracking_no="B1")
    tracking.report(back, seen(*JOURNEY), by=SYSTEM)
    order.refresh_from_db()
    assert order.status == "processing"
    assert fresh(back).status == "delivered"
