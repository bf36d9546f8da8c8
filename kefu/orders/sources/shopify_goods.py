"""What a shop at Shopify sells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.lib.money import NotMoney, minor_units
from kefu.orders.incoming import IncomingProduct, IncomingVariant
from kefu.orders.models import OrderSource
from kefu.orders.sources.pulling import Found, Page
from kefu.orders.sources.shopify import asked_since, following_of, id_of, query

PAGE = """query Products($first: Int!, $after: String, $query: String) {
  shop { currencyCode }
  products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id title productType
      variants(first: 100) { nodes { id sku price availableForSale selectedOptions { name value } } }
    }
  }
}"""


def page_of(source: OrderSource, cursor: dict[str, Any]) -> Page:
    began = cursor.get("began") or timezone.now().isoformat()
    answer = query(source, PAGE, asked_since(cursor))
    products, code = answer["products"], answer["shop"]["currencyCode"]
    following = following_of(products["pageInfo"], cursor, began)
    rows = [found(product, code) for product in products["nodes"]]
    return Page(rows, following, products["pageInfo"]["hasNextPage"])


def found(product: dict[str, Any], code: str) -> Found:
    number = id_of(product.get("id"))
    try:
        return Found(number, _product(product, code))
    except (NotMoney, KeyError, TypeError, ValueError, AttributeError) as problem:
        return Found(
            number, problems=(_("It is not in the form that was expected (%s).") % type(problem).__name__,)
        )


def _product(product: dict[str, Any], code: str) -> IncomingProduct:
    return IncomingProduct(
        external_id=id_of(product["id"]),
        name=product["title"],
        category=product.get("productType") or "",
        variants=tuple(_variants(product["variants"]["nodes"], code)),
    )


def _variants(variants: Iterable[dict[str, Any]], code: str) -> Iterable[IncomingVariant]:
    """Shopify asks neither that a variant has an SKU nor that no other has the same: its id then stands for it."""
    taken: set[str] = set()
    for one in variants:
        number = id_of(one["id"])
        sku = one.get("sku") or number
        sku = number if sku in taken else sku
        taken.add(sku)
        yield IncomingVariant(
            sku=sku,
            price_minor=minor_units(one["price"], code),
            currency=code,
            options={each["name"]: each["value"] for each in one["selectedOptions"]},
            available=one["availableForSale"],
        )
