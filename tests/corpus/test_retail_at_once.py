"""The retail data set again: of two who do the same at once one wins, and the money moves once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from conftest import empty_everything
from kefu.claims.models import Claim, OrderChange, Refund
from kefu.database import limits
from kefu.orders.models import Order, Payment
from tests.calling import calling
from tests.corpus import retail
from tests.corpus.assistant import Assistant
from tests.corpus.conftest import begun
from tests.corpus.projection import Record
from tests.corpus.shopping import DELIVERED, PENDING, Retail, every_write, has_variant, others, paid_with

pytestmark = pytest.mark.skipif(not retail.FOLDER.is_dir(), reason="the retail data set is not here")

AT_ONCE = 4


@pytest.fixture(scope="module")
def open_shop(django_db_blocker: DjangoDbBlocker) -> Iterator[Retail]:
    """What is done here is done for good; each test takes an order of its own."""
    with django_db_blocker.unblock():
        empty_everything()
        start = begun()
        assistant = Assistant(calling(start.admin), start.orders, start.users)
        yield Retail(start.orders, start.users, start.products, start.world, assistant)
        connections.close_all()
        empty_everything()


TAKEN: set[str] = set()


@pytest.fixture
def order(request: pytest.FixtureRequest, open_shop: Retail, monkeypatch: pytest.MonkeyPatch) -> Record:
    """That nobody has touched yet, fit for the tool that the test names."""
    monkeypatch.setattr(limits, "hit", lambda *_args, **_kwargs: True)
    tool = request.node.callspec.params["tool"]

    def fits(order: Record, user: Record) -> bool:
        by_card = "gift_card" not in paid_with(order) and others(order, user, "paypal")
        return bool(order["order_id"] not in TAKEN and by_card and has_variant(open_shop)(order, user))

    found = open_shop.find("pending" if tool in PENDING else "delivered", fits)
    TAKEN.add(found["order_id"])
    return found


def together(act: Callable[[int], Any]) -> list[int]:
    """The status code of each."""
    start, told = threading.Barrier(AT_ONCE), []

    def run(number: int) -> None:
        start.wait()
        try:
            told.append(act(number).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return told


def effects(order: Record) -> tuple[int, int, int]:
    """Changes and claims; payments and refunds beside the first payment; the version of the order."""
    mine: dict[str, Any] = {"order__external_no": order["order_id"]}
    changes = OrderChange.objects.filter(**mine).count() + Claim.objects.filter(**mine).count()
    money = Payment.objects.filter(**mine).count() + Refund.objects.filter(**mine).count()
    return changes, money - 1, Order.objects.get(external_no=order["order_id"]).version


# What ``effects`` finds after the write was done once.
ONCE = {
    "cancel_pending_order": (1, 1, 2),
    "modify_pending_order_address": (1, 0, 2),
    "modify_pending_order_payment": (1, 2, 2),
    "modify_pending_order_items": (1, 1, 2),
    "return_delivered_order_items": (1, 0, 1),
    "exchange_delivered_order_items": (1, 0, 1),
}
each = pytest.mark.parametrize("tool", PENDING + DELIVERED)


@each
def test_of_several_at_once_one_wins(tool: str, order: Record, open_shop: Retail) -> None:
    """An address may be given again; whoever names the version that they saw is told that it has changed."""
    method = others(order, order["user"], "paypal")[0] if "payment" in tool else paid_with(order)
    call, api = prepared(open_shop, tool, order, method)
    told = together(lambda number: api.send(*call, If_Match='"1"'))
    assert len([status for status in told if status < 300]) == 1
    assert {status for status in told if status >= 300} <= {409, 412, 422}
    assert effects(order) == ONCE[tool]


@each
def test_the_same_call_several_times_at_once_has_one_effect(
    tool: str, order: Record, open_shop: Retail
) -> None:
    method = others(order, order["user"], "paypal")[0] if "payment" in tool else paid_with(order)
    call, api = prepared(open_shop, tool, order, method)
    told = together(lambda number: api.send(*call, Idempotency_Key=f"{tool}-once"))
    assert {status for status in told if status != 409} in ({200}, {201})
    assert effects(order) == ONCE[tool]


def prepared(shop: Retail, tool: str, order: Record, method: str) -> tuple[Any, Any]:
    """What is sent, and as whom; all that it takes to know is asked before."""
    call = shop.assistant.call(tool, every_write(shop, order, method)[tool])
    return call, shop.assistant.speaking_for(order["user_id"])[0]
