"""What sources report is stored once, merged with what was changed here, and a bad row harms no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.orders.incoming import (
    IncomingCustomer,
    IncomingLine,
    IncomingMethod,
    IncomingOrder,
    IncomingPart,
    IncomingPayment,
    IncomingProduct,
    IncomingRefund,
    IncomingShipment,
    IncomingTracking,
    IncomingVariant,
)
from kefu.orders.models import (
    Carrier,
    Order,
    OrderLine,
    OrderSource,
    Payment,
    Product,
    ReportedRefund,
    Shipment,
)
from kefu.orders.taking import Taken, take, taking
from kefu.people.models import Brand, Customer, Identity

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CARD = IncomingMethod(external_id="card_1", kind="card", display_tail="4242")


@pytest.fixture
def source(brand: Brand) -> OrderSource:
    return OrderSource.objects.create(brand=brand, kind="file", name="Shop")


def order(number: str = "A-1", **changes: Any) -> IncomingOrder:
    told: dict[str, Any] = {
        "external_no": number,
        "currency": "CNY",
        "customer": IncomingCustomer(user_id="u1", name="林", email="lin@example.test"),
        "address": {
            "name": "林",
            "line1": "南京路 1",
            "city": "上海",
            "country": "CN",
            "phone": "13800001234",
        },
        "lines": (
            IncomingLine(external_id="l1", sku="LAMP-W", name="Lamp", unit_price_minor=19900),
            IncomingLine(external_id="l2", sku="BULB", name="Bulb", qty=2, unit_price_minor=2950),
        ),
        "payments": (IncomingPayment(external_id="p1", amount_minor=25800, method=CARD),),
        "placed_at": NOON,
    }
    return IncomingOrder(**(told | changes))


def taken(source: OrderSource, *rows: Any) -> Taken:
    return take(source, rows, by=SYSTEM)


def counts(taken: Taken) -> tuple[int, int, int, int]:
    return taken.created, taken.changed, taken.unchanged, len(taken.bad)


def told_about(order: Order) -> list[tuple[str, Any]]:
    return [(entry.kind, entry.data.get("what")) for entry in log.about(order.pk)]


def test_an_order_is_stored_with_everything_that_was_told(source: OrderSource) -> None:
    parts = (IncomingPart(sku="LAMP-W"), IncomingPart(sku="BULB", qty=2))
    sent = IncomingShipment(
        tracking_no="SF1", carrier="sf", status="in_transit", shipped_at=NOON, parts=parts
    )
    assert counts(taken(source, order(status="shipped", shipments=(sent,)))) == (1, 0, 0, 0)
    stored = Order.objects.get()
    assert (stored.external_no, stored.status, stored.currency, stored.country) == (
        "A-1",
        "shipped",
        "CNY",
        "CN",
    )
    assert (stored.address["city"], stored.email, stored.phone) == ("上海", "lin@example.test", "13800001234")
    assert [(line.sku, line.qty, line.paid_minor) for line in stored.lines.all()] == [
        ("LAMP-W", 1, 19900),
        ("BULB", 2, 5900),
    ]
    payment = stored.payments.get()
    assert (payment.captured_minor, payment.method.display_tail) == (25800, "4242")
    shipment = stored.shipments.get()
    assert (shipment.tracking_no, shipment.status) == ("SF1", "in_transit")
    assert sorted(shipment.lines.values_list("order_line__sku", "qty")) == [("BULB", 2), ("LAMP-W", 1)]
    assert told_about(stored) == [("order.placed", None)]


def test_the_same_report_again_changes_nothing(source: OrderSource) -> None:
    refund = IncomingRefund(external_id="r1", amount_minor=2950)
    sent = IncomingShipment(
        tracking_no="SF1", status="delivered", delivered_at=NOON, parts=(IncomingPart(sku="BULB"),)
    )
    report = order(refunds=(refund,), shipments=(sent,))
    taken(source, report)
    assert counts(taken(source, report)) == (0, 0, 1, 0)
    # Also by the long way, when only the digest of the whole differs.
    Order.objects.update(reported_at=None)
    for one in Order.objects.all():
        one.reported.pop("all")
        one.save(update_fields=["reported"])
    assert counts(taken(source, report)) == (0, 0, 1, 0)
    stored = Order.objects.get()
    assert stored.version == 1
    assert told_about(stored) == [("order.placed", None)]
    assert stored.payments.get().returned_minor == 2950
    assert ReportedRefund.objects.count() == 1


def test_a_change_raises_the_version_and_says_what_changed(source: OrderSource) -> None:
    taken(source, order())
    address = {**order().address, "line1": "北京路 9"}
    assert counts(taken(source, order(address=address, status="processing"))) == (0, 1, 0, 0)
    stored = Order.objects.get()
    assert (stored.version, stored.address["line1"], stored.status) == (2, "北京路 9", "processing")
    assert told_about(stored)[-1] == ("order.changed", ["address", "status"])


def test_lines_are_matched_by_their_id_and_what_is_told_no_more_goes(source: OrderSource) -> None:
    taken(source, order())
    lamp = OrderLine.objects.get(sku="LAMP-W")
    shade = IncomingLine(external_id="l3", sku="SHADE", name="Shade", unit_price_minor=500)
    cheaper = replace(order().lines[0], discount_minor=900)
    taken(source, order(lines=(shade, cheaper)))
    assert [(line.sku, line.paid_minor) for line in Order.objects.get().lines.all()] == [
        ("LAMP-W", 19000),
        ("SHADE", 500),
    ]
    lamp.refresh_from_db()
    assert lamp.discount_minor == 900


def test_two_units_of_one_sku_are_two_lines_and_stay_so(source: OrderSource) -> None:
    twice = IncomingLine(sku="BULB", name="Bulb", unit_price_minor=100)
    parts = (IncomingPart(sku="BULB"), IncomingPart(sku="BULB"))
    sent = (IncomingShipment(tracking_no="1", parts=parts),)
    for _again in range(2):
        taken(source, order(lines=(twice, twice), shipments=sent))
        assert OrderLine.objects.count() == 2
        assert Shipment.objects.get().lines.count() == 2


# -- what was changed here


def test_lines_that_were_changed_here_stay_whatever_the_source_says(source: OrderSource) -> None:
    taken(source, order())
    OrderLine.objects.filter(sku="LAMP-W").update(sku="LAMP-B", unit_price_minor=20900)
    taken(source, order(status="processing"))
    dearer = replace(order().lines[1], unit_price_minor=9900)
    taken(source, order(status="processing", lines=(order().lines[0], dearer)))
    assert [(line.sku, line.unit_price_minor) for line in Order.objects.get().lines.all()] == [
        ("LAMP-B", 20900),
        ("BULB", 2950),
    ]


def test_an_address_changed_here_stays_until_the_source_agrees_with_it(source: OrderSource) -> None:
    taken(source, order())
    ours = {**order().address, "line1": "淮海路 5"}
    stored = Order.objects.get()
    stored.address = ours
    stored.save()
    taken(source, order(status="processing"), order(status="processing", address={"line1": "elsewhere"}))
    assert Order.objects.get().address == ours
    taken(source, order(status="processing", address=ours))
    taken(source, order(status="processing", address={"line1": "moved again"}))
    assert Order.objects.get().address == {"line1": "moved again"}


@pytest.mark.parametrize(
    ("first", "then", "stays"),
    [
        ("shipped", "pending", "shipped"),
        ("delivered", "cancelled", "delivered"),
        ("cancelled", "processing", "cancelled"),
        ("pending", "cancelled", "cancelled"),
        ("pending", "delivered", "delivered"),
    ],
)
def test_a_status_never_goes_back(source: OrderSource, first: str, then: str, stays: str) -> None:
    taken(source, order(status=first))
    taken(source, order(status=then))
    assert Order.objects.get().status == stays


def test_a_report_that_the_source_dates_before_its_last_one_is_passed_over(source: OrderSource) -> None:
    taken(source, order(reported_at=NOON, address={"line1": "new"}))
    late = order(reported_at=NOON - timedelta(minutes=1), address={"line1": "old"})
    assert counts(taken(source, late)) == (0, 0, 1, 0)
    assert Order.objects.get().address == {"line1": "new"}


@pytest.mark.parametrize("way", list(permutations(range(3))))
def test_dated_reports_in_any_order_end_as_the_latest_says(source: OrderSource, way: tuple[int, ...]) -> None:
    told = [
        order(reported_at=NOON + timedelta(hours=hour), address={"line1": f"street {hour}"}, status=status)
        for hour, status in enumerate(("pending", "processing", "shipped"))
    ]
    taken(source, *(told[place] for place in way))
    stored = Order.objects.get()
    assert (stored.address, stored.status) == ({"line1": "street 2"}, "shipped")


def test_a_shipment_never_goes_back_and_is_seen_once(source: OrderSource) -> None:
    seen = IncomingTracking(external_id="e1", at=NOON, status="delivered", text="签收")
    taken(source, order(shipments=(IncomingShipment(tracking_no="SF1", status="created", events=(seen,)),)))
    taken(
        source, order(shipments=(IncomingShipment(tracking_no="SF1", status="in_transit", events=(seen,)),))
    )
    shipment = Shipment.objects.get()
    assert (shipment.status, shipment.delivered_at, shipment.delivery_source) == ("delivered", NOON, "import")
    assert shipment.events.count() == 1


# -- money


def test_refunds_are_added_once_and_never_above_what_was_paid(source: OrderSource) -> None:
    taken(source, order())
    Payment.objects.update(returned_minor=20000)  # ours, which the shop now tells us
    first = IncomingRefund(external_id="r1", amount_minor=20000, payment="p1")
    second = IncomingRefund(external_id="r2", amount_minor=800, method="card_1")
    taken(source, order(refunds=(first,)), order(refunds=(first, second)))
    assert Payment.objects.get().returned_minor == 25800
    assert sorted(ReportedRefund.objects.values_list("external_id", flat=True)) == ["r1", "r2"]


def test_a_gift_card_follows_the_shop_and_what_moves_here_comes_on_top(source: OrderSource) -> None:
    def reports(balance: int) -> None:
        card = IncomingMethod(external_id="g1", kind="gift_card", currency="CNY", balance_minor=balance)
        taken(source, IncomingCustomer(user_id="u1", methods=(card,)))

    reports(5000)
    card = Customer.objects.get().payment_methods.get()
    card.enter(700, why="refund", reference="refund 1")
    reports(5000)
    card.refresh_from_db()
    assert card.balance_minor == 5700
    reports(4000)
    card.refresh_from_db()
    assert card.balance_minor == 4700
    assert sorted(card.entries.values_list("amount_minor", flat=True)) == [-1000, 700, 5000]


def test_a_payment_is_by_the_method_that_is_told_and_no_other(source: OrderSource) -> None:
    gift = IncomingMethod(external_id="g1", kind="gift_card", currency="CNY", balance_minor=5000)
    credit = IncomingMethod(kind="store_credit", currency="CNY", balance_minor=100)
    taken(source, IncomingCustomer(user_id="u1", methods=(gift, credit)))
    paid = tuple(
        IncomingPayment(external_id=str(number), amount_minor=1, method=method)
        for number, method in enumerate(
            (CARD, IncomingMethod(external_id="g1"), replace(credit, balance_minor=None))
        )
    )
    taken(source, order(payments=paid))
    assert list(
        Order.objects.get().payments.order_by("external_id").values_list("method__kind", flat=True)
    ) == [
        "card",
        "gift_card",
        "store_credit",
    ]


# -- whose it is


def test_an_account_of_the_source_is_one_customer_and_proved_by_it(source: OrderSource) -> None:
    taken(source, order("A-1"), order("A-2"))
    assert Customer.objects.count() == 1
    account = Identity.objects.get(kind="user")
    assert account.scope == source.pk
    assert account.verified_at is not None
    assert Identity.objects.get(kind="email").verified_at is None


def test_the_same_id_at_another_source_is_somebody_else(source: OrderSource, brand: Brand) -> None:
    other = OrderSource.objects.create(brand=brand, kind="file", name="Other shop")
    taken(source, order())
    taken(other, order())
    assert Customer.objects.count() == 2


def test_guests_are_known_by_how_they_were_reached(source: OrderSource) -> None:
    guest = IncomingCustomer(name="Wei")
    taken(source, order("G-1", customer=guest, email="Wei@example.test", address={}))
    taken(
        source, order("G-2", customer=guest, email="wei@example.test", phone="+86 138 0000 9999", address={})
    )
    taken(source, order("G-3", customer=guest, phone="13800009999", address={}))
    assert Customer.objects.count() == 1


def test_an_address_written_into_an_order_never_leads_to_an_account(source: OrderSource) -> None:
    taken(source, order())
    taken(source, order("G-1", customer=IncomingCustomer(name="?"), email="lin@example.test", address={}))
    assert Customer.objects.count() == 2


def test_a_customer_who_was_joined_to_another_keeps_getting_the_orders(
    source: OrderSource, lin: Customer
) -> None:
    from kefu.people import customers

    taken(source, order())
    customers.merge(Customer.objects.exclude(pk=lin.pk).get(), lin, by=SYSTEM)
    taken(source, order("A-2"))
    assert Order.objects.get(external_no="A-2").customer == lin


def test_an_address_of_a_customer_changed_here_stays(source: OrderSource) -> None:
    taken(source, IncomingCustomer(user_id="u1", name="Lin", address={"line1": "old"}))
    customer = Customer.objects.get()
    customer.address = {"line1": "ours"}
    customer.save()
    again = IncomingCustomer(user_id="u1", name="Lin Wei", address={"line1": "old"})
    assert counts(taken(source, again)) == (0, 1, 0, 0)
    customer = Customer.objects.get()
    assert (customer.name, customer.address) == ("Lin Wei", {"line1": "ours"})


# -- products


def lamp(**changes: Any) -> IncomingProduct:
    white = IncomingVariant(sku="LAMP-W", price_minor=19900, currency="CNY", options={"colour": "white"})
    told: dict[str, Any] = {"external_id": "77", "name": "Lamp", "variants": (white,), "warranty_months": 24}
    return IncomingProduct(**(told | changes))


def test_lines_find_their_product_even_when_it_is_told_later(source: OrderSource) -> None:
    taken(source, order())
    taken(source, lamp())
    line = OrderLine.objects.select_related("variant").get(sku="LAMP-W")
    assert line.variant is not None
    assert line.product == Product.objects.get()
    taken(source, order("A-2"))
    assert OrderLine.objects.filter(variant__sku="LAMP-W").count() == 2


def test_a_product_keeps_what_the_desk_decides_and_loses_variants_that_are_no_longer_told(
    source: OrderSource,
) -> None:
    taken(source, lamp())
    Product.objects.update(warranty_months=36)
    black = IncomingVariant(sku="LAMP-B", price_minor=20900, currency="CNY")
    assert counts(taken(source, lamp(name="Desk lamp", variants=(black,)))) == (0, 1, 0, 0)
    assert counts(taken(source, lamp(name="Desk lamp", variants=(black,)))) == (0, 0, 1, 0)
    product = Product.objects.get()
    assert (product.name, product.warranty_months, product.model_no) == ("Desk lamp", 36, "77")
    assert dict(product.variants.values_list("sku", "available")) == {"LAMP-W": False, "LAMP-B": True}


@pytest.mark.parametrize("months", [-1, 601, 40_000])
def test_a_warranty_that_cannot_be_is_named(source: OrderSource, months: int) -> None:
    found = taken(source, lamp(warranty_months=months), lamp(external_id="78", variants=()))
    sentence = f"“{months}” for warranty_months is not a number of months from 0 to 600."
    assert [(bad.place, bad.reason) for bad in found.bad] == [(0, sentence)]
    assert Product.objects.get().external_id == "78"


# -- bad rows


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"external_no": " "}, "The order has no number."),
        ({"lines": ()}, "The order has no lines."),
        ({"currency": "XYZ"}, "“XYZ” is not a currency."),
        ({"status": "lost"}, "“lost” is not one of: pending, processing, shipped, delivered, cancelled."),
        ({"lines": (IncomingLine(name="x", unit_price_minor=10**16),)}, "A number is too large."),
        ({"refunds": (IncomingRefund(amount_minor=30000),)}, "More was refunded than was paid."),
        (
            {"refunds": (IncomingRefund(amount_minor=1, payment="p9"),)},
            "A refund refers to a payment that the order does not have.",
        ),
        (
            {"payments": (IncomingPayment(amount_minor=1, method=IncomingMethod(external_id="?")),)},
            "The payment method “?” is unknown, and its kind is not given.",
        ),
    ],
)
def test_a_bad_row_is_named_with_its_reason_and_its_neighbours_are_taken(
    source: OrderSource, changes: dict[str, Any], reason: str
) -> None:
    found = taken(source, order("B-1"), order(**{"external_no": "B-2", **changes}), order("B-3"))
    assert [(bad.place, bad.reason) for bad in found.bad] == [(1, reason)]
    assert sorted(Order.objects.values_list("external_no", flat=True)) == ["B-1", "B-3"]


def test_another_currency_for_a_known_order_is_refused(source: OrderSource) -> None:
    taken(source, order())
    assert taken(source, order(currency="USD")).bad[0].reason.startswith("The order is in CNY")


def test_the_number_of_queries_does_not_grow_with_the_batch(source: OrderSource) -> None:
    def queries(start: int, size: int) -> int:
        rows = [
            order(f"Q-{number}", customer=IncomingCustomer(user_id=f"u{number}", email=f"{number}@x.test"))
            for number in range(start, start + size)
        ]
        with CaptureQueriesContext(
            connection,
        ) as first:
            taken(source, *rows)
        changed = [replace(row, status="processing", address={"line1": "x"}) for row in rows]
        with CaptureQueriesContext(connection) as second:
            taken(source, *changed)
        return len(first) + len(second)

    assert queries(0, 5) == queries(100, 150)


def test_what_collides_once_is_tried_again(source: OrderSource, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = taking.STORES
    falls = iter([True, False])

    def collides(*args: Any, **kwargs: Any) -> Any:
        if next(falls):
            raise IntegrityError
        return stored[2][1](*args, **kwargs)

    monkeypatch.setattr(taking, "STORES", (*stored[:2], (stored[2][0], collides)))
    assert counts(taken(source, order())) == (1, 0, 0, 0)


def test_the_same_orders_told_by_several_at_once_are_stored_once(committed: None, brand: Brand) -> None:
    source = OrderSource.objects.create(brand=brand, kind="rest", name="Shop")
    rows = [order(f"R-{number}", customer=IncomingCustomer(user_id=f"u{number % 7}")) for number in range(60)]

    def tell(turn: int) -> Taken:
        try:
            return take(source, rows if turn % 2 else rows[::-1], by=SYSTEM)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(tell, range(4)))
    assert sum(each.created for each in outcomes) == 60
    assert [each.bad for each in outcomes] == [[], [], [], []]
    assert (Order.objects.count(), Customer.objects.count(), Payment.objects.count()) == (60, 7, 60)


def test_a_carrier_is_known_by_whatever_name_the_shop_gives_it(source: OrderSource) -> None:
    Carrier.objects.get_or_create(
        code="shunfeng", defaults={"name": "顺丰速运", "also": ["SF Express", "顺丰"]}
    )
    sent = [
        IncomingShipment(tracking_no=f"P-{number}", carrier=name)
        for number, name in enumerate(("顺丰", "sf express", "shunfeng", "Pigeon Post", ""))
    ]
    taken(source, order(shipments=tuple(sent)))
    stored = Shipment.objects.order_by("tracking_no").values_list("carrier", flat=True)
    assert list(stored) == ["shunfeng", "shunfeng", "shunfeng", "Pigeon Post", ""]
