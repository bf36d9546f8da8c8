"""A brand's help centre, to be read: its home, categories, articles and announcements."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.http import require_safe

from kefu.articles import markdown
from kefu.articles.addresses import address_of
from kefu.articles.models import ArticleFile, Kind, Redirect, Translation
from kefu.articles.models.articles import TranslationQuerySet
from kefu.articles.search import LONGEST_QUERY, Reader, find
from kefu.lib.files import content_disposition
from kefu.people import customer_sessions
from kefu.people.access import public_route
from kefu.people.models import Brand
from kefu.portal.branding import branding
from kefu.portal.views import _home


@require_safe
@public_route
def home(request: HttpRequest, brand: str, language: str) -> HttpResponse:
    with translation.override(language):
        return _home(request, get_object_or_404(Brand, slug=brand))


@require_safe
@public_route
def category(request: HttpRequest, brand: str, language: str, category: str) -> HttpResponse:
    whose = get_object_or_404(Brand, slug=brand)
    shelf = get_object_or_404(whose.categories, slug=category)
    found = readable(request, whose, language).filter(article__category=shelf)
    return _listed(request, whose, language, shelf.named_in(language), found)


@require_safe
@public_route
def news(request: HttpRequest, brand: str, language: str) -> HttpResponse:
    whose = get_object_or_404(Brand, slug=brand)
    found = readable(request, whose, language).filter(article__kind=Kind.ANNOUNCEMENT)
    return _listed(request, whose, language, "", found)


@require_safe
@public_route
def search(request: HttpRequest, brand: str, language: str) -> HttpResponse:
    whose = get_object_or_404(Brand, slug=brand)
    query = request.GET.get("q", "")[:LONGEST_QUERY]
    found = find(whose, query, language=language, reader=_reader(request))
    context = {"query": query, "found": found, "language": language}
    with translation.override(language):
        return render(request, "portal/help_search.html", branding(whose) | context)


@require_safe
@public_route
def article(request: HttpRequest, brand: str, language: str, slug: str) -> HttpResponse:
    whose = get_object_or_404(Brand, slug=brand)
    found = readable(request, whose, language).filter(slug=slug).first()
    if found is None:
        return _sent_on(whose, language, slug)
    assert found.live is not None
    context: dict[str, Any] = {"shown": found, "text": markdown.render(found.live.body)}
    with translation.override(language):
        return render(request, "portal/help_article.html", branding(whose) | context)


@require_safe
@public_route
def file(request: HttpRequest, brand: str, file: UUID, name: str) -> HttpResponse:
    """For whoever may read its article; the name is for people."""
    kept = get_object_or_404(
        ArticleFile.objects.select_related("article"), pk=file, article__brand__slug=brand
    )
    if not readable(request, kept.article.brand).filter(article=kept.article).exists():
        raise Http404
    with default_storage.open(kept.stored) as stored:
        response = HttpResponse(stored.read(), content_type=kept.type)
    response["Content-Disposition"] = content_disposition(kept.name)
    return response


def readable(request: HttpRequest, brand: Brand, language: str | None = None) -> TranslationQuerySet:
    """What whoever is asking may read today."""
    signed_in = customer_sessions.customer_of(request) is not None
    found = Translation.objects.filter(brand=brand).select_related("live", "article", "brand")
    found = found.for_customers(signed_in=signed_in)  # type: ignore[attr-defined]
    return found.filter(language=language) if language else found


def _reader(request: HttpRequest) -> Reader:
    return Reader.CUSTOMER if customer_sessions.customer_of(request) else Reader.EVERYONE


def _listed(
    request: HttpRequest, brand: Brand, language: str, title: str, found: TranslationQuerySet
) -> HttpResponse:
    context = {"title": title, "found": found.order_by("article__position", "-published_at")}
    with translation.override(language):
        return render(request, "portal/help_list.html", branding(brand) | context)


def _sent_on(brand: Brand, language: str, slug: str) -> HttpResponse:
    """Whoever has an address that the article once had."""
    moved = get_object_or_404(
        Redirect.objects.select_related("translation__brand"), brand=brand, language=language, slug=slug
    )
    return HttpResponsePermanentRedirect(address_of(moved.translation))
