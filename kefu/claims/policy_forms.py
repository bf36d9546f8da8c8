"""A policy as a form: one field for each of its terms, made from the sheet that reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.claims.models import Policy
from kefu.claims.policies import SCOPES, read_scope
from kefu.claims.presets import PRESETS
from kefu.claims.termchoices import LawProfile
from kefu.claims.termfields import (
    Amounts,
    BadTerms,
    Codes,
    Held,
    Holds,
    InWords,
    Months,
    OneOf,
    Percent,
    SomeOf,
    Whole,
    YesNo,
)
from kefu.claims.terms import GROUPS, Terms
from kefu.claims.termsheet import SHEET, TITLES
from kefu.hours.moments import moment
from kefu.lib.money import NotMoney, currency, major, minor_units
from kefu.people.models import Brand

SOME_MORE_REASONS = 2
_BETWEEN = re.compile(r"\s*[,，、;；\n]\s*")


class BeginForm(forms.Form):
    """A new policy: whose it is, its name, and what it begins with."""

    brand = forms.ModelChoiceField(label=_("Brand"), queryset=Brand.objects.none(), empty_label=None)
    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=80)
    preset = forms.ChoiceField(label=_("Start from"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, brands: QuerySet[Brand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whose, preset = self.fields["brand"], self.fields["preset"]
        assert isinstance(whose, forms.ModelChoiceField)
        assert isinstance(preset, forms.ChoiceField)
        whose.queryset = brands
        preset.choices = [(name, f"{one.name}: {one.about}") for name, one in PRESETS.items()]
        preset.initial = "brand-30-days"


class TermsForm(forms.Form):
    """Lenient by itself: ``Terms.read`` has the last word, and what it says goes to its fields."""

    def __init__(self, data: Any = None, *, policy: Policy) -> None:
        super().__init__(data, initial={})
        self.policy, self.terms = policy, Terms.read(policy.terms)
        self.reasons = max(len(self.terms.reasons) + SOME_MORE_REASONS, self._reasons_sent())
        for name, field, value in self._made():
            self.fields[name], self.initial[name] = field, value

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """In the order of the page; reasons stand apart."""
        yield now("Policy"), [self[name] for name in ("law_profile", "effective_from", "effective_to")]
        yield now("For whom"), [self[f"scope__{name}"] for name in SCOPES]
        for group, title in TITLES.items():
            yield str(title), self._bound(f"{group}__")

    def reason_rows(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        for place in range(self.reasons):
            known = self.terms.reasons[place].label if place < len(self.terms.reasons) else ""
            yield known or now("Add a reason"), self._bound(f"reasons__{place}__")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self._read(cleaned)
        return cleaned

    def tell(self, problems: Mapping[str, str]) -> None:
        """Sentences to the fields that they are about: "window.days", "reasons.2.code"."""
        for path, sentence in problems.items():
            name = path.replace(".", "__")
            self.add_error(self._nearest(name), sentence)

    def _read(self, cleaned: dict[str, Any]) -> None:
        try:
            cleaned["terms"] = Terms.read(self._body())
            cleaned["scope"] = read_scope({name: _names(cleaned[f"scope__{name}"]) for name in SCOPES})
        except BadTerms as problem:
            self.tell(problem.problems)
        zone = ZoneInfo(self.policy.brand.time_zone)
        for name in ("effective_from", "effective_to"):
            cleaned[name] = _midnight(cleaned[name], zone) if cleaned[name] else None

    def _body(self) -> dict[str, Any]:
        groups = {name: self._group(SHEET[name], f"{name}__") for name in GROUPS}
        reasons = [self._group(SHEET["reason"], f"reasons__{place}__") for place in range(self.reasons)]
        given = [reason for reason in reasons if reason["code"]]
        return {"law_profile": self.cleaned_data["law_profile"], "reasons": given, **groups}

    def _group(self, sheet: Mapping[str, Held], prefix: str) -> dict[str, Any]:
        return {name: _from_form(held, f"{prefix}{name}", self.cleaned_data) for name, held in sheet.items()}

    def _made(self) -> Iterator[tuple[str, forms.Field, Any]]:
        profiles = forms.ChoiceField(label=_("Law"), choices=LawProfile.choices, required=False)
        yield "law_profile", profiles, self.terms.law_profile
        zone = ZoneInfo(self.policy.brand.time_zone)
        for name, label in (
            ("effective_from", _("In force from")),
            ("effective_to", _("Until (that day not included)")),
        ):
            value = getattr(self.policy, name)
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            field = forms.DateField(label=label, required=False, widget=widget)
            yield name, field, value.astimezone(zone).date() if value else None
        for name, label in _SCOPE_LABELS.items():
            value = ", ".join(self.policy.scope.get(name, []))
            yield f"scope__{name}", forms.CharField(label=label, required=False, max_length=4000), value
        for name in GROUPS:
            yield from _fields(SHEET[name], f"{name}__", getattr(self.terms, name))
        for place in range(self.reasons):
            reason = self.terms.reasons[place] if place < len(self.terms.reasons) else None
            yield from _fields(SHEET["reason"], f"reasons__{place}__", reason)

    def _reasons_sent(self) -> int:
        """A page that was open while somebody else took a reason away still sends its row."""
        places = [re.match(r"reasons__(\d{1,2})__code$", name) for name in self.data]
        return min(max((int(found[1]) + 1 for found in places if found), default=0), 60)

    def _bound(self, prefix: str) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(prefix)]

    def _nearest(self, name: str) -> str | None:
        if name in self.fields:
            return name
        return next((one for one in self.fields if one.startswith(f"{name}__")), None)


_SCOPE_LABELS = {
    "countries": _("Countries, as two-letter codes"),
    "categories": _("Categories"),
    "skus": _("SKUs"),
    "channels": _("Channels"),
}


def _fields(sheet: Mapping[str, Held], prefix: str, group: Any) -> Iterator[tuple[str, forms.Field, Any]]:
    for name, held in sheet.items():
        value = getattr(group, name) if group is not None else None
        yield from _field(held, f"{prefix}{name}", value)


def _field(held: Held, name: str, value: Any) -> Iterator[tuple[str, forms.Field, Any]]:
    label = str(held.label)
    match held.holds:
        case Amounts(open_):
            yield from _amount_fields(name, label, value, is_open=open_)
        case InWords(longest):
            yield from _word_fields(name, label, value, longest)
        case holds:
            yield name, *_single(holds, label, value)


def _single(holds: Holds, label: str, value: Any) -> tuple[forms.Field, Any]:
    """What one box can hold, and what it shows at first."""
    match holds:
        case YesNo():
            return forms.BooleanField(label=label, required=False), True if value is None else bool(value)
        case Whole(least, most, open_):
            return _number(label, least, most, is_open=open_), value
        case Percent():
            percent = forms.DecimalField(label=label, min_value=0, max_value=100, decimal_places=2)
            return percent, _percent(value)
        case OneOf(choices):
            choice = forms.ChoiceField(
                label=label, choices=choices.choices, required="" not in choices.values
            )
            return choice, choices.values[0] if value is None else value
        case SomeOf():
            offered = [(one.value, one.label) for one in holds.offered]
            return _boxes(label, offered), list(value or [])
        case Months():
            help_text = _("One for each part, such as battery 6, motor 36")
            parts = ", ".join(f"{part} {months}" for part, months in (value or {}).items())
            return forms.CharField(label=label, required=False, help_text=help_text), parts
    text = value if isinstance(value, str) else ", ".join(value or ())
    return forms.CharField(label=label, required=False, max_length=8000), text


def _number(label: str, least: int, most: int, *, is_open: bool) -> forms.Field:
    help_text = _("Leave empty for no limit") if is_open else ""
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, required=not is_open, help_text=help_text
    )


def _boxes(label: str, choices: Any) -> forms.Field:
    widget = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=widget)


def _amount_fields(
    name: str, label: str, value: Any, *, is_open: bool
) -> Iterator[tuple[str, forms.Field, Any]]:
    help_text = _("One for each currency, such as CNY 500, EUR 60")
    yield name, forms.CharField(label=label, required=False, help_text=help_text), _amounts(value)
    if is_open:
        unlimited = forms.BooleanField(label=_("%(field)s: no limit") % {"field": label}, required=False)
        yield f"{name}__open", unlimited, value is None


def _word_fields(name: str, label: str, value: Any, longest: int) -> Iterator[tuple[str, forms.Field, Any]]:
    for language, tongue in (("zh_hans", _("in Chinese")), ("en", _("in English"))):
        words = (value or {}).get(language.replace("_", "-"), "")
        told = forms.CharField(label=f"{label}, {tongue}", max_length=longest, required=False)
        yield f"{name}__{language}", told, words


def _from_form(held: Held, name: str, cleaned: Mapping[str, Any]) -> Any:
    value = cleaned.get(name)
    match held.holds:
        case Percent():
            return int((value or Decimal(0)) * 100)
        case Amounts(open_):
            return None if open_ and cleaned.get(f"{name}__open") else _read_amounts(value or "")
        case InWords():
            return {
                language: cleaned.get(f"{name}__{language.replace('-', '_')}", "")
                for language in ("zh-hans", "en")
            }
        case Months():
            return _read_months(value or "")
        case Codes():
            return _names(value or "")
    return value


def _names(text: str) -> list[str]:
    return [name for name in _BETWEEN.split(text.strip()) if name]


def _percent(value: int | None) -> Decimal:
    return Decimal(value or 0) / 100


def _amounts(limits: Mapping[str, int] | None) -> str:
    return ", ".join(f"{code} {major(minor, code)}" for code, minor in (limits or {}).items())


def _read_amounts(text: str) -> Any:
    """What is no amount stays as it is, for ``Terms.read`` to refuse."""
    found: dict[str, Any] = {}
    for name in _names(text):
        code, _gap, amount = name.partition(" ")
        try:
            found[code] = minor_units(amount, currency(code))
        except NotMoney:
            found[code] = amount
    return found


def _read_months(text: str) -> dict[str, Any]:
    """ "main motor 36": the months come last."""
    parts = (name.rpartition(" ") for name in _names(text))
    return {part or months: int(months) if months.isdecimal() else months for part, _gap, months in parts}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return moment(datetime.combine(day, time()), zone)
