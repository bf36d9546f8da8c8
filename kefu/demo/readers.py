"""Who read the help centres of the demo: what they looked for, found or missed, and whether it helped; and how the
help centres are furnished for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db.models import Model

from kefu.articles.models import (
    Category,
    DayOfReading,
    Kind,
    Search,
    Site,
    Synonyms,
    Translation,
    Vote,
    Where,
)
from kefu.demo.cast import KETTLEMOTH, LUMQUAY
from kefu.people.models import Brand

ZH, EN = "zh-hans", "en"

# By brand: slug, icon and names, in the order in which they stand.
SHELVES = {
    LUMQUAY: (
        ("orders", "truck", "订单与配送", "Orders and delivery"),
        ("payment", "receipt", "支付与发票", "Payment and invoices"),
        ("returns", "refresh-ccw", "退换与退款", "Returns and refunds"),
        ("warranty", "wrench", "保修与维修", "Warranty and repair"),
        ("audio", "headphones", "耳机与音箱", "Earbuds and speakers"),
        ("devices", "smartphone", "手表、灯与投影", "Watches, lamps, projectors"),
        ("account", "user", "账户与安全", "Account and safety"),
        ("manuals", "book-open", "产品说明书", "Manuals"),
        ("inside", "lock", "内部", "For staff"),
    ),
    KETTLEMOTH: (
        ("orders", "truck", "订单与发票", "Orders and invoices"),
        ("returns", "refresh-ccw", "退换与保修", "Returns and warranty"),
        ("care", "settings", "使用与保养", "Use and care"),
    ),
}
GREETINGS = {
    LUMQUAY: {ZH: "有什么可以帮您？", EN: "How can we help?"},
    KETTLEMOTH: {ZH: "关于水、咖啡和壶", EN: "About water, coffee and kettles"},
}
LINKS = {LUMQUAY: [{ZH: "官网", EN: "Website", "to": "/demo/"}]}
SAME = {
    LUMQUAY: (
        ("快递", "物流", "包裹", "parcel", "package"),
        ("退钱", "退款", "refund", "money back"),
        ("保修", "质保", "三包", "warranty", "guarantee"),
        ("耳机", "漂流", "Drift", "earbuds", "earphones"),
        ("台灯", "灯屿", "Islet", "lamp"),
        ("投影仪", "阁楼", "Attic", "projector"),
        ("验证码", "短信码", "code", "OTP"),
    ),
    KETTLEMOTH: (("水壶", "手冲壶", "kettle"), ("水垢", "白点", "limescale")),
}
# What was looked for, how often, how much was found; nothing found is what authors should know of.
LOOKED_FOR = {
    ZH: (
        ("退款多久", 21, 4),
        ("耳机没声音", 17, 3),
        ("改地址", 12, 2),
        ("E-17", 9, 2),
        ("发票", 14, 3),
        ("礼品包装", 8, 0),
        ("线下门店", 6, 0),
        ("学生优惠", 4, 0),
    ),
    EN: (
        ("refund", 13, 4),
        ("pair earbuds", 9, 3),
        ("customs", 5, 1),
        ("gift wrap", 4, 0),
        ("spare charging case", 3, 0),
    ),
}
COMMENTS = {
    ZH: ("没有写退到信用卡要几天", "按步骤做完还是不行", "希望有图", "很清楚，谢谢"),
    EN: ("The button is not where the text says", "A picture would help", "Solved it, thank you"),
}


def shelves(brand: Brand) -> list[Category]:
    return [
        Category(brand=brand, slug=slug, icon=icon, names={ZH: zh, EN: en}, position=place)
        for place, (slug, icon, zh, en) in enumerate(SHELVES[brand.slug])
    ]


def furnish(brands: Sequence[Brand]) -> None:
    Site.objects.bulk_create(
        Site(brand=brand, greetings=GREETINGS[brand.slug], links=LINKS.get(brand.slug, []))
        for brand in brands
    )
    Synonyms.objects.bulk_create(
        Synonyms(brand=brand, words=list(words)) for brand in brands for words in SAME[brand.slug]
    )


def read(brand: Brand, translations: Sequence[Translation], random: Random, now: datetime) -> None:
    """Some weeks of it."""
    _search(brand, random, now)
    published = [one for one in translations if one.live and one.article.kind != Kind.ANNOUNCEMENT]
    _vote(published, random, now)
    _open(published, random, now)


def _search(brand: Brand, random: Random, now: datetime) -> None:
    searches = [
        Search(brand=brand, language=language, where=random.choice(_PLACES), words=words, found=found)
        for language, asked in LOOKED_FOR.items()
        for words, times, found in asked
        for _time in range(times)
    ]
    Search.objects.bulk_create(searches)
    date_back(Search, "at", [(one, now - timedelta(days=random.uniform(0.1, 28))) for one in searches])


_PLACES = (Where.SITE, Where.SITE, Where.WIDGET)


def _vote(translations: list[Translation], random: Random, now: datetime) -> None:
    votes = [
        Vote(
            translation=one,
            version=one.live,
            voter=random.randbytes(32),
            helped=random.random() < 0.78,
        )
        for one in random.sample(translations, min(24, len(translations)))
        for _reader in range(random.randint(1, 9))
    ]
    for language, comments in COMMENTS.items():
        said = [one for one in votes if one.translation.language == language]
        for vote, comment in zip(random.sample(said, len(comments)), comments, strict=True):
            vote.comment = comment
    Vote.objects.bulk_create(votes)
    date_back(Vote, "at", [(one, now - timedelta(days=random.uniform(0.1, 10))) for one in votes])


def _open(translations: list[Translation], random: Random, now: datetime) -> None:
    """A few are read much more than the rest, day after day."""
    liked = {one.pk: random.paretovariate(1.2) for one in translations}
    DayOfReading.objects.bulk_create(
        DayOfReading(
            translation=one, day=(now - timedelta(days=ago)).date(), readers=round(liked[one.pk] * 4)
        )
        for one in translations
        for ago in range(28)
    )


def date_back(kind: type[Model], column: str, times: Iterable[tuple[Any, datetime]]) -> None:
    """``column`` of each row, which is written with the time of its writing."""
    rows = []
    for row, at in times:
        setattr(row, column, at)
        rows.append(row)
    kind._default_manager.bulk_update(rows, [column])
