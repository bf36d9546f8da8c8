"""Whose pages these are: name and colours of a brand, as the templates take them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from kefu.people.models import Brand


def first_brand() -> Brand | None:
    """The one that was there first: pages that belong to no brand in particular look like it."""
    return Brand.objects.order_by("created_at", "id").first()


def branding(brand: Brand | None = None) -> dict[str, Any]:
    brand = brand or first_brand()
    if brand is None:
        return {}
    return {
        "brand": brand,
        "brand_name": brand.name,
        "brand_stylesheet": f"{reverse('brand_colours', args=[brand.slug])}?{brand.accent.lstrip('#')}",
    }
