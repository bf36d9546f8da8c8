from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from conftest import PASSWORD, make_staff
from kefu.claims.tests.desk import Desk
from kefu.claims.tests.shop import Shop
from kefu.people.models import Brand, Customer, Staff, Team
from kefu.people.roles import Role


@pytest.fixture
def shop(brand: Brand, lin: Customer) -> Shop:
    return Shop(brand, lin)


@pytest.fixture
def warehouse(support: Team) -> Staff:
    return make_staff("ware", Role.WAREHOUSE, support, password=PASSWORD)


@pytest.fixture
def technician(support: Team) -> Staff:
    return make_staff("tech", Role.TECHNICIAN, support, password=PASSWORD)


@pytest.fixture
def finance(support: Team) -> Staff:
    return make_staff("fin", Role.FINANCE, support, password=PASSWORD)


@pytest.fixture
def second_finance(support: Team) -> Staff:
    return make_staff("fina", Role.FINANCE, support, password=PASSWORD)


@pytest.fixture
def desk(
    shop: Shop, mei: Staff, supervisor: Staff, warehouse: Staff, technician: Staff, finance: Staff
) -> Desk:
    return Desk(shop, mei, supervisor, warehouse, technician, finance)


@pytest.fixture
def photo() -> bytes:
    """A small picture, as a camera would make it."""
    made = Image.new("RGB", (64, 48), "teal")
    written = BytesIO()
    made.save(written, "JPEG")
    return written.getvalue()
