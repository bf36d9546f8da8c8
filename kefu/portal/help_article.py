"""One article to its reader; or where it has gone, and what to do without it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kefu.articles import files, votes
from kefu.articles.addresses import address_of, home_of
from kefu.articles.markdown import Heading
from kefu.articles.models import Article, ArticleFile, Audience, Category, Kind, Redirect, Translation
from kefu.people import customer_sessions
from kefu.people.access import public_route
from kefu.people.models import Brand
from kefu.portal import help_markup, help_readers, help_search, help_shelves
from kefu.portal.help_text import text_of
from kefu.portal.help_visit import Shown, Visit, draw, help_page

MOST_RELATED = 5
HEADINGS_WORTH_A_LIST = 3
PDF = "application/pdf"


@require_safe
@public_route
@help_page
def article(visit: Visit, slug: str) -> HttpResponse:
    found = visit.readable().select_related("article__category").filter(slug=slug).first()
    if found is not None:
        help_search.note_opened(visit, found)
        help_readers.note_read(visit.request, visit.customer, found)
        return page(visit, found)
    return _elsewhere(visit, slug)


@require_safe
@public_route
def file(request: HttpRequest, brand: str, file: UUID, name: str) -> HttpResponse:
    """For whoever may read its article; the name is for people."""
    whose = get_object_or_404(Brand, slug=brand)
    known = customer_sessions.customer_of(request)
    kept = files.opened_for(whose, file, signed_in=known is not None)
    if kept is None:
        raise Http404
    return files.answer(kept)


def page(
    visit: Visit, found: Translation, *, tried: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    """``tried`` is an answer to "was this helpful?" that could not be stored."""
    assert found.live is not None
    text, trail = text_of(found), _trail(visit, found)
    voter = help_readers.known(visit.request, visit.customer)
    context = {
        "translation": found,
        "text": text,
        "contents": _contents(text.headings),
        "manuals": _manuals(found),
        "related": _related(visit, found),
        "vote": votes.vote_of(found, voter) if voter else None,
        "tried": tried,
        "longest_comment": votes.LONGEST_COMMENT,
    }
    shown = Shown(
        found.live.title,
        _paths(visit, found),
        description=found.live.summary,
        trail=trail,
        structured=help_markup.of_article(visit, found, trail),
        type="article",
        is_indexed=found.article.audience == Audience.EVERYONE,
        read=found.slug,
    )
    return draw(visit, "portal/help_article.html", shown, context, status=status)


def _contents(headings: Sequence[Heading]) -> list[Heading]:
    chosen = [one for one in headings if one.level <= 3]
    return chosen if len(chosen) >= HEADINGS_WORTH_A_LIST else []


def _trail(visit: Visit, found: Translation) -> list[tuple[str, str]]:
    if found.article.kind == Kind.ANNOUNCEMENT:
        home = (visit.brand.name, home_of(visit.brand, visit.language))
        return [home, (_("Announcements"), visit.path("help_news"))]
    category: Category | None = found.article.category
    return help_shelves.trail_of(visit, category)


def _paths(visit: Visit, found: Translation) -> dict[str, str]:
    """Where it stands in each language that they may read it in."""
    told = Translation.objects.for_customers(signed_in=visit.customer is not None)
    others = told.filter(article=found.article_id).exclude(pk=found.pk).select_related("brand")
    return {one.language: address_of(one) for one in (found, *others)}


def _manuals(found: Translation) -> list[ArticleFile]:
    """The printed manuals, the latest first: those of this language and those of none in particular."""
    if found.article.kind != Kind.MANUAL:
        return []
    kept = found.article.files.filter(type=PDF, language__in=["", found.language])
    return list(kept.order_by("-added_at"))


def _related(visit: Visit, found: Translation) -> list[Translation]:
    if found.article.category_id is None:
        return []
    beside = visit.readable().filter(article__category=found.article.category_id).exclude(pk=found.pk)
    return list(beside.order_by("article__position", "article__created_at")[:MOST_RELATED])


# -- not there, or not for them


def _elsewhere(visit: Visit, slug: str) -> HttpResponse:
    found = _once_at(visit, slug)
    if found is None:
        raise Http404
    readable = visit.readable().filter(pk=found.pk).first()
    if readable is not None:
        return HttpResponsePermanentRedirect(address_of(readable))
    elif _is_for_customers(found):
        return _told(visit, "portal/help_sign_in.html", _("Please sign in to read this"), 403)
    elif _has_ended(found):
        return _told(visit, "portal/help_gone.html", _("This page has ended"), 410)
    raise Http404


def _once_at(visit: Visit, slug: str) -> Translation | None:
    """Whose address it is or was, whether it may be read or not."""
    here = Q(brand=visit.brand, language=visit.language, slug=slug)
    found = Translation.objects.select_related("article", "brand").filter(here).first()
    if found is not None:
        return found
    moved = Redirect.objects.filter(here).select_related("translation__article", "translation__brand").first()
    return moved.translation if moved else None


def _is_for_customers(found: Translation) -> bool:
    """And would be shown to them."""
    shown = Translation.objects.for_customers(signed_in=True)
    return shown.filter(pk=found.pk, article__audience=Audience.CUSTOMERS).exists()


def _has_ended(found: Translation) -> bool:
    """Everybody could read it once: archived since, or an announcement whose days are over."""
    article: Article = found.article
    over = article.shown_until is not None and article.shown_until <= timezone.now()
    known = article.audience == Audience.EVERYONE and found.first_published_at is not None
    return known and (article.archived_at is not None or over)


def _told(visit: Visit, template: str, title: str, status: int) -> HttpResponse:
    shown = Shown(title, visit.in_every_language("help_home"), is_indexed=False)
    return draw(visit, template, shown, {"next": visit.request.path}, status=status)
