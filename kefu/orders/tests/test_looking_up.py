from __future__ import annotations

from datetime import timedelta
from statistics import median
from time import perf_counter, time
from unittest import mock

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from kefu.events.models import Event
from kefu.orders import flows, tickets
from kefu.orders.models import Order
from kefu.orders.testing import make_order, make_source
from kefu.people.models import Brand, Customer

HOME = "192.0.2.7"


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    return make_order(lin, brand)


def look_up(number: str, fact: str, brand: Brand, *, address: str = HOME) -> list[Order] | None:
    found = flows.look_up(number, fact, brand=brand, address=address, holder="page")
    return list(found.orders) if found else None


@pytest.mark.parametrize("number", ["#W1001", "W1001", " w1001 ", "＃ｗ１００１"])
@pytest.mark.parametrize("fact", ["5678", "５６７８", "lin@example.com", " LIN@Example.com "])
def test_an_order_is_found_by_its_number_and_either_fact(
    number: str, fact: str, order: Order, brand: Brand
) -> None:
    assert look_up(number, fact, brand) == [order]


def test_a_whole_telephone_number_counts_by_its_end(order: Order, brand: Brand) -> None:
    assert look_up("W1001", "+86 139-1234-5678", brand) == [order]


@pytest.mark.parametrize(
    ("number", "fact"),
    [("W1001", "0000"), ("W1001", "x@example.com"), ("W9999", "5678"), ("W1001", ""), ("", "5678"), ("", "")],
)
def test_a_wrong_number_and_a_wrong_fact_find_nothing(
    number: str, fact: str, order: Order, brand: Brand
) -> None:
    assert look_up(number, fact, brand) is None


def test_a_missing_fact_is_not_met_by_an_order_that_has_none(lin: Customer, brand: Brand) -> None:
    make_order(lin, brand, email="", phone="")
    for fact in ("", "12", "0000", "@", "x@example.com", "\0"):
        assert look_up("W1001", fact, brand) is None


def test_an_order_of_another_brand_is_not_found(order: Order, other_brand: Brand) -> None:
    assert look_up("W1001", "5678", other_brand) is None


def test_two_shops_may_count_alike_and_each_fact_opens_its_own(
    lin: Customer, order: Order, brand: Brand
) -> None:
    second = make_order(lin, brand, source=make_source(brand, "Market"), phone="+31 6 0000 1111")
    assert look_up("W1001", "5678", brand) == [order]
    assert look_up("W1001", "1111", brand) == [second]
    assert look_up("W1001", "lin@example.com", brand) == [second, order]


def test_a_wrong_number_costs_the_same_statements_as_a_wrong_fact(order: Order, brand: Brand) -> None:
    asked = []
    for number, fact in (
        ("W1001", "0000"),
        ("W9999", "0000"),
        ("W1001", "a@b.example"),
        ("W9999", "a@b.example"),
    ):
        with CaptureQueriesContext(connection) as queries:
            look_up(number, fact, brand)
        asked.append([query["sql"].split("(")[0] for query in queries])
    assert len(asked[0]) == 4
    assert asked == [asked[0]] * 4


def test_a_wrong_number_takes_as_long_as_a_wrong_fact(order: Order, brand: Brand) -> None:
    """F2: over 200 tries the medians lie within 5 ms."""
    took: dict[str, list[float]] = {"W1001": [], "W9999": []}
    with mock.patch("kefu.database.limits.hit", return_value=True):
        for _try in range(200):
            for number, times in took.items():
                began = perf_counter()
                look_up(number, "0000", brand)
                times.append(perf_counter() - began)
    assert abs(median(took["W1001"]) - median(took["W9999"])) < 0.005


def test_it_is_kept_that_an_order_was_looked_up_and_nothing_is_about_a_miss(
    order: Order, brand: Brand
) -> None:
    look_up("W1001", "0000", brand)
    assert not Event.objects.filter(kind="order.looked_up").exists()
    look_up("W1001", "5678", brand)
    told = Event.objects.get(kind="order.looked_up")
    assert (told.subject_id, told.actor_kind) == (order.pk, "system")


# -- how often


def test_the_digits_of_one_order_may_be_guessed_five_times_a_day(order: Order, brand: Brand) -> None:
    for guess in range(5):
        assert look_up("W1001", f"000{guess}", brand, address=f"198.51.{guess}.1") is None
    with pytest.raises(flows.TooOften):
        look_up("#w1001", "5678", brand, address="203.0.113.9")
    assert look_up("W1001", "lin@example.com", brand) == [order], "the other fact still opens it"


def test_a_number_that_nobody_has_is_limited_like_one_that_somebody_has(brand: Brand) -> None:
    for guess in range(5):
        look_up("W9999", "0000", brand, address=f"198.51.{guess}.1")
    with pytest.raises(flows.TooOften):
        look_up("W9999", "0000", brand, address="203.0.113.9")


def test_an_address_may_miss_twenty_times_and_then_locks_nobody_out(order: Order, brand: Brand) -> None:
    for guess in range(flows.OF_AN_ADDRESS):
        look_up(f"N{guess}", "0000", brand)
    for _again in range(10):
        with pytest.raises(flows.TooOften):
            look_up("W1001", "0000", brand)
    assert look_up("W1001", "5678", brand, address="203.0.113.9") == [order]


@pytest.mark.parametrize(
    ("first", "last"), [("192.0.2.{}", "192.0.2.200"), ("2001:db8:1:{}::1", "2001:db8:1:ffff::1")]
)
def test_a_network_may_miss_sixty_times(first: str, last: str, order: Order, brand: Brand) -> None:
    for guess in range(flows.OF_A_NETWORK):
        look_up(f"N{guess}", "0000", brand, address=first.format(guess))
    with pytest.raises(flows.TooOften):
        look_up("W1001", "5678", brand, address=last)


def test_finding_ones_order_again_and_again_uses_nothing_up(order: Order, brand: Brand) -> None:
    for _again in range(3 * flows.OF_A_NETWORK):
        assert look_up("W1001", "5678", brand) == [order]


def test_ten_thousand_guesses_at_one_order_find_it_once_in_two_thousand_days(
    order: Order, brand: Brand
) -> None:
    """C11: whatever addresses they come from, five of ten thousand endings are looked at in a day."""
    looked = 0
    for guess in range(200):
        try:
            look_up("W1001", f"{guess:04}", brand, address=f"10.{guess}.0.1")
            looked += 1
        except flows.TooOften:
            pass
    assert looked == flows.TAILS_OF_AN_ORDER


def test_when_the_limiter_cannot_tell_nothing_is_looked_up(order: Order, brand: Brand) -> None:
    with (
        mock.patch("kefu.database.limits._hit", side_effect=DatabaseError),
        pytest.raises(flows.TooOften),
    ):
        look_up("W1001", "5678", brand)


# -- the ticket


def test_a_ticket_opens_its_orders_for_whom_it_was_made_and_for_half_an_hour(
    order: Order, brand: Brand
) -> None:
    found = flows.look_up("W1001", "5678", brand=brand, address=HOME, holder="page")
    assert found is not None
    assert list(tickets.opened(found.ticket, holder="page", brand=brand)) == [order]
    assert not tickets.opened(found.ticket, holder="visitor 1", brand=brand)
    with mock.patch("django.core.signing.time.time", return_value=_later(minutes=31)):
        assert not tickets.opened(found.ticket, holder="page", brand=brand)


@pytest.mark.parametrize("odd", ["", "x", "a:b:c", "\0", "é" * 500])
def test_what_is_no_ticket_opens_nothing(odd: str, order: Order, brand: Brand) -> None:
    assert not tickets.opened(odd, holder="page", brand=brand)


def test_a_ticket_of_one_brand_opens_nothing_of_another(
    order: Order, brand: Brand, other_brand: Brand
) -> None:
    ticket = tickets.issue([order], holder="page")
    assert not tickets.opened(ticket, holder="page", brand=other_brand)


def _later(*, minutes: int) -> float:
    return time() + timedelta(minutes=minutes).total_seconds()
