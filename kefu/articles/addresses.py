"""Where articles stand on the web. The pages are the portal's; the address of one is made here alone."""

from __future__ import annotations

from django.urls import reverse

from kefu.articles.models import Category, Translation
from kefu.people.models import Brand


def home_of(brand: Brand, language: str) -> str:
    return reverse("help_home", args=[brand.slug, language])


def category_address(category: Category, language: str) -> str:
    return reverse("help_category", args=[category.brand.slug, language, category.slug])


def address_of(translation: Translation, anchor: str = "") -> str:
    """The page of what is live in this language; ``anchor`` is one of a heading on it."""
    path = reverse("help_article", args=[translation.brand.slug, translation.language, translation.slug])
    return f"{path}#{anchor}" if anchor else path
