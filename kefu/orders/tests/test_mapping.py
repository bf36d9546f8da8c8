"""A mapping says how rows are read; what it gets wrong, and what a row gets wrong, is told in sentences."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kefu.orders.incoming import IncomingOrder
from kefu.orders.managing import STARTING_POINT
from kefu.orders.mapping import BadMapping, mapping_of

LINES = {"each": "items", "sku": "sku", "name": "title", "price": "price"}


def document(**order: Any) -> dict[str, Any]:
    return {
        "currency": "CNY",
        "time_zone": "Asia/Shanghai",
        "orders": {"number": "no", "lines": LINES, **order},
    }


def row(**told: Any) -> dict[str, Any]:
    return {"no": "A-1", "items": [{"sku": "S", "title": "Lamp", "price": "12.50"}], **told}


def read(order: dict[str, Any], **told: Any) -> IncomingOrder:
    found = mapping_of(document(**order)).read("orders", row(**told), line=1)
    assert isinstance(found, IncomingOrder), found
    return found


def problems(order: dict[str, Any], **told: Any) -> list[tuple[int, str]]:
    found = mapping_of(document(**order)).read("orders", row(**told), line=7)
    assert isinstance(found, list)
    return found


def test_paths_reach_into_objects_and_lists() -> None:
    order = read({"email": "buyer.mail", "phone": "phones.1"}, buyer={"mail": "a@b.test"}, phones=["1", "2"])
    assert (order.external_no, order.email, order.phone) == ("A-1", "a@b.test", "2")


def test_a_column_whose_name_has_dots_is_found_as_it_is() -> None:
    assert read({"email": "buyer.mail"}, **{"buyer.mail": "a@b.test"}).email == "a@b.test"


def test_several_paths_are_joined_without_gaps() -> None:
    name = {"name": {"from": ["first", "middle", "last"]}}
    assert read({"customer": name}, first="Ada", last="King").customer.name == "Ada King"


@pytest.mark.parametrize(
    ("told", "status"),
    [("Paid", "processing"), ("SENT-2", "shipped"), ("?", "?"), (None, "pending"), ("  ", "pending")],
)
def test_words_become_ours(told: Any, status: str) -> None:
    values = {"paid": "processing", "sent*": "shipped"}
    assert read({"status": {"from": "st", "values": values, "default": "pending"}}, st=told).status == status


def test_a_word_that_is_not_listed_stays_unless_the_mapping_says_what_becomes_of_it() -> None:
    values = {"paid": "processing", "*": "pending"}
    assert read({"status": {"from": "st", "values": values}}, st="whatever").status == "pending"


@pytest.mark.parametrize(
    ("told", "minor"),
    [
        ("12.3", 1230),
        (12.3, 1230),
        (0.1 + 0.2, 30),
        ("¥ 1,234.50", 123450),
        ("1234.50 元", 123450),
        (12, 1200),
        ("-3", -300),
        ("", 0),
        (None, 0),
    ],
)
def test_amounts_become_whole_minor_units(told: Any, minor: int) -> None:
    assert read({"shipping": "ship"}, ship=told).shipping_minor == minor


@pytest.mark.parametrize("told", ["12,5", "1.2.3", "abc", "1e400", "NaN", {"a": 1}, "12 or 13"])
def test_what_is_no_amount_is_told(told: Any) -> None:
    [(line, reason)] = problems({"shipping": "ship"}, ship=told)
    assert line == 7
    assert reason.startswith("orders.shipping: ")


def test_an_amount_may_be_in_minor_units_and_in_another_currency() -> None:
    assert read({"shipping": {"from": "ship", "minor": True}}, ship=1250).shipping_minor == 1250
    order = read({"currency": "cur", "shipping": "ship"}, cur="jpy", ship="1200")
    assert (order.currency, order.shipping_minor) == ("JPY", 1200)
    assert problems({"currency": "cur"}, cur="XXQ") == [(7, "“XXQ” is not a currency.")]


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("2026-05-01T12:00:00Z", datetime(2026, 5, 1, 12, tzinfo=UTC)),
        ("2026-05-01 12:00", datetime(2026, 5, 1, 4, tzinfo=UTC)),
        ("2026/5/1 12:00:30", datetime(2026, 5, 1, 4, 0, 30, tzinfo=UTC)),
        (1777636800, datetime(2026, 5, 1, 12, tzinfo=UTC)),
        (1777636800000, datetime(2026, 5, 1, 12, tzinfo=UTC)),
    ],
)
def test_dates_are_read_in_the_zone_of_the_mapping(told: Any, moment: datetime) -> None:
    assert read({"placed_at": "at"}, at=told).placed_at == moment


@pytest.mark.parametrize(
    "told", ["yesterday", "0001-01-01", "99999999999999", "2026-13-01", "2026-02-30 10:00"]
)
def test_what_is_no_date_is_told(told: str) -> None:
    assert problems({"placed_at": "at"}, at=told)[0][1].startswith("orders.placed_at: ")


def test_a_date_in_a_form_of_its_own() -> None:
    order = read({"placed_at": {"from": "at", "date": "%d/%m/%Y"}}, at="01/05/2026")
    assert order.placed_at == datetime(2026, 4, 30, 16, tzinfo=UTC)


def test_a_list_may_be_an_object_keyed_by_id() -> None:
    methods = {"each": "methods", "id": "@key", "kind": {"const": "card"}}
    order = read({"customer": {"methods": methods}}, methods={"c1": {}, "c2": {}})
    assert [method.external_id for method in order.customer.methods] == ["c1", "c2"]


def test_one_list_may_hold_two_things() -> None:
    history = [{"type": "pay", "sum": 5, "id": "a"}, {"type": "back", "sum": 2, "id": "b"}]
    paid = {"each": "money", "where": {"type": "pay"}, "amount": "sum", "method": {"kind": {"const": "card"}}}
    back = {"each": "money", "where": {"type": ["back", "partly back"]}, "id": "id", "amount": "sum"}
    order = read({"payments": paid, "refunds": back}, money=history)
    assert [payment.amount_minor for payment in order.payments] == [500]
    assert [(refund.external_id, refund.amount_minor) for refund in order.refunds] == [("b", 200)]


def test_a_part_without_a_list_is_read_from_the_row_unless_it_is_not_there() -> None:
    sent = {"shipments": {"tracking_no": "parcel", "carrier": {"const": "sf"}}}
    assert [each.tracking_no for each in read(sent, parcel="SF1").shipments] == ["SF1"]
    assert read(sent, parcel="").shipments == ()


def test_options_come_as_an_object_as_a_list_as_text_and_from_columns() -> None:
    def options(spec: Any, **told: Any) -> Any:
        item = {"sku": "S", "title": "Lamp", "price": 1, **told}
        return read({"lines": {**LINES, "options": spec}}, items=[item]).lines[0].options

    assert options("o", o={"colour": "red", "none": None}) == {"colour": "red"}
    assert options("o", o=[{"name": "colour", "value": "red"}]) == {"colour": "red"}
    assert options("o", o="颜色：红；尺码：L") == {"颜色": "红", "尺码": "L"}
    assert options({"fields": {"colour": "c", "size": "s"}}, c="red", s="") == {"colour": "red"}


def test_options_that_are_nested_without_end_are_refused() -> None:
    deep: Any = "x"
    for _level in range(50):
        deep = {"a": deep}
    told = [{"sku": "S", "title": "Lamp", "price": 1, "o": deep}]
    assert "nested" in problems({"lines": {**LINES, "options": "o"}}, items=told)[0][1]


def test_everything_that_is_wrong_with_a_row_is_told_at_once() -> None:
    items = [{"sku": "S", "title": "Lamp", "price": "x", "@line": 3}, {"sku": "T", "price": "1", "@line": 4}]
    assert problems({"placed_at": "at"}, at="never", items=items) == [
        (7, "orders.placed_at: “never” is not a date that can be read."),
        (3, "orders.lines.price: “x” is not an amount."),
        (4, "There is no name."),
    ]


def test_a_row_that_is_no_object_is_told() -> None:
    assert mapping_of(document()).read("orders", [1], line=2) == [(2, "The row is not an object.")]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "A mapping is a JSON object."),
        ({}, "It describes nothing: name “orders”, “products” or “customers”."),
        (document(nummer="x"), "orders: there is no “nummer”; there are rows, number"),
        (
            document(lines={**LINES, "prize": "x"}),
            "orders.lines: there is no “prize”; there are each, where, by, id",
        ),
        (document(lines={"each": "items"}), "orders.lines: it does not say where to find name, price."),
        (document(email=5), "orders.email: a field is a path, or an object with either “from” or “const”."),
        (document(email={"from": "a", "const": "b"}), "orders.email: a field is a path, or"),
        (
            document(email={"from": [1]}),
            "orders.email: “from” is a path, or a list of paths that are joined.",
        ),
        (document(address="x"), "orders.address: this is not an object."),
        (document(lines={**LINES, "each": 5}), "orders.lines.each: a path is text"),
        (document(status={"from": "s", "values": 3}), "orders.status.values: this is not an object."),
        (document() | {"currency": "QQQ"}, "currency: “QQQ” is not a currency."),
        (document() | {"time_zone": "Mars/Base"}, "time_zone: “Mars/Base” is not a time zone."),
        (document() | {"time_zone": "../../etc/passwd"}, "time_zone: “../../etc/passwd” is not a time zone."),
    ],
)
def test_a_mapping_that_cannot_be_read_by_says_what_is_wrong(given: Any, sentence: str) -> None:
    with pytest.raises(BadMapping) as caught:
        mapping_of(given)
    assert any(said.startswith(sentence) for said in caught.value.sentences), caught.value.sentences


def test_a_mapping_says_everything_that_is_wrong_at_once() -> None:
    with pytest.raises(BadMapping) as caught:
        mapping_of(document(nummer="x", email=5, lines={}))
    assert len(caught.value.sentences) == 3


def test_the_examples_of_the_documentation_and_the_starting_point_are_in_order() -> None:
    text = (Path(__file__).parents[3] / "docs" / "orders.md").read_text()
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    assert examples
    for document in (*examples, STARTING_POINT):
        assert mapping_of(document).parts
