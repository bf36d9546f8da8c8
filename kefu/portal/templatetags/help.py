"""Of articles, for the pages of the help centre."""

from __future__ import annotations

from django import template

from kefu.articles.addresses import address_of
from kefu.articles.models import Translation

register = template.Library()


@register.filter
def article_address(translation: Translation) -> str:
    return address_of(translation)
