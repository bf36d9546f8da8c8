"""Which shop speaks which language."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils import translation

from kefu.orders.models import ImportRun, OrderSource, SourceKind, What
from kefu.orders.sources import pulling, rest, shopify, shopify_goods, woocommerce, woocommerce_goods

# In the order in which they are pulled: lines name products.
PAGES: dict[SourceKind, dict[What, pulling.PageOf]] = {
    SourceKind.REST: {What.ORDERS: rest.page_of},
    SourceKind.SHOPIFY: {What.PRODUCTS: shopify_goods.page_of, What.ORDERS: shopify.page_of},
    SourceKind.WOOCOMMERCE: {What.PRODUCTS: woocommerce_goods.page_of, What.ORDERS: woocommerce.page_of},
}
ORDERS = {SourceKind.SHOPIFY: shopify.fetch, SourceKind.WOOCOMMERCE: woocommerce.fetch}


def pullable() -> Iterable[OrderSource]:
    """A REST source without an address only pushes."""
    return OrderSource.objects.filter(Q(kind__in=ORDERS) | Q(kind=SourceKind.REST), is_active=True).exclude(
        address=""
    )


def pull(source: OrderSource) -> list[ImportRun]:
    """What there was to tell of; a shop that has nothing new leaves no trace."""
    if not source.is_active or not source.address:
        return []
    parts = PAGES[SourceKind(source.kind)].items()
    runs = [pulling.pull(source, what, page_of) for what, page_of in parts]
    return [run for run in runs if run is not None]


def fetch(source: OrderSource, external_id: str) -> None:
    """One order that the shop says has changed. Raises ``ShopFailed``; the job comes again."""
    if not source.is_active:
        return
    with translation.override(source.brand.language):
        found = ORDERS[SourceKind(source.kind)](source, external_id)
    if found is not None:
        pulling.fetched(source, found)
