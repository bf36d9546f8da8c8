"""What one version of a policy changes in the one before it, field by field as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kefu.claims.termchoices import LawProfile
from kefu.claims.termfields import LANGUAGES, Amounts, Held, InWords, Months, OneOf, Percent, SomeOf, YesNo
from kefu.claims.terms import Reason, Terms
from kefu.claims.termsheet import SHEET, TITLES
from kefu.web.joining import listed
from kefu.web.money import price


class Difference(NamedTuple):
    group: str | Promise
    field: str | Promise
    before: str
    after: str


def differences(before: Terms, after: Terms) -> list[Difference]:
    found = []
    if before.law_profile != after.law_profile:
        labels = [str(LawProfile(one.law_profile).label) for one in (before, after)]
        found.append(Difference(_("Law"), _("Law"), *labels))
    for name, title in TITLES.items():
        found += _of_group(title, SHEET[name], getattr(before, name), getattr(after, name))
    return [*found, *_of_reasons(before, after)]


def scope_differences(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> list[Difference]:
    labels = {
        "countries": _("Countries"),
        "categories": _("Categories"),
        "skus": _("SKUs"),
        "channels": _("Channels"),
    }
    return [
        Difference(_("For whom"), label, _all_or(before.get(name)), _all_or(after.get(name)))
        for name, label in labels.items()
        if before.get(name, []) != after.get(name, [])
    ]


def shown(held: Held, value: Any) -> str:
    """One value as a person reads it."""
    match held.holds:
        case YesNo():
            return _("yes") if value else _("no")
        case Percent():
            return f"{value / 100:g} %"
        case OneOf():
            return str(value.label)
        case SomeOf():
            return listed(one.label for one in value) or "–"
        case Amounts() if value is not None:
            return listed(price(minor, currency) for currency, minor in value.items()) or "–"
        case InWords():
            return " · ".join(filter(None, (value.get(language, "") for language in LANGUAGES))) or "–"
        case Months():
            return listed(f"{part} {months}" for part, months in value.items()) or "–"
    if value is None:
        return _("no limit")
    return listed(value) or "–" if isinstance(value, tuple) else str(value)


def _of_group(
    title: str | Promise, sheet: Mapping[str, Held], before: Any, after: Any
) -> Iterator[Difference]:
    for name, held in sheet.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Difference(title, held.label, shown(held, old), shown(held, new))


def _of_reasons(before: Terms, after: Terms) -> Iterator[Difference]:
    """By their codes; an added or removed one is told as a whole."""
    codes = dict.fromkeys([*(one.code for one in before.reasons), *(one.code for one in after.reasons)])
    for code in codes:
        old, new = before.reason(code), after.reason(code)
        if old and new:
            title = pgettext("of a claim", "Reason “%(reason)s”") % {"reason": new.label}
            yield from _of_group(title, SHEET["reason"], old, new)
        else:
            yield Difference(_("Reasons"), code, _label(old), _label(new))


def _label(reason: Reason | None) -> str:
    return reason.label if reason else "–"


def _all_or(names: list[str] | None) -> str:
    return listed(names) if names else pgettext("scope of a policy", "all")
