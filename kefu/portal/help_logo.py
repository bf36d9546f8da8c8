"""The logo on a brand's help centre."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from kefu.articles.models import Site
from kefu.people.access import public_route


@require_safe
@public_route
def logo(request: HttpRequest, brand: str) -> HttpResponse:
    """Its address changes with it, so it may be kept. Drawn by us: see ``sites.put_logo``."""
    site = get_object_or_404(Site, brand__slug=brand)
    if not site.logo:
        raise Http404
    with default_storage.open(site.logo) as stored:
        response = HttpResponse(stored.read(), content_type=site.logo_type)
    response["Cache-Control"] = "public, max-age=86400"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response
