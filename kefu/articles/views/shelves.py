"""The categories of each brand, among the desk's settings."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.articles import shelves
from kefu.articles.forms import CategoryForm
from kefu.articles.models import Category
from kefu.articles.views.common import attempt, done, page
from kefu.people.access import StaffRequest
from kefu.people.models import Brand, Refused
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

HERE = "settings_categories"


@page(Can.PUBLISH_ARTICLES, "GET", "HEAD")
def categories(request: StaffRequest) -> HttpResponse:
    """Of every brand, each shelf followed by those inside."""
    brands = list(brands_of(request.agent).order_by("name"))
    found = list(Category.objects.filter(brand__in=brands))
    rows = [
        {
            "brand": brand,
            "shelves": [
                (one, [part for part in found if part.parent_id == one.pk])
                for one in found
                if one.brand_id == brand.pk and one.parent_id is None
            ],
        }
        for brand in brands
    ]
    return settings_page(request, "articles/categories.html", {"rows": rows}, here=HERE)


@page(Can.PUBLISH_ARTICLES, "GET", "HEAD", "POST")
def new_category(request: StaffRequest, brand: UUID) -> HttpResponse:
    whose = get_object_or_404(brands_of(request.agent), pk=brand)
    form = CategoryForm(request.POST or None, brand=whose)
    if form.is_valid() and _written(request, form, whose):
        return done(request, reverse(HERE), _("The category is there."))
    return _form_page(request, form, whose)


@page(Can.PUBLISH_ARTICLES, "GET", "HEAD", "POST")
def category(request: StaffRequest, category: UUID) -> HttpResponse:
    one = _category(request, category)
    form = CategoryForm(request.POST or None, brand=one.brand, category=one)
    if form.is_valid() and _written(request, form, one.brand, one):
        return done(request, reverse(HERE), _("Saved."))
    return _form_page(request, form, one.brand, one)


@page(Can.PUBLISH_ARTICLES, "POST")
def place(request: StaffRequest, category: UUID) -> HttpResponse:
    one = _category(request, category)
    shelves.move(one, up=request.POST.get("to") == "up", by=request.agent)
    return HttpResponseRedirect(reverse(HERE))


@page(Can.PUBLISH_ARTICLES, "POST")
def removal(request: StaffRequest, category: UUID) -> HttpResponse:
    one = _category(request, category)
    said = _("The category was removed.")
    return attempt(request, reverse(HERE), said, lambda: shelves.remove(one, by=request.agent))


def _category(request: StaffRequest, category: UUID) -> Category:
    seen = Category.objects.filter(brand__in=brands_of(request.agent))
    return get_object_or_404(seen.select_related("brand", "parent"), pk=category)


def _written(request: StaffRequest, form: CategoryForm, brand: Brand, one: Category | None = None) -> bool:
    try:
        if one is None:
            shelves.put_up(brand, form.shelf(), by=request.agent)
        else:
            shelves.change(one, form.shelf(), by=request.agent)
    except Refused as problem:
        form.add_error(None, str(problem))
    return not form.errors


def _form_page(
    request: StaffRequest, form: CategoryForm, brand: Brand, one: Category | None = None
) -> HttpResponse:
    context = {"form": form, "brand": brand, "category": one}
    status = 422 if form.is_bound else 200
    return settings_page(request, "articles/category.html", context, here=HERE, status=status)
