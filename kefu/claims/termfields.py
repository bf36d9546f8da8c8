"""What a field of the terms may hold: read from JSON with a sentence for whatever does not fit, and written back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefu.lib.money import NotMoney, currency
from kefu.web.joining import paragraph

LANGUAGES = ("zh-hans", "en")
MOST_CODES, MOST_MINOR = 200, 10**12
Group = TypeVar("Group")
Words = Mapping[str, str]
Limits = Mapping[str, int]


class Wrong(ValueError):
    """What was given for one field does not fit it; the text is a sentence."""


class BadTerms(ValueError):
    """``problems``: by field ("window.days") a sentence each."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(paragraph(problems.values()))
        self.problems = dict(problems)


class Holds(Protocol):
    def read(self, value: Any) -> Any: ...
    def write(self, value: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class YesNo:
    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Wrong(_("Choose yes or no."))
        return value

    def write(self, value: bool) -> bool:
        return value


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds. Where it may be left ``open``, None stands for no limit."""

    least: int
    most: int
    open: bool = False

    def read(self, value: Any) -> int | None:
        if value is None and self.open:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise Wrong(
                _("Enter a whole number from %(least)s to %(most)s.")
                % {"least": self.least, "most": self.most}
            )
        return value

    def write(self, value: int | None) -> int | None:
        return value


@dataclass(frozen=True, slots=True)
class Percent:
    """Kept in basis points: 1250 is 12.5 %."""

    def read(self, value: Any) -> int:
        return Whole(0, 10_000).read(value) or 0

    def write(self, value: int) -> int:
        return value


@dataclass(frozen=True, slots=True)
class OneOf:
    choices: type[TextChoices]

    def read(self, value: Any) -> TextChoices:
        try:
            return self.choices(value)
        except ValueError as problem:
            raise Wrong(_("Choose one of the options offered.")) from problem

    def write(self, value: str) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class SomeOf:
    """Any of the choices but those ``without``, each once; ``least`` of them."""

    choices: type[TextChoices]
    least: int = 0
    without: tuple[TextChoices, ...] = ()

    @property
    def offered(self) -> list[TextChoices]:
        return [one for one in self.choices if one not in self.without]

    def read(self, value: Any) -> tuple[TextChoices, ...]:
        try:
            chosen = {self.choices(one) for one in _listed(value)}
        except ValueError as problem:
            raise Wrong(_("Choose from the options offered.")) from problem
        if chosen.intersection(self.without):
            raise Wrong(_("Choose from the options offered."))
        if len(chosen) < self.least:
            raise Wrong(_("Choose at least one."))
        return tuple(one for one in self.offered if one in chosen)

    def write(self, value: Iterable[str]) -> list[str]:
        return [str(one) for one in value]


@dataclass(frozen=True, slots=True)
class Codes:
    """Names that the desk gives: categories, article numbers."""

    longest: int = 80

    def read(self, value: Any) -> tuple[str, ...]:
        given = _listed(value)
        if len(given) > MOST_CODES or not all(isinstance(one, str) for one in given):
            raise Wrong(_("Enter at most %(number)s names.") % {"number": MOST_CODES})
        names = tuple(dict.fromkeys(one.strip() for one in given if one.strip()))
        if any(len(name) > self.longest for name in names):
            raise Wrong(_("A name has at most %(number)s characters.") % {"number": self.longest})
        return names

    def write(self, value: Iterable[str]) -> list[str]:
        return list(value)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Minor units by currency. Where it may be left ``open``, None stands for no limit at all."""

    open: bool = False

    def read(self, value: Any) -> Limits | None:
        if value is None and self.open:
            return None
        if not isinstance(value, Mapping):
            raise Wrong(_("Enter amounts with their currencies."))
        try:
            return {currency(code): _minor(amount) for code, amount in value.items()}
        except NotMoney as problem:
            raise Wrong(_("One of these is not a currency.")) from problem

    def write(self, value: Limits | None) -> dict[str, int] | None:
        return None if value is None else dict(value)


@dataclass(frozen=True, slots=True)
class InWords:
    """The same in both languages."""

    longest: int = 120

    def read(self, value: Any) -> Words:
        if not isinstance(value, Mapping) or not all(
            isinstance(value.get(language, ""), str) for language in LANGUAGES
        ):
            raise Wrong(_("Write it in both languages."))
        words = {language: value.get(language, "").strip() for language in LANGUAGES}
        if not any(words.values()):
            return {}
        if not all(words.values()):
            raise Wrong(_("Write it in both languages."))
        if any(len(text) > self.longest for text in words.values()):
            raise Wrong(_("Write at most %(number)s characters.") % {"number": self.longest})
        return words

    def write(self, value: Words) -> dict[str, str]:
        return dict(value)


@dataclass(frozen=True, slots=True)
class Months:
    """Months by the name of a part."""

    def read(self, value: Any) -> Mapping[str, int]:
        if not isinstance(value, Mapping) or len(value) > MOST_CODES:
            raise Wrong(_("Enter months for each part."))
        whole = Whole(0, 1200)
        return {str(part).strip()[:80]: whole.read(months) or 0 for part, months in value.items()}

    def write(self, value: Mapping[str, int]) -> dict[str, int]:
        return dict(value)


@dataclass(frozen=True, slots=True)
class Code:
    """A short name that programs use."""

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value):
            raise Wrong(_("Use lowercase letters, digits and underscores, at most 40 characters."))
        return value

    def write(self, value: str) -> str:
        return value


class Held(NamedTuple):
    """What a field of the terms is called, and what it may hold."""

    label: str | Promise
    holds: Holds


def read_group(
    kind: type[Group], sheet: Mapping[str, Held], value: Any, path: str, problems: dict[str, str]
) -> Group:
    """What is missing has its default; what does not fit goes to ``problems`` under its path."""
    if not isinstance(value, Mapping):
        problems[path] = _("This part of the terms cannot be read.")
        return kind()
    for name in sorted(set(map(str, value)) - set(sheet)):
        problems[f"{path}.{name}"[:120]] = _("There is no such field.")
    found = {}
    for name in sheet.keys() & value.keys():
        try:
            found[name] = sheet[name].holds.read(value[name])
        except Wrong as problem:
            problems[f"{path}.{name}"] = str(problem)
    return kind(**found)


def written(group: Any, sheet: Mapping[str, Held]) -> dict[str, Any]:
    return {name: held.holds.write(getattr(group, name)) for name, held in sheet.items()}


def in_language(words: Words, language: str | None = None) -> str:
    """In the language of the page, or the one named; else in whichever there is."""
    return words.get(language or get_language() or "en", "") or next(filter(None, words.values()), "")


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise Wrong(_("Enter a list."))
    return list(value)


def _minor(amount: Any) -> int:
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 <= amount <= MOST_MINOR:
        raise Wrong(_("Enter an amount that is not negative."))
    return amount
