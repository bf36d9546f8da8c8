"""Looks whether a mapping can be read by, and says in sentences what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kefu.lib.money import NotMoney, currency
from kefu.orders.mapping.fields import Field, Path
from kefu.orders.mapping.reading import MappingOf, Part, Rows
from kefu.orders.mapping.shapes import CUSTOMER, ORDER, PRODUCT, Shape, Slot
from kefu.web.joining import listed, paragraph

SECTIONS: dict[str, Shape] = {"orders": ORDER, "products": PRODUCT, "customers": CUSTOMER}
TOP = ("currency", "time_zone", "pull", *SECTIONS)
OF_FIELD = ("from", "join", "const", "default", "values", "date", "minor")
OF_PART = ("each", "where", "by")
OF_ROWS = ("at", "by", "separator")
OF_PULL = ("cursor", "next", "since", "size")


class BadMapping(Exception):
    """``sentences`` says everything that is wrong with it."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(paragraph(sentences))
        self.sentences = sentences


def mapping_of(document: Any) -> MappingOf:
    """Raises ``BadMapping``."""
    compiled = Compiler().compiled(document)
    if isinstance(compiled, list):
        raise BadMapping(compiled)
    return compiled


class Compiler:
    """Reads a document and gathers a sentence for each thing that is wrong in it."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def compiled(self, document: Any) -> MappingOf | list[str]:
        if not isinstance(document, Mapping):
            return [_("A mapping is a JSON object.")]
        self._only(document, TOP, "")
        sections = [name for name in SECTIONS if name in document]
        if not sections:
            self.wrong.append(_("It describes nothing: name “orders”, “products” or “customers”."))
        result = MappingOf(
            currency=self._currency(document),
            zone=self._zone(document),
            parts={name: self._part(document[name], SECTIONS[name], name) for name in sections},
            rows={name: self._rows(document[name], name) for name in sections},
            pull=self._plain(document.get("pull", {}), "pull", OF_PULL),
        )
        return self.wrong or result

    # -- the document's own

    def _currency(self, document: Mapping[str, Any]) -> str:
        try:
            return currency(document.get("currency", "CNY"))
        except NotMoney:
            self._say("currency", _("“%s” is not a currency.") % document["currency"])
            return "CNY"

    def _zone(self, document: Mapping[str, Any]) -> ZoneInfo:
        name = document.get("time_zone", "UTC")
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, TypeError, OSError):
            self._say("time_zone", _("“%s” is not a time zone.") % name)
            return ZoneInfo("UTC")

    def _rows(self, section: Any, name: str) -> Rows:
        if not isinstance(section, Mapping):
            return Rows()
        found = self._plain(section.get("rows", {}), f"{name}.rows", OF_ROWS)
        number = section.get("number", "")
        by = found.get("by", number if isinstance(number, str) else "")
        return Rows(at=str(found.get("at", "")), by=str(by), separator=str(found.get("separator", "")))

    def _plain(self, found: Any, at: str, names: tuple[str, ...] | None = None) -> dict[str, Any]:
        """An object, of those ``names`` if they are given."""
        if not isinstance(found, Mapping):
            self._say(at, _("this is not an object."))
            return {}
        if names is not None:
            self._only(found, names, at)
        return dict(found)

    # -- parts

    def _part(self, given: Any, shape: Shape, at: str) -> Part:
        fields: dict[str, Field] = {}
        options: dict[str, dict[str, Field]] = {}
        parts: dict[str, Part] = {}
        if not isinstance(given, Mapping):
            self._say(at, _("this is not an object."))
            return Part(shape, fields, options, parts)
        top = ("rows",) if at in SECTIONS else OF_PART
        self._only(given, (*top, *shape.slots), at)
        for name, slot in shape.slots.items():
            if name in given:
                self._slot(name, slot, given[name], f"{at}.{name}", fields, options, parts)
        missing = [name for name, slot in shape.slots.items() if slot.needed and name not in given]
        if missing:
            self._say(at, _("it does not say where to find %s.") % listed(missing))
        where = self._where(given.get("where"), at)
        return Part(
            shape, fields, options, parts, self._path(given, "each", at), where, self._path(given, "by", at)
        )

    def _slot(
        self,
        name: str,
        slot: Slot,
        given: Any,
        at: str,
        fields: dict[str, Field],
        options: dict[str, dict[str, Field]],
        parts: dict[str, Part],
    ) -> None:
        if slot.shape is not None:
            parts[name] = self._part(given, slot.shape, at)
        elif slot.kind == "options" and isinstance(given, Mapping) and "fields" in given:
            named = self._plain(given["fields"], f"{at}.fields")
            options[name] = {each: self._field(spec, f"{at}.fields.{each}") for each, spec in named.items()}
        else:
            fields[name] = self._field(given, at)

    def _path(self, given: Mapping[str, Any], name: str, at: str) -> Path | None:
        if name not in given:
            return None
        if isinstance(given[name], str) and given[name]:
            return Path(given[name])
        self._say(f"{at}.{name}", _("a path is text such as “items” or “address.city”."))
        return None

    def _where(self, given: Any, at: str) -> dict[Path, frozenset[str]] | None:
        if given is None:
            return None
        found = self._plain(given, f"{at}.where")
        return {
            Path(path): frozenset(map(str, words if isinstance(words, list) else [words]))
            for path, words in found.items()
        }

    # -- fields

    def _field(self, given: Any, at: str) -> Field:
        if isinstance(given, str) and given:
            return Field(at, (Path(given),))
        if not isinstance(given, Mapping) or not ("from" in given) ^ ("const" in given):
            self._say(at, _("a field is a path, or an object with either “from” or “const”."))
            return Field(at)
        self._only(given, OF_FIELD, at)
        values = self._plain(given.get("values", {}), f"{at}.values")
        return Field(
            at,
            self._paths(given.get("from"), at),
            join=str(given.get("join", " ")),
            const=given.get("const"),
            default=given.get("default"),
            values={str(word).strip().casefold(): to for word, to in values.items()},
            date=str(given.get("date", "")),
            minor=given.get("minor") is True,
        )

    def _paths(self, given: Any, at: str) -> tuple[Path, ...]:
        paths = given if isinstance(given, list) else [given]
        if given is not None and not all(isinstance(path, str) and path for path in paths):
            self._say(at, _("“from” is a path, or a list of paths that are joined."))
        return tuple(Path(path) for path in paths if isinstance(path, str) and path)

    # -- sentences

    def _only(self, given: Mapping[str, Any], names: tuple[str, ...], at: str) -> None:
        for name in given:
            if name not in names:
                said = _("there is no “%(name)s”; there are %(names)s.")
                self._say(at, said % {"name": name, "names": listed(names)})

    def _say(self, at: str, sentence: str) -> None:
        self.wrong.append(f"{at}: {sentence}" if at else sentence[:1].upper() + sentence[1:])
