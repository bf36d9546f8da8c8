"""Where conversations go by what they are about, among the desk's settings: one page a brand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kefu.answers import routing
from kefu.answers.models import Destination, Intent
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Brand, Refused, Team
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

INTENTS = "settings_intents"


class DestinationsForm(forms.Form):
    """A team for each thing that conversations are about, or none."""

    def __init__(self, brand: Brand, *args: Any, **kwargs: Any) -> None:
        named = dict(Destination.objects.filter(brand=brand).values_list("intent", "team"))
        super().__init__(*args, **kwargs)
        self.teams = {str(team.pk): team for team in Team.objects.filter(brand=brand).order_by("name")}
        choices = [("", _("Stays where it came in")), *((key, team.name) for key, team in self.teams.items())]
        for intent in Intent:
            self.fields[intent.value] = forms.ChoiceField(
                label=intent.label, choices=choices, required=False, initial=str(named.get(intent, ""))
            )

    def given(self) -> dict[Intent, Team | None]:
        return {intent: self.teams.get(self.cleaned_data[intent.value]) for intent in Intent}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_DESK)
def destinations(request: StaffRequest, brand: UUID) -> HttpResponse:
    """Which team of the brand gets what."""
    one = get_object_or_404(brands_of(request.agent), pk=brand)
    form = DestinationsForm(one, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            routing.decide(one, form.given(), by=request.agent)
            messages.success(request, _now("Saved."))
            return redirect(INTENTS)
        except Refused as problem:
            form.add_error(None, str(problem))
    context = {"form": form, "brand": one, "sure": round(100 * routing.SURE)}
    return settings_page(
        request, "answers/destinations.html", context, here=INTENTS, status=422 if form.errors else 200
    )
