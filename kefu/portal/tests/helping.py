"""Articles of a help centre, for tests."""

from __future__ import annotations

from typing import Any

from django.test import Client

from kefu.articles import writing
from kefu.articles.models import Article, Category, Kind, Translation
from kefu.people.models import Brand


def publish(
    brand: Brand,
    title: str = "How to pair",
    body: str = "Hold the button.",
    *,
    language: str = "en",
    **more: Any,
) -> Translation:
    """``more``: what ``writing.begin`` takes; ``summary``."""
    said = writing.Said(title, body, summary=more.pop("summary", ""))
    translation = writing.begin(brand, language=language, said=said, by=None, **more)
    writing.publish(translation, by=None)
    return translation


def announce(brand: Brand, title: str, *, news: str = "product", **dates: Any) -> Translation:
    translation = publish(brand, title, kind=Kind.ANNOUNCEMENT, news=news)
    Article.objects.filter(pk=translation.article_id).update(**dates)
    return translation


def also_in(translation: Translation, language: str, title: str, body: str = "按住按钮。") -> Translation:
    other = writing.translate(translation.article, language=language, said=writing.Said(title, body), by=None)
    writing.publish(other, by=None)
    return other


def shelf(
    brand: Brand, slug: str, name: str = "", *, parent: Category | None = None, **more: Any
) -> Category:
    names = {"en": name or slug.title(), "zh-hans": "分类"}
    return Category.objects.create(brand=brand, slug=slug, names=names, parent=parent, **more)


def read(address: str, status: int = 200, client: Client | None = None) -> str:
    answer = (client or Client()).get(address)
    assert answer.status_code == status, (answer.status_code, answer.get("Location"))
    return str(answer.content.decode())
