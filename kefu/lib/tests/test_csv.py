from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.lib.csv import cell, lines


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        " =1",
        "|cmd",
        "%0A=1",
    ],
)
def test_text_that_would_be_calculated_gets_an_apostrophe(text: str) -> None:
    assert str(cell(text)).startswith("'")
    assert "\0" not in str(cell(text))


@pytest.mark.parametrize(
    ("value", "written"), [("耳机", "耳机"), (-5, -5), (Decimal("-1.50"), Decimal("-1.50")), (None, "")]
)
def test_numbers_and_ordinary_text_stay(value: object, written: object) -> None:
    assert cell(value) == written


@pytest.mark.parametrize("separator", [",", "\t"])
@given(rows=st.lists(st.lists(st.text(), min_size=1, max_size=4), max_size=4))
def test_every_table_reads_back_without_a_formula(separator: str, rows: list[list[str]]) -> None:
    text = "".join(lines(rows, separator="," if separator == "," else "\t"))
    back = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator))
    assert back == [[str(cell(value)) for value in row] for row in rows]
    assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for row in back for value in row)


def test_excel_recognises_the_encoding() -> None:
    assert list(lines([["a"], ["b"]])) == ["\ufeffa\r\n", "b\r\n"]
