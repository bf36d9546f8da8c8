from __future__ import annotations

import pytest

from kefu.claims.tests.shop import Shop
from kefu.people.models import Brand, Customer


@pytest.fixture
def shop(brand: Brand, lin: Customer) -> Shop:
    return Shop(brand, lin)
