"""Tables and JSON as shops export them are cut into records; what cannot be read is named by its line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kefu.orders import files
from kefu.orders.files import BadFile, Record, records
from kefu.orders.mapping import Rows

BY_NUMBER = Rows(by="订单号")
TABLE = "订单号,货号,单价\nA-1,S,10\nA-2,T,20\nA-1,U,30\n"


def values(found: list[Record]) -> list[Any]:
    return [record.value for record in found]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_rows_of_one_order_come_together_in_any_encoding(encoding: str) -> None:
    first, second = records(TABLE.encode(encoding), BY_NUMBER)
    assert (first.line, first.key, first.rows) == (2, "A-1", 2)
    assert [row["货号"] for row in first.value["@rows"]] == ["S", "U"]
    assert [row["@line"] for row in first.value["@rows"]] == [2, 4]
    assert (second.line, second.key) == (3, "A-2")


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_are_recognised(separator: str) -> None:
    table = TABLE.replace(",", separator).encode()
    assert [record.key for record in records(table, BY_NUMBER)] == ["A-1", "A-2"]


def test_cells_may_hold_line_breaks_and_quotes() -> None:
    [record] = records(b'no,text\nA,"two ""lines""\nhere"\n', Rows(by="no"))
    assert record.value["text"] == 'two "lines"\nhere'


def test_rows_without_a_number_stand_alone() -> None:
    found = records(b"no,x\n,1\n,2\n", Rows(by="no"))
    assert [(record.line, record.key) for record in found] == [(2, None), (3, None)]


def test_an_order_of_which_one_row_is_broken_is_not_taken_in_part() -> None:
    found = records(b"no,x\nA,1\nA,2,3\nB,4\n", Rows(by="no"))
    assert [(record.line, record.key, bool(record.problem)) for record in found] == [
        (3, "A", True),
        (4, "B", False),
    ]


def test_json_may_be_a_list_an_object_by_id_or_an_object_a_line() -> None:
    rows = [{"no": "A"}, {"no": "B"}]
    assert values(records(json.dumps(rows).encode(), Rows())) == rows
    keyed = records(json.dumps({"x": rows[0], "y": rows[1]}, indent=1).encode(), Rows())
    assert [(record.line, record.key, record.value) for record in keyed] == [
        (1, "x", rows[0]),
        (2, "y", rows[1]),
    ]
    lines = records(b'{"no": "A"}\n\n{"no": \n{"no": "B"}\n', Rows())
    assert [(record.line, record.problem) for record in lines] == [
        (1, ""),
        (3, "This line is not JSON."),
        (4, ""),
    ]
    inside = json.dumps({"page": {"orders": rows}}).encode()
    assert values(records(inside, Rows(at="page.orders"))) == rows


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"  \n ", "The file is empty."),
        (b'[{"a": 1},', "The file is not valid JSON: look at line 1, column 11."),
        (b"[" * 100_000, "The file has numbers or nesting that cannot be read."),
        (b'[{"a": NaN}]', "The file has numbers or nesting that cannot be read."),
        (b"a,b,a\n1,2,3\n", "Two columns are named “a”."),
        (b"\xff\xff\xff\xff", "The file is encoded in neither UTF-8 nor GB 18030."),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, sentence: str) -> None:
    with pytest.raises(BadFile, match=r".") as caught:
        records(content, Rows())
    assert str(caught.value) == sentence


def test_a_path_that_leads_to_no_list_is_told() -> None:
    with pytest.raises(BadFile, match="There is no list of rows at “orders”"):
        records(b'{"items": []}', Rows(at="orders"))


def test_too_large_and_too_many_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 2)
    with pytest.raises(BadFile, match="more than 2 rows"):
        records(TABLE.encode(), BY_NUMBER)
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    with pytest.raises(BadFile, match="larger than"):
        records(TABLE.encode(), BY_NUMBER)


def test_a_cell_without_end_is_told() -> None:
    with pytest.raises(BadFile, match="ends unexpectedly in line 2"):
        records(b"a,b\n1," + b"x" * (files.LONGEST_CELL + 1) + b"\n", Rows())
