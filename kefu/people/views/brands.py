"""Brands in the desk's settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Brand, Staff
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page
from kefu.web.colour import READABLE, WHITE, Colour, contrast

HERE = "settings_brands"
TAKEN = _("A brand with this short name already exists.")


class BrandForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("of a thing", "Name"), max_length=80, help_text=_("As customers know it.")
    )
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=40,
        help_text=_("For addresses: small letters, digits and hyphens. It cannot be changed later."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone],
    )
    accent = forms.CharField(
        label=_("Colour"),
        max_length=7,
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text=_(
            "For buttons and the chat. Where white text cannot be read on it, a darker shade is used."
        ),
    )

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not new:
            del self.fields["slug"]

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower()
        if Brand.objects.filter(slug=slug).exists():
            raise forms.ValidationError(TAKEN)
        return slug

    def clean_accent(self) -> str:
        accent = str(self.cleaned_data["accent"]).lower()
        try:
            Colour.from_hex(accent)
        except ValueError as problem:
            sentence = _now("Enter the colour as # and six digits, such as #2f6f4f.")
            raise forms.ValidationError(sentence) from problem
        return accent if accent.startswith("#") else f"#{accent}"


@require_safe
@staff_route(Can.MANAGE_DESK)
def brands(request: StaffRequest) -> HttpResponse:
    return settings_page(request, "people/brands.html", {"brands": Brand.objects.order_by("name")}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_DESK)
def new_brand(request: StaffRequest) -> HttpResponse:
    initial = {"language": request.agent.language, "time_zone": request.agent.time_zone, "accent": "#156d75"}
    form = BrandForm(request.POST or None, new=True, initial=initial)
    if form.is_valid() and _founded(form, request.agent):
        _speak_of_colour(request, form.cleaned_data["accent"])
        return redirect(HERE)
    return settings_page(request, "people/brand.html", {"form": form}, here=HERE)


def _founded(form: BrandForm, by: Staff) -> bool:
    try:
        Brand.found(**form.cleaned_data, by=by)
    except IntegrityError:  # its form was sent twice at the same moment
        form.add_error("slug", TAKEN)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_DESK)
def brand(request: StaffRequest, brand: UUID) -> HttpResponse:
    one = get_object_or_404(Brand, pk=brand)
    initial = {name: getattr(one, name) for name in ("name", "language", "time_zone", "accent")}
    form = BrandForm(request.POST or None, new=False, initial=initial)
    if form.is_valid():
        one.change(**form.cleaned_data, by=request.agent)
        messages.success(request, _now("Saved."))
        _speak_of_colour(request, one.accent)
        return redirect("settings_brand", one.pk)
    return settings_page(request, "people/brand.html", {"brand": one, "form": form}, here=HERE)


def _speak_of_colour(request: StaffRequest, accent: str) -> None:
    found = contrast(Colour.from_hex(accent), WHITE)
    if found < READABLE:
        sentence = _now(
            "White text on %(colour)s has a contrast of %(found).1f, and %(least)s is needed to read it."
            " Buttons use the nearest shade that reaches it."
        )
        messages.info(request, sentence % {"colour": accent, "found": found, "least": READABLE})
