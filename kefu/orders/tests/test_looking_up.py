from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from time import perf_counter, time
from unittest import mock

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from conftest import begin
from kefu.conversations.models import Conversation, Inbox
from kefu.events.models import Event
from kefu.orders import flows, networks, tickets
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
        with CaptureQueriesContext(connection) as queries, mock.patch("kefu.database.limits.sweep"):
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


# -- asked in a conversation, by somebody whose address is not at hand


def asks_in(conversation: Conversation, number: str, fact: str) -> Sequence[Order] | None:
    found = flows.look_up_in(conversation, number, fact, holder=f"assistant {conversation.pk}")
    return found.orders if found else None


def stranger(inbox: Inbox) -> Conversation:
    return begin(Customer.objects.create(name="Somebody", language="en"), inbox)


def test_one_who_guesses_in_conversations_does_not_lock_out_the_next(
    order: Order, brand: Brand, inbox: Inbox
) -> None:
    for customer in range(4):
        guesser = stranger(inbox)
        for guess in range(flows.OF_AN_ADDRESS):
            asks_in(guesser, f"N{customer}-{guess}", "0000")
        with pytest.raises(flows.TooOften):
            asks_in(guesser, "W1001", "5678")
    assert asks_in(stranger(inbox), "W1001", "5678") == [order], "more went wrong than one network may"


def test_another_conversation_of_the_same_customer_has_no_tries_of_its_own(
    order: Order, lin: Customer, inbox: Inbox
) -> None:
    for guess in range(flows.OF_AN_ADDRESS):
        asks_in(begin(lin, inbox), f"N{guess}", "0000")
    with pytest.raises(flows.TooOften):
        asks_in(begin(lin, inbox), "W1001", "5678")


def test_many_who_guess_from_one_network_share_its_tries_with_the_page(
    order: Order, brand: Brand, inbox: Inbox
) -> None:
    for guess in range(flows.OF_A_NETWORK):
        guesser = stranger(inbox)
        networks.note(guesser.pk, f"198.51.100.{guess}")
        asks_in(guesser, f"N{guess}", "0000")
    neighbour, elsewhere = stranger(inbox), stranger(inbox)
    networks.note(neighbour.pk, "198.51.100.200")
    networks.note(elsewhere.pk, "203.0.113.9")
    with pytest.raises(flows.TooOften):
        asks_in(neighbour, "W1001", "5678")
    with pytest.raises(flows.TooOften):
        look_up("W1001", "5678", brand, address="198.51.100.201")
    assert asks_in(elsewhere, "W1001", "5678") == [order]


def test_the_digits_of_one_order_are_limited_whoever_asks_in_whichever_conversation(
    order: Order, brand: Brand, inbox: Inbox
) -> None:
    for guess in range(flows.TAILS_OF_AN_ORDER):
        asks_in(stranger(inbox), "W1001", f"000{guess}")
    with pytest.raises(flows.TooOften):
        asks_in(stranger(inbox), "W1001", "5678")


def test_a_network_is_kept_so_that_nobody_can_read_it(inbox: Inbox) -> None:
    one, other, unknown = stranger(inbox), stranger(inbox), stranger(inbox)
    networks.note(one.pk, "198.51.100.7")
    networks.note(other.pk, "198.51.100.99")
    networks.note(unknown.pk, "")
    assert networks.of(one.pk) == networks.of(other.pk) != ""
    assert "198.51" not in networks.of(one.pk)
    assert networks.of(unknown.pk) == ""
