"""Which shop speaks which language."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils import translation

from kefu.orders.models import ImportRun, OrderSource, SourceKind
from kefu.orders.sources import pulling, rest, shopify, woocommerce

PAGES = {
    SourceKind.REST: rest.page_of,
    SourceKind.SHOPIFY: shopify.page_of,
    SourceKind.WOOCOMMERCE: woocommerce.page_of,
}
ORDERS = {SourceKind.SHOPIFY: shopify.fetch, SourceKind.WOOCOMMERCE: woocommerce.fetch}


def pullable() -> Iterable[OrderSource]:
    """A REST source without an address only pushes."""
    return OrderSource.objects.filter(Q(kind__in=ORDERS) | Q(kind=SourceKind.REST), is_active=True).exclude(
        address=""
    )


def pull(source: OrderSource) -> ImportRun | None:
    if not source.is_active or not source.address:
        return None
    return pulling.pull(source, PAGES[SourceKind(source.kind)])


def fetch(source: OrderSource, external_id: str) -> None:
    """One order that the shop says has changed. Raises ``ShopFailed``; the job comes again."""
    if not source.is_active:
        return
    with translation.override(source.brand.language):
        found = ORDERS[SourceKind(source.kind)](source, external_id)
    if found is not None:
        pulling.fetched(source, found)
