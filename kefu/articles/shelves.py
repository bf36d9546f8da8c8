"""The categories of a help centre: two levels of shelves, in an order of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from kefu.articles.models import Category
from kefu.events import log
from kefu.people.models import Brand, Refused, Staff


@dataclass(frozen=True, slots=True)
class Shelf:
    """What it is called in each language by its code, what it says below, where it stands."""

    names: Mapping[str, str]
    slug: str
    descriptions: Mapping[str, str] = field(default_factory=dict)
    icon: str = "book-open"
    parent: Category | None = None


@transaction.atomic
def put_up(brand: Brand, shelf: Shelf, *, by: Staff) -> Category:
    """Behind the others."""
    _lock(brand)
    last = brand.categories.aggregate(last=Max("position"))["last"]
    category = Category(brand=brand, position=0 if last is None else last + 1)
    _write(category, shelf)
    log.record("category.begun", category, by=by, brand=brand.pk)
    return category


@transaction.atomic
def change(category: Category, shelf: Shelf, *, by: Staff) -> None:
    _lock(category.brand)
    category.refresh_from_db()
    _write(category, shelf)
    log.record("category.changed", category, by=by)


@transaction.atomic
def move(category: Category, *, up: bool, by: Staff) -> None:
    """One place among those of the same shelf; at the end, nothing happens."""
    _lock(category.brand)
    beside = list(Category.objects.filter(brand=category.brand_id, parent=category.parent_id))
    place = beside.index(category)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(beside):
        return
    beside[place], beside[other] = beside[other], beside[place]
    for position, one in enumerate(beside):
        one.position = position
    Category.objects.bulk_update(beside, ["position"])
    log.record("category.moved", category, by=by)


@transaction.atomic
def remove(category: Category, *, by: Staff) -> None:
    """``Refused`` while anything stands in it, archived articles too."""
    _lock(category.brand)
    if category.parts.exists():
        raise Refused(_("There are categories inside. Move or remove them first."))
    if category.articles.exists():
        raise Refused(_("Articles still stand in this category, some perhaps archived. Move them first."))
    log.record("category.removed", category, by=by)
    category.delete()


def _write(category: Category, shelf: Shelf) -> None:
    names = {code: shelf.names.get(code, "").strip() for code, _name in settings.LANGUAGES}
    if not any(names.values()):
        raise Refused(_("A category needs a name in one language at least."))
    _check_parent(category, shelf.parent)
    category.names = {code: name for code, name in names.items() if name}
    category.descriptions = {code: text.strip() for code, text in shelf.descriptions.items() if text.strip()}
    category.slug = slugify(shelf.slug)
    category.icon, category.parent = shelf.icon, shelf.parent
    if not category.slug:
        raise Refused(_("The address needs letters a to z or digits."))
    try:
        with transaction.atomic():
            category.save()
    except IntegrityError as problem:
        raise Refused(_("Another category of this brand has this address.")) from problem


def _check_parent(category: Category, parent: Category | None) -> None:
    if parent is None:
        return
    if parent.brand_id != category.brand_id:
        raise Refused(_("This category belongs to another brand."))
    if parent.pk == category.pk or parent.parent_id is not None or category.parts.exists():
        raise Refused(_("Categories stand in two levels: this one cannot stand there."))


def _lock(brand: Brand) -> None:
    """One change of a brand's shelves at a time."""
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
