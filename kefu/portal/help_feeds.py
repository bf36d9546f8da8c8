"""What machines read of a help centre: announcements as RSS, the map of the site, what may be indexed."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import feedgenerator, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kefu.articles import sites
from kefu.articles.addresses import address_of, category_address, home_of
from kefu.articles.models import Category, Kind, Translation
from kefu.people.access import public_route
from kefu.people.models import Brand
from kefu.portal.help_text import text_of
from kefu.portal.help_visit import Visit, help_page
from kefu.web.views import robots_lines

MOST_NEWS = 30
Page = tuple[dict[str, str], datetime | None]  # its paths by language, and when it was changed
KEPT = {"Cache-Control": "public, max-age=900"}


@require_safe
@public_route
@help_page
def feed(visit: Visit) -> HttpResponse:
    """For everyone, whoever asks: readers of feeds sign in nowhere."""
    found = Translation.objects.for_customers(signed_in=False).filter(
        brand=visit.brand, language=visit.language, article__kind=Kind.ANNOUNCEMENT
    )
    made = feedgenerator.Rss201rev2Feed(
        title=_("%(brand)s: announcements") % {"brand": visit.brand.name},
        link=sites.absolute(visit.site, visit.path("help_news")),
        description=_("Product news, promotions, service notices and maintenance."),
        language=visit.language,
        feed_url=sites.absolute(visit.site, visit.path("help_feed")),
    )
    found = found.select_related("live", "article", "brand").order_by("-first_published_at")
    for one in found[:MOST_NEWS]:
        _add(made, visit, one)
    return HttpResponse(
        made.writeString("utf-8"), content_type="application/rss+xml; charset=utf-8", headers=KEPT
    )


def _add(made: feedgenerator.Rss201rev2Feed, visit: Visit, one: Translation) -> None:
    assert one.live is not None
    address = sites.absolute(visit.site, address_of(one))
    made.add_item(
        title=one.live.title,
        link=address,
        description=one.live.summary or text_of(one).html,
        unique_id=str(one.article_id),
        unique_id_is_permalink=False,
        pubdate=one.article.shown_from or one.first_published_at,
        updateddate=one.published_at,
        categories=[one.article.get_news_display()],
    )


@require_safe
@public_route
def sitemap(request: HttpRequest, brand: str) -> HttpResponse:
    """Every page for everyone, each with where it stands in the other language."""
    whose = get_object_or_404(Brand.objects.select_related("site"), slug=brand)
    site, languages = sites.of(whose), [code for code, _name in settings.LANGUAGES]
    pages: list[Page] = [({code: home_of(whose, code) for code in languages}, None)]
    for category in Category.objects.filter(brand=whose).select_related("brand"):
        pages.append(({code: category_address(category, code) for code in languages}, None))
    pages += _articles(whose)
    told = [
        ([(code, sites.absolute(site, path)) for code, path in paths.items()], moment)
        for paths, moment in pages
    ]
    response = render(request, "portal/sitemap.xml", {"pages": told}, content_type="application/xml")
    response["Cache-Control"] = KEPT["Cache-Control"]
    return response


def _articles(brand: Brand) -> list[Page]:
    found = Translation.objects.for_customers(signed_in=False).filter(brand=brand)
    rows = found.select_related("brand").order_by("article_id", "language")
    told: list[Page] = []
    for _article, translations in groupby(rows, key=lambda one: one.article_id):
        each = list(translations)
        changed = max((one.published_at for one in each if one.published_at), default=timezone.now())
        told.append(({one.language: address_of(one) for one in each}, changed))
    return told


@require_safe
@public_route
def robots(request: HttpRequest) -> HttpResponse:
    """At a brand's own domain its map alone; at the desk's those of brands without one."""
    own = getattr(request, "own_domain", None)
    brands = [own.brand] if own else Brand.objects.select_related("site").order_by("created_at")
    maps = [
        f"Sitemap: {sites.origin(site)}/b/{brand.slug}/sitemap.xml"
        for brand in brands
        for site in [sites.of(brand)]
        if own or not site.host
    ]
    text = "\n".join([*robots_lines(), *maps])
    return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", headers=KEPT)
