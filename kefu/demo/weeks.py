"""Some weeks of a desk: who wrote when, about what, and how it went."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from django.utils import timezone

from kefu.conversations.models import Inbox
from kefu.demo import cast
from kefu.demo.dialogues import Dialogue, names
from kefu.demo.stories import Desk, Story
from kefu.people.models import Customer, Identity, IdentityKind

WEEKS = 5
ZONES = {"zh-hans": ZoneInfo("Asia/Shanghai"), "en": ZoneInfo("Europe/Berlin")}
HOURS = (9, 10, 10, 11, 11, 13, 14, 14, 15, 16, 16, 17, 18, 19, 20, 20, 21, 21)


def customers(random: Random) -> dict[str, list[Customer]]:
    made = {
        language: [Customer(name=name, language=language) for name in names(file)]
        for language, file in (("zh-hans", "customers-zh.txt"), ("en", "customers-en.txt"))
    }
    Customer.objects.bulk_create(customer for group in made.values() for customer in group)
    Identity.objects.bulk_create(
        _address(customer, number, verified=random.random() < 0.5)
        for number, customer in enumerate(customer for group in made.values() for customer in group)
        if random.random() < 0.8
    )
    return made


def _address(customer: Customer, number: int, *, verified: bool) -> Identity:
    local = customer.name.split()[0].lower() if customer.name.isascii() else f"buyer{number}"
    address = f"{local.strip('.')}{number}@example.com"
    return Identity(
        customer=customer,
        kind=IdentityKind.EMAIL,
        value=address,
        index=Identity.index_of("email", address),
        verified_at=timezone.now() if verified else None,
    )


def stories(
    inbox: Inbox, desk: Desk, dialogues: list[Dialogue], customers: dict[str, list[Customer]], random: Random
) -> Iterator[Story]:
    turns = {language: _shuffled(group, random) for language, group in customers.items()}
    now = timezone.now()
    for dialogue in dialogues:
        for _ in range(dialogue.times):
            customer = next(turns[dialogue.language])
            today = "today" in dialogue.marks
            began = _today(dialogue, now, random) if today else _day(dialogue, now, random)
            team = desk.teams["returns"] if dialogue.team == "returns" else inbox.team
            words = _words(dialogue, customer, began, random)
            yield Story(dialogue, inbox, customer, team, words, began, now).play(desk, random)


def _shuffled(group: list[Customer], random: Random) -> Iterator[Customer]:
    while True:
        yield from random.sample(group, len(group))


def _today(dialogue: Dialogue, now: datetime, random: Random) -> datetime:
    talk = timedelta(minutes=3) * len(dialogue.lines)
    return now - talk - timedelta(minutes=random.uniform(2, 150))


def _day(dialogue: Dialogue, now: datetime, random: Random) -> datetime:
    """More of them lately, at the hours at which people write."""
    zone = ZONES[dialogue.language]
    days = min(WEEKS * 7 * random.random() ** 1.3, WEEKS * 7)
    waiting = "waiting" in dialogue.marks
    day = now - timedelta(days=1 + (days / 6 if waiting else days))
    local = day.astimezone(zone).replace(hour=random.choice(HOURS), minute=random.randrange(60))
    return min(local.astimezone(UTC), now - timedelta(hours=5))


_numbers = count(101)


def _words(dialogue: Dialogue, customer: Customer, began: datetime, random: Random) -> dict[str, str]:
    products = [one for one in cast.PRODUCTS if not dialogue.products or one.key in dialogue.products]
    product = random.choice(products)
    chinese = dialogue.language == "zh-hans"
    bought = began - timedelta(days=random.randint(3, 9))
    price = product.price if chinese else product.price // 8
    return {
        "name": customer.name if chinese else customer.name.split()[0],
        "product": product.name.said_in(dialogue.language),
        "model": product.model,
        "order": f"LQ{bought:%y%m%d}-{next(_numbers) % 9000 + 1000}",
        "tracking": f"SX{random.randrange(10**8):08}CN",
        "rma": f"R-{random.randrange(40000, 60000)}",
        "city": random.choice(cast.CITIES[dialogue.language]),
        "date": f"{bought.month} 月 {bought.day} 日" if chinese else f"{bought.day} {bought:%B}",
        "amount": str(price),
        "old_price": str(price // 3),
    }
