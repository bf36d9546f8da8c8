"""Parcels by hand: what is in them is never more than was ordered, and no step that cannot be is taken."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.events.models import Audit
from kefu.lib.ids import uuid7
from kefu.orders import managing_carriers, parcels, tracking
from kefu.orders.incoming import IncomingTracking
from kefu.orders.models import Carrier, Order, Shipment, ShipmentLine
from kefu.orders.models.shipments import ENDED, ShipmentStatus
from kefu.orders.refusals import NotFromHere, OrderMovedOn, Unfit
from kefu.orders.testing import PLACED, make_order, ship
from kefu.people.models import Brand, Customer, Refused, Staff

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
STATUSES = list(ShipmentStatus)


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    return make_order(lin, brand, status="processing")  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _carriers(brand: Brand) -> None:
    Carrier.objects.all().delete()
    Carrier.objects.create(code="shunfeng", name="顺丰速运", also=["SF Express"])


def fresh(parcel: Shipment) -> Shipment:
    return Shipment.objects.select_related("order").get(pk=parcel.pk)


def delivered_by_the_carrier(parcel: Shipment, at: datetime) -> None:
    tracking.report(fresh(parcel), [IncomingTracking(external_id="d", at=at, status="delivered")], by=SYSTEM)


# -- sending


def test_a_parcel_is_entered_with_what_is_in_it_and_who_entered_it(order: Order, mei: Staff) -> None:
    line = order.lines.get()
    sent = parcels.send(order, by=mei, carrier="sf express", tracking_no=" SF 1 ", contents={line.pk: 1})
    assert (sent.carrier, sent.tracking_no, sent.status, sent.entered_by) == (
        "shunfeng",
        "SF 1",
        "created",
        mei,
    )
    assert list(sent.lines.values_list("order_line", "qty")) == [(line.pk, 1)]
    entry = log.about(sent.pk)[0]
    assert (entry.kind, entry.actor_id, entry.data["status"]) == ("shipment.moved", mei.pk, "created")
    order.refresh_from_db()
    assert (order.version, order.status) == (2, "processing")


def test_without_saying_what_is_in_it_all_that_is_left_is(order: Order, mei: Staff) -> None:
    line = order.lines.get()
    parcels.send(order, by=mei, contents={line.pk: 1})
    assert parcels.unsent(order) == {line.pk: 1}
    parcels.send(order, by=mei)
    assert parcels.unsent(order) == {line.pk: 0}
    with pytest.raises(Refused, match="in a parcel already"):
        parcels.send(order, by=mei)
    assert order.shipments.count() == 2


def test_handed_over_at_once_it_takes_the_order_along(order: Order, mei: Staff) -> None:
    sent = parcels.send(order, by=mei, tracking_no="SF1", status="picked_up")
    assert fresh(sent).status == "picked_up"
    order.refresh_from_db()
    assert order.status == "shipped"


def test_what_was_lost_or_came_back_can_be_sent_again(order: Order, mei: Staff) -> None:
    line = order.lines.get()
    for ending in ("lost", "returned"):
        parcel = parcels.send(order, by=mei, status="picked_up")
        parcels.mark(parcel, ending, by=mei)
        assert parcels.unsent(order) == {line.pk: 2}


@pytest.mark.parametrize(
    ("contents", "carrier", "field"),
    [
        ({"line": 3}, "", "lines"),
        ({"line": 0}, "", "lines"),
        ({"line": -1}, "", "lines"),
        ({}, "", "lines"),
        ({"other": 1}, "", "lines"),
        (None, "Nobody's", "carrier"),
        (None, "off", "carrier"),
    ],
)
def test_what_cannot_be_sent_is_named(
    contents: dict[str, int] | None, carrier: str, field: str, order: Order, mei: Staff
) -> None:
    Carrier.objects.create(code="off", name="Off", is_active=False)
    known = {"line": order.lines.get().pk, "other": uuid7()}
    packed = None if contents is None else {known[name]: qty for name, qty in contents.items()}
    with pytest.raises(Unfit) as refusal:
        parcels.send(order, by=mei, carrier=carrier, contents=packed)
    assert refusal.value.field == field
    order.refresh_from_db()
    assert (order.shipments.count(), order.version) == (0, 1)


def test_the_same_number_is_the_same_parcel_and_so_is_the_same_form(order: Order, mei: Staff) -> None:
    line, key = order.lines.get(), uuid7()
    first = parcels.send(order, by=mei, tracking_no="SF1", contents={line.pk: 1})
    assert parcels.send(order, by=mei, tracking_no=" SF1 ", contents={line.pk: 1}) == first
    with pytest.raises(Unfit, match="other things in it"):
        parcels.send(order, by=mei, tracking_no="SF1", contents={line.pk: 2})
    unnumbered = parcels.send(order, by=mei, contents={line.pk: 1}, key=key, status="picked_up")
    assert parcels.send(order, by=mei, contents={line.pk: 1}, key=key, status="picked_up") == unnumbered
    assert (order.shipments.count(), unnumbered.events.count()) == (2, 1)


def test_nothing_is_sent_of_a_cancelled_order_or_on_what_was_seen_before(order: Order, mei: Staff) -> None:
    with pytest.raises(OrderMovedOn):
        parcels.send(order, by=mei, version=7)
    Order.objects.filter(pk=order.pk).update(status="cancelled")
    with pytest.raises(Refused, match="cancelled"):
        parcels.send(order, by=mei)
    assert not order.shipments.exists()


def test_a_parcel_that_says_what_is_in_it_does_not_hold_back_an_order_whose_others_do_not(
    order: Order, mei: Staff
) -> None:
    told = Shipment.objects.create(brand=order.brand, order=order, tracking_no="T1", external_id="s-1")
    delivered_by_the_carrier(told, NOON)
    second = parcels.send(order, by=mei, contents={order.lines.get().pk: 1}, status="picked_up")
    parcels.mark(second, "delivered", by=mei)
    order.refresh_from_db()
    assert order.status == "delivered"


# -- marking


def test_a_colleague_marks_it_and_the_customer_reads_what_they_say(order: Order, mei: Staff) -> None:
    parcel = parcels.send(order, by=mei, status="picked_up")
    parcels.mark(parcel, "out_for_delivery", by=mei, text="Between\n two and four")
    seen = parcel.events.order_by("at").last()
    assert seen is not None and (seen.status, seen.text) == ("out_for_delivery", "Between two and four")
    moved = [entry for entry in log.about(parcel.pk) if entry.data["status"] == "out_for_delivery"]
    assert [(entry.actor_id, "text" in entry.data) for entry in moved] == [(mei.pk, False)]


@pytest.mark.parametrize("now", STATUSES)
def test_exactly_the_steps_that_are_named_are_taken(now: str, order: Order, mei: Staff) -> None:
    for told in STATUSES:
        parcel = Shipment.objects.create(brand=order.brand, order=order, status=now, entered_by=mei)
        allowed = parcels.steps(parcel)
        if told in allowed:
            parcels.mark(parcel, told, by=mei)
            assert fresh(parcel).status == told
        else:
            with pytest.raises(NotFromHere) as refusal:
                parcels.mark(parcel, told, by=mei)
            assert refusal.value.allowed == allowed
            assert (fresh(parcel).status, parcel.events.count()) == (now, 0)


@pytest.mark.parametrize("now", [status for status in STATUSES if parcels.steps(Shipment(status=status))])
def test_what_is_likely_is_possible(now: str) -> None:
    parcel = Shipment(status=now)
    assert parcels.likely(parcel) in parcels.steps(parcel)


def test_nothing_ended_goes_on_its_way_again() -> None:
    for status in ENDED:
        assert not set(parcels.steps(Shipment(status=status))) - set(ENDED)


def test_only_what_a_colleague_entered_is_taken_back_by_hand(order: Order, mei: Staff) -> None:
    mine = parcels.send(order, by=mei, tracking_no="SF1")
    assert "cancelled" in parcels.steps(mine)
    for told in ({"external_id": "s-1"}, {"entered_by": None}):
        Shipment.objects.filter(pk=mine.pk).update(**told)
        assert "cancelled" not in parcels.steps(fresh(mine))
        mine.save()


def test_a_parcel_to_us_is_not_marked_here(order: Order, mei: Staff) -> None:
    back = Shipment.objects.create(brand=order.brand, order=order, direction="inbound", tracking_no="B1")
    with pytest.raises(NotFromHere) as refusal:
        parcels.mark(back, "delivered", by=mei)
    assert refusal.value.allowed == []


def test_the_day_of_delivery_is_corrected_and_a_carrier_no_longer_changes_it(
    order: Order, mei: Staff
) -> None:
    parcel = parcels.send(order, by=mei, status="picked_up")
    delivered_by_the_carrier(parcel, NOON)
    corrected = NOON + timedelta(days=2)
    parcels.mark(fresh(parcel), "delivered", at=corrected, by=mei)
    tracking.report(
        fresh(parcel), [IncomingTracking(external_id="d2", at=NOON, status="delivered")], by=SYSTEM
    )
    parcel = fresh(parcel)
    assert (parcel.delivered_at, parcel.delivery_source) == (corrected, "staff")
    kept = Audit.objects.get(kind="shipment.delivered_by_hand")
    assert (kept.actor_id, kept.data["before"], kept.data["after"]) == (
        mei.pk,
        NOON.isoformat(),
        corrected.isoformat(),
    )


def test_it_may_have_arrived_earlier_than_was_marked(order: Order, mei: Staff) -> None:
    parcel = parcels.send(order, by=mei, status="picked_up")
    parcels.mark(parcel, "delivered", at=NOON + timedelta(days=3), by=mei)
    parcels.mark(parcel, "delivered", at=NOON, by=mei)
    assert fresh(parcel).delivered_at == NOON


@pytest.mark.parametrize(
    "at",
    [
        timezone.now() + timedelta(hours=1),
        PLACED - timedelta(minutes=1),
        datetime(1, 1, 1, tzinfo=UTC),
    ],
)
def test_a_moment_that_cannot_be_is_refused(at: datetime, order: Order, mei: Staff) -> None:
    parcel = parcels.send(order, by=mei)
    with pytest.raises(Unfit) as refusal:
        parcels.mark(parcel, "delivered", at=at, by=mei)
    assert refusal.value.field == "at"
    assert fresh(parcel).status == "created"


def test_it_did_not_come_back_before_it_arrived(order: Order, mei: Staff) -> None:
    parcel = parcels.send(order, by=mei, status="picked_up")
    parcels.mark(parcel, "delivered", at=NOON, by=mei)
    with pytest.raises(Unfit):
        parcels.mark(parcel, "returned", at=NOON - timedelta(hours=1), by=mei)
    parcels.mark(parcel, "returned", at=NOON + timedelta(hours=1), by=mei)
    assert fresh(parcel).status == "returned"


def test_the_same_form_again_and_a_version_of_before_change_nothing(order: Order, mei: Staff) -> None:
    parcel, key = parcels.send(order, by=mei, status="picked_up"), uuid7()
    for _twice in range(2):
        parcels.mark(parcel, "delivered", at=NOON, by=mei, key=key)
    assert parcel.events.filter(status="delivered").count() == 1
    with pytest.raises(OrderMovedOn):
        parcels.mark(parcel, "returned", by=mei, version=1)
    assert fresh(parcel).status == "delivered"


def test_a_shops_word_that_has_no_date_gives_way_to_a_colleagues(order: Order, mei: Staff) -> None:
    told = Shipment.objects.create(
        brand=order.brand, order=order, status="out_for_delivery", external_id="s-1"
    )
    parcels.mark(told, "exception", by=mei, text="Nobody was there")
    assert fresh(told).status == "exception"


def test_a_parcel_about_no_order_is_marked_as_well(brand: Brand, mei: Staff) -> None:
    parcel = Shipment.objects.create(brand=brand, tracking_no="X1")
    parcels.mark(parcel, "delivered", at=NOON, by=mei)
    assert fresh(parcel).delivered_at == NOON


# -- at the same time


def at_once(work: Any, many: int) -> list[Any]:
    def alone(place: int) -> Any:
        try:
            return work(place)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(alone, range(many)))


def test_of_many_who_pack_the_same_units_no_more_are_sent_than_were_ordered(
    committed: None, lin: Customer, brand: Brand, mei: Staff
) -> None:
    order = make_order(lin, brand)
    line = order.lines.get()

    def pack(place: int) -> str:
        try:
            mine = Order.objects.get(pk=order.pk)
            parcels.send(mine, by=mei, tracking_no=f"T{place}", contents={line.pk: 1})
        except Unfit:
            return "late"
        return "sent"

    assert sorted(at_once(pack, 6)) == ["late"] * 4 + ["sent"] * 2
    assert ShipmentLine.objects.count() == 2


def test_of_two_who_end_it_differently_one_is_told_what_is_left_to_say(
    committed: None, lin: Customer, brand: Brand, mei: Staff
) -> None:
    parcel = ship(make_order(lin, brand))

    def end(place: int) -> str:
        mine = fresh(parcel)
        try:
            parcels.mark(mine, "returned" if place % 2 else "out_for_delivery", by=mei)
        except NotFromHere:
            return "late"
        return "done"

    assert at_once(end, 6).count("done") >= 1
    assert fresh(parcel).status == "returned"
    assert parcel.events.filter(status="returned").count() == 1


def test_a_carrier_is_not_removed_while_a_parcel_is_entered_with_it(
    committed: None, lin: Customer, brand: Brand, mei: Staff, admin: Staff
) -> None:
    order = make_order(lin, brand)
    carrier = Carrier.objects.get()

    def either(place: int) -> str:
        try:
            if place:
                parcels.send(Order.objects.get(pk=order.pk), by=mei, carrier="shunfeng", tracking_no="SF1")
            else:
                managing_carriers.remove(Carrier.objects.get(pk=carrier.pk), by=admin)
        except Refused:
            return "refused"
        return "done"

    assert sorted(at_once(either, 2)) == ["done", "refused"]
    assert Carrier.objects.exists() == Shipment.objects.exists()
