"""Products: what shops tell of them, and what the desk decides about them."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kefu.orders import managing
from kefu.orders.forms import ProductForm
from kefu.orders.models import Product
from kefu.people.access import StaffRequest, staff_route
from kefu.people.models import Refused
from kefu.people.roles import Can
from kefu.people.settings_nav import settings_page

HERE = "settings_products"
PAGE = 50


@require_safe
@staff_route(Can.MANAGE_ORDERS)
def products(request: StaffRequest) -> HttpResponse:
    """By name, page by page; a search looks into names, model numbers and SKUs."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:80]
    found = Product.objects.visible_to(request.agent).select_related("brand")
    if query:
        named = Q(name__icontains=query) | Q(model_no__istartswith=query) | Q(variants__sku__iexact=query)
        found = found.filter(named).distinct()
    start = _number(request.GET.get("from", ""))
    shown = list(found.annotate(kinds=Count("variants")).order_by("name", "pk")[start : start + PAGE + 1])
    context = {
        "products": shown[:PAGE],
        "query": query,
        "older": _page(query, start + PAGE) if len(shown) > PAGE else "",
        "newest": _page(query, max(0, start - PAGE)) if start else "",
    }
    return settings_page(request, "orders/settings/products.html", context, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_ORDERS)
def new_product(request: StaffRequest) -> HttpResponse:
    form = ProductForm(request.POST or None, agent=request.agent)
    if form.is_valid():
        try:
            product = managing.add_product(form.cleaned_data["brand"], by=request.agent, **form.described())
        except Refused as problem:
            form.add_error("model_no", str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_product", product.pk)
    return settings_page(request, "orders/settings/new_product.html", {"form": form}, here=HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_route(Can.MANAGE_ORDERS)
def product(request: StaffRequest, product: UUID) -> HttpResponse:
    visible = Product.objects.visible_to(request.agent).select_related("brand")
    one = get_object_or_404(visible, pk=product)
    form = ProductForm(request.POST or None, agent=request.agent, product=one)
    if form.is_valid():
        try:
            managing.change_product(one, by=request.agent, **form.described())
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_product", one.pk)
    context = {"form": form, "product": one, "variants": one.variants.order_by("sku")}
    return settings_page(request, "orders/settings/product.html", context, here=HERE)


def _number(text: str) -> int:
    return min(int(text), 100_000) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _page(query: str, start: int) -> str:
    asked = {key: value for key, value in (("q", query), ("from", start)) if value}
    return f"?{urlencode(asked)}"
