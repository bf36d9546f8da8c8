"""Files of orders, products and customers: tables (CSV) and JSON, as shops export them, cut into records."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kefu.orders.mapping import Rows
from kefu.orders.mapping.fields import Path, Place

MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 200_000
LONGEST_CELL = 100_000
MOST_COLUMNS = 500
SEPARATORS = ",;\t|"


class BadFile(Exception):
    """The file as a whole cannot be read; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Record:
    """``line`` is that of a table or of JSON lines, else the place in the list; ``problem`` says why it cannot be read;
    ``rows`` is how many of a table it was.
    """

    line: int
    value: Any = None
    key: Any = None
    problem: str = ""
    rows: int = 1


def records(content: bytes, rows: Rows) -> list[Record]:
    """Every record of the file, in the same order each time. Raises ``BadFile``."""
    if len(content) > MOST_BYTES:
        raise BadFile(_("The file is larger than %d MB.") % (MOST_BYTES // 1024**2))
    text = _decoded(content)
    start = text.lstrip()[:1]
    if not start:
        raise BadFile(_("The file is empty."))
    found = list(_json(text, rows) if start in "[{" else _table(text, rows))
    if sum(record.rows for record in found) > MOST_ROWS:
        raise BadFile(_("The file has more than %d rows.") % MOST_ROWS)
    return found


def _decoded(content: bytes) -> str:
    """Spreadsheets save UTF-8 with a mark; Chinese ones GB 18030; some UTF-16."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadFile(_("The file is encoded in neither UTF-8 nor GB 18030."))


# -- JSON: a list, an object keyed by id, or an object a line


def _json(text: str, rows: Rows) -> Iterator[Record]:
    lines = text.splitlines()
    if len(lines) > 1 and _stands_alone(lines[0]) and not rows.at:
        yield from _json_lines(lines)
    else:
        yield from of_json(_parsed(text), rows)


def of_json(found: Any, rows: Rows) -> Iterator[Record]:
    """The records of what was read from JSON already. Raises ``BadFile``."""
    if rows.at:
        found = _at(found, rows.at)
    if isinstance(found, list):
        yield from (Record(number, one) for number, one in enumerate(found, 1))
    elif isinstance(found, Mapping):
        keyed = all(isinstance(one, Mapping) for one in found.values())
        pairs = found.items() if keyed else [(None, found)]
        yield from (Record(number, one, key) for number, (key, one) in enumerate(pairs, 1))
    else:
        raise BadFile(_("There is no list of rows at “%s”.") % rows.at)


def _stands_alone(line: str) -> bool:
    try:
        return isinstance(json.loads(line), Mapping)
    except (ValueError, RecursionError):
        return False


def _json_lines(lines: list[str]) -> Iterator[Record]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield Record(number, json.loads(line, parse_constant=_no_number))
            except (ValueError, RecursionError):
                yield Record(number, problem=_("This line is not JSON."))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as problem:
        where = {"line": problem.lineno, "column": problem.colno}
        raise BadFile(
            _("The file is not valid JSON: look at line %(line)d, column %(column)d.") % where
        ) from problem
    except (ValueError, RecursionError) as problem:
        raise BadFile(_("The file has numbers or nesting that cannot be read.")) from problem


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _at(found: Any, path: str) -> Any:
    return Path(path).of(Place(found, found, ZoneInfo("UTC"), "", 0, []))


# -- tables


def _table(text: str, rows: Rows) -> Iterator[Record]:
    """Rows with the same value in the column ``by`` are one record; each row knows its line as ``@line``. A record of
    which one row is broken is not taken in part.
    """
    groups: dict[str, list[Record]] = {}
    for record in _lines(text, rows.separator):
        key = str(record.value.get(rows.by, "")).strip()
        groups.setdefault(key or f"\0{record.line}", []).append(record)
    for key, group in groups.items():
        named = None if key.startswith("\0") else key
        broken = [replace(record, key=named) for record in group if record.problem]
        yield from broken or [_joined(named, [record.value for record in group])]


def _joined(key: str | None, rows: list[dict[str, Any]]) -> Record:
    return Record(rows[0]["@line"], {**rows[0], "@rows": rows}, key, rows=len(rows))


def _lines(text: str, separator: str) -> Iterator[Record]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(
        io.StringIO(text.replace("\0", ""), newline=""), delimiter=separator or _separator(text)
    )
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(header, cells, reader.line_num)
    except csv.Error as problem:
        raise BadFile(_("The table ends unexpectedly in line %d.") % reader.line_num) from problem


def _row(header: list[str], cells: list[str], line: int) -> Record:
    value = {**dict(zip(header, cells, strict=False)), "@line": line}
    more = any(cell.strip() for cell in cells[len(header) :])
    return Record(line, value, problem=_("The row has more cells than there are columns.") if more else "")


def _separator(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return max(SEPARATORS, key=first.count)


def _check_header(header: list[str]) -> None:
    named = [name for name in header if name]
    if len(header) > MOST_COLUMNS:
        raise BadFile(_("The table has more than %d columns.") % MOST_COLUMNS)
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise BadFile(_("Two columns are named “%s”.") % twice[0])
