"""What a shop with WooCommerce sells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from kefu.lib.money import NotMoney, minor_units
from kefu.orders.incoming import IncomingProduct, IncomingVariant
from kefu.orders.models import OrderSource
from kefu.orders.sources.pulling import Found, Page, ShopFailed
from kefu.orders.sources.woocommerce import changed_since, get

OFFERED = "publish"


def page_of(source: OrderSource, cursor: dict[str, Any]) -> Page:
    products, following, more = changed_since(source, "products", cursor)
    code = _currency(source) if products else ""
    return Page([_found(source, product, code) for product in products], following, more)


def _currency(source: OrderSource) -> str:
    answer = get(source, "data/currencies/current")
    if not isinstance(answer, dict) or not answer.get("code"):
        raise ShopFailed(_("The shop does not say which currency its prices are in."))
    return str(answer["code"])


def _found(source: OrderSource, product: Any, code: str) -> Found:
    number = str(product.get("id", "")) if isinstance(product, dict) else ""
    try:
        return Found(number, _product(source, product, code))
    except (NotMoney, KeyError, TypeError, ValueError, AttributeError) as problem:
        return Found(
            number, problems=(_("It is not in the form that was expected (%s).") % type(problem).__name__,)
        )


def _product(source: OrderSource, product: dict[str, Any], code: str) -> IncomingProduct:
    categories = product.get("categories") or []
    kinds = (
        get(source, f"products/{product['id']}/variations?per_page=100") if product.get("variations") else []
    )
    offered = product.get("status") == OFFERED
    return IncomingProduct(
        external_id=str(product["id"]),
        name=product["name"],
        category=categories[0]["name"] if categories else "",
        variants=tuple(_variant(one, code, offered=offered) for one in _once(kinds or [product])),
    )


def _once(kinds: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """A variation without an SKU of its own shows its product's; its id then stands for it."""
    taken: set[str] = set()
    for one in kinds:
        sku = one.get("sku") or str(one["id"])
        sku = str(one["id"]) if sku in taken else sku
        taken.add(sku)
        yield {**one, "sku": sku}


def _variant(one: dict[str, Any], code: str, *, offered: bool) -> IncomingVariant:
    return IncomingVariant(
        sku=one["sku"],
        price_minor=minor_units(one.get("price") or 0, code),
        currency=code,
        options={each["name"]: each["option"] for each in one.get("attributes") or [] if "option" in each},
        available=offered and one.get("stock_status", "instock") != "outofstock",
    )
