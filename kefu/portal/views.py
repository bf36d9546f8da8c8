"""The start page: the help centre of a brand in the language of whoever comes."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from kefu.people.access import public_route
from kefu.people.models import Brand
from kefu.portal import help_pages
from kefu.portal.branding import first_brand
from kefu.portal.help_visit import help_page
from kefu.web.colour import accent_css


@require_safe
@public_route
def home(request: HttpRequest) -> HttpResponse:
    """Of the brand whose domain it is, else of the one that was there first."""
    own = getattr(request, "own_domain", None)
    brand = own.brand if own else first_brand()
    return _home(request, brand.slug) if brand else render(request, "portal/empty.html")


@require_safe
@public_route
def brand_home(request: HttpRequest, brand: str) -> HttpResponse:
    return _home(request, brand)


@require_safe
@public_route
def colours(request: HttpRequest, brand: str) -> HttpResponse:
    """The brand's accent as a stylesheet; its address changes with the colour, so it may be kept."""
    css = accent_css(get_object_or_404(Brand, slug=brand).accent)
    return HttpResponse(
        css, content_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=86400"}
    )


def _home(request: HttpRequest, brand: str) -> HttpResponse:
    return _drawn(request, brand=brand, language=get_language() or settings.LANGUAGE_CODE)


_drawn = help_page(help_pages.draw_home)
