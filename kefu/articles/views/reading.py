"""An article as colleagues read it: what readers see, and what is known about it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone

from kefu.articles import addresses
from kefu.articles.forms import LookForm
from kefu.articles.models import Review, Translation
from kefu.articles.views.common import desk_page, find_article, page, rendered, texts
from kefu.people.access import StaffRequest
from kefu.people.roles import Can


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def article(request: StaffRequest, article: UUID) -> HttpResponse:
    """What is live in ``language``; with ``saved``, or where nothing is live, what was saved last."""
    one = find_article(request, article)
    told = list(texts(request.agent).filter(article=one).order_by("pk"))
    text = _chosen(told, request.GET.get("language", ""), one.source_language)
    shows_saved = "saved" in request.GET or text.live is None
    version = text.latest if shows_saved else text.live
    context = {
        "article": one,
        "text": text,
        "version": version,
        "told": rendered(version, one),
        "shows_saved": shows_saved,
        "in_languages": _languages(told, text),
        "review": _review(text),
        "address": addresses.address_of(text),
        "files": one.files.order_by("pk"),
        "look": LookForm() if one.review_on and one.review_on <= timezone.localdate() else None,
        "redirects": text.redirects.order_by("pk"),
    }
    return desk_page(request, "articles/article.html", context)


def _chosen(told: list[Translation], language: str, source: str) -> Translation:
    by_language = {text.language: text for text in told}
    found = by_language.get(language) or by_language.get(source) or next(iter(told), None)
    if found is None:
        raise Http404
    return found


def _languages(told: list[Translation], current: Translation) -> list[dict[str, object]]:
    by_language = {text.language: text for text in told}
    return [
        {"code": code, "name": name, "text": by_language.get(code), "current": code == current.language}
        for code, name in settings.LANGUAGES
    ]


def _review(text: Translation) -> Review | None:
    """The last one that was asked for."""
    found = Review.objects.filter(translation=text).select_related("asked_by", "answered_by", "version")
    return found.first()
