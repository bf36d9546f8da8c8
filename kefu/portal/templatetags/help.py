"""Of articles, for the pages of the help centre."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from kefu.articles.addresses import address_of
from kefu.articles.models import Article, Kind, News, Translation
from kefu.web.templatetags.parts import pill

register = template.Library()

ICONS = {
    Kind.FAQ: "circle-help",
    Kind.HOW_TO: "list",
    Kind.MANUAL: "book-open",
    Kind.ANNOUNCEMENT: "megaphone",
}
MEANINGS = {News.PRODUCT: "info", News.PROMOTION: "accent", News.SERVICE: "warn", News.MAINTENANCE: "warn"}


@register.filter
def article_address(translation: Translation) -> str:
    return address_of(translation)


@register.filter
def article_icon(translation: Translation) -> str:
    return ICONS[Kind(translation.article.kind)]


@register.filter
def news_pill(article: Article) -> SafeString:
    """What an announcement is about, in a word."""
    return pill(article.get_news_display(), MEANINGS[News(article.news)])
