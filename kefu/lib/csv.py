"""Tables for spreadsheets, in which no cell that somebody typed becomes a formula (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Literal

_BEGINS_A_FORMULA = tuple("=+-@＝＋－＠\t\r\n|%")


def lines(rows: Iterable[Iterable[object]], *, separator: Literal[",", "\t"] = ",") -> Iterator[str]:
    """One line a row, for a streaming response. Begins with the mark by which Excel recognises UTF-8."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator, lineterminator="\r\n")
    written.write("\ufeff")
    for row in rows:
        writer.writerow([cell(value) for value in row])
        yield written.getvalue()
        written.seek(0)
        written.truncate()


def cell(value: object) -> object:
    """Text that a spreadsheet would calculate gets an apostrophe before it; numbers stay numbers."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "")
    return f"'{text}" if text.lstrip(" \u3000\ufeff").startswith(_BEGINS_A_FORMULA) else text
