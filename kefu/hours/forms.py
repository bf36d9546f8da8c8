"""What an admin fills in about service hours."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kefu.hours import public_holidays
from kefu.hours.models import Schedule, Week
from kefu.hours.week import DAYS, SPANS_A_DAY, BadTimes, week_from
from kefu.people.models import Brand


def zones() -> list[str]:
    """Places rather than the likes of "EST", which name no summer time."""
    return sorted(
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))
    )


def countries() -> list[tuple[str, str]]:
    named = [(public_holidays.country_name(code), code) for code in public_holidays.countries()]
    return [("", gettext("No public holidays")), *[(code, name) for name, code in sorted(named)]]


class ScheduleForm(forms.Form):
    brand = forms.ModelChoiceField(label=_("Brand"), queryset=Brand.objects.none(), empty_label=None)
    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=60)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=lambda: [(zone, zone) for zone in zones()])
    country = forms.ChoiceField(
        label=_("Public holidays of"),
        choices=countries,
        required=False,
        help_text=_("Closed on them; weekends that are made up for are open. Special days outweigh them."),
    )
    subdivision = forms.CharField(label=_("State or region"), max_length=60, required=False)

    def __init__(
        self,
        *args: Any,
        brands: QuerySet[Brand] | None = None,
        schedule: Schedule | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.stored: Week = schedule.week if schedule else {}
        self._offer_subdivisions()
        if brands is None:
            del self.fields["brand"]
        else:
            self._offer(brands)

    def _offer_subdivisions(self) -> None:
        """Those of the country that is chosen; one of another country, left over, counts as none."""
        known = public_holidays.subdivisions(str(self["country"].value() or ""))
        field = self.fields["subdivision"]
        named = sorted(known.items(), key=lambda pair: pair[1])
        field.widget = forms.Select(choices=[("", _("The whole country")), *named])
        if not known:
            field.widget = field.hidden_widget()

    def clean_subdivision(self) -> str:
        given = str(self.cleaned_data["subdivision"])
        return given if given in public_holidays.subdivisions(self.cleaned_data.get("country", "")) else ""

    def _offer(self, brands: QuerySet[Brand]) -> None:
        field = self.fields["brand"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = brands

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given = {day: self._pairs(day) for day in range(len(DAYS))}
        try:
            cleaned["week"] = week_from(given)
        except BadTimes as problem:
            self.bad_day = problem.day
            self.add_error(None, f"{DAYS[problem.day]}: {problem}")
        return cleaned

    bad_day = -1

    def days(self) -> list[dict[str, Any]]:
        """The table as it is drawn: what was typed, else what is stored."""
        return [
            {"number": day, "name": name, "spans": self._shown(day), "wrong": day == self.bad_day}
            for day, name in enumerate(DAYS)
        ]

    def _shown(self, day: int) -> list[tuple[str, str]]:
        spans = (
            self._pairs(day)
            if self.is_bound
            else [(start, end) for start, end in self.stored.get(str(day), [])]
        )
        return [*spans, *[("", "")] * SPANS_A_DAY][:SPANS_A_DAY]

    def _pairs(self, day: int) -> list[tuple[str, str]]:
        return [
            (str(self.data.get(f"from-{day}-{span}", ""))[:8], str(self.data.get(f"to-{day}-{span}", ""))[:8])
            for span in range(SPANS_A_DAY)
        ]
