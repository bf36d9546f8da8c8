"""How a brand's help centre looks, decided by an admin without code; and tried before it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefu.articles import sites
from kefu.articles.models import Site
from kefu.articles.models.sites import Link
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Brand, Refused
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page
from kefu.portal.help_pages import draw_home
from kefu.portal.help_visit import Visit

HERE = "settings_help_sites"
LONGEST_GREETING = 80
LONGEST_PRIVACY = 50_000
LONGEST_LABEL = 40
SPARE_LINKS = 2
LANGUAGES = {code: code.replace("-", "_") for code, _name in settings.LANGUAGES}


class LookForm(forms.Form):
    greeting_zh_hans = forms.CharField(
        label=_("Greeting in Chinese"), max_length=LONGEST_GREETING, required=False
    )
    greeting_en = forms.CharField(
        label=_("Greeting in English"),
        max_length=LONGEST_GREETING,
        required=False,
        help_text=_("Above the search. Without one it asks how you can help."),
    )
    host = forms.CharField(
        label=_("Domain of its own"),
        max_length=253,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off", "inputmode": "url"}),
        help_text=_(
            "Such as help.example.com. Point it at this server first, with a certificate; then the help centre"
            " is shown there too. Signing in and the desk stay where they are."
        ),
    )
    privacy_zh_hans = forms.CharField(
        label=_("Privacy notice in Chinese"),
        max_length=LONGEST_PRIVACY,
        required=False,
        widget=forms.Textarea,
    )
    privacy_en = forms.CharField(
        label=_("Privacy notice in English"),
        max_length=LONGEST_PRIVACY,
        required=False,
        widget=forms.Textarea,
        help_text=_("In Markdown. It stands with your policies."),
    )

    def in_languages(self, name: str) -> dict[str, str]:
        return {code: self.cleaned_data[f"{name}_{end}"] for code, end in LANGUAGES.items()}


class LinkForm(forms.Form):
    zh_hans = forms.CharField(label=_("In Chinese"), max_length=LONGEST_LABEL, required=False)
    en = forms.CharField(label=_("In English"), max_length=LONGEST_LABEL, required=False)
    to = forms.CharField(label=_("Address"), max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        named = given.get("zh_hans") or given.get("en")
        if bool(named) != bool(given.get("to")):
            sentence = _now("A link needs words in at least one language, and an address.")
            raise forms.ValidationError(sentence)
        return given

    def link(self) -> Link | None:
        given = self.cleaned_data
        if not given.get("to"):
            return None
        return {**{code: given[end] for code, end in LANGUAGES.items()}, "to": given["to"]}


LinkForms = forms.formset_factory(LinkForm, extra=SPARE_LINKS, max_num=sites.MOST_LINKS, validate_max=True)


@dataclass(frozen=True, slots=True)
class Look:
    """The three forms of one page."""

    form: LookForm
    links: forms.BaseFormSet[LinkForm]
    footer: forms.BaseFormSet[LinkForm]

    @classmethod
    def of(cls, request: StaffRequest, site: Site) -> Look:
        given = request.POST if request.method == "POST" else None
        initial: dict[str, Any] = {"host": site.host}
        for code, end in LANGUAGES.items():
            initial[f"greeting_{end}"] = site.greetings.get(code, "")
            initial[f"privacy_{end}"] = site.privacy.get(code, "")
        return cls(
            LookForm(given, initial=initial),
            LinkForms(given, initial=[_as_fields(link) for link in site.links], prefix="links"),
            LinkForms(given, initial=[_as_fields(link) for link in site.footer], prefix="footer"),
        )

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.links.is_valid(), self.footer.is_valid()])

    def decided(self) -> dict[str, Any]:
        return {
            "host": self.form.cleaned_data["host"],
            "greetings": self.form.in_languages("greeting"),
            "privacy": self.form.in_languages("privacy"),
            "links": _links(self.links),
            "footer": _links(self.footer),
        }


@require_safe
@staff_route(Can.MANAGE_DESK)
def help_sites(request: StaffRequest) -> HttpResponse:
    brands = brands_of(request.agent).select_related("site").order_by("name")
    rows = [{"brand": brand, "site": sites.of(brand)} for brand in brands]
    return settings_page(request, "portal/help_sites.html", {"rows": rows}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_DESK)
def help_site(request: StaffRequest, brand: UUID) -> HttpResponse:
    whose = _brand(request, brand)
    look = Look.of(request, sites.of(whose))
    if request.method == "POST" and look.is_valid():
        try:
            sites.decide(whose, **look.decided(), by=request.agent)
            messages.success(request, _now("Saved. Readers see it from now on."))
            return redirect("settings_help_site", whose.pk)
        except Refused as problem:
            look.form.add_error(None, str(problem))
    return _page(request, whose, look)


@require_POST
@staff_route(Can.MANAGE_DESK)
def preview(request: StaffRequest, brand: UUID) -> HttpResponse:
    """The home as it would look with what is in the form; nothing is kept of it."""
    whose = _brand(request, brand)
    look = Look.of(request, sites.of(whose))
    if not look.is_valid():
        return _page(request, whose, look)
    try:
        with transaction.atomic():
            site = sites.decide(whose, **look.decided(), by=request.agent)
            transaction.set_rollback(True)
    except Refused as problem:
        look.form.add_error(None, str(problem))
        return _page(request, whose, look)
    with translation.override(whose.language):
        return draw_home(Visit(request, whose, site, whose.language, None))


@require_POST
@staff_route(Can.MANAGE_DESK)
def logo(request: StaffRequest, brand: UUID) -> HttpResponse:
    whose = _brand(request, brand)
    upload = request.FILES.get("logo")
    try:
        if upload is None:
            raise Refused(_now("Choose a picture first."))
        sites.put_logo(whose, upload.read(sites.LARGEST_LOGO + 1), by=request.agent)
        messages.success(request, _now("The logo was changed."))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("settings_help_site", whose.pk)


@require_POST
@staff_route(Can.MANAGE_DESK)
def logo_removal(request: StaffRequest, brand: UUID) -> HttpResponse:
    whose = _brand(request, brand)
    sites.take_logo_away(whose, by=request.agent)
    messages.success(request, _now("The logo was taken away. The name stands there instead."))
    return redirect("settings_help_site", whose.pk)


def _brand(request: StaffRequest, brand: UUID) -> Brand:
    return get_object_or_404(brands_of(request.agent).select_related("site"), pk=brand)


def _page(request: StaffRequest, brand: Brand, look: Look) -> HttpResponse:
    site = sites.of(brand)
    context = {
        "brand": brand,
        "site": site,
        "look": look,
        "logo": sites.logo_address(site),
        "site_origin": sites.origin(site),
    }
    status = 422 if request.method == "POST" else 200
    return settings_page(request, "portal/help_site.html", context, here=HERE, status=status)


def _as_fields(link: Link) -> dict[str, str]:
    return {**{end: link.get(code, "") for code, end in LANGUAGES.items()}, "to": link["to"]}


def _links(forms_: forms.BaseFormSet[LinkForm]) -> list[Link]:
    return [link for form in forms_ if (link := form.link()) is not None]
