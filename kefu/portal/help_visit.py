"""Somebody reads a brand's help centre in one language: what they may read, and how a page of it is drawn."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from kefu.articles import sites
from kefu.articles.addresses import home_of
from kefu.articles.models import Site, Translation
from kefu.articles.models.articles import TranslationQuerySet
from kefu.articles.search import Reader
from kefu.people import customer_sessions
from kefu.people.models import Brand, Customer
from kefu.portal import help_kept
from kefu.portal.branding import branding

Handler = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Visit:
    request: HttpRequest
    brand: Brand
    site: Site
    language: str
    customer: Customer | None

    @classmethod
    def of(cls, request: HttpRequest, brand: str, language: str) -> Visit:
        whose = get_object_or_404(Brand.objects.select_related("site"), slug=brand)
        return cls(request, whose, sites.of(whose), language, customer_sessions.customer_of(request))

    @property
    def reader(self) -> Reader:
        return Reader.CUSTOMER if self.customer else Reader.EVERYONE

    def readable(self, language: str = "") -> TranslationQuerySet:
        """What they may read today, in their language unless another is named."""
        found = Translation.objects.for_customers(signed_in=self.customer is not None)
        found = found.filter(brand=self.brand, language=language or self.language)
        return found.select_related("live", "article", "brand")

    def path(self, name: str, *args: str) -> str:
        return reverse(name, args=[self.brand.slug, self.language, *args])

    def in_every_language(self, name: str, *args: str) -> dict[str, str]:
        """The paths of a page that there is in each."""
        return {
            code: reverse(name, args=[self.brand.slug, code, *args]) for code, _name in settings.LANGUAGES
        }


class Shown(NamedTuple):
    """What a page is, for its head: ``paths`` by the languages that it is told in; ``trail`` leads to it."""

    title: str
    paths: Mapping[str, str]
    description: str = ""
    trail: Sequence[tuple[str, str]] = ()
    structured: Sequence[SafeString] = ()
    type: str = "website"
    is_indexed: bool = True
    read: str = ""


def help_page(view: Handler) -> Handler:
    """Before a view of ``visit``: speaks the address's language in the brand's zone, and lets browsers keep it."""

    @functools.wraps(view)
    def speaking(request: HttpRequest, brand: str, language: str, **kwargs: Any) -> HttpResponse:
        with translation.override(language):
            visit = Visit.of(request, brand, language)
            with timezone.override(ZoneInfo(visit.brand.time_zone)):
                response = view(visit, **kwargs)
        response["Content-Language"] = language
        return help_kept.kept(request, response)

    return speaking


def draw(
    visit: Visit, template: str, shown: Shown, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    frame = {"help": _frame(visit, shown), "shown": shown, "site": visit.site}
    return render(visit.request, template, {**branding(visit.brand), **frame, **context}, status=status)


def _frame(visit: Visit, shown: Shown) -> dict[str, Any]:
    """The links around every page, and where it stands for machines."""
    contact = visit.path("help_contact")
    return {
        "language": visit.language,
        "desk": getattr(visit.request, "own_domain", None) is None,
        "home": home_of(visit.brand, visit.language),
        "search": visit.path("help_search"),
        "news": visit.path("help_news"),
        "feed": visit.path("help_feed"),
        "contact": f"{contact}?read={shown.read}" if shown.read else contact,
        "has_policies": visit.brand.policies.published().exists(),
        "links": sites.links_in(visit.site.links, visit.language),
        "footer": sites.links_in(visit.site.footer, visit.language),
        "logo": sites.logo_address(visit.site),
        "canonical": sites.absolute(visit.site, shown.paths.get(visit.language, visit.request.path)),
        "alternates": [(code, sites.absolute(visit.site, path)) for code, path in shown.paths.items()]
        if len(shown.paths) > 1
        else [],
        "default": sites.absolute(
            visit.site, shown.paths.get(visit.brand.language) or next(iter(shown.paths.values()), "")
        ),
        "languages": [
            (code, name, shown.paths.get(code) or home_of(visit.brand, code), code == visit.language)
            for code, name in settings.LANGUAGES
        ],
        "card": sites.absolute(visit.site, sites.logo_address(visit.site)) if visit.site.logo else "",
    }
