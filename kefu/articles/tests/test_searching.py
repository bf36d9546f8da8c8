"""Customers find what is published and what they may read; authors see what was searched for."""

from __future__ import annotations

import pytest

from kefu.articles import searching, writing
from kefu.articles.models import Audience, Translation, Where
from kefu.articles.search import Reader, find
from kefu.articles.writing import Said
from kefu.people.models import Brand, Staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def going_back(brand: Brand, mei: Staff) -> Translation:
    said = Said("怎样退货", "## 时限\n\n签收后七天内可以退货。\n\n## 运费\n\n运费由 <我们> 承担。")
    translation = writing.begin(brand, language="zh-hans", said=said, by=mei)
    writing.publish(translation, by=mei)
    return translation


def titles(brand: Brand, query: str, reader: Reader = Reader.EVERYONE) -> list[str]:
    return [found.title for found in find(brand, query, language="zh-hans", reader=reader)]


def test_what_is_published_is_found_with_its_passage(brand: Brand, going_back: Translation) -> None:
    [found] = find(brand, "运费谁承担", language="zh-hans", reader=Reader.EVERYONE)
    assert (found.title, found.heading, found.language) == ("怎样退货", "运费", "zh-hans")
    assert "<mark>运费</mark>" in found.excerpt
    assert "&lt;我们&gt;" in found.excerpt
    assert 0 <= found.confidence <= 1


def test_what_is_withdrawn_is_gone_at_once(brand: Brand, going_back: Translation, mei: Staff) -> None:
    writing.withdraw(going_back, by=mei)
    assert titles(brand, "退货") == []


def test_what_is_for_staff_is_found_by_staff_alone(brand: Brand, going_back: Translation) -> None:
    going_back.article.audience = Audience.STAFF
    going_back.article.save()
    assert titles(brand, "退货") == titles(brand, "退货", Reader.CUSTOMER) == []
    assert titles(brand, "退货", Reader.STAFF) == ["怎样退货"]


def test_another_brand_finds_its_own_alone(going_back: Translation, db: None) -> None:
    other = Brand.objects.create(name="Other", slug="other")
    assert titles(other, "退货") == []


def test_a_search_is_noted_without_what_must_not_be_kept(brand: Brand) -> None:
    card = "4111 1111 1111 1111"
    noted = searching.note(brand, f"退款到 {card}", where=Where.SITE, language="zh-hans", found=0)
    assert card not in noted.words and noted.words.startswith("退款到")
