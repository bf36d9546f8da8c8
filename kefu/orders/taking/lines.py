"""The lines of orders. Those of an order whose lines were changed here (an exchange of items) are left as they are.

What was sent here in place of something delivered is a line that the source knows nothing of: its reports neither
remove it nor what it replaces, and should the shop enter the same item itself, that is this line and no other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import Any

from kefu.orders.incoming import IncomingLine, IncomingOrder
from kefu.orders.models import OrderLine, Product, Variant
from kefu.orders.taking.case import Case
from kefu.orders.taking.merging import rewrite, to_write

PART = "lines"
REWRITTEN = ["external_id", "product_id", "variant_id", "sku", "name", "qty"]
REWRITTEN += ["unit_price_minor", "discount_minor", "tax_minor", "options", "serials"]
REWRITTEN += ["acknowledged", "acknowledged_at"]
Pair = tuple[OrderLine | None, IncomingLine]


def store(cases: Sequence[Case]) -> None:
    _load([case for case in cases if not case.is_new])
    due = [case for case in cases if case.is_new or _is_due(case)]
    goods = Goods(case.order.brand_id for case in due)
    goods.load(line for case in due for line in case.row.lines)
    new: list[OrderLine] = []
    changed: list[OrderLine] = []
    gone = [line.pk for case in due for line in _merge(case, goods, new, changed)]
    if gone:
        OrderLine.objects.filter(pk__in=gone).delete()
    OrderLine.objects.bulk_create(new)
    rewrite(changed, REWRITTEN)
    for case in cases:
        case.lines += [line for line in case.instead if line not in case.lines]
    _add_serials(cases)


def told(row: IncomingOrder) -> list[Any]:
    """As compared with ``_held``: in an order of its own, since sources list lines in any."""
    return _sorted(_facts(line, line.name or line.sku) for line in row.lines)


def _held(lines: Iterable[OrderLine]) -> list[Any]:
    return _sorted(_facts(line, line.name) for line in lines)


def _facts(line: OrderLine | IncomingLine, name: str) -> list[Any]:
    at = line.acknowledged_at
    agreed = [list(line.acknowledged), at.astimezone(UTC).isoformat() if at else ""]
    return [line.external_id, line.sku, name, line.qty, *_amounts(line), dict(line.options), *agreed]


def _amounts(line: OrderLine | IncomingLine) -> tuple[int, int, int]:
    return line.unit_price_minor, line.discount_minor, line.tax_minor


def _sorted(lines: Iterable[list[Any]]) -> list[Any]:
    return sorted(lines, key=lambda line: json.dumps(line, sort_keys=True))


def _load(cases: Sequence[Case]) -> None:
    by_order = {case.order.pk: case for case in cases}
    for line in OrderLine.objects.filter(order__in=by_order).order_by("position"):
        case = by_order[line.order_id]
        (case.instead if line.replaces_id else case.lines).append(line)


def _is_due(case: Case) -> bool:
    return to_write(case.order.reported, PART, told(case.row), lambda: _held(case.lines))


def _merge(case: Case, goods: Goods, new: list[OrderLine], changed: list[OrderLine]) -> list[OrderLine]:
    """Sorts the lines told into new and changed ones; answers those that are no longer told."""
    case.changed.add(PART)
    left = list(case.lines)
    position = max((line.position for line in [*left, *case.instead]), default=0)
    lines = []
    for line, row in list(_paired(left, case.row.lines)):
        if line is None and (known := _sent_instead(case, row)):
            known.external_id = row.external_id
            changed.append(known)
            continue
        if line is None:
            position += 1
            line = OrderLine(order=case.order, position=position)
            new.append(line)
        else:
            changed.append(line)
        _fill(line, row, goods)
        lines.append(line)
    replaced = {line.replaces_id for line in case.instead}
    case.lines = [*lines, *(line for line in left if line.pk in replaced)]
    return [line for line in left if line.pk not in replaced]


def _sent_instead(case: Case, row: IncomingLine) -> OrderLine | None:
    """The line that was written when it arrived, if that is what is told. Its amounts stay: they are what was paid."""
    told = [line for line in case.instead if line.external_id and line.external_id == row.external_id]
    same = [line for line in case.instead if not line.external_id and line.sku == row.sku]
    return next(iter([*told, *same]), None)


def _paired(held: list[OrderLine], rows: Iterable[IncomingLine]) -> Iterator[Pair]:
    """By the source's own id, then by SKU, each line once: an order may have two of the same. Takes them out of
    ``held``.
    """
    later = []
    for row in rows:
        line = next((one for one in held if row.external_id and one.external_id == row.external_id), None)
        if line is None:
            later.append(row)
        else:
            held.remove(line)
            yield line, row
    for row in later:
        line = next(
            (one for one in held if one.sku == row.sku and not (one.external_id and row.external_id)), None
        )
        if line is not None:
            held.remove(line)
        yield line, row


def _fill(line: OrderLine, row: IncomingLine, goods: Goods) -> None:
    line.external_id, line.sku, line.name, line.qty = row.external_id, row.sku, row.name or row.sku, row.qty
    line.unit_price_minor, line.discount_minor, line.tax_minor = _amounts(row)
    line.options = dict(row.options)
    line.serials = list(dict.fromkeys([*line.serials, *row.serials]))
    line.acknowledged, line.acknowledged_at = list(row.acknowledged), row.acknowledged_at
    goods.name(line, row)


def _add_serials(cases: Sequence[Case]) -> None:
    """Told when goods leave the house, often long after the lines."""
    grown = []
    for case in cases:
        for line, row in _paired(list(case.lines), [row for row in case.row.lines if row.serials]):
            if line is not None and not set(row.serials) <= set(line.serials):
                line.serials = list(dict.fromkeys([*line.serials, *row.serials]))
                case.changed.add(PART)
                grown.append(line)
    rewrite(grown, ["serials"])


class Goods:
    """The variants and products of one brand that a batch's lines name."""

    def __init__(self, brands: Iterable[Any]) -> None:
        self._brands = set(brands)
        self._variants: dict[str, Variant] = {}
        self._products: dict[str, Any] = {}

    def load(self, rows: Iterable[IncomingLine]) -> None:
        rows = list(rows)
        if not rows:
            return
        variants = Variant.objects.filter(
            brand__in=self._brands, sku__in={row.sku for row in rows if row.sku}
        )
        self._variants = {variant.sku: variant for variant in variants}
        ids = {row.product for row in rows if row.product and row.sku not in self._variants}
        known = Product.objects.filter(brand__in=self._brands, external_id__in=ids)
        self._products = dict(known.values_list("external_id", "pk"))

    def name(self, line: OrderLine, row: IncomingLine) -> None:
        variant = self._variants.get(row.sku)
        line.variant_id = variant.pk if variant else None
        line.product_id = variant.product_id if variant else self._products.get(row.product)
