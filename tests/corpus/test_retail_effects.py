"""The retail data set again: what its tools do in cases that no task tries."""

from __future__ import annotations

import pytest

from kefu.claims.models import Claim
from tests.corpus import retail
from tests.corpus.projection import Record, cents, differences, world
from tests.corpus.shopping import (
    DELIVERED,
    HOME,
    Retail,
    every_write,
    has_variant,
    items,
    others,
    paid_with,
    repeated,
)

pytestmark = pytest.mark.skipif(not retail.FOLDER.is_dir(), reason="the retail data set is not here")


def test_a_gift_card_has_its_money_back_at_once(shop: Retail) -> None:
    order = shop.find("pending", lambda order, user: "gift_card" in paid_with(order))
    shop.does("cancel_pending_order", order_id=order["order_id"], reason="ordered by mistake")
    (paid,) = shop.order(order)["payment_history"]
    shop.order(order)["payment_history"] = [paid, {**paid, "transaction_type": "refund"}]
    shop.order(order).update(status="cancelled", cancel_reason="ordered by mistake")
    shop.expected["users"][order["user_id"]]["balances"][paid_with(order)] += paid["amount"]
    shop.is_as_expected()


def test_a_customers_own_address_and_no_orders(shop: Retail) -> None:
    user = next(iter(shop.users))
    shop.does("modify_user_address", user_id=user, **HOME)
    shop.expected["users"][user]["address"] = HOME
    shop.is_as_expected()
    assert shop.assistant.speaking_for(user)[0].token


def test_cancelling_after_that_gives_back_what_is_still_held(shop: Retail) -> None:
    order = shop.find("pending", lambda order, user: others(order, user, "paypal"))
    paypal, name = others(order, order["user"], "paypal")[0], order["order_id"]
    shop.does("modify_pending_order_payment", order_id=name, payment_method_id=paypal)
    shop.does("cancel_pending_order", order_id=name, reason="no longer needed")
    history = world()["orders"][name]["payment_history"]
    back = [row["payment_method_id"] for row in history if row["transaction_type"] == "refund"]
    assert back == [paid_with(order), paypal]
    assert {row["amount"] for row in history} == {cents(order["payment_history"][0]["amount"])}


def test_no_difference_is_a_refund_of_nothing(shop: Retail) -> None:
    """The very same item again, which can be had."""
    order = shop.find("pending", has_variant(shop, other=False))
    same = order["items"][0]["item_id"]
    shop.does("modify_pending_order_items", **items(order, [same], [same]))
    shop.order(order)["status"] = "pending (item modified)"
    nothing = {"transaction_type": "refund", "amount": 0, "payment_method_id": paid_with(order)}
    shop.order(order)["payment_history"].append(nothing)
    shop.is_as_expected()


@pytest.mark.parametrize("times", [1, 2])
def test_of_an_item_that_was_ordered_twice_as_many_change_as_are_named(times: int, shop: Retail) -> None:
    order = shop.find("pending", lambda order, user: repeated(order))
    old = repeated(order)[0]
    rows = [row for row in shop.order(order)["items"] if row["item_id"] == old]
    new = next(one for one in shop.variants(rows[0]) if one["price"] != rows[0]["price"])
    method = next(key for key in order["user"]["payment_methods"] if "gift_card" not in key)
    shop.does("modify_pending_order_items", **items(order, [old] * times, [new["item_id"]] * times, method))
    difference = times * (cents(new["price"]) - rows[0]["price"])
    for row in rows[:times]:
        row |= {"item_id": new["item_id"], "price": cents(new["price"]), "options": new["options"]}
    kind = "payment" if difference > 0 else "refund"
    shop.order(order)["payment_history"].append(
        {"transaction_type": kind, "amount": abs(difference), "payment_method_id": method}
    )
    shop.order(order)["status"] = "pending (item modified)"
    shop.is_as_expected()


def test_what_costs_less_is_on_the_gift_card_at_once(shop: Retail) -> None:
    order, new, card = _cheaper(shop)
    item = shop.order(order)["items"][0]
    shop.does("modify_pending_order_items", **items(order, [item["item_id"]], [new["item_id"]], card))
    less = item["price"] - cents(new["price"])
    shop.expected["users"][order["user_id"]]["balances"][card] += less
    item |= {"item_id": new["item_id"], "price": cents(new["price"]), "options": new["options"]}
    shop.order(order)["payment_history"].append(
        {"transaction_type": "refund", "amount": less, "payment_method_id": card}
    )
    shop.order(order)["status"] = "pending (item modified)"
    shop.is_as_expected()


def _cheaper(shop: Retail) -> tuple[Record, Record, str]:
    for order in shop.orders.values():
        user = shop.users[order["user_id"]]
        for card in others(order, user, "gift_card") if order["status"] == "pending" else []:
            for variant in shop.variants(order["items"][0]):
                if variant["price"] < order["items"][0]["price"] and not repeated(order):
                    return {**order, "user": user}, variant, card
    raise AssertionError("The set has no such order.")


def test_of_an_item_that_was_ordered_twice_as_many_come_back_as_are_named(shop: Retail) -> None:
    order = shop.find("delivered", lambda order, user: repeated(order))
    twice = repeated(order)
    shop.is_refused(
        422,
        "return_delivered_order_items",
        order_id=order["order_id"],
        item_ids=[*twice, twice[0]],
        payment_method_id=paid_with(order),
    )
    asked = {"order_id": order["order_id"], "item_ids": twice, "payment_method_id": paid_with(order)}
    shop.does("return_delivered_order_items", **asked)
    shop.order(order).update(
        status="return requested", return_items=twice, return_payment_method_id=paid_with(order)
    )
    shop.is_as_expected()


def test_an_exchange_for_the_very_same_moves_nothing(shop: Retail) -> None:
    order = shop.find("delivered", has_variant(shop, other=False))
    same = order["items"][0]["item_id"]
    shop.does("exchange_delivered_order_items", **items(order, [same], [same]))
    shop.order(order).update(
        status="exchange requested",
        exchange_items=[same],
        exchange_new_items=[same],
        exchange_payment_method_id=paid_with(order),
        exchange_price_difference=0,
    )
    shop.is_as_expected()


def test_the_world_knows_what_it_compares(shop: Retail) -> None:
    """A change that was not expected is seen."""
    order = shop.find("pending")
    shop.does("modify_pending_order_address", order_id=order["order_id"], **HOME)
    assert list(differences(world(), shop.expected)) == [f"{order['order_id']}.address"]


@pytest.mark.parametrize("tool", DELIVERED)
def test_what_is_told_before_is_what_is_written(tool: str, shop: Retail) -> None:
    order = shop.find("delivered", has_variant(shop))
    method, path, body = shop.assistant.call(tool, every_write(shop, order, paid_with(order))[tool])
    api, _customer = shop.assistant.speaking_for(order["user_id"])
    told = api.send(method, f"{path}/previews", body).json()
    shop.is_as_expected()
    assert (told["outcome"], told["automatic"]) == ("eligible", True)
    assert api.send(method, path, body).status_code == 201
    claim = Claim.objects.get()
    assert told["money"]["difference"] == claim.reckoning["difference"]
    assert told["lines"][0]["amount_minor"] == shop.order(order)["items"][0]["price"]
    if tool == "return_delivered_order_items":
        assert told["money"]["total"] == shop.order(order)["items"][0]["price"]
