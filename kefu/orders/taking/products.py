"""Products and their variants, as a source reports them: name, price and availability are the shop's word; what
matters after the sale (flags, warranty) is taken from it once and then belongs to the desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from kefu.events import log
from kefu.events.actors import Actor
from kefu.orders.incoming import BadRow, IncomingProduct, IncomingVariant
from kefu.orders.models import OrderSource, Product, Variant
from kefu.orders.taking.merging import Outcome, rewrite
from kefu.people.models import Brand

LINK = """
    UPDATE orders_orderline l SET variant_id = v.id, product_id = v.product_id
    FROM orders_variant v, orders_order o
    WHERE v.id = ANY(%s) AND l.variant_id IS NULL AND l.sku = v.sku AND o.id = l.order_id AND o.brand_id = v.brand_id
"""


def store(source: OrderSource, rows: Sequence[IncomingProduct], *, by: Actor) -> list[Outcome]:
    Brand.objects.select_for_update(no_key=True).get(pk=source.brand_id)  # two sources may sell the same
    held = _held(source, rows)
    products, outcomes = [], []
    for row in rows:
        product, outcome = _merged(source, row, held.get(row.external_id) or held.get(row.model_no))
        products.append(product)
        outcomes.append(outcome)
    _write(products, outcomes)
    for place in _store_variants(source, products, rows):
        outcomes[place] = Outcome.CHANGED if outcomes[place] == Outcome.UNCHANGED else outcomes[place]
    _tell(products, outcomes, by)
    return outcomes


def _held(source: OrderSource, rows: Sequence[IncomingProduct]) -> dict[str, Product]:
    names = {name for row in rows for name in (row.external_id, row.model_no) if name}
    of_brand = Product.objects.filter(brand=source.brand_id)
    by_model = {product.model_no: product for product in of_brand.filter(model_no__in=names)}
    by_id = {product.external_id: product for product in of_brand.filter(external_id__in=names)}
    return {**by_model, **by_id}


def _merged(source: OrderSource, row: IncomingProduct, product: Product | None) -> tuple[Product, Outcome]:
    if product is None:
        return _made(source, row), Outcome.CREATED
    told = {"external_id": row.external_id, "name": row.name, "category": row.category}
    changes = {name: value for name, value in told.items() if value and getattr(product, name) != value}
    for name, value in changes.items():
        setattr(product, name, value)
    return product, Outcome.CHANGED if changes else Outcome.UNCHANGED


def _made(source: OrderSource, row: IncomingProduct) -> Product:
    return Product(
        brand=source.brand,
        external_id=row.external_id,
        model_no=row.model_no or row.external_id,
        name=row.name,
        category=row.category,
        flags=list(row.flags),
        serial_tracked=row.serial_tracked,
        warranty_months=row.warranty_months,
    )


def _write(products: Sequence[Product], outcomes: Sequence[Outcome]) -> None:
    found = list(zip(products, outcomes, strict=True))
    Product.objects.bulk_create([product for product, outcome in found if outcome == Outcome.CREATED])
    rewrite(
        [product for product, outcome in found if outcome == Outcome.CHANGED],
        ["external_id", "name", "category"],
    )


def _store_variants(
    source: OrderSource, products: Sequence[Product], rows: Sequence[IncomingProduct]
) -> set[int]:
    """The places of the products whose variants changed. A variant that is told no more can no longer be had."""
    told = {variant.sku: (place, variant) for place, row in enumerate(rows) for variant in row.variants}
    if len(told) < sum(len(row.variants) for row in rows):
        raise BadRow  # never alone: the halves are tried next, and the later one moves the variant
    of_brand = Variant.objects.filter(brand=source.brand_id)
    held = {variant.sku: variant for variant in of_brand.filter(sku__in=told)}
    places: set[int] = set()
    new: list[Variant] = []
    changed: list[Variant] = []
    for sku, (place, row) in told.items():
        variant = held.get(sku) or Variant(brand=source.brand, sku=sku)
        if _change(variant, product=products[place], row=row):
            (changed if sku in held else new).append(variant)
            places.add(place)
    Variant.objects.bulk_create(new)
    rewrite(changed, ["product_id", "options", "price_minor", "currency", "available"])
    _link(new)
    return places | _withdraw(products, rows, told.keys())


def _change(variant: Variant, *, product: Product, row: IncomingVariant) -> bool:
    told: dict[str, Any] = {
        "product_id": product.pk,
        "options": dict(row.options),
        "price_minor": row.price_minor,
        "currency": row.currency,
        "available": row.available,
    }
    if all(getattr(variant, name) == value for name, value in told.items()):
        return False
    for name, value in told.items():
        setattr(variant, name, value)
    return True


def _link(variants: Sequence[Variant]) -> None:
    """Lines that were reported before what they are of."""
    if variants:
        with connection.cursor() as cursor:
            cursor.execute(LINK, [[variant.pk for variant in variants]])


def _withdraw(products: Sequence[Product], rows: Sequence[IncomingProduct], told: Any) -> set[int]:
    places = {product.pk: place for place, product in enumerate(products) if rows[place].variants}
    gone = Variant.objects.filter(product__in=places, available=True).exclude(sku__in=told)
    withdrawn = {places[product] for product in gone.values_list("product_id", flat=True)}
    if withdrawn:
        gone.update(available=False)
    return withdrawn


def _tell(products: Sequence[Product], outcomes: Sequence[Outcome], by: Actor) -> None:
    for kind, outcome in (("product.added", Outcome.CREATED), ("product.changed", Outcome.CHANGED)):
        facts: list[Any] = [
            (product, {"brand": product.brand_id})
            for product, its in zip(products, outcomes, strict=True)
            if its == outcome
        ]
        log.record_each(kind, facts, by=by)
