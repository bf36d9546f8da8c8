"""What a brand promises after a sale, for everyone to read: made from the terms that claims are judged by."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from kefu.articles import markdown, sites
from kefu.claims import plain
from kefu.claims.models import Policy
from kefu.claims.policies import in_force
from kefu.claims.terms import Terms
from kefu.people.access import public_route
from kefu.people.models import Brand
from kefu.portal.branding import branding


@require_safe
@public_route
def policies(request: HttpRequest, brand: str) -> HttpResponse:
    """All that are in force now, the general one first."""
    whose = get_object_or_404(Brand.objects.select_related("site"), slug=brand)
    found = sorted(in_force(whose, timezone.now()), key=lambda one: (len(one.scope), one.name))
    return _page(request, whose, found, privacy=_privacy(whose))


@require_safe
@public_route
def policy(request: HttpRequest, brand: str, policy: UUID) -> HttpResponse:
    """One version, for as long as there are claims that were judged by it."""
    whose = get_object_or_404(Brand, slug=brand)
    return _page(request, whose, [get_object_or_404(whose.policies.published(), pk=policy)])


def _privacy(brand: Brand) -> SafeString:
    """In the reader's language, else as it is written."""
    words = sites.of(brand).privacy
    text = words.get(get_language() or "") or next(iter(words.values()), "")
    return markdown.render(text).html


def _page(request: HttpRequest, brand: Brand, found: list[Policy], privacy: str = "") -> HttpResponse:
    texts = [{"policy": one, "sections": plain.told(Terms.read(one.terms))} for one in found]
    return render(request, "portal/policies.html", {**branding(brand), "texts": texts, "privacy": privacy})
