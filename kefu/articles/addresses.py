"""Where articles stand on the web. The pages are the portal's; the address of one is made here alone."""

from __future__ import annotations

from urllib.parse import quote

from django.urls import reverse

from kefu.articles.models import Category, Translation
from kefu.people.models import Brand


def home_of(brand: Brand, language: str) -> str:
    return reverse("help_home", args=[brand.slug, language])


def category_address(category: Category, language: str) -> str:
    return reverse("help_category", args=[category.brand.slug, language, category.slug])


def path_of(brand: Brand, language: str, slug: str, anchor: str = "") -> str:
    """As ``address_of``, of what a search found."""
    path = reverse("help_article", args=[brand.slug, language, slug])
    return f"{path}#{quote(anchor)}" if anchor else path


def address_of(translation: Translation, anchor: str = "") -> str:
    """The page of what is live in this language; ``anchor`` is one of a heading on it."""
    return path_of(translation.brand, translation.language, translation.slug, anchor)
