from __future__ import annotations

from kefu.claims.models import ReturnCentre
from kefu.claims.presets import CN_LAW
from kefu.claims.testing import published
from kefu.cli import doctor
from kefu.database.checks import Health
from kefu.people.models import Brand, Staff


def test_a_brand_that_takes_goods_back_without_an_address_is_named(brand: Brand, admin: Staff) -> None:
    assert list(doctor.return_addresses()) == []
    published(brand, CN_LAW)
    found = list(doctor.return_addresses())
    assert [one.health for one in found] == [Health.DOUBTFUL]
    assert found[0].sentence.startswith(f"{brand.name} takes goods back")
    ReturnCentre(brand=brand, recipient="Hall 3", address="18 Example Road", phone="1").keep(by=admin)
    assert list(doctor.return_addresses()) == []
