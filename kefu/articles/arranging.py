"""What an article is beside its words: its kind and shelf, whom it is for, who looks after it; and its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.articles.models import Article, Audience, Category, Kind, News
from kefu.events import log
from kefu.people.models import Refused, Staff
from kefu.people.roles import Can


@dataclass(frozen=True, slots=True)
class Place:
    """All of it at once, as a form has it. News and days are an announcement's."""

    kind: Kind
    audience: Audience
    category: Category | None = None
    owner: Staff | None = None
    review_on: date | None = None
    news: str = ""
    shown_from: datetime | None = None
    shown_until: datetime | None = None
    product_models: Sequence[str] = ()


@transaction.atomic
def arrange(article: Article, place: Place, *, by: Staff) -> None:
    """Showing to more readers what is published already is publishing, and asks for that right."""
    _hold(article)
    if place.category is not None and place.category.brand_id != article.brand_id:
        raise Refused(_("This category belongs to another brand."))
    if place.shown_from and place.shown_until and place.shown_until <= place.shown_from:
        raise Refused(_("An announcement ends after it begins."))
    if _shows_to_more(article, place) and not by.can(Can.PUBLISH_ARTICLES):
        raise Refused(_("This article is published. Only those who may publish can show it to more readers."))
    is_news = place.kind == Kind.ANNOUNCEMENT
    article.kind = place.kind
    article.audience = place.audience
    article.category = place.category
    article.owner = place.owner
    article.review_on = place.review_on
    article.news = (place.news or News.SERVICE) if is_news else ""
    article.shown_from = place.shown_from if is_news else None
    article.shown_until = place.shown_until if is_news else None
    article.product_models = list(
        dict.fromkeys(filter(None, (model.strip() for model in place.product_models)))
    )
    article.save()
    log.record("article.arranged", article, by=by, audience=place.audience, article_kind=place.kind)


@transaction.atomic
def archive(article: Article, *, by: Staff) -> None:
    """Readers no longer find it in any language, and nothing of it appears later by itself."""
    _hold(article)
    if article.archived_at is None:
        article.archived_at = timezone.now()
        article.save(update_fields=["archived_at"])
        log.record("article.archived", article, by=by)


@transaction.atomic
def bring_back(article: Article, *, by: Staff) -> None:
    """As it was: what was published is read again."""
    _hold(article)
    if article.archived_at is not None:
        article.archived_at = None
        article.save(update_fields=["archived_at"])
        log.record("article.brought_back", article, by=by)


@transaction.atomic
def looked_at(article: Article, *, by: Staff, again_on: date | None) -> None:
    """Its owner has read it through; ``again_on`` is the next time."""
    _hold(article)
    if article.review_on != again_on:
        article.review_on = again_on
        article.save(update_fields=["review_on"])
        log.record("article.looked_at", article, by=by)


def _hold(article: Article) -> None:
    article.refresh_from_db(from_queryset=Article.objects.select_for_update(no_key=True))


def _shows_to_more(article: Article, place: Place) -> bool:
    widest_first = list(Audience)
    wider = widest_first.index(place.audience) < widest_first.index(Audience(article.audience))
    return wider and article.translations.filter(live__isnull=False).exists()
