"""One field of a mapping: where in a source's row a value is found, and how it is read.

    "number": "order_id"                                    a path: keys and places, with dots
    "status": {"from": "state", "values": {"paid": "processing"}, "default": "pending"}
    "paid":   {"from": "state", "values": {"pay*": "yes", "*": "no"}}    the beginning of a word, and every other word
    "name":   {"from": ["first_name", "last_name"]}         joined with a blank, or with "join"
    "kind":   {"const": "card"}

``$.`` before a path begins at the whole record; ``@key``, ``@value`` and ``@index`` are those of an element of a list
or of an object keyed by id; ``@rows`` are the rows of a table that belong together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kefu.lib.money import NotMoney, minor_units

DEEPEST = 4
YES = frozenset({"true", "1", "yes", "y", "on", "是", "有"})
NO = frozenset({"false", "0", "no", "n", "off", "否", "无", ""})
DATES = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
MILLISECONDS = 10**11
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_AROUND_MONEY = re.compile(r"^[^\d\-.]*|\s*[^\d.]*$")
_BETWEEN = re.compile(r"[,;，；|\n]")


class Unreadable(Exception):
    """The text is the end of a sentence that begins with the field's name and the value."""


@dataclass(slots=True)
class Place:
    """Where in a record reading is. ``problems`` gathers all that cannot be read, with its line."""

    root: Any
    here: Any
    zone: ZoneInfo
    currency: str
    line: int
    problems: list[tuple[int, str]]
    key: Any = None
    index: int = 0

    def inside(self, here: Any, key: Any, index: int) -> Place:
        line = here.get("@line", self.line) if isinstance(here, Mapping) else self.line
        return Place(self.root, here, self.zone, self.currency, line, self.problems, key, index)


@dataclass(frozen=True)
class Path:
    text: str

    @cached_property
    def _steps(self) -> tuple[str, ...]:
        return tuple(self.text.removeprefix("$.").split("."))

    def of(self, place: Place) -> Any:
        """None where there is nothing."""
        if self.text.startswith("@") and self.text in _OF_PLACE:
            return _OF_PLACE[self.text](place)
        found = place.root if self.text.startswith("$.") else place.here
        if isinstance(found, Mapping) and self.text in found:  # a column's name may have dots in it
            return found[self.text]
        for step in self._steps:
            found = _inside(found, step)
        return found


def _inside(found: Any, step: str) -> Any:
    if isinstance(found, Mapping):
        return found.get(step)
    if isinstance(found, list) and step.isdigit() and int(step) < len(found):
        return found[int(step)]
    return None


_OF_PLACE: dict[str, Callable[[Place], Any]] = {
    "@key": lambda place: place.key,
    "@value": lambda place: place.here,
    "@index": lambda place: place.index + 1,
}


@dataclass(frozen=True)
class Field:
    """``name`` is its own in the mapping, for sentences."""

    name: str
    paths: tuple[Path, ...] = ()
    join: str = " "
    const: Any = None
    default: Any = None
    values: Mapping[str, Any] = field(default_factory=dict)
    date: str = ""
    minor: bool = False

    def found(self, place: Place) -> Any:
        """What is there, as the source wrote it; None for nothing and for blanks."""
        if not self.paths:
            return self.const
        found = self.paths[0].of(place) if len(self.paths) == 1 else self._joined(place)
        return None if isinstance(found, str) and not found.strip() else found

    def _joined(self, place: Place) -> str:
        parts = (str(part).strip() for path in self.paths if (part := path.of(place)) is not None)
        return self.join.join(part for part in parts if part)

    def read(self, place: Place, kind: str) -> Any:
        """As ``kind``; None when there is nothing, or nothing that can be read, which is then among the problems."""
        try:
            found = self._translated(self.found(place))
            return None if found is None else READ[kind](found, self, place)
        except Unreadable as problem:
            place.problems.append((place.line, f"{self.name}: {problem}"))
            return None

    def _translated(self, found: Any) -> Any:
        if found is None:
            return self.default
        if not self.values:
            return found
        word = str(found).strip().casefold()
        if word in self.values:
            return self.values[word]
        begun = (
            to for start, to in self.values.items() if start.endswith("*") and word.startswith(start[:-1])
        )
        return next(
            begun, found
        )  # a word that nobody thought of is not guessed at: "*" says what becomes of it


# -- how each kind is read


def _text(found: Any, its: Field, place: Place) -> str:
    if isinstance(found, str):
        return found.strip()
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float) and found.is_integer() and abs(found) < 2**53:
        return str(int(found))
    if isinstance(found, int | float):
        return str(found)
    raise Unreadable(_("it is not text."))


def _whole(found: Any, its: Field, place: Place) -> int:
    text = _text(found, its, place)
    if re.fullmatch(r"[+-]?\d{1,15}(\.0*)?", text):
        return int(text.partition(".")[0])
    raise Unreadable(_("“%s” is not a whole number.") % text[:40])


def _money(found: Any, its: Field, place: Place) -> int:
    if its.minor:
        return _whole(found, its, place)
    text = _text(found, its, place)
    if isinstance(found, str):
        text = _AROUND_MONEY.sub("", text, count=1)
        text = _AROUND_MONEY.sub("", text)
        text = text.replace(",", "") if _GROUPED.fullmatch(text) else text
    try:
        return minor_units(text, place.currency)
    except NotMoney as problem:
        raise Unreadable(_("“%s” is not an amount.") % str(found)[:40]) from problem


def _moment(found: Any, its: Field, place: Place) -> datetime:
    moment = _read_moment(found, its, place)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=place.zone)
    if not 1970 <= moment.year <= 2200:
        raise Unreadable(_("“%s” is not a plausible date.") % str(found)[:40])
    return moment.astimezone(UTC)


def _read_moment(found: Any, its: Field, place: Place) -> datetime:
    text = _text(found, its, place)
    try:
        if its.date:
            return datetime.strptime(text, its.date)  # noqa: DTZ007 - its zone is the mapping's
        if re.fullmatch(r"\d{9,14}(\.\d+)?", text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds >= MILLISECONDS else seconds, UTC)
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return _in_another_form(text)


def _in_another_form(text: str) -> datetime:
    for form in DATES:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - its zone is the mapping's
        except ValueError:
            continue
    raise Unreadable(_("“%s” is not a date that can be read.") % text[:40])


def _flag(found: Any, its: Field, place: Place) -> bool:
    word = _text(found, its, place).casefold()
    if word in YES or word in NO:
        return word in YES
    raise Unreadable(_("“%s” is neither yes nor no.") % word[:40])


def _texts(found: Any, its: Field, place: Place) -> tuple[str, ...]:
    parts = found if isinstance(found, list) else _BETWEEN.split(_text(found, its, place))
    return tuple(text for part in parts if (text := _text(part, its, place)))


def _options(found: Any, its: Field, place: Place) -> dict[str, Any]:
    """An object, a list of name and value, or text such as "colour: red; size: L"."""
    if isinstance(found, Mapping):
        return {str(name): _plain(value, DEEPEST) for name, value in found.items() if value is not None}
    if isinstance(found, list):
        return _named_values(found)
    pairs = (part.partition(":") for part in _BETWEEN.split(_text(found, its, place).replace("：", ":")))
    return {name.strip(): value.strip() for name, _colon, value in pairs if name.strip()}


def _named_values(found: list[Any]) -> dict[str, Any]:
    named = {}
    for one in found:
        name = one.get("name", one.get("key")) if isinstance(one, Mapping) else None
        if name is None:
            raise Unreadable(_("it is not a list of names and values."))
        named[str(name)] = _plain(one.get("value"), DEEPEST)
    return named


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping | list) and depth == 0:
        raise Unreadable(_("it is nested too deeply."))
    if isinstance(value, Mapping):
        return {str(name): _plain(each, depth - 1) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, depth - 1) for each in value]
    return value


READ: dict[str, Callable[[Any, Field, Place], Any]] = {
    "text": _text,
    "whole": _whole,
    "money": _money,
    "moment": _moment,
    "flag": _flag,
    "texts": _texts,
    "options": _options,
}
