"""A brand's help centre, to be read: its home, categories, announcements, and how to reach the brand."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, F, When
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kefu.articles import leading, reading
from kefu.articles.models import Category, Kind, News, Translation
from kefu.articles.models.articles import TranslationQuerySet
from kefu.orders.models import OrderSource
from kefu.people.access import public_route
from kefu.portal import help_markup, help_shelves
from kefu.portal.help_visit import Shown, Visit, draw, help_page
from kefu.portal.ways import best_now, ways_of
from kefu.web.addresses import absolute

URGENT = (News.SERVICE, News.MAINTENANCE)
MOST_NEWS = 3
MOST_FIRST = 6
NEWS_A_PAGE = 20
ARTICLES_A_PAGE = 100


@require_safe
@public_route
@help_page
def home(visit: Visit) -> HttpResponse:
    return draw_home(visit)


def draw_home(visit: Visit) -> HttpResponse:
    urgent, others = _current_news(visit)
    title = _("%(brand)s customer service") % {"brand": visit.brand.name}
    greeting = visit.site.greetings.get(visit.language, "")
    context = {
        "greeting": greeting or _("How can we help?"),
        "urgent": urgent,
        "news": others,
        "shelves": help_shelves.filled(visit),
        "first": _first(visit),
        "ways": ways_of(visit.brand, timezone.now()),
        "has_orders": OrderSource.objects.filter(brand=visit.brand).exists(),
    }
    shown = Shown(
        title,
        visit.in_every_language("help_home"),
        description=_("Answers, order look-up and every official way to reach %(brand)s.")
        % {"brand": visit.brand.name},
    )
    return draw(visit, "portal/home.html", shown, context)


@require_safe
@public_route
@help_page
def category(visit: Visit, category: str) -> HttpResponse:
    """Its own articles first, then those of each of its parts."""
    shelf = help_shelves.one(visit, category)
    within = visit.readable().filter(article__category__in=[one.pk for one in shelf.with_parts])
    found = within.order_by(*_own_first(shelf.category))
    page = Paginator(found, ARTICLES_A_PAGE).get_page(visit.request.GET.get("page"))
    named = {one.pk: one for one in shelf.with_parts}
    groups = [
        (named[pk] if pk != shelf.category.pk else None, list(articles))
        for pk, articles in groupby(page, key=lambda one: one.article.category_id)
        if pk is not None
    ]
    shown = Shown(
        shelf.title,
        visit.in_every_language("help_category", category),
        description=shelf.text,
        trail=shelf.trail,
        structured=help_markup.of_category(visit, shelf.title, shelf.trail, list(page)),
    )
    return draw(visit, "portal/help_category.html", shown, {"shelf": shelf, "groups": groups, "page": page})


@require_safe
@public_route
@help_page
def news(visit: Visit) -> HttpResponse:
    page = Paginator(_announcements(visit), NEWS_A_PAGE).get_page(visit.request.GET.get("page"))
    shown = Shown(_("Announcements"), visit.in_every_language("help_news"))
    return draw(visit, "portal/help_news.html", shown, {"page": page})


@require_safe
@public_route
@help_page
def contact(visit: Visit) -> HttpResponse:
    """Every official way, and which to take now. ``?read=`` is the article that its reader comes from: should a
    conversation begin all the same, its authors learn of it.
    """
    if visit.request.GET.get("read") and getattr(visit.request, "own_domain", False):
        return HttpResponseRedirect(absolute(visit.request.get_full_path()))
    ways = ways_of(visit.brand, timezone.now())
    shown = Shown(_("Contact us"), visit.in_every_language("help_contact"))
    response = draw(visit, "portal/help_contact.html", shown, {"ways": ways, "best": best_now(ways)})
    if read := _article_read(visit):
        leading.remember(visit.request, response, read)
    return response


def _article_read(visit: Visit) -> Translation | None:
    slug = visit.request.GET.get("read", "")
    return visit.readable().filter(slug=slug).first() if slug else None


def _first(visit: Visit) -> list[Translation]:
    """What is read most these days; then, and while too little is known, in the order that authors gave them."""
    found = visit.readable().exclude(article__kind=Kind.ANNOUNCEMENT)
    read = reading.most_read(visit.brand)
    ranks = [When(article=pk, then=rank) for rank, pk in enumerate(read)]
    often = [Case(*ranks, default=len(read))] if read else []
    return list(found.order_by(*often, "article__position", "article__created_at")[:MOST_FIRST])


def _own_first(category: Category) -> list[Any]:
    """Of a category and its parts; the parts in their order, each with what is in it."""
    own = Case(When(article__category=category, then=0), default=1)
    place = ["article__category__position", "article__category"]
    return [own, *place, "article__position", "article__created_at"]


def _current_news(visit: Visit) -> tuple[list[Translation], list[Translation]]:
    """Of today: what touches the service itself, which stands on top, and the latest of all else."""
    found = _announcements(visit)
    urgent = found.filter(article__news__in=URGENT)[:MOST_NEWS]
    return list(urgent), list(found.exclude(article__news__in=URGENT)[:MOST_NEWS])


def _announcements(visit: Visit) -> TranslationQuerySet:
    found = visit.readable().filter(article__kind=Kind.ANNOUNCEMENT)
    return found.order_by(F("article__shown_from").desc(nulls_last=True), "-first_published_at", "-pk")
