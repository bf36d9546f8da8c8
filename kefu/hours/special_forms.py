"""What an admin fills in about a special day."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.hours.models import SpecialDay, Times
from kefu.hours.moments import ONE_DAY
from kefu.hours.week import BadTimes, week_from
from kefu.people.models import Brand

MOST_DAYS = 62
_DASH = re.compile(r"\s*(?:[-–—~～至]|\bto\b)\s*")
_BETWEEN = re.compile(r"\s*[,，、;；]\s*")


def _date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class SpecialDayForm(forms.Form):
    brand = forms.ModelChoiceField(label=_("Brand"), queryset=Brand.objects.none(), empty_label=None)
    day = forms.DateField(label=pgettext_lazy("of a special day", "Date"), widget=_date_input())
    last = forms.DateField(
        label=_("Last day"), required=False, widget=_date_input(), help_text=_("For several days in a row.")
    )
    name = forms.CharField(
        label=pgettext_lazy("of a thing", "Name"),
        max_length=60,
        help_text=_("Customers read it, for example “Stocktaking”."),
    )
    kind = forms.ChoiceField(
        label=_("On this day we are"), choices=SpecialDay.Kind.choices, widget=forms.RadioSelect
    )
    times = forms.CharField(
        label=_("Times"),
        max_length=100,
        required=False,
        help_text=_(
            "As 09:00–12:00, 13:00–18:00. Empty: the times of that weekday, or of a working day if it has none."
        ),
    )

    def __init__(self, *args: Any, brands: QuerySet[Brand] | None = None, **kwargs: Any) -> None:
        """With brands for new days, without for one that is changed."""
        super().__init__(*args, **kwargs)
        if brands is None:
            del self.fields["brand"], self.fields["last"]
        else:
            field = self.fields["brand"]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = brands

    def clean_times(self) -> Times:
        try:
            return times_from(str(self.cleaned_data["times"]))
        except BadTimes as problem:
            raise forms.ValidationError(str(problem)) from problem

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("times") and cleaned.get("kind") == SpecialDay.Kind.CLOSED:
            self.add_error("times", _("A closed day has no times."))
        first, last = cleaned.get("day"), cleaned.pop("last", None)
        if first and last and not 0 <= (last - first).days < MOST_DAYS:
            self.add_error(
                "last", _("Choose a day after the first one, at most %(days)d days.") % {"days": MOST_DAYS}
            )
        elif first and "last" in self.fields:
            cleaned["days"] = [first + ONE_DAY * ahead for ahead in range(((last or first) - first).days + 1)]
            del cleaned["day"]
        return cleaned


def times_from(text: str) -> Times:
    """From "09:00-12:00, 13:00-18:00"; ``BadTimes`` says what is wrong."""
    pairs = [_pair(part) for part in _BETWEEN.split(text.strip()) if part]
    return week_from({0: pairs}).get("0", [])


def as_text(times: Times) -> str:
    return ", ".join(f"{start}–{end}" for start, end in times)


def _pair(text: str) -> tuple[str, str]:
    start, *rest = _DASH.split(text, maxsplit=1)
    return start, rest[0] if rest else ""
