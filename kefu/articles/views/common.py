"""What the desk's pages of articles share: finding through who asks, the frame around a page, the way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kefu.articles import files, markdown
from kefu.articles.models import Article, ArticleFile, Translation, Version
from kefu.conversations.views.common import rail
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused, Staff
from kefu.people.reach import brands_of
from kefu.people.roles import Can

View = Callable[..., HttpResponseBase]


def page(capability: Can, *methods: str) -> Callable[[View], View]:
    """For those who may, in their own time zone."""

    def declare(view: View) -> View:
        @wraps(view)
        def shown(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with timezone.override(ZoneInfo(request.agent.time_zone)):
                return view(request, *args, **kwargs)

        return staff_route(capability)(require_http_methods(methods)(shown))

    return declare


def find_article(request: StaffRequest, article: UUID) -> Article:
    """Through the person asking: what they may not see is not found."""
    seen = Article.objects.filter(brand__in=brands_of(request.agent))
    return get_object_or_404(seen.select_related("brand", "category", "owner"), pk=article)


def find_text(request: StaffRequest, text: UUID) -> Translation:
    return get_object_or_404(texts(request.agent), pk=text)


def source_text(request: StaffRequest, article: Article) -> Translation:
    """In the language that it was first written in."""
    return get_object_or_404(texts(request.agent), article=article, language=article.source_language)


def texts(staff: Staff) -> QuerySet[Translation]:
    around = ("article__brand", "brand", "latest__written_by", "live", "follows")
    return Translation.objects.visible_to(staff).with_source().select_related(*around)


def rendered(version: Version | None, article: Article) -> markdown.Rendered:
    return drawn(version.body if version else "", article)


def drawn(body: str, article: Article) -> markdown.Rendered:
    """As readers see it, with the article's files where the desk finds them."""
    return markdown.render(body, file=files.addresses(article, desk_address))


def desk_address(file: ArticleFile) -> str:
    return reverse("article-file", args=[file.article_id, file.pk])


def desk_page(
    request: StaffRequest,
    template: str,
    context: dict[str, Any],
    *,
    here: str = "articles",
    status: int = 200,
) -> HttpResponse:
    """Draw a template that extends ``articles/desk.html``; ``here`` names its tab."""
    frame = {**rail(request.agent), "rail_here": "articles", "desk_tabs": _tabs(request.agent, here)}
    return render(request, template, {**frame, **context}, status=status)


def done(request: HttpRequest, address: str, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(address)


def attempt(request: HttpRequest, address: str, said: str, verb: Callable[[], Any]) -> HttpResponse:
    """Do it and go on there, with what was done or why it was not."""
    try:
        verb()
    except Refused as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(address)
    return done(request, address, said)


def editor_address(text: Translation) -> str:
    return reverse("article-text", args=[text.pk])


def reading_address(text: Translation) -> str:
    return f"{reverse('article', args=[text.article_id])}?language={text.language}"


def uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _tabs(agent: Staff, here: str) -> list[dict[str, Any]]:
    writes = agent.can(Can.WRITE_ARTICLES)
    shown = [
        ("articles", _("Articles"), True),
        ("article-comments", _("Readers' comments"), writes),
        ("article-searches", _("Searches without a result"), writes),
        ("article-gaps", _("Unanswered questions"), writes),
        ("article-led", _("Did not spare a conversation"), writes),
        ("article-helpful", _("Least helpful"), writes),
    ]
    return [
        {"label": label, "href": reverse(name), "current": name == here}
        for name, label, is_theirs in shown
        if is_theirs
    ]
