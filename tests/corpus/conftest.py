"""The retail world, made once for each file of tests; every test acts in a transaction of its own, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django import DjangoDbBlocker

from conftest import empty_everything, make_staff
from kefu.claims.testing import published
from kefu.database import limits
from kefu.people.models import Brand, Staff
from kefu.people.roles import Role
from tests.calling import calling
from tests.corpus import retail
from tests.corpus.assistant import Assistant
from tests.corpus.projection import Record, World, told
from tests.corpus.shopping import Retail


@dataclass
class Start:
    """The world as the set begins, and who works in it."""

    admin: Staff
    orders: dict[str, Record]
    users: dict[str, Record]
    products: dict[str, Record]
    world: World


def begun() -> Start:
    """Committed, with the policy preset of the set in force."""
    brand = Brand.objects.create(name="Retail", slug="retail", language="en")
    retail.whole_world(brand)
    published(brand)
    orders, users, products = (retail.load(f"{name}.json") for name in ("orders", "users", "products"))
    return Start(make_staff("admin", Role.ADMIN), orders, users, products, told(orders, users))


@pytest.fixture(scope="module")
def start(django_db_blocker: DjangoDbBlocker) -> Iterator[Start]:
    with django_db_blocker.unblock():
        empty_everything()
        yield begun()
        empty_everything()


@pytest.fixture
def assistant(start: Start, db: None, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    monkeypatch.setattr(limits, "hit", lambda *_args, **_kwargs: True)
    return Assistant(calling(start.admin), start.orders, start.users)


@pytest.fixture
def shop(start: Start, assistant: Assistant) -> Retail:
    return Retail(start.orders, start.users, start.products, start.world, assistant)
