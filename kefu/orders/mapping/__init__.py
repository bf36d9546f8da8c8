"""A mapping: the JSON document that says how a source's rows become the normal form.

    {"currency": "CNY", "time_zone": "Asia/Shanghai",
     "orders": {"number": "订单号", "lines": {"each": "@rows", "sku": "货号", "name": "商品", "price": "单价"}}}

``orders``, ``products`` and ``customers`` each describe one kind of row; ``shapes`` lists what each may name and
``fields`` how a value is found. A part with ``each`` is read for every element of a list (or of an object keyed by
id) that fits ``where``; ``by`` puts elements with the same value together.
"""

from kefu.orders.mapping.checking import BadMapping, mapping_of
from kefu.orders.mapping.reading import MappingOf, Rows

__all__ = ["BadMapping", "MappingOf", "Rows", "mapping_of"]
