"""The categories of a help centre with what one may read in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count
from django.http import Http404

from kefu.articles.addresses import home_of
from kefu.articles.models import Category
from kefu.portal.help_visit import Visit


@dataclass(frozen=True, slots=True)
class Shelf:
    """``count`` is that of its parts as well; ``trail`` are the title and path of each shelf around it."""

    category: Category
    title: str
    text: str
    path: str
    count: int
    with_parts: Sequence[Category]
    trail: Sequence[tuple[str, str]]


def filled(visit: Visit) -> list[Shelf]:
    """Those on top that have something to read in this language. Two queries."""
    every, counts = _categories(visit), _counts(visit)
    top = [_shelf(visit, one, every, counts) for one in every if one.parent_id is None]
    return [shelf for shelf in top if shelf.count]


def one(visit: Visit, slug: str) -> Shelf:
    """Raises ``Http404``. One query: its articles are counted by whoever lists them."""
    every = _categories(visit)
    found = next((one for one in every if one.slug == slug), None)
    if found is None:
        raise Http404
    return _shelf(visit, found, every, Counter())


def trail_of(visit: Visit, category: Category | None) -> list[tuple[str, str]]:
    """From the home to this category, itself included."""
    every = {one.pk: one for one in _categories(visit)} if category else {}
    inwards = _around(category, every) if category else []
    return [_home(visit), *(_named(visit, one) for one in inwards)]


def _shelf(visit: Visit, category: Category, every: Sequence[Category], counts: Counter[UUID]) -> Shelf:
    within = _within(category, every)
    title, path = _named(visit, category)
    around = _around(category, {one.pk: one for one in every})[:-1]
    return Shelf(
        category=category,
        title=title,
        text=category.described_in(visit.language),
        path=path,
        count=sum(counts[one.pk] for one in within),
        with_parts=within,
        trail=[_home(visit), *(_named(visit, one) for one in around)],
    )


def _within(category: Category, every: Sequence[Category]) -> list[Category]:
    """Itself and what lies under it, however deep; a ring, which no form makes, ends all the same."""
    found = [category]
    for one in found:
        found += [part for part in every if part.parent_id == one.pk and part not in found]
    return found


def _around(category: Category, every: dict[UUID, Category]) -> list[Category]:
    """From the outermost to itself."""
    found: list[Category] = []
    here: Category | None = category
    while here is not None and here not in found:
        found.insert(0, here)
        here = every.get(here.parent_id) if here.parent_id else None
    return found


def _categories(visit: Visit) -> list[Category]:
    return list(Category.objects.filter(brand=visit.brand))


def _counts(visit: Visit) -> Counter[UUID]:
    rows = visit.readable().values_list("article__category").annotate(count=Count("pk")).order_by()
    return Counter({category: count for category, count in rows if category})


def _named(visit: Visit, category: Category) -> tuple[str, str]:
    return category.named_in(visit.language), visit.path("help_category", category.slug)


def _home(visit: Visit) -> tuple[str, str]:
    return visit.brand.name, home_of(visit.brand, visit.language)
