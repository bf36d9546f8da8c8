"""What the demo brand sells, and who carries it."""

from __future__ import annotations

from dataclasses import dataclass

from kefu.demo import cast
from kefu.orders.models import Carrier, OrderSource, Product, ProductFlag, SourceKind, Variant
from kefu.people.models import Brand

CARRIER = "brisk"


@dataclass(frozen=True, slots=True)
class Goods:
    """More about a product of the cast: what decides what may be done with it later."""

    key: str
    category: str
    months: int
    colours: tuple[tuple[str, str], ...]
    flags: tuple[str, ...] = ()
    parts: tuple[tuple[str, int], ...] = ()
    serials: bool = True


GOODS = (
    Goods(
        "earbuds",
        "audio",
        12,
        (("W", "雾白 Fog white"), ("B", "海盐蓝 Sea-salt blue"), ("G", "深灰 Deep grey")),
        (ProductFlag.HYGIENE,),
        (("battery", 6),),
    ),
    Goods("lamp", "light", 24, (("W", "米白 Off-white"), ("K", "炭黑 Charcoal")), serials=False),
    Goods("speaker", "audio", 12, (("S", "砂岩 Sandstone"), ("M", "苔绿 Moss"))),
    Goods("watch", "wearables", 12, (("S", "银 Silver"), ("K", "黑 Black")), (), (("strap", 3),)),
    Goods("dock", "charging", 12, (("W", "白 White"),), serials=False),
    Goods("projector", "video", 24, (("W", "白 White"),), (), (("lamp", 36),)),
)
KITCHEN_GOODS = (
    Goods("kettle", "kitchen", 24, (("C", "铜 Copper"), ("K", "黑 Black")), serials=False),
    Goods("scale", "kitchen", 12, (("W", "白 White"),)),
)
TIPS = ("LQ-E20T", "耳塞套装 Ear tips, set of four", 3900)
DEARER = {"LQ-W15-K": 6_000}  # so that an exchange may have a difference


@dataclass(frozen=True, slots=True)
class Shop:
    source: OrderSource
    products: dict[str, Product]
    variants: dict[str, list[Variant]]


def furnish(brand: Brand) -> Shop:
    Carrier.objects.get_or_create(
        code=CARRIER,
        defaults={"name": "疾羽快递 Brisk Feather", "tracking_url": "https://track.example/{number}"},
    )
    shop = _stocked(brand, GOODS)
    tips = Product(brand=brand, external_id="tips", model_no=TIPS[0], name=TIPS[1], category="audio")
    tips.flags = [ProductFlag.CONSUMABLE, ProductFlag.HYGIENE]
    tips.save()
    Variant.objects.create(brand=brand, product=tips, sku=TIPS[0], price_minor=TIPS[2], currency="CNY")
    return shop


def furnish_kitchen(brand: Brand) -> Shop:
    return _stocked(brand, KITCHEN_GOODS)


def _stocked(brand: Brand, sold: tuple[Goods, ...]) -> Shop:
    source = OrderSource.objects.create(brand=brand, kind=SourceKind.FILE, name="官方商城 · Online shop")
    known = {one.key: one for one in cast.EVERY_PRODUCT}
    products = {goods.key: _product(brand, goods, known[goods.key]) for goods in sold}
    Product.objects.bulk_create(products.values())
    variants = {goods.key: _variants(products[goods.key], goods, known[goods.key].price) for goods in sold}
    Variant.objects.bulk_create(one for group in variants.values() for one in group)
    return Shop(source, products, variants)


def _product(brand: Brand, goods: Goods, known: cast.Product) -> Product:
    return Product(
        brand=brand,
        external_id=goods.key,
        model_no=known.model,
        name=f"{known.name.said_in('zh-hans')} {known.name.said_in('en')}",
        category=goods.category,
        flags=list(goods.flags),
        serial_tracked=goods.serials,
        warranty_months=goods.months,
        warranty_parts=dict(goods.parts),
    )


def _variants(product: Product, goods: Goods, yuan: int) -> list[Variant]:
    return [
        Variant(
            brand=product.brand,
            product=product,
            sku=f"{product.model_no}-{code}",
            options={"colour": colour},
            price_minor=yuan * 100 + DEARER.get(f"{product.model_no}-{code}", 0),
            currency="CNY",
            available=place < 2,
        )
        for place, (code, colour) in enumerate(goods.colours)
    ]
