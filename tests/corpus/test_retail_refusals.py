"""The retail data set again: every refusal of its tools, in its order, and none leaves a trace."""

from __future__ import annotations

from itertools import product

import pytest

from kefu.claims.models import Claim
from kefu.people.models import Customer
from tests.corpus import retail
from tests.corpus.projection import Record
from tests.corpus.shopping import (
    DELIVERED,
    HOME,
    PENDING,
    Retail,
    another_product,
    every_write,
    foreign_method,
    has_variant,
    items,
    others,
    paid_with,
    repeated,
)

pytestmark = pytest.mark.skipif(not retail.FOLDER.is_dir(), reason="the retail data set is not here")


# -- which order


@pytest.mark.parametrize("tool", PENDING + DELIVERED)
def test_an_order_that_is_not_there(tool: str, shop: Retail) -> None:
    order = shop.find("pending")
    shop.is_refused(404, tool, **every_write(shop, order, paid_with(order))[tool] | {"order_id": "#W0000000"})


def test_a_customer_who_is_not_there(shop: Retail) -> None:
    shop.is_refused(404, "modify_user_address", user_id="nobody_1234", **HOME)


@pytest.mark.parametrize(
    ("tool", "status"),
    [*product(PENDING, ("processed", "delivered", "cancelled")),
     *product(DELIVERED, ("pending", "processed", "cancelled"))],
)  # fmt: skip
def test_an_order_that_is_not_there_yet_or_no_longer(tool: str, status: str, shop: Retail) -> None:
    order = shop.find(status)
    shop.is_refused(409, tool, **every_write(shop, order, paid_with(order))[tool])


@pytest.mark.parametrize("tool", [*PENDING, "return_delivered_order_items"])
def test_how_the_order_stands_is_told_first(tool: str, shop: Retail) -> None:
    order = shop.find("processed")
    wrong = {"payment_method_id": "nothing_1", "reason": "too expensive"}
    asked = every_write(shop, order, paid_with(order))[tool]
    shown = 422 if tool in DELIVERED else 409  # a claim names a method that is there, or names nothing
    shop.is_refused(shown, tool, **asked | {key: wrong[key] for key in wrong.keys() & asked.keys()})


# -- cancelling


def test_a_reason_that_is_not_offered(shop: Retail) -> None:
    shop.is_refused(
        422, "cancel_pending_order", order_id=shop.find("pending")["order_id"], reason="too expensive"
    )


# -- payment


def test_a_method_of_somebody_else_or_of_nobody(shop: Retail) -> None:
    order = shop.find("pending")
    delivered = shop.find("delivered")
    for wrong in (foreign_method(shop, order), "gift_card_0000000"):
        for tool in ("modify_pending_order_payment", "modify_pending_order_items"):
            shop.is_refused(422, tool, **every_write(shop, order, wrong)[tool])
    for wrong in (foreign_method(shop, delivered), "gift_card_0000000"):
        for tool in DELIVERED:
            shop.is_refused(422, tool, **every_write(shop, delivered, wrong)[tool])


def test_the_method_that_paid_already(shop: Retail) -> None:
    order = shop.find("pending")
    name = order["order_id"]
    shop.is_refused(422, "modify_pending_order_payment", order_id=name, payment_method_id=paid_with(order))


def test_a_gift_card_that_does_not_bear_the_order(shop: Retail) -> None:
    order = shop.find("pending", lambda order, user: others(order, user, "gift_card"))
    (card, *_more) = others(order, order["user"], "gift_card")
    assert order["user"]["payment_methods"][card]["balance"] < order["payment_history"][0]["amount"]
    name = order["order_id"]
    shop.is_refused(422, "modify_pending_order_payment", order_id=name, payment_method_id=card)


def test_a_payment_that_was_changed_already(shop: Retail) -> None:
    order = shop.find("pending", lambda order, user: others(order, user, "paypal"))
    paypal, name = others(order, order["user"], "paypal")[0], order["order_id"]
    shop.does("modify_pending_order_payment", order_id=name, payment_method_id=paypal)
    for method in (paypal, paid_with(order)):
        shop.is_refused(409, "modify_pending_order_payment", order_id=name, payment_method_id=method)
    (paid,) = shop.order(order)["payment_history"]
    shop.order(order)["payment_history"] += [
        {**paid, "payment_method_id": paypal},
        {**paid, "transaction_type": "refund"},
    ]
    if "gift_card" in paid_with(order):
        shop.expected["users"][order["user_id"]]["balances"][paid_with(order)] += paid["amount"]
    shop.is_as_expected()


# -- items


BOTH = pytest.mark.parametrize(
    ("tool", "status"),
    [("modify_pending_order_items", "pending"), ("exchange_delivered_order_items", "delivered")],
)


@BOTH
def test_more_of_an_item_than_was_ordered(tool: str, status: str, shop: Retail) -> None:
    order = shop.find(status, lambda order, user: has_variant(shop)(order, user) and not repeated(order))
    item = order["items"][0]
    old, new = item["item_id"], shop.variant(item)["item_id"]
    shop.is_refused(422, tool, **items(order, [old, old], [new, new]))
    shop.is_refused(422, tool, **items(order, ["0000000000"], [new]))


@BOTH
def test_lists_of_unequal_length_and_empty_ones(tool: str, status: str, shop: Retail) -> None:
    order = shop.find(status, lambda order, user: len(order["items"]) > 1 and has_variant(shop)(order, user))
    old = [item["item_id"] for item in order["items"][:2]]
    new = shop.variant(order["items"][0])["item_id"]
    for named in ((old, [new]), (old[:1], [new, new]), ([], [])):
        shop.is_refused(422, tool, **items(order, *named))


@BOTH
def test_an_item_of_another_product(tool: str, status: str, shop: Retail) -> None:
    order = shop.find(status)
    item = order["items"][0]
    for new in (another_product(shop, item), "0000000000"):
        shop.is_refused(422, tool, **items(order, [item["item_id"]], [new]))


@BOTH
@pytest.mark.parametrize("other", [True, False])
def test_an_item_that_cannot_be_had_also_if_it_is_the_same_again(
    tool: str, status: str, other: bool, shop: Retail
) -> None:
    order = shop.find(status, has_variant(shop, available=False, other=other))
    item = order["items"][0]
    gone = shop.variant(item, available=False, other=other)["item_id"]
    shop.is_refused(422, tool, **items(order, [item["item_id"]], [gone]))


@BOTH
def test_a_gift_card_that_does_not_bear_the_difference(tool: str, status: str, shop: Retail) -> None:
    order, new, card = _too_dear(shop, status)
    shop.is_refused(422, tool, **items(order, [order["items"][0]["item_id"]], [new], card))


def _too_dear(shop: Retail, status: str) -> tuple[Record, str, str]:
    for order in shop.orders.values():
        user = shop.users[order["user_id"]]
        for card in others(order, user, "gift_card") if order["status"] == status else []:
            for variant in shop.variants(order["items"][0]):
                if variant["price"] - order["items"][0]["price"] > user["payment_methods"][card]["balance"]:
                    return {**order, "user": user}, variant["item_id"], card
    raise AssertionError("The set has no such order.")


@pytest.mark.parametrize("tool", PENDING)
def test_after_a_change_of_items_nothing_more_is_possible(tool: str, shop: Retail) -> None:
    order = shop.find("pending", lambda order, user: _by_card(order, user) and has_variant(shop)(order, user))
    other = others(order, order["user"])[0]
    first = every_write(shop, order, paid_with(order))["modify_pending_order_items"]
    shop.does("modify_pending_order_items", **first)
    new = {"item_ids": first["new_item_ids"], "new_item_ids": first["new_item_ids"]}
    asked = every_write(shop, order, other)[tool]
    shop.is_refused(409, tool, **asked | {key: new[key] for key in new.keys() & asked.keys()})


def _by_card(order: Record, user: Record) -> bool:
    """And there is another way to pay it."""
    return "gift_card" not in paid_with(order) and bool(others(order, user, "paypal"))


# -- returns and exchanges


def test_a_return_goes_to_what_was_paid_with_or_to_a_gift_card(shop: Retail) -> None:
    order = shop.find(
        "delivered",
        lambda order, user: [one for one in others(order, user) if "gift_card" not in one],
    )
    third = next(one for one in others(order, order["user"]) if "gift_card" not in one)
    asked = every_write(shop, order, third)["return_delivered_order_items"]
    shop.is_refused(422, "return_delivered_order_items", **asked)


def test_no_more_comes_back_than_was_ordered(shop: Retail) -> None:
    order = shop.find("delivered", lambda order, user: not repeated(order))
    item = order["items"][0]["item_id"]
    for named in ([item, item], ["0000000000"], []):
        asked = {"order_id": order["order_id"], "item_ids": named, "payment_method_id": paid_with(order)}
        shop.is_refused(422, "return_delivered_order_items", **asked)


@pytest.mark.parametrize(("first", "second"), list(product(DELIVERED, DELIVERED)))
def test_there_is_one_return_or_exchange_of_an_order(first: str, second: str, shop: Retail) -> None:
    order = shop.find(
        "delivered", lambda order, user: len(order["items"]) > 1 and has_variant(shop)(order, user)
    )
    calls = every_write(shop, order, paid_with(order))
    shop.does(first, **calls[first])
    rest = {**order, "items": order["items"][1:]}
    for again in (calls, every_write(shop, rest, paid_with(order))):
        shop.is_refused(409, second, **again[second])
    assert Claim.objects.count() == 1


def test_nobody_but_the_customer_is_named_by_a_refusal(shop: Retail) -> None:
    """Whether an order is there is not told to whom it is not for."""
    order = shop.find("pending")
    stranger = next(user for user in shop.users if user != order["user_id"])
    asked = every_write(shop, order, paid_with(order))["modify_pending_order_address"]
    there = shop.assistant.write("modify_pending_order_address", asked, as_=stranger).json()
    nowhere = asked | {"order_id": "#W0000000"}
    not_there = shop.assistant.write("modify_pending_order_address", nowhere, as_=stranger).json()
    assert {**there, "instance": ""} == {**not_there, "instance": ""}
    assert Customer.objects.count() == len(shop.users)
