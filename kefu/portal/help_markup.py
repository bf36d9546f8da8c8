"""What search engines are told about a page: schema.org as JSON-LD."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from kefu.articles import sites
from kefu.articles.addresses import address_of
from kefu.articles.models import Kind, Translation
from kefu.lib.html import linked_data
from kefu.portal.help_text import text_of
from kefu.portal.help_visit import Visit

Trail = Sequence[tuple[str, str]]
MOST_QUESTIONS = 50


def of_category(visit: Visit, title: str, trail: Trail, articles: Sequence[Translation]) -> list[SafeString]:
    """The way to it, and its questions with their answers where it holds nothing else."""
    found = [_breadcrumbs(visit, [*trail, (title, visit.request.path)])]
    if articles and all(one.article.kind == Kind.FAQ for one in articles):
        found.append(_questions(visit, articles[:MOST_QUESTIONS]))
    return found


def of_article(visit: Visit, article: Translation, trail: Trail) -> list[SafeString]:
    assert article.live is not None
    crumbs = _breadcrumbs(visit, [*trail, (article.live.title, address_of(article))])
    told = _questions(visit, [article]) if article.article.kind == Kind.FAQ else _article(visit, article)
    return [crumbs, told]


def _breadcrumbs(visit: Visit, trail: Trail) -> SafeString:
    return _script(
        "BreadcrumbList",
        itemListElement=[
            {"@type": "ListItem", "position": place, "name": name, "item": sites.absolute(visit.site, path)}
            for place, (name, path) in enumerate(trail, 1)
        ],
    )


def _questions(visit: Visit, articles: Iterable[Translation]) -> SafeString:
    return _script(
        "FAQPage",
        inLanguage=_tongue(visit),
        mainEntity=[
            {
                "@type": "Question",
                "name": one.live.title,
                "acceptedAnswer": {"@type": "Answer", "text": _plain(one)},
            }
            for one in articles
            if one.live is not None
        ],
    )


def _article(visit: Visit, one: Translation) -> SafeString:
    assert one.live is not None
    return _script(
        "Article",
        headline=one.live.title,
        description=one.live.summary,
        inLanguage=_tongue(visit),
        datePublished=_day(one.first_published_at),
        dateModified=_day(one.published_at),
        mainEntityOfPage=sites.absolute(visit.site, address_of(one)),
        author={"@type": "Organization", "name": visit.brand.name},
        publisher={"@type": "Organization", "name": visit.brand.name},
    )


def _script(kind: str, **said: Any) -> SafeString:
    return linked_data({"@context": "https://schema.org", "@type": kind, **said})


def _plain(one: Translation) -> str:
    return " ".join(strip_tags(text_of(one).html).split())


def _day(moment: Any) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _tongue(visit: Visit) -> str:
    return {"zh-hans": "zh-Hans"}.get(visit.language, visit.language)
