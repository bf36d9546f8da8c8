"""Reads rows by a mapping that has been found good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kefu.lib.money import NotMoney, currency
from kefu.orders.incoming import Incoming
from kefu.orders.mapping.fields import Field, Path, Place
from kefu.orders.mapping.shapes import Shape


@dataclass(frozen=True)
class Part:
    """How one shape is read: its fields, and its own parts."""

    shape: Shape
    fields: Mapping[str, Field]
    options: Mapping[str, Mapping[str, Field]]
    parts: Mapping[str, Part]
    each: Path | None = None
    where: Mapping[Path, frozenset[str]] | None = None
    by: Path | None = None

    def all_of(self, place: Place) -> list[Any]:
        """One for each element; without ``each`` one, unless nothing that it takes from the record is there."""
        if self.each is None:
            return [self.one_of(place)] if self._is_there(place) else []
        elements = list(_elements(self.each.of(place), place))
        if self.where is not None:
            elements = [one for one in elements if self._fits(one)]
        if self.by is not None:
            elements = list(_together(elements, self.by))
        return [self.one_of(one) for one in elements]

    def one_of(self, place: Place) -> Any:
        given: dict[str, Any] = {}
        known = len(place.problems)
        if "currency" in self.shape.slots:
            given["currency"] = self._currency(place)
            place = replace(place, currency=given["currency"])
        for name, field in self.fields.items():
            value = field.read(place, self.shape.slots[name].kind)
            if value is not None and name != "currency":
                given[self.shape.slots[name].to] = value
        for name, options in self.options.items():
            given[self.shape.slots[name].to] = _options(options, place)
        for name, part in self.parts.items():
            found = part.all_of(place)
            if self.shape.slots[name].many:
                given[self.shape.slots[name].to] = tuple(found)
            elif found:
                given[self.shape.slots[name].to] = found[0]
        return self.shape.made(given, place) if len(place.problems) == known else None

    def _currency(self, place: Place) -> str:
        told = self.fields["currency"].read(place, "text") if "currency" in self.fields else None
        try:
            return currency(told or place.currency)
        except NotMoney:
            place.problems.append((place.line, _("“%s” is not a currency.") % told))
            return place.currency

    def _is_there(self, place: Place) -> bool:
        told = [field.found(place) for field in self.fields.values() if field.paths]
        return not told or any(found is not None for found in told)

    def _fits(self, place: Place) -> bool:
        return all(str(path.of(place)).strip() in words for path, words in (self.where or {}).items())


def _elements(found: Any, place: Place) -> Iterator[Place]:
    if isinstance(found, Mapping):
        yield from (place.inside(one, key, index) for index, (key, one) in enumerate(found.items()))
    elif isinstance(found, list):
        yield from (place.inside(one, index, index) for index, one in enumerate(found))


def _together(places: list[Place], by: Path) -> Iterator[Place]:
    groups: dict[str, list[Place]] = {}
    for place in places:
        if (name := by.of(place)) not in (None, ""):
            groups.setdefault(str(name), []).append(place)
    for index, (key, group) in enumerate(groups.items()):
        first = group[0].here if isinstance(group[0].here, Mapping) else {}
        yield group[0].inside({**first, "@rows": [each.here for each in group]}, key, index)


def _options(options: Mapping[str, Field], place: Place) -> dict[str, str]:
    read = {name: field.read(place, "text") for name, field in options.items()}
    return {name: value for name, value in read.items() if value}


@dataclass(frozen=True)
class Rows:
    """Where in a file the rows are: ``at`` a path, and which rows of a table are ``by`` one value one record."""

    at: str = ""
    by: str = ""
    separator: str = ""


@dataclass(frozen=True)
class MappingOf:
    """A document that has been found good."""

    currency: str
    zone: ZoneInfo
    parts: Mapping[str, Part]
    rows: Mapping[str, Rows]
    pull: Mapping[str, Any]

    def read(self, what: str, record: Any, *, line: int, key: Any = None) -> Incoming | list[tuple[int, str]]:
        """The row in the normal form; or everything that is wrong with it, with the lines."""
        problems: list[tuple[int, str]] = []
        place = Place(record, record, self.zone, self.currency, line, problems, key)
        if not isinstance(record, Mapping):
            return [(line, _("The row is not an object."))]
        row: Incoming | None = self.parts[what].one_of(place)
        return problems if problems or row is None else row
