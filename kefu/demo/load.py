"""Loading the demo: two brands, their people, their help centres, and some weeks of conversations."""

from __future__ import annotations

from random import Random

from django.db import connection, transaction

from kefu.demo import brands, cast, helpcentre, mails, planning, promises, purchases, shop, storing, weeks
from kefu.demo.dialogues import read
from kefu.demo.signins import SignIn, sign_ins
from kefu.demo.stories import Story
from kefu.demo.tasks import tell_claims
from kefu.people.models import Brand

__all__ = ["SignIn", "addresses", "load_demo", "sign_ins"]

SEED = 20261122
BREATH = 4  # seconds in which the desk starts before the worker tells the claims


def addresses(base: str) -> list[tuple[str, str]]:
    """What to open first, with words beside it."""
    return [
        ("The brand's website with the chat", f"{base}/demo/"),
        ("The desk", f"{base}/console/"),
        ("The customers' page", f"{base}/"),
        ("The help centre", f"{base}/b/{cast.LUMQUAY}/zh-hans/"),
        (f"Look up an order: {purchases.TO_TRY['en'][0]} and {purchases.TAIL}", f"{base}/orders/"),
        ("Claims, some seconds after the start", f"{base}/console/claims/"),
        ("Mail that was sent", f"{base}/-/mail"),
    ]


@transaction.atomic
def load_demo() -> None:
    """Nothing happens when the demo is there already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('demo'))")
    if not Brand.objects.filter(slug=cast.LUMQUAY).exists():
        _load()


def _load() -> None:
    house = brands.found()
    random = Random(SEED)  # noqa: S311 - the same demo everywhere, nothing secret
    customers = weeks.customers(random)
    website = weeks.stories(
        house.website, house.desk, [*read("zh.txt", "zh-hans"), *read("en.txt", "en")], customers, random
    )
    kitchen = weeks.stories(house.kitchen, house.desk, read("kettlemoth.txt", "en"), customers, random)
    told = sorted([*website, *kitchen], key=lambda story: story.began)
    storing.store(told, house.staff)
    _sell(house, told, random)
    both = (house.website.brand, house.kitchen.brand)
    helpcentre.open_them(both, staff=house.staff, random=Random(SEED))  # noqa: S311 - as above
    mails.receive(mails.furnish(house.website.team))


def _sell(house: brands.House, told: list[Story], random: Random) -> None:
    """What was bought, and what became of it."""
    lumquay, kettlemoth = house.website.brand, house.kitchen.brand
    shops = {cast.LUMQUAY: shop.furnish(lumquay), cast.KETTLEMOTH: shop.furnish_kitchen(kettlemoth)}
    purchases.store(shops[cast.LUMQUAY], [story for story in told if story.inbox == house.website], random)
    promises.make(lumquay, kettlemoth, by=house.admin)
    tell_claims.configure(schedule_in={"seconds": BREATH}).defer(plans=planning.plans(shops, told, random))
