"""Loading the demo: two brands, their people, and some weeks of conversations."""

from __future__ import annotations

from random import Random

from django.db import connection, transaction

from kefu.demo import brands, cast, purchases, shop, storing, weeks
from kefu.demo.dialogues import read
from kefu.demo.signins import SignIn, sign_ins
from kefu.people.models import Brand

__all__ = ["SignIn", "addresses", "load_demo", "sign_ins"]

SEED = 20261122


def addresses(base: str) -> list[tuple[str, str]]:
    """What to open first, with words beside it."""
    return [
        ("The brand's website with the chat", f"{base}/demo/"),
        ("The desk", f"{base}/console/"),
        ("The customers' page", f"{base}/"),
        (f"Look up an order: {purchases.TO_TRY['en'][0]} and {purchases.TAIL}", f"{base}/orders/"),
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
    shopping = [story for story in told if story.inbox == house.website]
    purchases.store(shop.furnish(house.website.brand), shopping, random)
